"""What the fields of a dataclass may be, said where they are declared and checked when an instance is made.

A field annotated `Positive` or `Count` is refused with one line if its value is not one; NaN is none of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from math import inf
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from wgan.errors import InputError

__all__ = [
    "AboveShare",
    "BelowShare",
    "Checked",
    "Count",
    "InnerShare",
    "Natural",
    "NotNegative",
    "Positive",
    "Rule",
    "Share",
]


@dataclass(frozen=True)
class Rule:
    """What a value must be.

    Args:
        expected: in words, for the message.
        holds: whether a value is that.
    """

    expected: str
    holds: Callable[[Any], bool]


Positive = Annotated[float, Rule("a positive number", lambda value: 0 < value < inf)]
NotNegative = Annotated[float, Rule("zero or a positive number", lambda value: 0 <= value < inf)]
Share = Annotated[float, Rule("a share from 0 to 1", lambda value: 0 <= value <= 1)]
InnerShare = Annotated[float, Rule("a share between 0 and 1", lambda value: 0 < value < 1)]
AboveShare = Annotated[float, Rule("a share above 0, to 1", lambda value: 0 < value <= 1)]
BelowShare = Annotated[float, Rule("a share from 0 to below 1", lambda value: 0 <= value < 1)]
Count = Annotated[int, Rule("1 or more", lambda value: value >= 1)]
Natural = Annotated[int, Rule("0 or more", lambda value: value >= 0)]


@dataclass(frozen=True)
class Checked:
    """A dataclass whose fields are what their annotations say.

    Raises:
        InputError: naming class, field, value and what was expected.

    Example:
        >>> @dataclass(frozen=True)
        ... class Clip(Checked):
        ...     c: Positive = 0.01
        >>> Clip(c=-1)
        Traceback (most recent call last):
        wgan.errors.InputError: Clip: c is -1; expected a positive number
    """

    def __post_init__(self) -> None:
        for name, rules in rules_of(type(self)).items():
            value = getattr(self, name)
            for part, rule in zip(value, rules, strict=False) if isinstance(value, tuple) else [(value, rules[0])]:
                if part is not None and not rule.holds(part):
                    raise InputError(f"{type(self).__name__}: {name} is {value}; expected {rule.expected}")


def rules_of(cls: type) -> dict[str, list[Rule]]:
    """The rules of a dataclass's fields, several for a tuple."""
    hints = get_type_hints(cls, include_extras=True)
    found = {field.name: list(rules_in(hints[field.name])) for field in fields(cls)}
    return {name: rules for name, rules in found.items() if rules}


def rules_in(hint: Any) -> Iterator[Rule]:  # noqa: ANN401 - any annotation
    """Those in an annotation; those of a tuple's parts one behind the other."""
    if get_origin(hint) is Annotated:
        yield from (note for note in hint.__metadata__ if isinstance(note, Rule))
    else:
        for part in get_args(hint):
            yield from rules_in(part)
