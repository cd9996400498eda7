"""What a loss is: two objectives on samples through the critic, and what the critic's value estimates."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import type_before_parametrizations

from wgan.checks import Checked
from wgan.types import Critic

__all__ = ["CriticValue", "Loss", "Measure", "ScoreLoss"]

# Torch's layers that treat every sample of a batch alone and draw nothing at random.
SEPARABLE = {
    *(nn.Sequential, nn.Identity, nn.Flatten, nn.Unflatten, nn.Linear, nn.Conv1d, nn.Conv2d),
    *(nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    *(nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.SiLU, nn.ELU, nn.GELU, nn.Softplus, nn.Sigmoid, nn.LayerNorm, nn.GroupNorm),
}


def is_separable(module: nn.Module) -> bool:
    """Whether a module is known to treat every sample alone: a class of ours says so by `separable = True`."""
    if not (known_separable(type(module)) or known_separable(type_before_parametrizations(module))):
        return False
    return all(is_separable(child) for name, child in module.named_children() if name != "parametrizations")


def known_separable(kind: type) -> bool:
    """Whether modules of a kind do, as far as that is up to them and not to their parts."""
    return kind in SEPARABLE or getattr(kind, "separable", False)


def scores_of_both(critic: Critic, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The scores of two batches: in one pass where that is known to be the same, else in two.

    A critic with batch statistics, or any layer that we do not know, sees the batches one after the other.
    """
    if isinstance(critic, nn.Module) and is_separable(critic):
        real_scores, fake_scores = torch.split(critic(torch.cat([real, fake])), [len(real), len(fake)])
        return real_scores, fake_scores
    return critic(real), critic(fake)


class Measure(NamedTuple):
    """What a loss's value estimates.

    Attributes:
        symbol: such as `W₁`.
        unit: such as `nats`, or what scales the value.
    """

    symbol: str
    unit: str


class CriticValue(NamedTuple):
    """One evaluation of a critic on a pair of batches.

    Attributes:
        loss: scalar that the critic minimises.
        estimate: scalar, the divergence that the value stands for (positive when the critic is any good).
    """

    loss: Tensor
    estimate: Tensor


@dataclass(frozen=True)
class Loss(Checked, ABC):
    """A pair of objectives, evaluated on samples through the critic; a frozen dataclass of its hyper-parameters.

    Attributes:
        measures: the divergence that `estimate` stands for, at the critic's optimum.
        needs_constraint: whether a critic twice as steep is always better, so that something must keep it Lipschitz.
        transports_batches: whether the generator's loss is of two batches as wholes and not a mean over samples or
            pairs, so that the critic's potential fits batches of its own size alone.
    """

    measures: ClassVar[Measure]
    needs_constraint: ClassVar[bool] = False
    transports_batches: ClassVar[bool] = False

    @abstractmethod
    def critic_value(self, critic: Critic, real: Tensor, fake: Tensor) -> CriticValue:
        """The critic's loss and its estimate on batches `real` and `fake`, each `(B, *shape)`."""

    @abstractmethod
    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """The generator's loss, scalar; its gradient reaches the generator through `fake`."""


class ScoreLoss(Loss):
    """A loss that is a pure function of the scores, each `(B,)`."""

    @abstractmethod
    def critic(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """Scalar that the critic minimises."""

    @abstractmethod
    def generator(self, fake_scores: Tensor) -> Tensor:
        """Scalar that the generator minimises."""

    @abstractmethod
    def estimate(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """The divergence that the scores stand for, scalar."""

    def critic_value(self, critic: Critic, real: Tensor, fake: Tensor) -> CriticValue:
        """See `Loss.critic_value`."""
        scores = scores_of_both(critic, real, fake)
        # An estimate is looked at alone: without a graph, which costs as much as its numbers.
        return CriticValue(self.critic(*scores), self.estimate(*(side.detach() for side in scores)))

    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG002
        """See `Loss.generator_loss`."""
        return self.generator(critic(fake))
