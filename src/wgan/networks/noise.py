r"""Noise that is a function of the latent.

A generator with noise inputs draws new numbers in each call, so that a latent has no one image. Here they come from a
hash of the latent's own bits: as random, yet the generator stays a function, whose image of a latent depends neither
on the rest of the batch nor on any generator's state, and is the same in compiled code.
"""

from math import tau

import torch
from torch import Tensor, nn

__all__ = ["LatentKeys", "pixel_noise"]

# Arithmetic modulo a Mersenne prime: products of two residues fit in 64 bits.
PRIME = 2**31 - 1
ROOTS = (7, 16807)  # primitive roots of the prime


def scramble(x: Tensor) -> Tensor:
    r"""The permutation $x \mapsto x^5$ of the residues; 5 has no factor in common with $\text{PRIME} - 1$."""
    square = x * x % PRIME
    return square * square % PRIME * x % PRIME


def powers_of(root: int, count: int) -> Tensor:
    """The first `count` powers of a residue, by doubling.

    Example:
        >>> powers_of(7, 3)
        tensor([  7,  49, 343])
    """
    powers = torch.tensor([root])
    while len(powers) < count:
        powers = torch.cat([powers, powers * pow(root, len(powers), PRIME) % PRIME])[:count]
    return powers


class LatentKeys(nn.Module):
    """Two independent hashes of each latent.

    Args:
        latent: dimension of the latent.

    Example:
        >>> keys = LatentKeys(2)(torch.tensor([[0.5, 1.0], [0.5, 1.0], [0.5, 1.001]]))
        >>> bool((keys[0] == keys[1]).all()), bool((keys[0] == keys[2]).any())
        (True, False)
    """

    powers: Tensor

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.register_buffer("powers", torch.stack([powers_of(root, latent) for root in ROOTS]), persistent=False)

    def forward(self, latent: Tensor) -> Tensor:
        """`(B, latent) -> (B, 2)` integers below `PRIME`."""
        digits = (latent.detach().float() * 2**20).long() % PRIME
        return scramble((digits[:, None] * self.powers % PRIME).sum(2) % PRIME)


def pixel_noise(keys: Tensor, first: int, size: tuple[int, int]) -> Tensor:
    r"""Standard normal noise by the Box–Muller transform, `(B, 1, height, width)`.

    Args:
        keys: from `LatentKeys`, `(B, 2)`.
        first: number of the first pixel; calls with distinct ranges are independent.
        size: height and width.

    Example:
        >>> noise = pixel_noise(LatentKeys(8)(torch.ones(1, 8)), 0, (100, 100))
        >>> abs(round(noise.mean().item(), 1)), round(noise.std().item(), 1)
        (0.0, 1.0)
    """
    height, width = size
    counter = torch.arange(first, first + height * width, device=keys.device)
    radius = scramble((scramble((counter + keys[:, :1]) % PRIME) + keys[:, 1:]) % PRIME)
    angle = scramble((radius + keys[:, :1]) % PRIME)
    normal = torch.sqrt(-2 * torch.log((radius + 1) / 2.0**31)) * torch.cos(tau * (angle / 2.0**31))
    return normal.reshape(-1, 1, height, width)
