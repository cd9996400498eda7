r"""Pairs of distributions whose Wasserstein-1 distance is known, with an optimal critic and an optimal plan.

They are what an estimate of a distance is judged by: the continuous benchmark of Korotin et al., whose potential has
as many funnels as one likes, and pairs with a closed form in any dimension. Samples come in double precision, because
the benchmark's points collapse on the funnels' centres, where single precision no longer knows the direction.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import torch
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.data.source import Source
from wgan.errors import InputError
from wgan.randomness import stream

__all__ = [
    "Coupling",
    "Funnels",
    "Pair",
    "cones",
    "funnel_pair",
    "parallel_lines",
    "scaled_gaussians",
    "shell",
    "translated_gaussians",
    "translation",
]

HALF_WIDTH = 2.5  # of the benchmark's box
POWER = 8  # how hard the benchmark's plan pulls towards the centres
ROWS = 1024  # moved at once, so that the distances to all centres stay in the cache


class Coupling(NamedTuple):
    """Samples of an optimal plan.

    Attributes:
        real: `(n, *shape)`.
        fake: `(n, *shape)`, where the mass of each real sample goes.
    """

    real: Tensor
    fake: Tensor


Draw = Callable[[int, torch.Generator], Tensor]
DrawCoupling = Callable[[int, torch.Generator], Coupling]


@dataclass(frozen=True)
class Pair:
    r"""Two distributions, $P$ and $Q$, with the known $W_1(P, Q)$.

    Args:
        name: what it is, with its parameters.
        real: source of $P$.
        fake: source of $Q$.
        w1: $W_1(P, Q)$, in the units of the samples.
        potential: $f^*: (B, *\text{shape}) \to (B,)$, 1-Lipschitz, which attains
            $W_1 = \mathbb{E}_P f^* - \mathbb{E}_Q f^*$.
        plan: `(n, generator) -> Coupling`, samples of a plan of cost $W_1$.
    """

    name: str
    real: Source
    fake: Source
    w1: float
    potential: Callable[[Tensor], Tensor]
    plan: DrawCoupling


@dataclass(frozen=True)
class Drawn(Source):
    """A distribution given by how to draw from it, for ever.

    Args:
        name: its name, with every parameter, since it identifies the source.
        shape: shape of one sample.
        draw: `(n, generator) -> (n, *shape)`, in double precision.
    """

    name: str
    shape: tuple[int, ...]
    draw: Draw
    device: torch.device | str = "cpu"
    scaling: Scaling = field(default_factory=Scaling)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draws `n` samples, `(n, *shape)`, float64."""
        return self.draw(n, generator).to(self.device)

    def subset(self, n: int, generator: torch.Generator) -> Tensor:
        """Draws `n` fresh samples: a continuous distribution does not repeat itself."""
        return self.sample(n, generator)

    def split(self) -> tuple[Self, Self]:
        """Itself twice: fresh draws share no sample."""
        return self, self

    def to(self, device: torch.device | str) -> Self:
        """The same source with its samples on `device`."""
        return replace(self, device=device)

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of a hash of the name."""
        return hashlib.blake2b(self.name.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Funnels:
    r"""The potential $u(x) = \min_n (\|x - a_n\| + b_n)$ of the benchmark and its optimal map.

    Args:
        centers: $a_n$, `(N, d)`, inside the box $[-2.5, 2.5]^d$.
        offsets: $b_n$, `(N,)`.
    """

    centers: Tensor
    offsets: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """$u(x)$, `(B,)`; differentiable in `x` `(B, d)`."""
        nearest = self._nearest(x)
        value: Tensor = (x - self.centers[nearest]).norm(dim=1) + self.offsets[nearest]
        return value

    def transport(self, x: Tensor) -> Tensor:
        r"""$T(x) = l + t^8 (e - l)$, with $l$ the funnel's centre, $e$ the end of its ray, $t$ the share of the way.

        Args:
            x: `(B, d)` inside the box.
        """
        return torch.cat([self._transport(rows) for rows in torch.split(x, ROWS)])

    def mean_displacement(self, x: Tensor) -> float:
        r"""$\mathbb{E}\|x - T(x)\|$ from uniform samples `x` `(B, d)`, with less variance than their own mean.

        A ray meets its funnel's cell in one segment from the centre on, so that given the ray the share $t$ of the
        way has the density $d\,t^{d-1}$, and only the length of the ray needs sampling:
        $\mathbb{E}\,\ell\,(t - t^8) = \mathbb{E}\,\ell\,(\tfrac{d}{d+1} - \tfrac{d}{d+8})$.
        """
        d = x.shape[1]
        length = torch.cat([self._rays(rows)[3] for rows in torch.split(x, ROWS)])
        return float(length.mean()) * (d / (d + 1) - d / (d + POWER))

    def _transport(self, x: Tensor) -> Tensor:
        low, direction, radius, length = self._rays(x)
        moved = low + length * (radius / length) ** POWER * direction
        return torch.where(radius > 0, moved, x)

    def _nearest(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.cdist(x, self.centers).add_(self.offsets).argmin(dim=1)

    def _rays(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Centre, direction, distance from the centre and length of the ray through each `x`."""
        nearest = self._nearest(x)
        low = self.centers[nearest]
        radius = (x - low).norm(dim=1, keepdim=True)
        direction = (x - low) / radius.clamp_min(torch.finfo(x.dtype).tiny)
        to_box = ((direction.sign() * HALF_WIDTH - x) / direction).abs().amin(dim=1, keepdim=True)
        return low, direction, radius, radius + torch.minimum(to_box, self._to_other_cell(x, direction, nearest))

    def _to_other_cell(self, x: Tensor, direction: Tensor, nearest: Tensor) -> Tensor:
        r"""How far along `direction` another funnel takes over: $\|x + rv - a_m\| + b_m = u(x) + r$, solved for r."""
        distances = torch.cdist(x, self.centers)
        level = (distances.gather(1, nearest[:, None]) + self.offsets[nearest, None]) - self.offsets
        along = (x * direction).sum(dim=1, keepdim=True) - direction @ self.centers.T
        r = 0.5 * (distances**2 - level**2) / (level - along)
        valid = (r > 0) & (r > -level)
        valid.scatter_(1, nearest[:, None], value=False)  # a funnel does not take over from itself
        return r.where(valid, torch.inf).amin(dim=1, keepdim=True)


