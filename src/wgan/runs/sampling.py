"""Samples of a generator."""

import torch
from torch import Tensor, nn

from wgan.data import Units
from wgan.randomness import derive_seed, stream

__all__ = ["draw", "generate"]


@torch.no_grad()
def generate(generator: nn.Module, latent: int, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in model units, `(n, *shape)`, with latents from the stream of `seed`."""
    device = next(generator.parameters()).device
    latents = torch.randn(n, latent, generator=stream(seed, "samples")).to(device)
    with torch.random.fork_rng():  # for networks that draw noise of their own
        torch.manual_seed(derive_seed(seed, "sample noise"))
        return torch.cat([generator(part) for part in torch.split(latents, batch)])


def draw(generator: nn.Module, units: Units, latent: int, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in the user's units, `(n, *shape)` float64, within the bounds of the data."""
    return units.bounded(units.decode(generate(generator, latent, n, seed, batch)))
