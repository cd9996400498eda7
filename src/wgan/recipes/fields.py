"""From the plain values of a TOML file or a command line to typed fields, and back."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from inspect import isabstract, isclass
from types import ModuleType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

import wgan.lipschitz
import wgan.losses
import wgan.networks
import wgan.optimizers
from wgan.errors import InputError, shown, unknown_name
from wgan.lipschitz import LipschitzMethod
from wgan.losses import Loss
from wgan.networks import CriticNetwork, Network
from wgan.optimizers import Optimizer

__all__ = ["Table", "members", "override", "read_fields", "to_table"]

Table = Mapping[str, Any]
T = TypeVar("T")

# What a recipe chooses by class name, where its classes are, and what to call it in a message.
KINDS: dict[type, tuple[ModuleType, str]] = {
    Loss: (wgan.losses, "loss"),
    LipschitzMethod: (wgan.lipschitz, "Lipschitz method"),
    Network: (wgan.networks, "network"),
    CriticNetwork: (wgan.networks, "critic"),
    Optimizer: (wgan.optimizers, "optimizer"),
}
DEEPEST = 8
"""Words in a dotted name; no field lies deeper."""


def members(base: type[T]) -> dict[str, type[T]]:
    """The concrete classes of a kind by name: its module's `__all__` is the registry.

    Example:
        >>> sorted(members(Optimizer))[:2]
        ['Adam', 'RMSprop']
    """
    module, _ = KINDS[base]
    exported = {name: getattr(module, name) for name in module.__all__}
    classes = {name: item for name, item in exported.items() if isclass(item) and issubclass(item, base)}
    return {name: item for name, item in classes.items() if item is not base and not isabstract(item)}


def read_fields(cls: type[T], table: Any, where: str = "") -> T:  # noqa: ANN401 - whatever a file holds
    """An instance of the dataclass `cls` from a table, every value converted to its field's type.

    Args:
        cls: a dataclass.
        table: field names and plain values; a component is a class name or a table with `type`.
        where: dotted name of the table, for messages.

    Raises:
        InputError: for an unknown field or class (nearest valid names), or a value that does not fit.

    Example:
        >>> read_fields(wgan.optimizers.Adam, {"lr": "3e-4", "betas": "0, 0.9"})
        Adam(lr=0.0003, betas=(0.0, 0.9), eps=1e-08, weight_decay=0.0)
    """
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    if not isinstance(table, Mapping):
        raise InputError(f"{where or 'the recipe'} is {shown(table)}; expected a table with {', '.join(known)}")
    for name in table:
        if name not in known:
            raise unknown_name(f"field in {where or 'the recipe'}", str(name), known)
    required = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]  # type: ignore[arg-type]
    if missing := [name for name in required if name not in table]:
        raise InputError(f"{where or 'the recipe'} lacks {', '.join(missing)}; every recipe must say it")
    values = {name: _read(hints[name], value, f"{where}.{name}".lstrip(".")) for name, value in table.items()}
    return cls(**values)


def _read(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - any field's type
    if hint in KINDS:
        return _component(hint, value, where)
    if get_origin(hint) is tuple and (item := get_args(hint)[0]) in KINDS:
        return tuple(_component(item, entry, where) for entry in _listed(value))
    if value == "none" and type(None) in get_args(hint):
        return None
    for option in (hint, *get_args(hint)):
        if is_dataclass(option):
            return read_fields(option, value, where)  # type: ignore[arg-type]
        if get_origin(option) is tuple:
            value = [_word(part) if get_args(option)[0] is str else part for part in _listed(value)]
    try:
        return msgspec.convert(value, hint, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:  # the latter for integers beyond a float
        raise InputError(f"{where} is {shown(value)}; {str(error)[0].lower()}{str(error)[1:]}") from None


def _component(base: type[T], value: Any, where: str) -> T:  # noqa: ANN401 - a name or a table
    table = dict(value) if isinstance(value, Mapping) else {"type": value}
    name, valid = table.pop("type", None), members(base)
    if not isinstance(name, str):
        raise InputError(
            f"{where} is {shown(value)}; expected the name of a {KINDS[base][1]}, or a table whose `type` is one"
        )
    if name not in valid:
        raise unknown_name(f"{KINDS[base][1]} in {where}", name, valid)
    return read_fields(valid[name], table, where)


def _word(part: Any) -> Any:  # noqa: ANN401 - part of a list
    """Numbers among words, such as classes, are words too."""
    return shown(part) if isinstance(part, int | float) else part


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - a list, or its text on a command line
    if not isinstance(value, str):
        return list(value) if isinstance(value, (list, tuple)) else [value]
    return [] if value in ("", "none") else [part.strip() for part in value.strip("()[]").split(",") if part.strip()]


def override(table: Table, path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - any plain value
    """A copy of `table` with the field at a dotted name replaced.

    An entry of a list is addressed by its class name: `lipschitz.GP.weight`. Replacing a component by a class name
    drops the fields of the old one.

    Raises:
        InputError: if a list has no entry of that class, or the name is none.

    Example:
        >>> override({"lipschitz": [{"type": "GP"}]}, "lipschitz.GP.weight", "1")
        {'lipschitz': [{'type': 'GP', 'weight': '1'}]}
    """
    words = path.split(".")
    if not all(words) or len(words) > DEEPEST:
        raise InputError(f"{shown(path)} is no name of a field; expected words between dots, such as critic.widths")
    return _override(table, words, value)


def _override(table: Table, words: list[str], value: Any) -> dict[str, Any]:  # noqa: ANN401 - any plain value
    head, *rest = words
    if not rest:
        return {**table, head: value}
    inner = table.get(head, "none")
    if inner == "none":
        inner = {}
    if isinstance(inner, str) and rest[0] in _listed(inner):  # a list as a command line gives it
        inner = _listed(inner)
    if isinstance(inner, (list, tuple)):
        return {**table, head: _override_entry(head, inner, rest, value)}
    return {**table, head: _override(inner if isinstance(inner, Mapping) else {"type": inner}, rest, value)}


def _override_entry(head: str, inner: Any, words: list[str], value: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """A list with one of its entries changed."""
    name, *rest = words
    entries = [dict(entry) if isinstance(entry, Mapping) else {"type": entry} for entry in inner]
    names = [str(entry.get("type")) for entry in entries]
    if name not in names:
        raise unknown_name(f"entry of {head}", name, names or ["none"])
    if not rest:
        raise InputError(f"{head}.{name} is an entry of a list; name one of its fields too, or all entries: {head}")
    return [_override(entry, rest, value) if entry.get("type") == name else entry for entry in entries]


def to_table(instance: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass instance
    """The complete table of a dataclass, defaults included, so that it stays true when defaults change."""
    table: dict[str, Any] = {"type": type(instance).__name__} if isinstance(instance, tuple(KINDS)) else {}
    for field in fields(instance):
        value = getattr(instance, field.name)
        if value is not None:
            table[field.name] = _plain(value)
    return table


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field's value
    if is_dataclass(value):
        return to_table(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
