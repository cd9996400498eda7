"""The drift term, which keeps the scores of a critic that is free up to a constant near zero."""

from dataclasses import dataclass

import torch
from torch import Tensor

from wgan.checks import NotNegative
from wgan.lipschitz.method import LipschitzMethod
from wgan.types import Critic, Points, placed

__all__ = ["Drift"]


@dataclass(frozen=True, kw_only=True)
class Drift(LipschitzMethod):
    r"""A small weight on the square of the real scores, $\varepsilon\, \mathbb{E}_P D(x)^2$.

    The Wasserstein loss is the same for $D$ and $D + c$, so that without it the scores may wander far from zero. It
    stands beside a method that keeps the critic Lipschitz, and is none itself.

    Karras, Aila, Laine & Lehtinen 2018, Progressive Growing of GANs, https://arxiv.org/abs/1710.10196.

    Args:
        weight: ε.

    Raises:
        InputError: for a negative weight.

    Example:
        >>> Drift(weight=0.5).penalty(lambda x: x.sum(1), torch.tensor([[1.0, 1.0], [4.0, 0.0]])).item()
        5.0
    """

    constrains = False

    weight: NotNegative = 0.001

    def points(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:  # noqa: ARG002
        """The real batch."""
        return real

    def penalty(self, critic: Critic, points: Points) -> Tensor:
        """The mean over the points, scalar."""
        return self.weight * critic(placed(points)).square().mean()
