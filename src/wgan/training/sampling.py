"""The generator as training uses it."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wgan.networks import answered
from wgan.passes import Shares
from wgan.training.precision import autocast

__all__ = ["Sampler"]


@dataclass(frozen=True)
class Sampler:
    """A generator in the recipe's precision, its samples in float32.

    Args:
        generator: `(B, inputs) -> (B, *shape)`, of a latent with the condition beside it.
        precision: of its passes.
        shares: the rows that this process computes.
    """

    generator: nn.Module
    precision: str
    shares: Shares

    def __call__(self, latent: Tensor) -> Tensor:
        """Samples that carry the gradient to the generator, `(B, *shape)`."""
        with autocast(latent.device, self.precision):
            samples: Tensor = self.generator(latent).float()
        return samples

    def answered(self, latent: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        r"""The same, and $-\log$ of the probability that each sample holds its condition, `(B,)`."""
        with autocast(latent.device, self.precision):
            samples, misses = answered(self.generator, latent, condition)
        return samples.float(), misses.float()

    @torch.no_grad()
    def batch(self, latent: Tensor) -> Tensor:
        """A whole batch for the critic, without gradient; zeros in the rows of other processes."""
        pieces = [self.shares.whole(self(part), index) for index, part in enumerate(self.shares.of(latent))]
        return pieces[0] if len(pieces) == 1 else torch.stack(pieces).sum(0)
