"""What a pair of distributions with a known Wasserstein-1 distance is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from wgan.data.endless import Draw, Endless
from wgan.data.source import Source

__all__ = ["Coupling", "Pair", "pair_of", "side_of"]


class Coupling(NamedTuple):
    """Samples of an optimal plan.

    Attributes:
        real: `(n, *shape)`.
        fake: `(n, *shape)`, where the mass of each real sample goes.
    """

    real: Tensor
    fake: Tensor


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


def pair_of(
    name: str,
    shape: tuple[int, ...],
    w1: float,
    potential: Callable[[Tensor], Tensor],
    plan: DrawCoupling,
    fake: Draw | None = None,
) -> Pair:
    """The pair whose sides are, unless given, the two ends of independent draws from its plan."""
    real = side_of(f"{name} real", shape, lambda n, rng: plan(n, rng).real)
    other = side_of(f"{name} fake", shape, fake or (lambda n, rng: plan(n, rng).fake))
    return Pair(name, real, other, w1, potential, plan)


def side_of(name: str, shape: tuple[int, ...], draw: Draw) -> Endless:
    """One side of a pair, in the double precision in which its distance is known."""
    return Endless(name=name, shape=shape, draw=draw, dtype=torch.float64)
