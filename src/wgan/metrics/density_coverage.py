"""Density and coverage: precision and recall that outliers do not spoil."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.checks import Count
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.neighbours import nearest, radii, within

__all__ = ["Coverage", "Density"]


@dataclass(frozen=True)
class Density(Metric):
    r"""In how many balls of real samples a generated one lies, as a share of the `k` that real ones lie in.

    $$\frac{1}{k m} \sum_{ij} \mathbb{1}\bigl[\lVert y_j - x_i \rVert \le r_k(x_i)\bigr]$$

    with $r_k(x_i)$ the distance of $x_i$ to its $k$-th nearest other one. About 1 between equal distributions, and
    more where samples crowd at the centre of real ones: it rewards less variety, so read it beside `Coverage`.

    Naeem et al. 2020, Reliable Fidelity and Diversity Metrics, https://arxiv.org/abs/2002.09797, with $k = 5$.

    Args:
        k: which neighbour.

    Raises:
        InputError: if there are not more than `k` samples.

    Example:
        >>> real = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
        >>> Density(k=1)(real, torch.tensor([[0.5], [9.0]])).value  # two balls hold the first, none the second
        1.0
    """

    name: ClassVar[str] = "density"
    title: ClassVar[str] = "real neighbourhoods around a generated sample"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.FEATURES

    k: Count = 5

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """By the radii of `real`."""
        return Measured(within(fake, real, radii(real, self.k)).double().mean().item() / self.k)


@dataclass(frozen=True)
class Coverage(Metric):
    r"""The share of real samples that have a generated one nearer than their `k`-th real neighbour.

    $$\frac1n \sum_i \mathbb{1}\bigl[\min_j \lVert y_j - x_i \rVert \le r_k(x_i)\bigr]$$

    Between equal distributions of $n = m$ samples it is about $1 - 2^{-k}$, not 1.

    Naeem et al. 2020, Reliable Fidelity and Diversity Metrics, https://arxiv.org/abs/2002.09797, with $k = 5$.

    Args:
        k: which neighbour.

    Raises:
        InputError: if there are not more than `k` samples.

    Example:
        >>> real = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
        >>> Coverage(k=1)(real, torch.tensor([[0.5], [9.0]])).value
        0.5
    """

    name: ClassVar[str] = "coverage"
    title: ClassVar[str] = "share of real samples with a generated neighbour"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.FEATURES
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    k: Count = 5

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """By the radii of `real`."""
        return Measured((nearest(real, fake)[:, 0] <= radii(real, self.k)).double().mean().item())
