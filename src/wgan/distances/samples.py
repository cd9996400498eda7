"""Two sets of samples as points, their weights, and which are refused."""

from typing import Annotated

import torch
from torch import Tensor

from wgan.arrays import ArrayLike, Samples, aligned, as_samples, check_least
from wgan.checks import Rule
from wgan.errors import InputError

__all__ = ["AT_LEAST_ONE", "Power", "as_weights", "check_power", "paired"]

AT_LEAST_ONE = "at least 1, where W_p is a distance"
Power = Annotated[float, Rule(AT_LEAST_ONE, lambda p: p >= 1)]


def paired(x: ArrayLike, y: ArrayLike, least: int = 2) -> tuple[Tensor, Tensor]:
    """Two sets of samples of one dimension, as points `(n, d)` and `(m, d)` in float64; columns are matched by name.

    Args:
        x: `(n, ...)`, or `(n,)` for numbers.
        y: `(m, ...)`.
        least: how many there have to be of each.

    Raises:
        InputError: if one is refused by `as_samples` or has too few samples, or if their dimensions or columns differ.

    Example:
        >>> a, b = paired(torch.zeros(3, 2, 2), torch.ones(5, 4))
        >>> a.shape, b.shape
        (torch.Size([3, 4]), torch.Size([5, 4]))
    """
    read = as_samples(x, "x"), as_samples(y, "y")
    a, b = (points(side, name, least) for side, name in ((read[0], "x"), (aligned(*read, "x", "y"), "y")))
    if a.shape[1] != b.shape[1]:
        raise InputError(
            f"x holds samples of {a.shape[1]} features and y of {b.shape[1]}; expected the same number: "
            "resize images to one resolution, or select the same columns"
        )
    return a, b.to(a.device)


def points(samples: Samples, name: str, least: int) -> Tensor:
    """Samples of any trailing shape as points `(n, d)`."""
    values = samples.values
    check_least(len(values), least, name)
    flat = values.reshape(len(values), -1)
    if not flat.shape[1]:
        raise InputError(f"{name} has shape {tuple(values.shape)}, no features; expected at least one")
    return flat


def as_weights(weights: ArrayLike | None, count: int, name: str) -> Tensor:
    """Weights of `count` samples that sum to one; equal ones for None.

    Raises:
        InputError: if there are too many or too few, if one is negative, or if they do not sum to one.
    """
    if weights is None:
        return torch.full((count,), 1 / count, dtype=torch.float64)
    values = as_samples(weights, name).values.detach().cpu()
    if values.shape != (count,):
        raise InputError(f"{name} have shape {tuple(values.shape)}; expected one for each of {count} samples")
    if bool((values < 0).any()):
        raise InputError(f"{name} hold a negative value, {values.min().item():.3g}; expected a probability each")
    total = values.sum().item()
    if abs(total - 1) > 1e-6:
        raise InputError(f"{name} sum to {total:.6g}; expected 1: divide them by their sum")
    return values / total


def check_power(p: float) -> None:
    """Refuses powers below 1, for which the triangle inequality fails."""
    if not p >= 1:
        raise InputError(f"p is {p:g}; expected {AT_LEAST_ONE}")
