"""From a module to a graph of plain operators, or the name of the layer that has none."""

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from wgan.errors import InputError

__all__ = ["culprit", "quiet", "refusal", "traced"]

SIZES = (1, 2, 12)
"""Of batches besides the example's."""


@contextmanager
def quiet() -> Iterator[None]:
    """Without what exporters say of themselves; what concerns the user is said by us."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        unheard = io.StringIO()
        with warnings.catch_warnings(), redirect_stdout(unheard), redirect_stderr(unheard):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def traced(
    module: nn.Module, inputs: Mapping[str, Tensor], advice: str = "export to a folder instead"
) -> ExportedProgram:
    """The graph of a module, for batches of any size.

    Args:
        module: takes the inputs in their order.
        inputs: examples by name, `(B, ...)` each.
        advice: what to do if it cannot be had.

    Raises:
        InputError: naming the layer whose computation depends on the numbers, or on the size of the batch.
    """
    arguments = tuple(inputs.values())
    try:
        return graph(module, arguments)
    except Exception as error:  # whatever a network makes the tracer raise
        raise refusal(module, arguments, graph, error, f"torch.export cannot take {{}}; {advice}") from None


def graph(module: nn.Module, arguments: tuple[Any, ...]) -> ExportedProgram:
    """That of a module for examples of its arguments, of which those with as many rows as the first are batches.

    It is called with batches of other sizes, where it raises if the trace rests on the size of the example.
    """
    rows = arguments[0].shape[0]
    batches = [isinstance(one, Tensor) and one.dim() > 0 and one.shape[0] == rows for one in arguments]
    free = tuple({0: Dim.DYNAMIC} if batch else None for batch in batches)
    with quiet(), torch.no_grad():
        found = torch.export.export(module, arguments, dynamic_shapes=free, strict=False)
        called = found.module()
        for size in SIZES:
            resized = (cycled(one, size) if batch else one for one, batch in zip(arguments, batches, strict=True))
            called(*resized)
    return found


def cycled(rows: Tensor, size: int) -> Tensor:
    """As many rows as asked for, again from the first after the last."""
    return rows[torch.arange(size) % len(rows)]


def refusal(
    module: nn.Module,
    arguments: tuple[Any, ...],
    convert: Callable[[nn.Module, tuple[Any, ...]], object],
    error: Exception,
    line: str,
) -> InputError:
    """The line that says which layer a tool cannot take.

    Args:
        module: that could not be converted.
        arguments: of it.
        convert: what raised.
        error: what it raised.
        line: with a gap for the layer.
    """
    name, layer = culprit(module, arguments, convert)
    where = f"layer {name} ({type(layer).__name__})" if name else f"the network {type(layer).__name__}"
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    said = (line.strip() for line in str(error).splitlines())
    reason = next(filter(None, said), type(error).__name__)[:160].rstrip(".")
    return InputError(line.format(f"{where}: {reason}"))


def culprit(
    module: nn.Module, arguments: tuple[Any, ...], convert: Callable[[nn.Module, tuple[Any, ...]], object]
) -> tuple[str, nn.Module]:
    """The innermost layer that cannot be converted by itself, and its dotted name; empty for the whole."""
    calls, name, found = recorded(module, arguments), "", module
    while True:
        inner = next((child for child in found.named_children() if not converts(child[1], calls, convert)), None)
        if inner is None:
            return name, found
        name, found = f"{name}.{inner[0]}".lstrip("."), inner[1]


def converts(
    layer: nn.Module,
    calls: Mapping[nn.Module, tuple[Any, ...]],
    convert: Callable[[nn.Module, tuple[Any, ...]], object],
) -> bool:
    """Whether a layer can be converted by itself, or was not called, as lists of layers are not."""
    if layer not in calls:
        return all(converts(child, calls, convert) for child in layer.children())
    try:
        convert(layer, calls[layer])
    except Exception:  # whatever it makes a tool raise
        return False
    return True


@torch.no_grad()
def recorded(module: nn.Module, arguments: tuple[Any, ...]) -> dict[nn.Module, tuple[Any, ...]]:
    """What each layer is given when the module is called."""
    calls: dict[nn.Module, tuple[Any, ...]] = {}

    def record(layer: nn.Module, given: tuple[Any, ...]) -> None:
        if given and isinstance(given[0], Tensor):
            calls.setdefault(layer, given)

    hooks = [part.register_forward_pre_hook(record) for part in module.modules()]
    module(*arguments)
    for hook in hooks:
        hook.remove()
    return calls
