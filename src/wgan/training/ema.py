"""The exponential moving average of a generator's weights."""

from copy import deepcopy

import torch
from torch import nn

__all__ = ["EMA"]


class EMA:
    r"""A copy of a module whose weights trail it, $\bar\theta \leftarrow \beta_t \bar\theta + (1 - \beta_t)\,\theta$.

    The decay rises as $\beta_t = \min(\beta, (1 + t) / (10 + t))$, so that a short run does not average over its
    random start. Buffers, such as running statistics, are copied. Samples from the average are steadier than from the
    last iterate of a game that circles its equilibrium (Yazıcı et al. 2019, https://arxiv.org/abs/1806.04498).

    Args:
        module: what to follow.
        decay: β; 0 keeps a plain copy.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.module = deepcopy(module).requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, module: nn.Module, iteration: int) -> None:
        """Follows `module` after its step number `iteration`, counted from 0."""
        decay = min(self.decay, (1 + iteration) / (10 + iteration))
        torch._foreach_lerp_(list(self.module.parameters()), list(module.parameters()), 1 - decay)
        for kept, current in zip(self.module.buffers(), module.buffers(), strict=True):
            kept.copy_(current)
