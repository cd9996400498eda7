"""The critics that the default estimate chooses from, each certified 1-Lipschitz."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.lipschitz import LipschitzMethod
from wgan.networks import CriticNetwork, Funnel

__all__ = ["Candidate", "Linear", "LinearCritic", "certified"]


class Candidate(NamedTuple):
    """A critic to be fitted.

    Attributes:
        name: what it is called in a history.
        network: what builds it.
        methods: how it is kept Lipschitz.
    """

    name: str
    network: CriticNetwork
    methods: Sequence[LipschitzMethod] = ()


class LinearCritic(nn.Module):
    r"""The best linear critic, $f(x) = \langle x, m_P - m_Q \rangle / \|m_P - m_Q\|$, which needs no training.

    Args:
        size: number of features.
    """

    direction: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("direction", torch.zeros(size))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, *shape) -> (B,)`."""
        return x.flatten(1) @ self.direction

    @torch.no_grad()
    def initialise(self, real: Tensor, fake: Tensor, generator: torch.Generator) -> None:  # noqa: ARG002
        """Points from the fake mean to the real one."""
        self.direction.copy_(nn.functional.normalize((real.mean(0) - fake.mean(0)).flatten(), dim=0))


class Linear(CriticNetwork):
    """The family of the one linear critic."""

    def critic(self, shape: tuple[int, ...]) -> LinearCritic:
        """Sample to score."""
        return LinearCritic(torch.Size(shape).numel())


def certified(samples: int) -> Iterator[Candidate]:
    """The default candidates: a linear critic, and peaks and valleys with ever more funnels.

    Args:
        samples: how many there are of each side; a funnel needs a few of its own.
    """
    yield Candidate("linear", Linear())
    for centers in (1, 4, 16, 64, 256):
        if centers == 1 or samples >= 8 * centers:
            yield Candidate(f"peaks {centers}", Funnel(centers=centers, sign=-1))
            yield Candidate(f"valleys {centers}", Funnel(centers=centers, sign=1))
