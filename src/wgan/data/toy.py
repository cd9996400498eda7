"""Toy distributions in the plane, with the geometry and the scale of the papers that made them known.

A toy is drawn in the coordinates of its paper (the user's units) and divided by the paper's own constant
(the model's units). A specification may give its one parameter: `lines:0.5`.
"""

import functools
import math
from dataclasses import replace

import torch
from torch import Tensor

from wgan.data.endless import Draw, Endless
from wgan.data.scaling import Scaling
from wgan.errors import InputError

__all__ = ["circles", "gaussians8", "gaussians25", "lines", "swissroll"]


def gaussians8(std: float = 0.02) -> Endless:
    r"""Eight Gaussians $N(\mu_k, \sigma^2 I)$ on a ring of radius 2, divided by 1.414.

    Gulrajani et al. (2017, https://arxiv.org/abs/1704.00028).

    Args:
        std: $\sigma$ of one mode, before the division.

    Example:
        >>> gaussians8().modes.norm(dim=1)[0]
        tensor(1.4144)
    """
    angles = torch.arange(8) * (math.pi / 4)
    means = 2 * torch.stack([angles.cos(), angles.sin()], dim=1)
    return _mixture(_named("gaussians8", std, 0.02), means, std, scale=1.414)


def gaussians25(std: float = 0.05) -> Endless:
    r"""Twenty-five Gaussians $N(\mu_k, \sigma^2 I)$ on the grid $2\{-2, \dots, 2\}^2$, divided by 2.828.

    Gulrajani et al. (2017, https://arxiv.org/abs/1704.00028); the grid of PacGAN (2018, https://arxiv.org/abs/1712.04086).

    Args:
        std: $\sigma$ of one mode, before the division.

    Example:
        >>> gaussians25().modes.shape
        torch.Size([25, 2])
    """
    steps = 2.0 * torch.arange(-2, 3)
    return _mixture(_named("gaussians25", std, 0.05), torch.cartesian_prod(steps, steps), std, scale=2.828)


def swissroll(noise: float = 0.25) -> Endless:
    r"""The rolled-up sheet $(t\cos t, t\sin t)$, $t \sim \tfrac{3\pi}{2}(1 + 2U)$, with noise, divided by 7.5.

    Scikit-learn's swiss roll seen from the side, as in Gulrajani et al. (2017, https://arxiv.org/abs/1704.00028).

    Args:
        noise: standard deviation of the Gaussian noise, before the division.

    Example:
        >>> swissroll().sample(3, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 2])
    """

    def draw(n: int, rng: torch.Generator) -> Tensor:
        t = 1.5 * math.pi * (1 + 2 * _uniform(n, rng))
        roll = torch.stack([t * t.cos(), t * t.sin()], dim=1)
        return roll + noise * _normal(n, rng)

    return _toy(_named("swissroll", _not_negative("noise", noise), 0.25), draw, scale=7.5)


def lines(theta: float = 0.0) -> Endless:
    r"""The vertical segment $(\theta, U[0, 1])$.

    Example 1 of Arjovsky et al. (2017, https://arxiv.org/abs/1701.07875): between the segments at 0 and $\theta$ the
    Wasserstein distance is $|\theta|$, while every other divergence jumps.

    Args:
        theta: where the segment stands.

    Example:
        >>> lines(0.5).sample(1, torch.Generator().manual_seed(0))[0, 0]
        tensor(0.5000)
    """

    def draw(n: int, rng: torch.Generator) -> Tensor:
        height = _uniform(n, rng)
        return torch.stack([torch.full_like(height, theta), height], dim=1)

    return _toy(_named("lines", theta, 0.0), draw)


def circles(ratio: float = 0.5) -> Endless:
    r"""Two circles with one centre, of radius 1 and `ratio`, equally likely, with noise of deviation 0.05.

    No paper's setting: two connected pieces, one inside the other, that no continuous generator covers exactly.

    Args:
        ratio: radius of the inner circle.

    Example:
        >>> circles().sample(3, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 2])
    """

    def draw(n: int, rng: torch.Generator) -> Tensor:
        angle = 2 * math.pi * _uniform(n, rng)
        radius = torch.where(_uniform(n, rng) < 0.5, ratio, 1.0)
        return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1) + 0.05 * _normal(n, rng)

    return _toy(_named("circles", _not_negative("ratio", ratio), 0.5), draw)


def _toy(name: str, draw: Draw, scale: float = 1.0) -> Endless:
    """A distribution drawn in its paper's coordinates and divided by the paper's own constant."""
    scaling = Scaling(scale=scale, unit="coordinates of the toy's paper")
    return Endless(name=name, shape=(2,), draw=lambda n, rng: draw(n, rng) / scale, scaling=scaling)


def _mixture(name: str, means: Tensor, std: float, scale: float) -> Endless:
    _not_negative("standard deviation", std)
    means_on = functools.cache(means.to)

    def draw(n: int, rng: torch.Generator) -> Tensor:
        chosen = torch.randint(len(means), (n,), generator=rng, device=rng.device)
        return means_on(chosen.device)[chosen] + std * _normal(n, rng)

    return replace(_toy(name, draw, scale), modes=means / scale, mode_std=std / scale)


def _named(name: str, parameter: float, default: float) -> str:
    if not math.isfinite(parameter):
        raise InputError(f"{name}:{parameter}: expected a finite number, such as {name}:{default}")
    return name if parameter == default else f"{name}:{parameter!r}"


def _not_negative(what: str, value: float) -> float:
    if value < 0:
        raise InputError(f"{what} {value}: expected 0 or more")
    return value


def _uniform(n: int, rng: torch.Generator) -> Tensor:
    return torch.rand(n, generator=rng, device=rng.device)


def _normal(n: int, rng: torch.Generator) -> Tensor:
    return torch.randn(n, 2, generator=rng, device=rng.device)
