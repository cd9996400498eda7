"""Precision and recall: are the samples real, and is all that is real among them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.checks import Count
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.neighbours import radii, within

__all__ = ["Precision", "Recall"]


@dataclass(frozen=True)
class Precision(Metric):
    r"""The share of generated samples that lie in the manifold of real ones.

    The manifold is the union of balls around the samples $x_i$, each as large as the distance to the $k$-th nearest
    other one, $r_k(x_i)$:

    $$\frac1m \sum_j \mathbb{1}\bigl[\exists i : \lVert y_j - x_i \rVert \le r_k(x_i)\bigr]$$

    Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991, with $k = 3$. One real outlier has a large ball and
    spoils it; `Density` counts the balls instead.

    Args:
        k: which neighbour.

    Raises:
        InputError: if there are not more than `k` samples.

    Example:
        >>> real = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
        >>> Precision(k=1)(real, torch.tensor([[0.5], [9.0]])).value
        0.5
    """

    name: ClassVar[str] = "precision"
    title: ClassVar[str] = "share of generated samples among the real ones"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.FEATURES
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    k: Count = 3

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """By the radii of `real`."""
        return Measured(share(within(fake, real, radii(real, self.k))))


@dataclass(frozen=True)
class Recall(Metric):
    r"""The share of real samples that lie in the manifold of generated ones: `Precision` with the sides exchanged.

    Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991, with $k = 3$.

    Args:
        k: which neighbour.

    Raises:
        InputError: if there are not more than `k` samples.

    Example:
        >>> real = torch.tensor([[0.5], [9.0]])
        >>> Recall(k=1)(real, torch.tensor([[0.0], [1.0], [2.0], [3.0]])).value
        0.5
    """

    name: ClassVar[str] = "recall"
    title: ClassVar[str] = "share of real samples among the generated ones"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.FEATURES
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    k: Count = 3

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """By the radii of `fake`."""
        return Measured(share(within(real, fake, radii(fake, self.k))))


def share(counts: Tensor) -> float:
    """The share of points that lie in some ball."""
    return (counts > 0).double().mean().item()
