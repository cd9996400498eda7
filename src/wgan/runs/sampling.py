"""Samples of a generator."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from wgan.data import Units
from wgan.data.tables.encoding import TableEncoding
from wgan.data.tables.where import Where
from wgan.errors import InputError
from wgan.randomness import derive_seed, stream

__all__ = ["draw", "draw_where", "drawn", "generate", "made"]

BATCH, AT_ONCE = 4096, 100_000
MOST, RARE = 1_000_000, 1e-5
"""After so many rows a condition is given up that a smaller share of them holds."""


def generate(generator: nn.Module, latent: int, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in model units, `(n, *shape)`, with latents from the stream of `seed`."""
    device = next(generator.parameters()).device
    return made(generator, [drawn(latent, n, seed).to(device)], seed, batch)


def drawn(latent: int, n: int, seed: int) -> Tensor:
    """Latents from the stream of `seed`, `(n, latent)`."""
    return torch.randn(n, latent, generator=stream(seed, "samples"))


@torch.no_grad()
def made(generator: Callable[..., Tensor], inputs: Sequence[Tensor], seed: int, batch: int) -> Tensor:
    """What a generator makes of inputs of `n` rows each, so many at a time, `(n, *shape)`."""
    with torch.random.fork_rng():  # for networks that draw noise of their own
        torch.manual_seed(derive_seed(seed, "sample noise"))
        parts = zip(*(torch.split(given, batch) for given in inputs), strict=True)
        return torch.cat([generator(*part) for part in parts])


def draw(generator: nn.Module, units: Units, latent: int, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in the user's units, `(n, *shape)` float64, within the bounds of the data."""
    return units.bounded(units.decode(generate(generator, latent, n, seed, batch)))


def draw_where(
    generator: nn.Module, encoding: TableEncoding, latent: int, n: int, seed: int, where: Sequence[str]
) -> Tensor:
    """`n` rows of a table in the user's units that hold conditions, `(n, columns)` float64: the first ones that do.

    Raises:
        InputError: for a condition that cannot be meant, or that hardly any row holds.
    """
    condition = Where(where, encoding)
    found, kept, drawn = [torch.empty(0, len(encoding.kinds), dtype=torch.float64)], 0, 0
    while kept < n:
        if drawn >= MOST and kept < drawn * RARE:
            raise InputError(f"of {drawn:,} rows that were made, {kept} hold {condition}; ask for what is less rare")
        share = max(kept, 1) / max(drawn, 1)
        count = min(AT_ONCE, int((n - kept) / share) + BATCH)
        rows = draw(generator, encoding, latent, count, derive_seed(seed, "where", drawn), BATCH)
        found.append(rows[condition(rows)])
        kept, drawn = kept + len(found[-1]), drawn + count
    return torch.cat(found)[:n]