def funnel_pair(dim: int, count: int, seed: int = 0) -> Pair:
    r"""One pair of the continuous W₁ benchmark.

    $Q$ is uniform on $[-2.5, 2.5]^d$, $u(x) = \min_n (\|x - a_n\| + b_n)$ with $a_n \sim Q$ and
    $b_n \sim 0.1\,N(0, 1)$, and $P$ is the law of $T(x)$, $x \sim Q$, that moves every point along its ray towards
    its centre: $u(x) - u(T(x)) = \|x - T(x)\|$, so $f^* = -u$ and $T$ are optimal.

    Korotin, Kolesov & Burnaev 2022, Kantorovich Strikes Back!, https://arxiv.org/abs/2206.07767.

    Args:
        dim: $d$, 2 or more.
        count: how many funnels.
        seed: of the funnels' centres and offsets.

    Raises:
        InputError: if there is no dimension or no funnel.

    Example:
        >>> pair = funnel_pair(2, 4)
        >>> x, y = pair.plan(1000, torch.Generator().manual_seed(0))
        >>> f = pair.potential
        >>> bool(torch.allclose(f(x) - f(y), (x - y).norm(dim=1)))
        True
    """
    _at_least("dimension", dim, 1)
    _at_least("number of funnels", count, 1)
    chance = stream(seed, "funnels", dim, count)
    potential = Funnels(_uniform(count, dim, chance), 0.1 * torch.randn(count, generator=chance, dtype=torch.float64))

    def fake(n: int, generator: torch.Generator) -> Tensor:
        return _uniform(n, dim, generator)

    def real(n: int, generator: torch.Generator) -> Tensor:
        return potential.transport(fake(n, generator))

    def plan(n: int, generator: torch.Generator) -> Coupling:
        x = fake(n, generator)
        return Coupling(potential.transport(x), x)

    name = f"funnels:{dim}:{count}:{seed}"
    w1 = potential.mean_displacement(_uniform(1 << 16, dim, chance))
    return Pair(
        name,
        Drawn(f"{name} real", (dim,), real),
        Drawn(f"{name} fake", (dim,), fake),
        w1,
        lambda x: -potential(x),
        plan,
    )


