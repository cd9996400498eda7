r"""Idle funnels: those that are nearest to hardly any sample get a new place, for only there can they learn.

In many dimensions most funnels soon lose their samples to a few, and a funnel without samples has no gradient. New
places for them, again and again, are what lets a fit in 128 dimensions find its funnels among 256.
"""

import torch
from torch import Tensor

from wgan.critic.samples import Sides
from wgan.networks import FunnelCritic

__all__ = ["relocate_idle"]

IDLE = 0.02  # of a funnel's fair share of the samples
SHARE = 0.5  # of its fair share, that a funnel has at its new place
NEIGHBOURS = 32  # whose mean a place is
CHOICE = 2  # places that are compared for each idle funnel
SEEN = 1 << 14  # samples that places are found among


@torch.no_grad()
def relocate_idle(critic: FunnelCritic, optimizer: torch.optim.Optimizer, sides: Sides, rng: torch.Generator) -> int:
    """Moves idle funnels to the midst of random samples and their neighbours; returns how many.

    Of the places that are drawn those are taken where one more funnel adds most to the critic's value.

    Args:
        critic: whose funnels.
        optimizer: of the critic; what it remembers of the funnels that move is forgotten.
        sides: samples to fit.
        rng: of the places.
    """
    some = Sides(*(sample(side, min(SEEN, len(side)), rng) for side in sides))
    own = critic.features(some.real if critic.sign < 0 else some.fake)
    used = critic.nearest(own).bincount(minlength=len(critic.centers))
    idle = (used <= IDLE * len(own) / len(used)).nonzero().squeeze(1)
    if len(idle):
        seeds = sample(own, CHOICE * len(idle), rng)
        near = torch.cdist(seeds, own).topk(min(NEIGHBOURS, len(own)), largest=False).indices
        places = torch.stack([own[few].mean(0) for few in near])
        offsets, scores = added_value(critic, some, places)
        best = scores.topk(len(idle)).indices
        critic.centers[idle], critic.offsets[idle] = places[best], offsets[best]
        forget(optimizer, (critic.centers, critic.offsets), idle, used > 0)
    return len(idle)


def added_value(critic: FunnelCritic, sides: Sides, places: Tensor) -> tuple[Tensor, Tensor]:
    """The offsets that give a new funnel at each place half of a fair share, and what it then adds to the value.

    Returns:
        Both `(number of places,)`; what is added is in standard errors.
    """
    own, other = sides if critic.sign < 0 else reversed(sides)
    count = len(critic.centers)
    ahead = gain(critic, own, places)
    offsets = ahead.kthvalue(max(1, int(len(own) * (1 - SHARE / count))), dim=0).values
    won = ahead.sub_(offsets).relu_()
    lost = gain(critic, other, places).sub_(offsets).relu_()
    error = (won.var(0) / len(own) + lost.var(0) / len(other)).sqrt().clamp_min_(torch.finfo(won.dtype).tiny)
    return offsets, (won.mean(0) - lost.mean(0)) / error


def gain(critic: FunnelCritic, samples: Tensor, places: Tensor) -> Tensor:
    """By how much each sample is nearer to a place than to its funnel, offset included, `(samples, places)`."""
    ahead: Tensor = (critic.sign * critic(samples))[:, None] - torch.cdist(critic.features(samples), places)
    return ahead


def sample(rows: Tensor, count: int, rng: torch.Generator) -> Tensor:
    """That many of the rows, each drawn anew."""
    return rows[torch.randint(len(rows), (count,), generator=rng).to(rows.device)]


def forget(optimizer: torch.optim.Optimizer, parameters: tuple[Tensor, ...], rows: Tensor, typical: Tensor) -> None:
    """Gives rows of parameters an optimizer's memory of typical size without direction."""
    for parameter in parameters:
        for name, memory in optimizer.state[parameter].items():
            if memory.shape == parameter.shape:
                memory[rows] = memory[typical].mean(0) if name.endswith("sq") else torch.zeros_like(memory[rows])
