"""Mixed precision: the networks' passes in bfloat16, everything else in float32."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wgan.losses import CriticValue, Loss
from wgan.types import Critic

__all__ = ["Bfloat16", "autocast", "full_scores"]


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """A context in which matrix products and convolutions are computed in that precision."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def full_scores(critic: nn.Module) -> None:
    """Has a critic return its scores in float32, whatever its layers compute in, so that losses are taken there."""
    critic.register_forward_hook(lambda module, arguments, scores: scores.float())  # noqa: ARG005


@dataclass(frozen=True)
class Bfloat16(Loss):
    """A loss whose passes through the critic are in bfloat16; penalties, which are not part of it, stay in float32.

    Micikevicius et al. 2018, Mixed Precision Training, https://arxiv.org/abs/1710.03740; bfloat16 has the range of
    float32 and needs no scaling of losses.

    Args:
        loss: what it is, on a critic that `full_scores` was applied to.

    Example:
        >>> from wgan.losses import Wasserstein
        >>> critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
        >>> full_scores(critic)
        >>> Bfloat16(Wasserstein()).critic_value(critic, torch.ones(4, 2), torch.zeros(4, 2)).loss.dtype
        torch.float32
    """

    loss: Loss

    def critic_value(self, critic: Critic, real: Tensor, fake: Tensor) -> CriticValue:
        """See `Loss.critic_value`."""
        with autocast(real.device, "bfloat16"):
            return self.loss.critic_value(critic, real, fake)

    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """See `Loss.generator_loss`."""
        with autocast(real.device, "bfloat16"):
            return self.loss.generator_loss(critic, real, fake)
