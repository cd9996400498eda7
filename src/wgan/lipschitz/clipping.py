"""Weight clipping, the constraint of the first WGAN."""

from dataclasses import dataclass

import torch
from torch import nn

from wgan.checks import Positive
from wgan.lipschitz.method import LipschitzMethod

__all__ = ["Clipping"]

# A normalisation layer divides by what it measures: its affine weights start at 1 and clipping them to ±c would
# shrink the critic by a factor of 100 a layer without bounding its slope.
NORMALIZATION_LAYERS = (
    nn.modules.batchnorm._NormBase,
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
)


@dataclass(frozen=True, kw_only=True)
class Clipping(LipschitzMethod):
    r"""Clips every weight to $[-c, c]$ after each critic step, normalisation layers left out.

    The critic stays in a compact set, hence κ-Lipschitz for some κ that depends on the architecture and $c$ alone:
    $\kappa \le \prod_i \|W_i\|_2$ and $\|W\|_2 \le c \sqrt{n_\text{in} n_\text{out}}$.

    Arjovsky, Chintala & Bottou 2017, Algorithm 1, https://arxiv.org/abs/1701.07875. (The authors' code clips before
    the step and clips normalisation layers too; here the constraint holds whenever the generator looks.)

    Args:
        c: the clipping parameter, positive.

    Raises:
        InputError: if `c` is not positive.

    Example:
        >>> critic = nn.Linear(3, 1)
        >>> Clipping(c=0.01).project(critic)
        >>> bool(critic.weight.abs().max() <= 0.01)
        True
    """

    c: Positive = 0.01

    @torch.no_grad()
    def project(self, critic: nn.Module) -> None:
        """Clips in place."""
        for module in critic.modules():
            if not isinstance(module, NORMALIZATION_LAYERS):
                for parameter in module.parameters(recurse=False):
                    parameter.clamp_(-self.c, self.c)