def translation(source: Source, vector: Tensor) -> Pair:
    r"""A source against itself moved by a vector $v$: $W_1 = \|v\|$ and $f^*(x) = -\langle x, v \rangle / \|v\|$.

    Args:
        source: any data set, in the model's units; it is the real side.
        vector: $v$, of the source's sample shape, not zero.

    Raises:
        InputError: if the vector has another shape, or is zero.

    Example:
        >>> from wgan.data import TensorSource
        >>> translation(TensorSource(torch.randn(100, 2)), torch.tensor([3.0, 4.0])).w1
        5.0
    """
    if vector.shape != source.shape:
        raise InputError(
            f"translation of {source.name}: the vector has shape {tuple(vector.shape)}; expected {tuple(source.shape)}"
        )
    length = float(vector.double().norm())
    if not length > 0:
        raise InputError(f"translation of {source.name}: the vector is zero; expected one that moves the samples")
    unit = (vector.double() / length).flatten()

    def real(n: int, generator: torch.Generator) -> Tensor:
        return source.sample(n, generator).double()

    def plan(n: int, generator: torch.Generator) -> Coupling:
        x = real(n, generator)
        return Coupling(x, x + vector)

    return _pair(
        f"{source.name} moved by {length:g}",
        source.shape,
        length,
        lambda x: -(x.flatten(1) @ unit.to(x)),
        plan,
        fake=lambda n, generator: real(n, generator) + vector,
    )


def translated_gaussians(dim: int, distance: float = 1.0) -> Pair:
    r"""$N(0, I)$ against $N(v, I)$ with $\|v\|$ = `distance`, along the diagonal: $W_1 = \|v\|$.

    Args:
        dim: dimension.
        distance: how far, positive.

    Example:
        >>> translated_gaussians(16, 2.0).w1
        2.0
    """
    vector = torch.full((dim,), distance / math.sqrt(dim), dtype=torch.float64)
    return translation(Drawn(f"gaussian:{dim}", (dim,), lambda n, g: _normal(n, dim, g)), vector)


def scaled_gaussians(dim: int, real_std: float = 1.0, fake_std: float = 2.0) -> Pair:
    r"""$N(0, s^2 I)$ against $N(0, t^2 I)$: $W_1 = |s - t| \sqrt2\,\Gamma(\tfrac{d+1}2) / \Gamma(\tfrac d2)$.

    The plan stretches, $x \mapsto x t / s$, and $f^*(x) = \pm\|x\|$ is a single cone.

    Args:
        dim: $d$.
        real_std: $s$, positive.
        fake_std: $t$, positive.

    Example:
        >>> round(scaled_gaussians(1, 1.0, 2.0).w1, 6)  # E|Z|
        0.797885
    """
    sign = math.copysign(1.0, real_std - fake_std)
    mean_norm = math.sqrt(2) * math.exp(math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2))

    def plan(n: int, generator: torch.Generator) -> Coupling:
        z = _normal(n, dim, generator)
        return Coupling(real_std * z, fake_std * z)

    return _pair(
        f"gaussians:{dim} of std {real_std:g} and {fake_std:g}",
        (dim,),
        abs(real_std - fake_std) * mean_norm,
        lambda x: sign * x.norm(dim=1),
        plan,
    )


