"""What a Lipschitz method is: the moments at which it acts on the critic."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from wgan.checks import Checked, Count
from wgan.types import Critic, Points

__all__ = ["LipschitzMethod"]


@dataclass(frozen=True, kw_only=True)
class LipschitzMethod(Checked):
    """A way to keep a critic Lipschitz: a base whose moments do nothing, each method overrides what it needs.

    Methods compose as a tuple: `(SpectralNorm(), R1())`.

    Args:
        every: apply the penalty at every `every`-th critic step only, `every` times as strong
            (lazy regularisation; Karras et al. 2020, https://arxiv.org/abs/1912.04958).

    Attributes:
        constrains: whether it keeps the critic from growing ever steeper, as a loss without an optimum needs.
        follows_progress: whether what it does changes with the share of the training that is done.
        takes_slopes: whether its penalty is about the slope at each single sample.
        promises_unit_slope: whether it means to make the critic 1-Lipschitz and no less.

    Raises:
        InputError: if `every` is below 1.
    """

    constrains: ClassVar[bool] = True
    follows_progress: ClassVar[bool] = False
    takes_slopes: ClassVar[bool] = False
    promises_unit_slope: ClassVar[bool] = False

    every: Count = 1

    @property
    def penalises(self) -> bool:
        """Whether it has a penalty."""
        return type(self).points is not LipschitzMethod.points

    def parametrize(self, critic: nn.Module) -> None:
        """Changes the critic once, before its optimizer exists."""

    def view(self, samples: Tensor, progress: float, rng: torch.Generator) -> Tensor:  # noqa: ARG002
        """What the critic sees of a batch, real or generated, such as a blurred copy.

        Args:
            samples: `(B, *shape)`.
            progress: share of the training that is done, from 0 to 1.
            rng: source of the view's own randomness.
        """
        return samples

    def points(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Points | None:
        """Where the penalty is taken, `(N, *shape)`; None if the method has no penalty.

        Args:
            real: batch of data, `(B, *shape)`.
            fake: batch of generated samples, `(B, *shape)`, without gradient.
            rng: source of the penalty's own randomness.
        """

    def penalty(self, critic: Critic, points: Points) -> Tensor:  # noqa: ARG002
        """What is added to the critic's loss, scalar. It draws nothing at random, so that it can be compiled.

        Args:
            critic: `(B, *shape) -> (B,)`.
            points: what `points` gave.
        """
        raise AssertionError(f"{type(self).__name__} gives points but no penalty")

    def project(self, critic: nn.Module) -> None:
        """Brings the critic back into the constraint, after each of its steps."""
