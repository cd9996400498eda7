"""What a loss is: two objectives on samples through the critic, and what the critic's value estimates."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from torch import Tensor

from wgan.checks import Checked
from wgan.losses.one_pass import scores_of_both
from wgan.types import Critic

__all__ = ["CriticValue", "Loss", "Measure", "ScoreLoss"]


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