def cones(dim: int, centers: tuple[float, ...] = (-2.0, 0.0, 2.0), radius: float = 1.0) -> Pair:
    r"""Points on the first axis against the spheres around them: $W_1 = r$ and $f^*(x) = -\min_k \|x - c_k\|$.

    Anil, Lucas & Grosse 2019, Sorting out Lipschitz function approximation, https://arxiv.org/abs/1811.05381: networks
    of ReLU layers of norm 1 fall short of it.

    Args:
        dim: dimension.
        centers: $c_k$ on the first axis, at least $2r$ apart.
        radius: $r$, positive.

    Raises:
        InputError: if two spheres overlap, whose distance is then no longer the radius.

    Example:
        >>> cones(128).w1
        1.0
    """
    gaps = [right - left for left, right in zip(sorted(centers), sorted(centers)[1:], strict=False)]
    if gaps and min(gaps) < 2 * radius:
        raise InputError(f"cones: spheres of radius {radius:g} around {centers} overlap; expected centres 2r apart")
    points = torch.zeros(len(centers), dim, dtype=torch.float64)
    points[:, 0] = torch.tensor(centers, dtype=torch.float64)

    def plan(n: int, generator: torch.Generator) -> Coupling:
        center = points[torch.randint(len(points), (n,), generator=generator)]
        direction = torch.nn.functional.normalize(_normal(n, dim, generator))
        return Coupling(center, center + radius * direction)

    name = f"cones:{dim}:{radius:g} around {', '.join(f'{c:g}' for c in centers)}"
    return _pair(name, (dim,), radius, lambda x: -torch.cdist(x, points.to(x)).amin(dim=1), plan)


def shell(dim: int, radius: float = 1.0) -> Pair:
    r"""A point against the sphere around it: $W_1 = r$ and $f^*(x) = -\|x\|$.

    Args:
        dim: dimension.
        radius: $r$, positive.

    Example:
        >>> shell(128, 3.0).w1
        3.0
    """
    return cones(dim, (0.0,), radius)


def parallel_lines(theta: float = 1.0, dim: int = 2) -> Pair:
    r"""$(0, U[0, 1]^{d-1})$ against $(\theta, U[0, 1]^{d-1})$: $W_1 = |\theta|$, however disjoint the supports.

    Example 1 of Arjovsky, Chintala & Bottou 2017, https://arxiv.org/abs/1701.07875, for $d = 2$.

    Args:
        theta: the distance, not zero.
        dim: $d$.

    Example:
        >>> parallel_lines(0.5).w1
        0.5
    """

    def draw(n: int, generator: torch.Generator) -> Tensor:
        points = torch.rand(n, dim, generator=generator, dtype=torch.float64)
        points[:, 0] = 0
        return points

    vector = torch.zeros(dim, dtype=torch.float64)
    vector[0] = theta
    return translation(Drawn(f"line:{dim}", (dim,), draw), vector)


def _pair(
    name: str,
    shape: tuple[int, ...],
    w1: float,
    potential: Callable[[Tensor], Tensor],
    plan: DrawCoupling,
    fake: Draw | None = None,
) -> Pair:
    """A pair whose sides are, unless given, the two ends of independent draws from its plan."""
    real = Drawn(f"{name} real", shape, lambda n, generator: plan(n, generator).real)
    other = Drawn(f"{name} fake", shape, fake or (lambda n, generator: plan(n, generator).fake))
    return Pair(name, real, other, w1, potential, plan)


def _uniform(n: int, dim: int, generator: torch.Generator) -> Tensor:
    return HALF_WIDTH * (2 * torch.rand(n, dim, generator=generator, dtype=torch.float64) - 1)


def _normal(n: int, dim: int, generator: torch.Generator) -> Tensor:
    return torch.randn(n, dim, generator=generator, dtype=torch.float64)


def _at_least(what: str, value: int, least: int) -> None:
    if value < least:
        raise InputError(f"{what} {value}: expected {least} or more")
