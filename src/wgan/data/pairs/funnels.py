r"""The continuous W₁ benchmark of Korotin et al.: a potential with as many funnels as one likes.

Samples come in double precision, because in few dimensions they collapse on the funnels' centres, where single
precision no longer knows the direction.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from wgan.data.endless import Endless
from wgan.data.pairs.pair import Coupling, Pair, side_of
from wgan.errors import InputError
from wgan.memory import require_memory
from wgan.randomness import stream

__all__ = ["Funnels", "funnel_pair", "funnel_side"]

HALF_WIDTH = 2.5  # of the benchmark's box
POWER = 8  # how hard the benchmark's plan pulls towards the centres
SAMPLES = 1 << 16  # of which the distance is the mean
ROWS = 1024  # moved at once, so that the distances to all centres stay in the cache


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
        with torch.no_grad():
            nearest = torch.cdist(x, self.centers).add_(self.offsets).argmin(dim=1)
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

    def _rays(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Centre, direction, distance from the centre and length of the ray through each `x`."""
        products = x @ self.centers.T  # all that is asked of the other centers, at the price of one product
        squares = (x.square().sum(1, keepdim=True) - 2 * products + self.centers.square().sum(1)).clamp_min_(0)
        level, nearest = squares.sqrt().add_(self.offsets).min(dim=1, keepdim=True)
        nearest = nearest.squeeze(1)
        low = self.centers[nearest]
        radius = (x - low).norm(dim=1, keepdim=True)
        direction = (x - low) / radius.clamp_min(torch.finfo(x.dtype).tiny)
        to_box = ((direction.sign() * HALF_WIDTH - x) / direction).abs().amin(dim=1, keepdim=True)
        along = (direction * x).sum(1, keepdim=True) - (products - self._gram[nearest]) / radius
        to_other = self._to_other_cell(squares, level - self.offsets, along, nearest)
        return low, direction, radius, radius + torch.minimum(to_box, to_other)

    @cached_property
    def _gram(self) -> Tensor:
        return self.centers @ self.centers.T

    @staticmethod
    def _to_other_cell(squares: Tensor, level: Tensor, along: Tensor, nearest: Tensor) -> Tensor:
        r"""How far along the direction $v$ another funnel takes over: $\|x + rv - a_m\| + b_m = u(x) + r$.

        Args:
            squares: $\|x - a_m\|^2$, `(B, N)`.
            level: $u(x) - b_m$.
            along: $\langle x - a_m, v \rangle$.
            nearest: the funnel of each $x$, which does not take over from itself, `(B,)`.
        """
        r = 0.5 * (squares - level.square()) / (level - along)
        valid = ((r > 0) & (r > -level)).scatter_(1, nearest[:, None], value=False)
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
    numbers = dim * (count + SAMPLES) + count * (count + 4 * ROWS)  # centres, samples and the distances between them
    require_memory(8 * numbers, f"funnels:{dim}:{count}", "lower the dimension or the number of funnels")
    rng = stream(seed, "funnels", dim, count)
    potential = Funnels(_uniform(count, dim, rng), 0.1 * torch.randn(count, generator=rng, dtype=torch.float64))

    def fake(n: int, rng: torch.Generator) -> Tensor:
        return _uniform(n, dim, rng)

    def real(n: int, rng: torch.Generator) -> Tensor:
        return potential.transport(fake(n, rng))

    def plan(n: int, rng: torch.Generator) -> Coupling:
        x = fake(n, rng)
        return Coupling(potential.transport(x), x)

    name = f"funnels:{dim}:{count}:{seed}"
    w1 = potential.mean_displacement(_uniform(SAMPLES, dim, rng))
    return Pair(
        name,
        side_of(f"{name} real", (dim,), real),
        side_of(f"{name} fake", (dim,), fake),
        w1,
        lambda x: -potential(x),
        plan,
    )


def funnel_side(spec: str) -> Endless:
    """One side of a benchmark pair as a data set, in single precision.

    Args:
        spec: `funnels:D:N`, the real side of `funnel_pair(D, N)`; with `:fake` at the end the other side, and with a
            number between them another draw: `funnels:16:64:2:fake`. `funnels` alone is `funnels:2:4`.

    Raises:
        InputError: for any other text.

    Example:
        >>> funnel_side("funnels:16:64:fake").sample(3, torch.Generator()).shape
        torch.Size([3, 16])
    """
    _, *words = spec.split(":")
    side = words.pop() if words and words[-1] in {"real", "fake"} else "real"
    numbers = [int(word) if word.isascii() and word.isdigit() else -1 for word in words] or [2, 4]
    if len(numbers) not in {2, 3} or min(numbers) < 0:
        raise InputError(
            f"{spec}: expected funnels:DIMENSIONS:FUNNELS, perhaps with :DRAW and :real or :fake, such as "
            "funnels:16:64:fake"
        )
    pair = funnel_pair(*numbers)
    chosen = pair.real if side == "real" else pair.fake
    return Endless(name=f"{pair.name}:{side}", shape=chosen.shape, draw=chosen.sample)


def _uniform(n: int, dim: int, rng: torch.Generator) -> Tensor:
    return HALF_WIDTH * (2 * torch.rand(n, dim, generator=rng, dtype=torch.float64) - 1)


def _at_least(what: str, value: int, least: int) -> None:
    if value < least:
        raise InputError(f"{what} {value}: expected {least} or more")
