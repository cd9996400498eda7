"""The losses of the best known systems, as functions of the scores."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, relu, softplus

from wgan.checks import Finite
from wgan.errors import InputError
from wgan.losses.fgan import FGAN
from wgan.losses.loss import Measure, ScoreLoss

__all__ = ["GAN", "Hinge", "LeastSquares", "NonSaturatingGAN", "Wasserstein"]


@dataclass(frozen=True)
class GAN(FGAN):
    r"""The original minimax game, whose generator's gradient saturates where the critic is sure.

    With $\operatorname{sp}(t) = \log(1 + e^t)$ and logits $D$,

    $$L_D = \mathbb{E}_P \operatorname{sp}(-D) + \mathbb{E}_Q \operatorname{sp}(D), \qquad
      L_G = -\mathbb{E}_Q \operatorname{sp}(D).$$

    At its optimum $-L_D = 2\,\mathrm{JS}(P, Q) - \log 4$, hence the estimate $\log 2 - L_D / 2$. It is the f-GAN of
    $f(u) = u \log u - (u + 1) \log(u + 1)$, $g_f(v) = -\operatorname{sp}(-v)$, $f^*(t) = -\log(1 - e^t)$.

    Goodfellow et al. 2014, Generative Adversarial Networks, https://arxiv.org/abs/1406.2661.

    Example:
        >>> undecided = torch.zeros(4)
        >>> round(GAN().estimate(undecided, undecided).item(), 6)
        0.0
    """

    measures = Measure("JS", "nats")
    multiple = 2.0

    def f(self, u: Tensor) -> Tensor:
        r"""$u \log u - (u + 1) \log(u + 1)$."""
        return torch.xlogy(u, u) - (u + 1) * torch.log1p(u)

    def activation(self, v: Tensor) -> Tensor:
        r"""The logarithm of the critic's probability, $-\operatorname{sp}(-v)$."""
        return logsigmoid(v)

    def conjugate(self, t: Tensor) -> Tensor:
        r"""$-\log(1 - e^t)$."""
        return -torch.log(-torch.expm1(t))

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        r"""$\operatorname{sp}(v)$."""
        return softplus(v)


@dataclass(frozen=True)
class NonSaturatingGAN(GAN):
    r"""The original critic with the generator that everyone uses, $L_G = \mathbb{E}_Q \operatorname{sp}(-D)$.

    Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661.
    """

    non_saturating: bool = True


@dataclass(frozen=True)
class Wasserstein(ScoreLoss):
    r"""The Kantorovich–Rubinstein dual of the Wasserstein-1 distance.

    $$L_D = \mathbb{E}_Q D - \mathbb{E}_P D, \qquad L_G = -\mathbb{E}_Q D,$$

    whose estimate $-L_D$ is at most $\kappa W_1(P, Q)$ for a κ-Lipschitz critic, with equality at its optimum.

    Arjovsky, Chintala & Bottou 2017, Wasserstein GAN, https://arxiv.org/abs/1701.07875.

    Example:
        >>> Wasserstein().estimate(torch.tensor([2.0, 4.0]), torch.tensor([0.0, 1.0])).item()
        2.5
    """

    measures = Measure("W₁", "up to κ")
    needs_constraint = True

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
class Hinge(ScoreLoss):
    r"""The margin loss of large image models.

    $$L_D = \mathbb{E}_P \max(0, 1 - D) + \mathbb{E}_Q \max(0, 1 + D), \qquad L_G = -\mathbb{E}_Q D.$$

    At its optimum $D = \operatorname{sign}(p - q)$ and $L_D = 2 - 2\,\mathrm{TV}(P, Q)$, hence the estimate
    $1 - L_D / 2$.

    Lim & Ye 2017, Geometric GAN, https://arxiv.org/abs/1705.02894.

    Example:
        >>> Hinge().estimate(torch.tensor([3.0, 1.0]), torch.tensor([-1.0, -2.0])).item()  # told apart for sure
        1.0
    """

    measures = Measure("TV", "probability")

    def critic(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$L_D$."""
        return relu(1 - real_scores).mean() + relu(1 + fake_scores).mean()

    def generator(self, fake_scores: Tensor) -> Tensor:
        """$L_G$."""
        return -fake_scores.mean()

    def estimate(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """The total variation, between 0 and 1 at the optimum."""
        return 1 - self.critic(real_scores, fake_scores) / 2


@dataclass(frozen=True)
class LeastSquares(ScoreLoss):
    r"""Regression of the scores onto labels.

    $$L_D = \tfrac12 \mathbb{E}_P (D - b)^2 + \tfrac12 \mathbb{E}_Q (D - a)^2, \qquad
      L_G = \tfrac12 \mathbb{E}_Q (D - c)^2.$$

    At its optimum $D = (bp + aq) / (p + q)$ and the critic's value is Le Cam's divergence
    $\tfrac12 \int (p - q)^2 / (p + q)$, from 0 to 1: the estimate is $1 - 4 L_D / (b - a)^2$. With $b - c = 1$ and
    $b - a = 2$ the generator minimises Pearson's $\chi^2$ of $P + Q$ from $2Q$.

    Mao et al. 2017, Least Squares Generative Adversarial Networks, https://arxiv.org/abs/1611.04076.

    Args:
        a: label of generated samples.
        b: label of real samples.
        c: what the generator wants its samples to score.

    Raises:
        InputError: if `a` equals `b`.

    Example:
        >>> LeastSquares().estimate(torch.tensor([1.0]), torch.tensor([0.0])).item()
        1.0
    """

    measures = Measure("Le Cam", "dimensionless")
    a: Finite = 0.0
    b: Finite = 1.0
    c: Finite = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.a == self.b:
            raise InputError(f"LeastSquares: a and b are both {self.a}; expected two labels")

    def critic(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$L_D$."""
        return ((real_scores - self.b).square().mean() + (fake_scores - self.a).square().mean()) / 2

    def generator(self, fake_scores: Tensor) -> Tensor:
        """$L_G$."""
        return (fake_scores - self.c).square().mean() / 2

    def estimate(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """Le Cam's divergence, between 0 and 1 at the optimum."""
        return 1 - 4 * self.critic(real_scores, fake_scores) / (self.b - self.a) ** 2
