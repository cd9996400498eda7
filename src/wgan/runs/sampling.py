"""Samples of a generator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from wgan.data import Conditions, Units
from wgan.data.tables.encoding import TableEncoding
from wgan.data.tables.where import Where
from wgan.errors import InputError
from wgan.networks import beside
from wgan.randomness import derive_seed, stream

__all__ = ["Held", "Inputs", "draw", "draw_class", "draw_where", "generate", "made"]

BATCH, AT_ONCE = 4096, 100_000
MOST, RARE = 1_000_000, 1e-5
"""After so many rows a condition is given up that a smaller share of them holds."""


@dataclass(frozen=True)
class Inputs:
    """What a generator makes samples of.

    Attributes:
        latent: how many standard normal numbers.
        conditions: what stands beside them, at random; None where it takes no condition.
        weights: how often each value is asked for, `(k,)`; as often as the data hold them by default.
    """

    latent: int
    conditions: Conditions | None = None
    weights: Tensor | None = None

    @property
    def width(self) -> int:
        """Numbers of each sample's input."""
        return self.latent + (self.conditions.width if self.conditions else 0)

    def latents(self, n: int, seed: int) -> Tensor:
        """Normal numbers from the stream of `seed`, `(n, latent)`."""
        return torch.randn(n, self.latent, generator=stream(seed, "samples"))

    def asked(self, n: int, seed: int) -> Tensor | None:
        """Conditions from the stream of `seed`, `(n, k)`; None where there are none."""
        if self.conditions is None:
            return None
        return self.conditions.draw(n, stream(seed, "conditions"), self.weights)

    def draw(self, n: int, seed: int) -> Tensor:
        """Both side by side, `(n, width)`."""
        return beside(self.latents(n, seed), self.asked(n, seed))


def generate(generator: nn.Module, inputs: Inputs, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in model units, `(n, *shape)`, of inputs from the streams of `seed`."""
    device = next(generator.parameters()).device
    return made(generator, [inputs.draw(n, seed).to(device)], seed, batch)


@torch.no_grad()
def made(generator: Callable[..., Tensor], inputs: Sequence[Tensor], seed: int, batch: int) -> Tensor:
    """What a generator makes of inputs of `n` rows each, so many at a time, `(n, *shape)`."""
    with torch.random.fork_rng():  # for networks that draw noise of their own
        torch.manual_seed(derive_seed(seed, "sample noise"))
        parts = zip(*(torch.split(given, batch) for given in inputs), strict=True)
        return torch.cat([generator(*part) for part in parts])


def draw(generator: nn.Module, units: Units, inputs: Inputs, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in the user's units, `(n, *shape)` float64, within the bounds of the data."""
    return units.bounded(units.decode(generate(generator, inputs, n, seed, batch)))


@dataclass(frozen=True)
class Held:
    """Samples that hold conditions, and how they were had.

    Attributes:
        samples: `(n, *shape)`, in the user's units.
        made: how many were made for them.
        kept: how many of these hold the conditions; None where nothing tells.
        where: the conditions.
        asked: the column whose value the generator was asked for; None where it was asked for nothing.
    """

    samples: Tensor
    made: int
    kept: int | None
    where: str
    asked: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: value for name, value in vars(self).items() if name != "samples"}

    def told(self) -> str:
        """The way, for the end of a line."""
        way = "chosen from all it makes" if self.asked is None else f"the generator was asked for {self.asked}"
        if self.kept is None:
            return f"{way}; nothing checks that they hold {self.where}"
        return f"{way}: {self.kept:,} of {self.made:,} hold {self.where}"


def draw_where(
    generator: nn.Module, encoding: TableEncoding, inputs: Inputs, n: int, seed: int, where: Sequence[str]
) -> Held:
    """`n` rows of a table in the user's units that hold conditions, `(n, columns)` float64: the first ones that do.

    A generator that takes conditions is asked for the one that fewest rows hold.

    Raises:
        InputError: for a condition that cannot be meant, or that hardly any row holds.
    """
    condition = Where(where, encoding)
    asked, weights = (None, None) if inputs.conditions is None else condition.asked(encoding, inputs.conditions)
    inputs = replace(inputs, weights=weights)
    found, kept, drawn = [torch.empty(0, len(encoding.kinds), dtype=torch.float64)], 0, 0
    while kept < n:
        if drawn >= MOST and kept < drawn * RARE:
            raise InputError(f"of {drawn:,} rows that were made, {kept} hold {condition}; ask for what is less rare")
        share = max(kept, 1) / max(drawn, 1)
        count = min(AT_ONCE, int((n - kept) / share) + BATCH)
        rows = draw(generator, encoding, inputs, count, derive_seed(seed, "where", drawn), BATCH)
        found.append(rows[condition(rows)])
        kept, drawn = kept + len(found[-1]), drawn + count
    return Held(torch.cat(found)[:n], drawn, kept, str(condition), asked)


def draw_class(
    generator: nn.Module, units: Units, inputs: Inputs, n: int, seed: int, where: Sequence[str], batch: int = 256
) -> Held:
    """`n` samples of a generator that was asked for a class, such as `class=7`.

    Raises:
        InputError: for a condition that it does not take.
    """
    assert inputs.conditions is not None
    name, weights = inputs.conditions.named(where)
    samples = draw(generator, units, replace(inputs, weights=weights), n, seed, batch)
    return Held(samples, n, None, where[0], name)
