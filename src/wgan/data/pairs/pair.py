"""What a pair of distributions with a known Wasserstein-1 distance is."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import torch
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.data.source import Source

__all__ = ["Coupling", "Drawn", "Pair", "pair_of"]


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
        plan: `(n, rng) -> Coupling`, samples of a plan of cost $W_1$.
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
        draw: `(n, rng) -> (n, *shape)`, in double precision.
    """

    name: str
    shape: tuple[int, ...]
    draw: Draw
    device: torch.device | str = "cpu"
    scaling: Scaling = field(default_factory=Scaling)

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` samples, `(n, *shape)`, float64."""
        return self.draw(n, rng).to(self.device)

    def subset(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` fresh samples: a continuous distribution does not repeat itself."""
        return self.sample(n, rng)

    def at_most(self, n: int) -> int:
        """All `n` that are wanted."""
        return n

    def split(self) -> tuple[Self, Self]:
        """Itself twice: fresh draws share no sample."""
        return self, self

    def to(self, device: torch.device | str) -> Self:
        """The same source with its samples on `device`."""
        return replace(self, device=device)

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of a hash of the name."""
        return hashlib.blake2b(self.name.encode(), digest_size=8).hexdigest()


def pair_of(
    name: str,
    shape: tuple[int, ...],
    w1: float,
    potential: Callable[[Tensor], Tensor],
    plan: DrawCoupling,
    fake: Draw | None = None,
) -> Pair:
    """The pair whose sides are, unless given, the two ends of independent draws from its plan."""
    real = Drawn(f"{name} real", shape, lambda n, rng: plan(n, rng).real)
    other = Drawn(f"{name} fake", shape, fake or (lambda n, rng: plan(n, rng).fake))
    return Pair(name, real, other, w1, potential, plan)
