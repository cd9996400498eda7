r"""Idle funnels: those that are nearest to hardly any sample get a new place, for only there can they learn.

In many dimensions most funnels soon lose their samples to a few, and a funnel without samples has no gradient. New
places for them, again and again, are what lets a fit in 128 dimensions find 256 funnels.
"""

import torch
from torch import Tensor

from wgan.critic.samples import Sides
from wgan.networks import FunnelCritic

__all__ = ["employ"]

IDLE = 0.02  # of a funnel's fair share of the samples
SHARE = 0.5  # of its fair share, that a funnel has at its new place
NEIGHBOURS = 32  # whose mean the new place is
SEEN = 1 << 13  # samples that places are found among


@torch.no_grad()
def employ(critic: FunnelCritic, optimizer: torch.optim.Optimizer, sides: Sides, chance: torch.Generator) -> int:
    """Moves idle funnels to the midst of random samples and their neighbours; returns how many.

    A new funnel's offset is the one that gives it half of a fair share of the samples.

    Args:
        critic: whose funnels.
        optimizer: of the critic; what it remembers of the funnels that move is forgotten.
        sides: samples to fit.
        chance: of the places.
    """
    side, count = sides.real if critic.sign < 0 else sides.fake, len(critic.centers)
    chosen = torch.randint(len(side), (min(SEEN, len(side)),), generator=chance).to(side.device)
    some = critic.features(side[chosen])
    used = critic.nearest(some).bincount(minlength=count)
    idle = (used <= IDLE * len(some) / count).nonzero().squeeze(1)
    if len(idle):
        level = critic.sign * critic(side[chosen])
        seeds = some[torch.randint(len(some), (len(idle),), generator=chance).to(some.device)]
        near = torch.cdist(seeds, some).topk(min(NEIGHBOURS, len(some)), largest=False).indices
        critic.centers[idle] = torch.stack([some[few].mean(0) for few in near])
        gain = level[:, None] - torch.cdist(some, critic.centers[idle])
        critic.offsets[idle] = gain.kthvalue(max(1, int(len(some) * (1 - SHARE / count))), dim=0).values
        forget(optimizer, (critic.centers, critic.offsets), idle, used > 0)
    return len(idle)


def forget(optimizer: torch.optim.Optimizer, parameters: tuple[Tensor, ...], rows: Tensor, typical: Tensor) -> None:
    """Gives rows of parameters an optimizer's memory of typical size without direction."""
    for parameter in parameters:
        for name, memory in optimizer.state[parameter].items():
            if memory.shape == parameter.shape:
                memory[rows] = memory[typical].mean(0) if name.endswith("sq") else torch.zeros_like(memory[rows])
