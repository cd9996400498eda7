"""What makes a distance the same in every unit: points around a common centre, powers that neither vanish nor overflow.

Solvers and products of points have absolute tolerances and lose the digits that an offset takes. So every method works
on points that are centred, of about the size of one, and multiplies its value by the unit in the end.
"""

from math import frexp, inf

import torch
from torch import Tensor

__all__ = ["in_own_units", "own_frame", "power", "power_mean", "power_sum", "reach", "root"]

FAR = 8  # half widths of the data that its middle may lie from the origin without being moved there
LOW = 4  # powers up to which numbers are scaled by a power of four, which rounds nothing
ROUNDING = 1e-15  # mass up to which a step of a plan may be but rounding


def in_own_units(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, float]:
    """Both sets around a common point, in a unit of their own size; neither rounds anything.

    Args:
        x: points `(n, d)`, float64.
        y: points `(m, d)`.

    Returns:
        Both, and the unit. The gradient passes.

    Example:
        >>> in_own_units(torch.tensor([[1e12], [1e12 + 3]]).double(), torch.tensor([[1e12 + 5.0]]).double())[2]
        1.0
    """
    origin, unit = own_frame(x, y)
    if origin.any():
        x, y = x - origin, y - origin
    return (x, y, unit) if unit == 1 else (x / unit, y / unit, unit)


@torch.no_grad()
def own_frame(x: Tensor, y: Tensor) -> tuple[Tensor, float]:
    """A point amid both sets that has so few digits that subtracting it is exact, and a power of four of their size.

    Coordinates that are about the origin stay there.

    Args:
        x: `(n, *shape)`, float64.
        y: `(m, *shape)`.
    """
    low, high = torch.minimum(x.amin(0), y.amin(0)), torch.maximum(x.amax(0), y.amax(0))
    half, middle = high / 2 - low / 2, high / 2 + low / 2
    grid = torch.ldexp(torch.full_like(half, 4.0), half.frexp().exponent)
    origin = torch.where(middle.abs() > FAR * half, (middle / grid).round() * grid, 0)
    return torch.where(half > 0, origin, low), power_of_four(float(half.max()))


def power_of_four(size: float) -> float:
    """The one that it is half to twice of, 1 for zero."""
    return 4.0 ** min(frexp(size)[1] // 2, 511) if size > 0 else 1.0


def reach(largest: Tensor, p: float) -> Tensor:
    """What numbers up to `largest` are divided by before their p-th powers are taken."""
    positive = torch.where(largest > 0, largest, 1)
    if p > LOW:
        return positive
    return torch.ldexp(torch.ones_like(positive), (2 * ((positive.frexp().exponent + 1) // 2)).clamp_max(1022))


def power(length: float, p: float) -> float:
    """A length to the power, itself for infinity; infinite where that is too large."""
    return length if p == inf else torch.tensor(length, dtype=torch.float64).pow(p).item()


def power_sum(values: Tensor, p: float, weights: Tensor) -> Tensor:
    r"""$\sum_k w_k v_k^p$ over the last axis; for $p = \infty$ the largest value that has a weight."""
    counted = torch.where(weights > ROUNDING, values, 0)
    if p == inf:
        return counted.amax(-1)
    return (weights * (counted if p == 1 else counted.pow(p))).sum(-1)


def power_mean(values: Tensor, p: float, weights: Tensor | None = None) -> Tensor:
    r"""$(\sum_k w_k v_k^p)^{1/p}$ over the last axis, of equal weights if None, for values of any size and any $p$.

    Example:
        >>> values = torch.tensor([3.0, 4.0])
        >>> [power_mean(values, p).item() for p in (1, 500, float("inf"))]
        [3.5, 3.994..., 4.0]
    """
    scale = reach(values.detach().amax(-1), p)
    relative = values / scale[..., None]
    if weights is not None:
        return scale * root(power_sum(relative, p, weights), p)
    if p == inf:
        return scale * relative.amax(-1)
    return scale * root((relative if p == 1 else relative.pow(p)).mean(-1), p)


def root(powers: Tensor, p: float) -> Tensor:
    """The p-th roots, with gradient 0 instead of NaN at 0; what is of no power stays as it is."""
    if p in (1, inf):
        return powers
    positive = powers > 0
    return torch.where(positive, torch.where(positive, powers, 1) ** (1 / p), 0)
