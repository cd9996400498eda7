"""Critics fitted between two distributions that stay as they are, as studies of the critic need them."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data import Source
from wgan.lipschitz import LipschitzMethod
from wgan.losses import Wasserstein
from wgan.networks import CriticNetwork
from wgan.optimizers import Optimizer, RMSprop
from wgan.randomness import derive_seed, stream

__all__ = ["fit_critic", "input_slopes", "mean_gap", "start_critic"]

Look = Callable[[int], None]


def start_critic(
    network: CriticNetwork, shape: tuple[int, ...], methods: Sequence[LipschitzMethod], seed: int
) -> nn.Module:
    """A critic with random weights, and its methods' parametrizations."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initialisation"))
        critic = network.build_critic(shape)
        for method in methods:
            method.parametrize(critic)
    return critic


def fit_critic(
    critic: nn.Module,
    real: Source,
    fake: Source,
    methods: Sequence[LipschitzMethod],
    *,
    steps: int,
    seed: int,
    optimizer: Optimizer | None = None,
    batch: int = 64,
    look_at: Sequence[int] = (),
    look: Look | None = None,
) -> None:
    """Steps of the Wasserstein loss, in place.

    Args:
        critic: `(B, *shape) -> (B,)`, with what its methods parametrize.
        real: samples whose score rises.
        fake: samples whose score falls.
        methods: how it is kept Lipschitz.
        steps: how many.
        seed: of the batches.
        optimizer: RMSprop at 10⁻³ by default.
        batch: samples of each side.
        look_at: numbers of steps after which `look` is called with that number, 0 for the start.
        look: measures something.
    """
    optimizer = optimizer or RMSprop(lr=1e-3)
    step = CriticStep(critic, Wasserstein(), methods, optimizer.build(critic.parameters()))
    for index in range(steps + 1):
        if look and index in look_at:
            look(index)
        if index < steps:
            sides = [
                side.sample(batch, stream(seed, name, index)).float()
                for name, side in (("fit real", real), ("fit fake", fake))
            ]
            step(*sides, step=index, progress=index / steps, rng=stream(seed, "fit noise", index))


@torch.no_grad()
def mean_gap(critic: nn.Module, real: Source, fake: Source, seed: int, count: int = 4096) -> float:
    """The critic's mean on fresh real samples less that on fake ones.

    Both sides are drawn from equal random numbers, so that between a pair whose sides are made from each other the
    noise of the one takes away that of the other.
    """
    reals, fakes = (critic(side.sample(count, stream(seed, "value")).float()).double().mean() for side in (real, fake))
    return float(reals - fakes)


def input_slopes(critic: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    r"""$\nabla D$ at each point, of the points' shape, without graph."""
    at = points.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(critic(at).sum(), at)
    return slopes
