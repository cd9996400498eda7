r"""Gradient penalties: one general class, and the named ones of the literature as its special cases.

$$R = \lambda\, \mathbb{E}_{\hat x}\, \delta(\|\nabla D(\hat x)\|_2)^p, \qquad
  \delta(n) = n - t \ \text{ or, one-sided, } \max(n - t, 0),$$

where the points $\hat x$, the target $t$, the power $p$ and the weight $\lambda$ make the method.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn.functional import relu

from wgan.checks import NotNegative, choice
from wgan.lipschitz.method import LipschitzMethod
from wgan.types import Between, Critic, Points, Trace, placed

__all__ = ["DIV", "DRAGAN", "GP", "LP", "R1", "R2", "GradientPenalty", "Traced", "ZeroCentered", "input_gradient_norms"]


def interpolates(real: Tensor, fake: Tensor, rng: torch.Generator) -> Between:
    r"""Points on the segments between pairs, $\varepsilon x + (1 - \varepsilon) y$, one ε per pair."""
    share = torch.rand(len(real), *[1] * (real.dim() - 1), generator=rng, device=real.device, dtype=real.dtype)
    return Between(fake, real, share)


def at_real(real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:  # noqa: ARG001
    """The real batch."""
    return real


def at_fake(real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:  # noqa: ARG001
    """The generated batch."""
    return fake


def at_both(real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:  # noqa: ARG001
    """Both batches."""
    return torch.cat([real, fake])


def around_real(real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:  # noqa: ARG001
    r"""The real batch with noise as wide as the data, $x + \tfrac12 \operatorname{std}(x)\, U(0, 1)$."""
    noise = torch.rand(real.shape, generator=rng, device=real.device, dtype=real.dtype)
    return real + 0.5 * real.std(correction=0) * noise


POINTS: dict[str, Callable[[Tensor, Tensor, torch.Generator], Points]] = {
    "interpolates": interpolates,
    "real": at_real,
    "fake": at_fake,
    "both": at_both,
    "around": around_real,
}


@runtime_checkable
class Traced(Protocol):
    """A critic whose pass knows its slopes."""

    @property
    def trace(self) -> Callable[[Tensor], Trace] | None:
        """The pass, of points `(B, *shape)`; None where the critic knows no slopes after all."""


def input_gradients(critic: Critic, points: Points) -> Tensor:
    r"""$\nabla D$ at `points`, of their shape; differentiable in the weights.

    Of a pass that was, where the critic is within a step and remembers it (`wgan.losses.one_pass`); of a pass that
    knows its slopes; or by double backward.

    Args:
        critic: `(B, *shape) -> (B,)`.
        points: `(B, *shape)`.
    """
    # The compiler knows double backward through torch.func alone, which is slower when eager; and it refuses a function
    # that finds its rule by the kind of a layer, for it guards what such a function remembers.
    if torch.compiler.is_compiling():
        return torch.func.grad(lambda x: critic(x).sum())(placed(points))  # type: ignore[no-any-return]
    remembered: Callable[[Points], Tensor | None] | None = getattr(critic, "remembered", None)
    slopes = None if remembered is None else remembered(points)
    return slopes_anew(critic, placed(points)) if slopes is None else slopes


def slopes_anew(critic: Critic, points: Tensor) -> Tensor:
    r"""$\nabla D$ by another pass."""
    trace: Callable[[Tensor], Trace] | None = getattr(critic, "trace", None)  # in each step, so no `isinstance`
    if trace is not None:
        with torch.no_grad():
            passed = trace(points)
        return passed.slopes(slice(None))
    points = points.detach().requires_grad_()
    (gradients,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return gradients


def input_gradient_norms(critic: Critic, points: Points) -> Tensor:
    r"""The norms $\|\nabla D(\hat x)\|_2$, shape `(B,)`, over all axes of a sample; differentiable in the weights.

    Args:
        critic: `(B, *shape) -> (B,)`.
        points: `(B, *shape)`.
    """
    norms: Tensor = torch.linalg.vector_norm(input_gradients(critic, points).flatten(1), dim=1)
    return norms


@dataclass(frozen=True, kw_only=True)
class SlopePenalty(LipschitzMethod, ABC):
    r"""The family $\lambda\, \mathbb{E}\, \delta(\|\nabla D(\hat x)\|)^p$, whatever λ is called.

    Args:
        at: where the gradient is taken: `interpolates`, `real`, `fake`, `both` or `around` (the data).
        target: $t$, the slope that costs nothing.
        power: $p$.
        one_sided: whether slopes below the target are free.

    Raises:
        InputError: for an unknown place, or a negative power or target.
    """

    takes_slopes = True

    at: Annotated[str, choice("place for a gradient penalty", tuple(POINTS))] = "interpolates"
    target: NotNegative = 1.0
    power: NotNegative = 2.0
    one_sided: bool = False

    @property
    @abstractmethod
    def strength(self) -> float:
        r"""$\lambda$."""

    def points(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Points:
        """Fresh points of the kind `at`."""
        return POINTS[self.at](real, fake, rng)

    def penalty(self, critic: Critic, points: Points) -> Tensor:
        """The mean over the points, scalar."""
        norms = input_gradient_norms(critic, points)
        excess = norms - self.target
        return self.strength * (relu(excess) if self.one_sided else excess).pow(self.power).mean()


@dataclass(frozen=True, kw_only=True)
class GradientPenalty(SlopePenalty):
    r"""The family with a weight, $\lambda\, \mathbb{E}\, \delta(\|\nabla D(\hat x)\|)^p$.

    Args:
        weight: $\lambda$.

    Raises:
        InputError: for a negative weight.

    Example:
        >>> from torch import nn
        >>> critic = nn.Sequential(nn.Linear(3, 1, bias=False), nn.Flatten(0))
        >>> _ = critic[0].weight.data.copy_(torch.tensor([[2.0, 0.0, 0.0]]))  # slope k = 2 everywhere
        >>> method = GP(weight=10.0)
        >>> points = method.points(torch.zeros(4, 3), torch.ones(4, 3), torch.Generator())
        >>> method.penalty(critic, points).item()  # λ (k − 1)²
        10.0
    """

    weight: NotNegative = 10.0

    @property
    def strength(self) -> float:
        r"""$\lambda$."""
        return self.weight


@dataclass(frozen=True, kw_only=True)
class GP(GradientPenalty):
    r"""The gradient penalty of WGAN-GP, $\lambda\, \mathbb{E}(\|\nabla D(\hat x)\|_2 - 1)^2$ on interpolates.

    Gulrajani et al. 2017, Improved Training of Wasserstein GANs, https://arxiv.org/abs/1704.00028.
    """


@dataclass(frozen=True, kw_only=True)
class LP(GradientPenalty):
    r"""The one-sided penalty of WGAN-LP, $\lambda\, \mathbb{E} \max(0, \|\nabla D(\hat x)\|_2 - 1)^2$ on interpolates.

    Petzka, Fischer & Lukovnikov 2018, On the Regularization of Wasserstein GANs, https://arxiv.org/abs/1709.08894.
    """

    one_sided: bool = True


@dataclass(frozen=True, kw_only=True)
class DRAGAN(GradientPenalty):
    r"""The gradient penalty around the data, at $x + \tfrac12 \operatorname{std}(x)\, U(0, 1)$.

    Kodali et al. 2017, On Convergence and Stability of GANs, https://arxiv.org/abs/1705.07215.
    """

    at: str = "around"


@dataclass(frozen=True, kw_only=True)
class DIV(GradientPenalty):
    r"""The penalty of WGAN-div, $k\, \mathbb{E} \|\nabla D(\hat x)\|_2^p$ on interpolates.

    It needs no Lipschitz constraint and the value is a divergence, but not $W_1$. With `at="both"` it is
    $\tfrac k2$ at real and generated samples each, as in one published implementation.

    Wu et al. 2018, Wasserstein Divergence for GANs, https://arxiv.org/abs/1712.01026.

    Args:
        weight: $k$.
        power: $p$.
    """

    target: float = 0.0
    power: float = 6.0
    weight: float = 2.0


@dataclass(frozen=True, kw_only=True)
class ZeroCentered(GradientPenalty):
    r"""The zero-centred penalty on interpolates, $\lambda\, \mathbb{E} \|\nabla D(\hat x)\|_2^2$.

    Thanh-Tung, Tran & Venkatesh 2019, Improving Generalization and Stability of GANs,
    https://arxiv.org/abs/1902.03984.
    """

    target: float = 0.0


@dataclass(frozen=True, kw_only=True)
class R1(SlopePenalty):
    r"""The zero-centred penalty on the data, $\tfrac\gamma2\, \mathbb{E}_P \|\nabla D\|_2^2$.

    Lazily, `R1(every=16)` acts at every 16th critic step, 16 times as strong. The authors' code, GAN_stability,
    multiplies by γ without the half: its 10 is `gamma=20` here.

    Mescheder, Geiger & Nowozin 2018, Which Training Methods for GANs do actually Converge?,
    https://arxiv.org/abs/1801.04406.

    Args:
        gamma: γ.

    Raises:
        InputError: if γ is negative.
    """

    at: str = "real"
    target: float = 0.0
    gamma: NotNegative = 10.0

    @property
    def strength(self) -> float:
        r"""$\gamma / 2$."""
        return self.gamma / 2


@dataclass(frozen=True, kw_only=True)
class R2(R1):
    r"""The zero-centred penalty on generated samples, $\tfrac\gamma2\, \mathbb{E}_Q \|\nabla D\|_2^2$.

    Mescheder, Geiger & Nowozin 2018, https://arxiv.org/abs/1801.04406.
    """

    at: str = "fake"
