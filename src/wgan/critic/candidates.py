"""The critics that the default estimate chooses from, each certified 1-Lipschitz, and how they start."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from wgan.critic.samples import Sides
from wgan.lipschitz import LipschitzMethod, Orthogonal
from wgan.networks import MLP, CriticNetwork, Funnel, Initialises
from wgan.optimizers import Adam, Optimizer
from wgan.randomness import derive_seed, stream

__all__ = ["Candidate", "Linear", "LinearCritic", "funnels", "many", "plain", "start"]

FEW = 64  # funnels in the first round
MANY = 512  # and in the second
BLURRED, NOISE = 256, 0.4  # and there with noise
SAMPLES_PER_FUNNEL = 8
START = 1 << 14  # samples that K-means sees


@dataclass(frozen=True)
class Candidate:
    """A critic to be fitted.

    Args:
        name: what it is called in a history.
        network: what builds it.
        methods: how it is kept Lipschitz.
        optimizer: of its parameters; the samples have deviation 1.
        noise: deviation of normal noise in the samples of each step, drawn anew, so that it does not learn by heart
            those that it sees again and again.
    """

    name: str
    network: CriticNetwork
    methods: Sequence[LipschitzMethod] = ()
    optimizer: Optimizer = field(default_factory=lambda: Adam(lr=0.025, betas=(0.9, 0.99)))
    noise: float = 0.0


class LinearCritic(nn.Module):
    r"""The best linear critic, $f(x) = \langle x, m_P - m_Q \rangle / \|m_P - m_Q\|$, which needs no training.

    Args:
        size: number of features.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.direction = nn.Parameter(torch.zeros(size), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, *shape) -> (B,)`."""
        return x.flatten(1) @ self.direction

    def lipschitz_bound(self, *_: object) -> float:
        """The length of the direction."""
        return float(self.direction.norm())

    @torch.no_grad()
    def initialise(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> None:  # noqa: ARG002
        """Points from the fake mean to the real one."""
        self.direction.copy_(nn.functional.normalize((real.mean(0) - fake.mean(0)).flatten(), dim=0))


class Linear(CriticNetwork):
    """The family of the one linear critic."""

    def build_critic(self, shape: tuple[int, ...]) -> LinearCritic:
        """Sample to score."""
        return LinearCritic(torch.Size(shape).numel())


def plain(samples: int) -> list[Candidate]:
    """Where the choice begins: no shape, one cone, a few of them, and a network that can be any of it."""
    few = FEW if samples >= FEW * SAMPLES_PER_FUNNEL else 1 + samples // (2 * SAMPLES_PER_FUNNEL)
    sorting = MLP(widths=(128, 128, 128), activation="GroupSort16")
    return [
        Candidate("linear", Linear()),
        *(funnels(count, sign) for count in (1, few) for sign in (-1, 1)),
        Candidate("groupsort", sorting, (Orthogonal(),), Adam(lr=0.01, betas=(0.9, 0.99))),
    ]


def funnels(count: int, sign: int) -> Candidate:
    """Peaks (sign -1) or valleys (+1)."""
    return Candidate(f"{'peaks' if sign < 0 else 'valleys'} {count}", Funnel(centers=count, sign=sign))


def many(sign: int, *, endless: bool) -> list[Candidate]:
    """The second round: many funnels, and where the same samples come again fewer ones that see them with noise."""
    if endless:
        return [funnels(MANY, sign)]
    blurred = replace(funnels(BLURRED, sign), optimizer=Adam(lr=0.05, betas=(0.9, 0.99)), noise=NOISE)
    return [funnels(MANY, sign), replace(blurred, name=f"{blurred.name}, with noise")]


def start(candidate: Candidate, sides: Sides, seed: int) -> nn.Module:
    """The candidate's critic, initialised, in the samples' precision."""
    shape = tuple(sides.real.shape[1:])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initialisation", candidate.name))
        critic = candidate.network.build_critic(shape).to(sides.real)
        for method in candidate.methods:
            method.parametrize(critic)
    if isinstance(critic, Initialises):
        rng = stream(seed, "centers", candidate.name)
        critic.initialise(sides.real[:START], sides.fake[:START], rng)
    return critic
