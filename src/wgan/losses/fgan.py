r"""Variational divergence minimisation: one generic f-GAN, and a thin class for each divergence.

Nowozin, Cseke & Tomioka 2016, f-GAN, https://arxiv.org/abs/1606.00709. The divergences are

$$D_f(P \| Q) = \mathbb{E}_Q f\!\left(\frac{dP}{dQ}\right), \qquad
  D_f(P \| Q) = \sup_T\; \mathbb{E}_P T - \mathbb{E}_Q f^*(T), \qquad f^*(t) = \sup_u\; ut - f(u).$$
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from wgan.losses.loss import Measure, ScoreLoss

__all__ = [
    "FGAN",
    "KLGAN",
    "HellingerGAN",
    "JeffreyGAN",
    "NeymanGAN",
    "PearsonGAN",
    "ReverseKLGAN",
    "TotalVariationGAN",
]


@dataclass(frozen=True)
class FGAN(ScoreLoss):
    r"""The generic f-GAN, whose scores $v$ pass through an output activation $g_f$ into the domain of $f^*$.

    $$L_D = \mathbb{E}_Q f^*(g_f(v)) - \mathbb{E}_P\, g_f(v), \qquad L_G = -\mathbb{E}_Q f^*(g_f(v)),$$

    or, in the paper's practical variant, $L_G = -\mathbb{E}_Q\, g_f(v)$. The estimate is $-L_D - f(1)$, so that equal
    distributions are at distance zero whatever $f(1)$ is. It is a lower bound, attained by $g_f(v) = f'(dP / dQ)$.

    Nowozin, Cseke & Tomioka 2016, https://arxiv.org/abs/1606.00709.

    Args:
        non_saturating: whether the generator minimises $-\mathbb{E}_Q\, g_f(v)$ (section 3.2).

    Example:
        >>> real, fake = torch.tensor([2.0, 3.0]), torch.tensor([1.0, 1.0])
        >>> KLGAN().estimate(real, fake).item()  # mean of v on P, less the mean of exp(v - 1) on Q
        1.5
    """

    non_saturating: bool = False
    # How many of the measured divergence D_f is: the f of Jensen-Shannon type give 2 JS.
    multiple: ClassVar[float] = 1.0

    @abstractmethod
    def f(self, u: Tensor) -> Tensor:
        """The convex function of the density ratio $u$."""

    @abstractmethod
    def activation(self, v: Tensor) -> Tensor:
        """$g_f$, increasing, from any score into the domain of the conjugate."""

    @abstractmethod
    def conjugate(self, t: Tensor) -> Tensor:
        """$f^*$, the convex conjugate."""

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        """$f^*(g_f(v))$; overridden where the composition is simpler than its parts, and stays finite."""
        return self.conjugate(self.activation(v))

    def critic(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$L_D$."""
        return self.conjugate_of_activation(fake_scores).mean() - self.activation(real_scores).mean()

    def generator(self, fake_scores: Tensor) -> Tensor:
        """$L_G$."""
        if self.non_saturating:
            return -self.activation(fake_scores).mean()
        return -self.conjugate_of_activation(fake_scores).mean()

    def estimate(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        """$-L_D - f(1)$, in units of what is measured."""
        at_equality = self.f(real_scores.new_ones(()))
        return (-self.critic(real_scores, fake_scores) - at_equality) / self.multiple


@dataclass(frozen=True)
class TotalVariationGAN(FGAN):
    r"""Total variation, $f(u) = \tfrac12 |u - 1|$, $g_f(v) = \tfrac12 \tanh v$, $f^*(t) = t$ for $|t| \le \tfrac12$."""

    measures = Measure("TV", "probability")

    def f(self, u: Tensor) -> Tensor:
        """Half the distance to 1."""
        return (u - 1).abs() / 2

    def activation(self, v: Tensor) -> Tensor:
        """Into [-½, ½]."""
        return torch.tanh(v) / 2

    def conjugate(self, t: Tensor) -> Tensor:
        """The identity."""
        return t


@dataclass(frozen=True)
class KLGAN(FGAN):
    r"""Kullback–Leibler, $\mathrm{KL}(P \| Q)$: $f(u) = u \log u$, $g_f(v) = v$, $f^*(t) = e^{t-1}$."""

    measures = Measure("KL", "nats")

    def f(self, u: Tensor) -> Tensor:
        r"""$u \log u$."""
        return torch.xlogy(u, u)

    def activation(self, v: Tensor) -> Tensor:
        """The identity."""
        return v

    def conjugate(self, t: Tensor) -> Tensor:
        """$e^{t-1}$."""
        return torch.exp(t - 1)


@dataclass(frozen=True)
class ReverseKLGAN(FGAN):
    r"""Reverse KL, $\mathrm{KL}(Q \| P)$: $f(u) = -\log u$, $g_f(v) = -e^{-v}$, $f^*(t) = -1 - \log(-t)$."""

    measures = Measure("reverse KL", "nats")

    def f(self, u: Tensor) -> Tensor:
        r"""$-\log u$."""
        return -torch.log(u)

    def activation(self, v: Tensor) -> Tensor:
        """Into the negative numbers."""
        return -torch.exp(-v)

    def conjugate(self, t: Tensor) -> Tensor:
        r"""$-1 - \log(-t)$."""
        return -1 - torch.log(-t)

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        """$v - 1$."""
        return v - 1


@dataclass(frozen=True)
class PearsonGAN(FGAN):
    r"""Pearson's $\chi^2(P \| Q) = \int (p - q)^2 / q$: $f(u) = (u - 1)^2$, $g_f(v) = v$, $f^*(t) = t^2/4 + t$.

    The conjugate is that of $f$ on all of $\mathbb{R}$; it exceeds the one of $u \ge 0$ where $t < -2$, so that the
    value is a lower bound all the same.
    """

    measures = Measure("Pearson χ²", "dimensionless")

    def f(self, u: Tensor) -> Tensor:
        """$(u - 1)^2$."""
        return (u - 1).square()

    def activation(self, v: Tensor) -> Tensor:
        """The identity."""
        return v

    def conjugate(self, t: Tensor) -> Tensor:
        """$t^2/4 + t$."""
        return t.square() / 4 + t


@dataclass(frozen=True)
class NeymanGAN(FGAN):
    r"""Neyman's $\chi^2(Q \| P)$: $f(u) = (1 - u)^2 / u$, $g_f(v) = 1 - e^{-v}$, $f^*(t) = 2 - 2\sqrt{1 - t}$."""

    measures = Measure("Neyman χ²", "dimensionless")

    def f(self, u: Tensor) -> Tensor:
        """$(1 - u)^2 / u$."""
        return (1 - u).square() / u

    def activation(self, v: Tensor) -> Tensor:
        """Into the numbers below 1."""
        return -torch.expm1(-v)

    def conjugate(self, t: Tensor) -> Tensor:
        r"""$2 - 2 \sqrt{1 - t}$."""
        return 2 - 2 * torch.sqrt(1 - t)

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        """$2 - 2 e^{-v/2}$."""
        return -2 * torch.expm1(-v / 2)


@dataclass(frozen=True)
class HellingerGAN(FGAN):
    r"""Squared Hellinger, $\int (\sqrt p - \sqrt q)^2$, from 0 to 2.

    $f(u) = (\sqrt u - 1)^2$, $g_f(v) = 1 - e^{-v}$, $f^*(t) = t / (1 - t)$.
    """

    measures = Measure("H²", "dimensionless")

    def f(self, u: Tensor) -> Tensor:
        r"""$(\sqrt u - 1)^2$."""
        return (torch.sqrt(u) - 1).square()

    def activation(self, v: Tensor) -> Tensor:
        """Into the numbers below 1."""
        return -torch.expm1(-v)

    def conjugate(self, t: Tensor) -> Tensor:
        """$t / (1 - t)$."""
        return t / (1 - t)

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        """$e^v - 1$."""
        return torch.expm1(v)


@dataclass(frozen=True)
class JeffreyGAN(FGAN):
    r"""Jeffrey's divergence, $\mathrm{KL}(P \| Q) + \mathrm{KL}(Q \| P)$.

    $f(u) = (u - 1) \log u$, $g_f(v) = v$, $f^*(t) = W + 1/W + t - 2$ with Lambert's $W = W(e^{1-t})$.
    """

    measures = Measure("Jeffrey", "nats")

    def f(self, u: Tensor) -> Tensor:
        r"""$(u - 1) \log u$."""
        return (u - 1) * torch.log(u)

    def activation(self, v: Tensor) -> Tensor:
        """The identity."""
        return v

    def conjugate(self, t: Tensor) -> Tensor:
        """$W + 1/W + t - 2$."""
        log_w = log_lambert_of_exp(1 - t)
        return torch.exp(log_w) + torch.exp(-log_w) + t - 2


def log_lambert_of_exp(x: Tensor) -> Tensor:
    r"""$y = \log W(e^x)$, the root of $y + e^y = x$, by Newton's method, which from the root's right never overshoots.

    The last step alone carries the gradient: at the root its derivative, $1 / (1 + e^y)$, is the root's own.
    """
    with torch.no_grad():
        y = torch.minimum(x, torch.log(x.clamp(min=1)))
        for _ in range(6):
            y = y - (y + torch.exp(y) - x) / (1 + torch.exp(y))
    return y - (y + torch.exp(y) - x) / (1 + torch.exp(y))
