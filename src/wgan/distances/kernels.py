r"""Distances that compare mean similarities: the energy distance and the maximum mean discrepancy."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from sys import float_info
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from wgan.checks import Positive, Rule
from wgan.distances.costs import distances, row_blocks
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.units import in_own_units
from wgan.errors import InputError

__all__ = ["MMD", "Energy", "KernelDistance"]


@dataclass(frozen=True)
class KernelDistance(DistanceMethod):
    r"""A distance between mean embeddings in the space of a kernel $k$; a new one is its kernel.

    $$D^2 = \frac1{n^2} \sum_{ij} k(x_i, x_j) + \frac1{m^2} \sum_{ij} k(y_i, y_j) - \frac2{nm} \sum_{ij} k(x_i, y_j)$$

    That is the V-statistic, the distance between the two sets themselves: never negative, zero between equal sets, and
    larger than that of the distributions by about $1/n + 1/m$ times the kernel's spread.
    """

    @abstractmethod
    def kernel(self, x: Tensor, y: Tensor, unit: float) -> Callable[[Tensor, Tensor], Tensor]:
        """The kernel for these two sets, in units of `unit`: points `(n, d)` and `(m, d)` to `(n, m)`."""

    @property
    @abstractmethod
    def degree(self) -> float:
        """The power of the data's unit that $D$ is in."""

    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """$D$."""
        return self.measure_weighted(x, y, *(side.new_full((len(side),), 1 / len(side)) for side in (x, y)))

    def measure_weighted(self, x: Tensor, y: Tensor, x_weights: Tensor, y_weights: Tensor) -> Measured:
        """$D$, of weighted points."""
        x, y, unit = in_own_units(x, y)
        a, b = x_weights.to(x), y_weights.to(x)
        k = self.kernel(x, y, unit)
        squared = mean(k, x, x, a, a) + mean(k, y, y, b, b) - 2 * mean(k, x, y, a, b)
        value = squared.clamp_min(0).sqrt() if squared > 0 else squared * 0
        return Measured(value * unit**self.degree, self.note())

    def note(self) -> str:
        """How the value was come by."""
        return "V-statistic, the distance between the two sets"

    @torch.no_grad()
    def permuted(self, pooled: Tensor, labels: Tensor) -> Tensor:
        """As the base says: all regroupings together are one matrix product with the kernel's matrix."""
        first = int(labels[0].sum())
        x, y, unit = in_own_units(pooled[:first], pooled[first:])
        pooled, k = torch.cat([x, y]), self.kernel(x, y, unit)
        signs = torch.where(labels, 1 / first, -1 / (len(pooled) - first)).to(pooled)
        embedded = torch.cat([k(pooled[rows], pooled) @ signs.T for rows in row_blocks(len(pooled), len(pooled))])
        values: Tensor = (signs.T * embedded).sum(0).clamp_min(0).sqrt()
        return values * float(unit**self.degree)


def mean(kernel: Callable[[Tensor, Tensor], Tensor], x: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The kernel's mean over all pairs under weights, in blocks."""
    return torch.stack([a[rows] @ (kernel(x[rows], y) @ b) for rows in row_blocks(len(x), len(y))]).sum()


@dataclass(frozen=True)
class Energy(KernelDistance):
    r"""The energy distance.

    $$D^2 = 2\, \mathbb{E} \lVert x - y \rVert^\alpha - \mathbb{E} \lVert x - x' \rVert^\alpha
          - \mathbb{E} \lVert y - y' \rVert^\alpha$$

    On the line and with $\alpha = 1$ it is $2 \int (F_x - F_y)^2$.

    Székely & Rizzo 2013, Energy statistics, https://doi.org/10.1016/j.jspi.2013.03.018.

    Args:
        exponent: $\alpha$, above 0 and below 2.

    Example:
        >>> Energy()(torch.zeros(3, 2), torch.tensor([[4.0, 0.0]] * 2)).item()  # sqrt(2 * 4)
        2.828...
    """

    name: ClassVar[str] = "energy"
    unit: ClassVar[str] = "√ of the data"

    exponent: Annotated[float, Rule("a number between 0 and 2, both excluded", lambda value: 0 < value < 2)] = 1

    @property
    def degree(self) -> float:
        """Its square is in the data's unit to the exponent."""
        return self.exponent / 2

    def kernel(self, x: Tensor, y: Tensor, unit: float) -> Callable[[Tensor, Tensor], Tensor]:  # noqa: ARG002
        r"""$-\lVert x - y \rVert^\alpha$."""
        centre = torch.cat([x.detach(), y.detach()]).mean(0)
        return lambda a, b: -distances(a - centre, b - centre).pow(self.exponent)


@dataclass(frozen=True)
class MMD(KernelDistance):
    r"""The maximum mean discrepancy with a Gaussian kernel.

    $$k(x, y) = \exp\bigl(-\lVert x - y \rVert^2 / 2 h^2\bigr)$$

    Gretton et al. 2012, A Kernel Two-Sample Test, https://jmlr.org/papers/v13/gretton12a.html.

    Args:
        bandwidth: $h$; the median distance of the pooled samples if None, which then differs from pair to pair of
            sets (give it to compare values) and is held fixed by the gradient.

    Raises:
        InputError: if the bandwidth is not positive, or if none can be found because most samples are equal.

    Example:
        >>> round(MMD(bandwidth=1.0)(torch.zeros(2, 1), torch.ones(2, 1)).item() ** 2, 6)  # 2 - 2 / sqrt(e)
        0.786939
    """

    name: ClassVar[str] = "mmd"
    unit: ClassVar[str] = ""
    metric: ClassVar[bool] = False

    bandwidth: Positive | None = None

    degree: ClassVar[float] = 0

    def kernel(self, x: Tensor, y: Tensor, unit: float) -> Callable[[Tensor, Tensor], Tensor]:
        """The Gaussian kernel of the given or the median bandwidth."""
        pooled = torch.cat([x.detach(), y.detach()])
        h = median_distance(pooled) if self.bandwidth is None else max(self.bandwidth / unit, float_info.min)
        centre = pooled.mean(0)
        return lambda a, b: torch.exp(-(distances(a - centre, b - centre) / h).square() / 2)

    def note(self) -> str:
        """Names the bandwidth."""
        return f"V-statistic, bandwidth {'the median distance' if self.bandwidth is None else f'{self.bandwidth:g}'}"


def median_distance(points: Tensor, most: int = 2000) -> float:
    """The median distance between different samples, of at most `most` evenly picked ones."""
    some = points[:: -(-len(points) // most)]
    some = some - some.mean(0)
    between = distances(some, some).cpu().numpy().ravel()
    middle = len(some) + (len(between) - len(some) - 1) // 2  # the zeros of each with itself come first
    median = float(np.partition(between, middle)[middle])
    if not median > 0:
        raise InputError("mmd: most samples are equal, so that the median distance is 0; give a bandwidth")
    return median
