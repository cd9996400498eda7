"""Pairs with a closed form of the Wasserstein-1 distance, in any dimension: what an estimate is judged by."""

import math

import torch
from torch import Tensor

from wgan.data.pairs.pair import Coupling, Pair, pair_of, side_of
from wgan.data.source import Source
from wgan.errors import InputError

__all__ = [
    "cones",
    "parallel_lines",
    "scaled_gaussians",
    "shell",
    "translated_gaussians",
    "translation",
]


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

    def real(n: int, rng: torch.Generator) -> Tensor:
        return source.sample(n, rng).double()

    def plan(n: int, rng: torch.Generator) -> Coupling:
        x = real(n, rng)
        return Coupling(x, x + vector)

    return pair_of(
        f"{source.name} moved by {length:g}",
        source.shape,
        length,
        lambda x: -(x.flatten(1) @ unit.to(x)),
        plan,
        fake=lambda n, rng: real(n, rng) + vector,
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
    return translation(side_of(f"gaussian:{dim}", (dim,), lambda n, g: _normal(n, dim, g)), vector)


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

    def plan(n: int, rng: torch.Generator) -> Coupling:
        z = _normal(n, dim, rng)
        return Coupling(real_std * z, fake_std * z)

    return pair_of(
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

    def plan(n: int, rng: torch.Generator) -> Coupling:
        center = points[torch.randint(len(points), (n,), generator=rng)]
        direction = torch.nn.functional.normalize(_normal(n, dim, rng))
        return Coupling(center, center + radius * direction)

    name = f"cones:{dim}:{radius:g} around {', '.join(f'{c:g}' for c in centers)}"
    return pair_of(name, (dim,), radius, lambda x: -torch.cdist(x, points.to(x)).amin(dim=1), plan)


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

    def draw(n: int, rng: torch.Generator) -> Tensor:
        points = torch.rand(n, dim, generator=rng, dtype=torch.float64)
        points[:, 0] = 0
        return points

    vector = torch.zeros(dim, dtype=torch.float64)
    vector[0] = theta
    return translation(side_of(f"line:{dim}", (dim,), draw), vector)


def _normal(n: int, dim: int, rng: torch.Generator) -> Tensor:
    return torch.randn(n, dim, generator=rng, dtype=torch.float64)
