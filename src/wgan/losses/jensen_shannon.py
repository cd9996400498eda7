"""Jensen–Shannon divergences, plain and weighted, as f-GANs."""

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from wgan.checks import InnerShare
from wgan.losses.fgan import FGAN
from wgan.losses.loss import Measure

__all__ = ["JensenShannonGAN", "WeightedJensenShannonGAN"]


@dataclass(frozen=True)
class JensenShannonGAN(FGAN):
    r"""Jensen–Shannon, whose $f$ gives $2\,\mathrm{JS}$; the estimate is halved to JS, from 0 to log 2.

    $f(u) = u \log u - (u + 1) \log \tfrac{1 + u}{2}$, $g_f(v) = \log 2 - \log(1 + e^{-v})$,
    $f^*(t) = -\log(2 - e^t)$.
    """

    measures = Measure("JS", "nats")
    multiple = 2.0

    def f(self, u: Tensor) -> Tensor:
        r"""$u \log u - (u + 1) \log((1 + u) / 2)$."""
        return torch.xlogy(u, u) - (u + 1) * torch.log((1 + u) / 2)

    def activation(self, v: Tensor) -> Tensor:
        """Into the numbers below log 2."""
        return log(2) + logsigmoid(v)

    def conjugate(self, t: Tensor) -> Tensor:
        r"""$-\log(2 - e^t)$."""
        return -torch.log(2 - torch.exp(t))

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        r"""$\log(1 + e^v) - \log 2$."""
        return softplus(v) - log(2)


@dataclass(frozen=True)
class WeightedJensenShannonGAN(FGAN):
    r"""Jensen–Shannon with a weight, $\pi\,\mathrm{KL}(P \| M) + (1 - \pi)\,\mathrm{KL}(Q \| M)$.

    Here $M = \pi P + (1 - \pi) Q$, and $f(u) = \pi u \log u - (1 - \pi + \pi u) \log(1 - \pi + \pi u)$,
    $g_f(v) = -\pi \log \pi - \log(1 + e^{-v})$, $f^*(t) = (1 - \pi) \log \frac{1 - \pi}{1 - \pi e^{t/\pi}}$.

    Args:
        pi: the weight π of the data, between 0 and 1; at ½ the divergence is JS.

    Raises:
        InputError: if π is not strictly between 0 and 1.
    """

    measures = Measure("weighted JS", "nats")
    pi: InnerShare = 0.5

    def f(self, u: Tensor) -> Tensor:
        """See the class."""
        mixture = 1 - self.pi + self.pi * u
        return self.pi * torch.xlogy(u, u) - torch.xlogy(mixture, mixture)

    def activation(self, v: Tensor) -> Tensor:
        r"""Into the numbers below $-\pi \log \pi$."""
        return logsigmoid(v) - self.pi * log(self.pi)

    def conjugate(self, t: Tensor) -> Tensor:
        """See the class."""
        return (1 - self.pi) * (log(1 - self.pi) - torch.log1p(-self.pi * torch.exp(t / self.pi)))

    def conjugate_of_activation(self, v: Tensor) -> Tensor:
        r"""$(1 - \pi) [\log(1 - \pi) - \log(1 - \sigma(v)^{1/\pi})]$."""
        return (1 - self.pi) * (log(1 - self.pi) - torch.log(-torch.expm1(logsigmoid(v) / self.pi)))
