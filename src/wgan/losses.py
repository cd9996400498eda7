r"""Adversarial losses: what the critic and the generator minimise, and what the critic's value estimates.

Throughout, $D$ is the critic, its scores are unbounded (logits where the loss is a probability's), $P$ the real
distribution and $Q$ the generator's. Every objective is *minimised*.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import ClassVar, NamedTuple

from torch import Tensor
from torch.nn.functional import softplus

__all__ = ["GAN", "Loss", "NonSaturatingGAN", "ScoreLoss", "Wasserstein"]

Critic = Callable[[Tensor], Tensor]


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


class Loss(ABC):
    """A pair of objectives, evaluated on samples through the critic.

    Attributes:
        measures: the divergence that `estimate` stands for, at the critic's optimum.
    """

    measures: ClassVar[Measure]

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
        real_scores, fake_scores = critic(real), critic(fake)
        return CriticValue(self.critic(real_scores, fake_scores), self.estimate(real_scores, fake_scores))

    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG002
        """See `Loss.generator_loss`."""
        return self.generator(critic(fake))


@dataclass(frozen=True)
class Wasserstein(ScoreLoss):
    r"""The Kantorovich–Rubinstein dual of the Wasserstein-1 distance.

    $$L_D = \mathbb{E}_Q D - \mathbb{E}_P D, \qquad L_G = -\mathbb{E}_Q D,$$

    whose estimate $-L_D$ is at most $\kappa W_1(P, Q)$ for a κ-Lipschitz critic, with equality at its optimum.

    Arjovsky, Chintala & Bottou 2017, Wasserstein GAN, https://arxiv.org/abs/1701.07875.

    Example:
        >>> import torch
        >>> Wasserstein().estimate(torch.tensor([2.0, 4.0]), torch.tensor([0.0, 1.0])).item()
        2.5
    """

    measures = Measure("W₁", "up to κ")

    def critic(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$L_D$."""
        return fake_scores.mean() - real_scores.mean()

    def generator(self, fake_scores: Tensor) -> Tensor:
        """$L_G$."""
        return -fake_scores.mean()

    def estimate(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$-L_D$."""
        return real_scores.mean() - fake_scores.mean()


@dataclass(frozen=True)
class GAN(ScoreLoss):
    r"""The original minimax game, whose generator's gradient saturates where the critic is sure.

    With $\operatorname{sp}(t) = \log(1 + e^t)$ and logits $D$,

    $$L_D = \mathbb{E}_P \operatorname{sp}(-D) + \mathbb{E}_Q \operatorname{sp}(D), \qquad
      L_G = -\mathbb{E}_Q \operatorname{sp}(D).$$

    At its optimum $-L_D = 2\,\mathrm{JS}(P, Q) - \log 4$, hence the estimate $\log 2 - L_D / 2$.

    Goodfellow et al. 2014, Generative Adversarial Networks, https://arxiv.org/abs/1406.2661.

    Example:
        >>> import torch
        >>> undecided = torch.zeros(4)
        >>> round(GAN().estimate(undecided, undecided).item(), 6)
        0.0
    """

    measures = Measure("JS", "nats")

    def critic(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$L_D$."""
        return softplus(-real_scores).mean() + softplus(fake_scores).mean()

    def generator(self, fake_scores: Tensor) -> Tensor:
        """$L_G$."""
        return -softplus(fake_scores).mean()

    def estimate(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """The Jensen–Shannon divergence, between 0 and log 2 at the optimum."""
        return log(2) - self.critic(real_scores, fake_scores) / 2


@dataclass(frozen=True)
class NonSaturatingGAN(GAN):
    r"""The original critic with the generator that everyone uses, $L_G = \mathbb{E}_Q \operatorname{sp}(-D)$.

    Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661.
    """

    def generator(self, fake_scores: Tensor) -> Tensor:
        """$L_G$."""
        return softplus(-fake_scores).mean()
