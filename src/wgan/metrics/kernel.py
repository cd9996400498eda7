"""The kernel distance of features."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.checks import Count, NotNegative
from wgan.distances.costs import row_blocks
from wgan.metrics.intervals import by_parts
from wgan.metrics.metric import Measured, Metric, Need

__all__ = ["Kernel"]


@dataclass(frozen=True)
class Kernel(Metric):
    r"""The kernel distance: the squared maximum mean discrepancy of the features, unbiased.

    $$\frac{\sum_{i \ne j} k(x_i, x_j)}{n (n - 1)} + \frac{\sum_{i \ne j} k(y_i, y_j)}{m (m - 1)}
      - \frac{2 \sum_{ij} k(x_i, y_j)}{n m}, \qquad k(x, y) = (x^\top y / d + c)^p$$

    Its mean is that of the distributions at any sample size, 0 between equal ones; a value may be negative. With the
    Inception features it is the KID, whose protocol averages over subsets of 1,000; here all pairs count, which has the
    same mean and spreads less. The interval comes from the values of disjoint blocks of at least 50 rows of each side.

    Bińkowski et al. 2018, Demystifying MMD GANs, https://arxiv.org/abs/1801.01401.

    Args:
        degree: $p$.
        offset: $c$.
        blocks: disjoint blocks behind the standard error, fewer of small samples.

    Example:
        >>> x = torch.tensor([[0.0], [1.0]])
        >>> Kernel(degree=1, offset=0)(x, x + 3).value  # (3)² of the means, less the spread within
        8.5
    """

    name: ClassVar[str] = "kid"
    title: ClassVar[str] = "kernel distance of features"
    better: ClassVar[Literal["less", "more"]] = "less"
    needs: ClassVar[Need] = Need.FEATURES
    bounds: ClassVar[tuple[float, float]] = (-inf, inf)

    degree: Count = 3
    offset: NotNegative = 1.0
    blocks: Count = 20

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Over all pairs, with the standard error of blocks."""
        value = self.unbiased(real, fake)
        parts = min(self.blocks, min(len(real), len(fake)) // 50)
        if parts < 2:
            return Measured(value)
        pairs = zip(real.tensor_split(parts), fake.tensor_split(parts), strict=True)
        found = by_parts(value, [self.unbiased(*pair) for pair in pairs], self.bounds, "disjoint blocks")
        return Measured(value, interval=found)

    def unbiased(self, x: Tensor, y: Tensor) -> float:
        """The U-statistic of two sets."""
        within = [(self.total(side, side) - self.own(side)) / (len(side) * (len(side) - 1)) for side in (x, y)]
        return sum(within) - 2 * self.total(x, y) / (len(x) * len(y))

    def total(self, x: Tensor, y: Tensor) -> float:
        """The kernel's sum over all pairs, in blocks of rows."""
        return sum(self.kernel(x[rows] @ y.T, x.shape[1]).sum().item() for rows in row_blocks(len(x), len(y)))

    def own(self, x: Tensor) -> float:
        """The kernel's sum over pairs of a row with itself."""
        return self.kernel(x.square().sum(1), x.shape[1]).sum().item()

    def kernel(self, products: Tensor, width: int) -> Tensor:
        """$k$ of scalar products."""
        return (products / width + self.offset) ** self.degree
