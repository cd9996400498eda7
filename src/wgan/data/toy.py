"""Toy distributions in the plane, with the geometry and the scale of the papers that made them known.

A toy is drawn in the coordinates of its paper (the user's units) and divided by the paper's own constant
(the model's units). A specification may give its one parameter: `lines:0.5`.
"""

import copy
import functools
import hashlib
import math
from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.data.source import Source
from wgan.errors import InputError

__all__ = ["Toy", "circles", "gaussians8", "gaussians25", "lines", "swissroll"]

Draw = Callable[[int, torch.Generator], Tensor]


class Toy(Source):
    """A distribution in the plane that can be drawn from for ever.

    Args:
        name: its name, with the parameter if there is one.
        draw: `(n, rng) -> (n, 2)` in the paper's coordinates.
        scale: the paper's divisor, from its coordinates to model units.
        means: `(M, 2)` modes in the paper's coordinates, or None.
        std: standard deviation of one mode in the paper's coordinates, or None.
    """

    shape = (2,)

    def __init__(
        self, name: str, draw: Draw, scale: float = 1.0, means: Tensor | None = None, std: float | None = None
    ) -> None:
        self.name, self.draw = name, draw
        self.scaling = Scaling(scale=scale, unit="coordinates of the toy's paper")
        self.modes = None if means is None else means / scale
        self.mode_std = None if std is None else std / scale
        self.device = torch.device("cpu")

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` points, `(n, 2)`, in model units."""
        return self.scaling.encode(self.draw(n, rng)).to(self.device)

    def subset(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` fresh points: a continuous distribution does not repeat itself."""
        return self.sample(n, rng)

    def at_most(self, n: int) -> int:
        """All `n` that are wanted."""
        return n

    def split(self) -> tuple[Self, Self]:
        """Itself twice: fresh draws share no sample."""
        return self, self

    def to(self, device: torch.device | str) -> Self:
        """The same toy with its samples and modes on `device`."""
        moved = copy.copy(self)
        moved.device = torch.device(device)
        moved.modes = None if self.modes is None else self.modes.to(device)
        return moved

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of a hash of the name, which holds the parameter."""
        return hashlib.blake2b(repr((self.name, self.scaling)).encode(), digest_size=8).hexdigest()


def gaussians8(std: float = 0.02) -> Toy:
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


def gaussians25(std: float = 0.05) -> Toy:
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


def swissroll(noise: float = 0.25) -> Toy:
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

    return Toy(_named("swissroll", _not_negative("noise", noise), 0.25), draw, scale=7.5)


def lines(theta: float = 0.0) -> Toy:
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

    return Toy(_named("lines", theta, 0.0), draw)


def circles(ratio: float = 0.5) -> Toy:
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

    return Toy(_named("circles", _not_negative("ratio", ratio), 0.5), draw)


def _mixture(name: str, means: Tensor, std: float, scale: float) -> Toy:
    _not_negative("standard deviation", std)
    means_on = functools.cache(means.to)

    def draw(n: int, rng: torch.Generator) -> Tensor:
        chosen = torch.randint(len(means), (n,), generator=rng, device=rng.device)
        return means_on(chosen.device)[chosen] + std * _normal(n, rng)

    return Toy(name, draw, scale, means, std)


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
