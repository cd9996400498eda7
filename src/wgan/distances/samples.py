"""What a set of samples is, and which sets are refused."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.errors import InputError
from wgan.memory import available_memory

__all__ = ["Samples", "as_points", "as_weights", "check_power", "paired", "require_memory"]

Samples = Tensor | NDArray[Any]


def as_points(samples: Samples, name: str, least: int = 2) -> Tensor:
    """Samples of any trailing shape as points `(n, d)` in float64, on their own device.

    Args:
        samples: `(n, ...)`, or `(n,)` for numbers.
        name: what the samples are called in an error.
        least: how many there have to be.

    Raises:
        InputError: if there are too few, or if a value is not finite.
    """
    try:
        points = torch.as_tensor(samples)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} cannot be read as an array of numbers: {error}") from error
    shape, count = tuple(points.shape), len(points) if points.dim() else 0
    # Metal has no float64.
    points = (points.cpu() if points.device.type == "mps" else points).double()
    if count < least:
        raise InputError(f"{name} holds {count} sample{'s' * (count != 1)}; expected at least {least}")
    points = points.reshape(count, -1)
    if not points.shape[1]:
        raise InputError(f"{name} has shape {shape}, no features; expected at least one")
    check_finite(points, name)
    return points


def check_finite(points: Tensor, name: str) -> None:
    """Refuses NaN and infinity, with their number and the first place."""
    if bool(points.sum().isfinite()):
        return
    bad = (~points.isfinite()).nonzero()
    if len(bad):
        sample, feature = bad[0].tolist()
        raise InputError(
            f"NaN or infinite values in {name}: {len(bad)}, the first in sample {sample}, feature {feature}; "
            "remove or fill them first"
        )


def paired(x: Samples, y: Samples, least: int = 2) -> tuple[Tensor, Tensor]:
    """Two sets of samples of one dimension, as points `(n, d)` and `(m, d)`.

    Raises:
        InputError: if one is refused by `as_points`, or if their dimensions differ.

    Example:
        >>> a, b = paired(torch.zeros(3, 2, 2), torch.ones(5, 4))
        >>> a.shape, b.shape
        (torch.Size([3, 4]), torch.Size([5, 4]))
    """
    a, b = as_points(x, "x", least), as_points(y, "y", least)
    if a.shape[1] != b.shape[1]:
        raise InputError(
            f"x holds samples of {a.shape[1]} features and y of {b.shape[1]}; expected the same number: "
            "resize images to one resolution, or select the same columns"
        )
    return a, b.to(a.device)


def as_weights(weights: Samples | None, count: int, name: str) -> Tensor:
    """Weights of `count` samples that sum to one; equal ones for None.

    Raises:
        InputError: if there are too many or too few, if one is negative, or if they do not sum to one.
    """
    if weights is None:
        return torch.full((count,), 1 / count, dtype=torch.float64)
    values = torch.as_tensor(weights).detach().cpu().double()
    if values.shape != (count,):
        raise InputError(f"{name} have shape {tuple(values.shape)}; expected one for each of {count} samples")
    check_finite(values[:, None], name)
    if bool((values < 0).any()):
        raise InputError(f"{name} hold a negative value, {values.min().item():.3g}; expected a probability each")
    total = values.sum().item()
    if abs(total - 1) > 1e-6:
        raise InputError(f"{name} sum to {total:.6g}; expected 1: divide them by their sum")
    return values / total


def check_power(p: float) -> None:
    """Refuses powers below 1, for which the triangle inequality fails."""
    if not p >= 1:
        raise InputError(f"p is {p:g}; expected at least 1, where W_p is a distance")


def require_memory(needed: int, task: str, way_out: str) -> None:
    """Refuses a task that does not fit into the free memory.

    Args:
        needed: bytes.
        task: what needs them.
        way_out: what to do instead.
    """
    free = available_memory()
    if needed > free:
        raise InputError(f"{task} needs {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free; {way_out}")
