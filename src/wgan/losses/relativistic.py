"""The relativistic loss, whose critic compares real with generated samples instead of judging each alone."""

from dataclasses import dataclass
from math import log

from torch import Tensor
from torch.nn.functional import softplus

from wgan.errors import InputError
from wgan.losses.loss import CriticValue, Loss, Measure
from wgan.losses.one_pass import scores_of_both
from wgan.types import Critic

__all__ = ["RelativisticPaired"]


@dataclass(frozen=True)
class RelativisticPaired(Loss):
    r"""The critic says which of a pair is real; the generator wants the opposite answer.

    With pairs of independent $x \sim P$ and $y \sim Q$ and $\operatorname{sp}(t) = \log(1 + e^t)$,

    $$L_D = \mathbb{E} \operatorname{sp}(D(y) - D(x)), \qquad L_G = \mathbb{E} \operatorname{sp}(D(x) - D(y)).$$

    The estimate $\log 2 - L_D$ is a divergence at the critic's optimum: zero for $P = Q$ alone, log 2 at most.

    Jolicoeur-Martineau 2020, On Relativistic f-Divergences, https://arxiv.org/abs/1901.02474; the loss of R3GAN, Huang
    et al. 2024, https://arxiv.org/abs/2501.05441, which adds `R1` and `R2`.

    Raises:
        InputError: on use, if the batches differ in size.

    Example:
        >>> import torch
        >>> value = RelativisticPaired().critic_value(lambda x: x, torch.tensor([1.0, 5.0]), torch.tensor([1.0, 5.0]))
        >>> round(value.estimate.item(), 6)
        0.0
    """

    measures = Measure("relativistic JS", "nats")

    def critic_value(self, critic: Critic, real: Tensor, fake: Tensor) -> CriticValue:
        """$L_D$ and the estimate."""
        loss = softplus(-margins(critic, real, fake)).mean()
        return CriticValue(loss, log(2) - loss)

    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """$L_G$."""
        return softplus(margins(critic, real, fake)).mean()


def margins(critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
    """By how much each real sample outscores the generated one at its index, `(B,)`."""
    if len(real) != len(fake):
        raise InputError(
            f"RelativisticPaired: {len(real)} real and {len(fake)} generated samples; "
            "expected equal batches, because it compares them in pairs"
        )
    at_real, at_fake = scores_of_both(critic, real, fake)
    return at_real - at_fake
