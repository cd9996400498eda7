"""Distributions that can be drawn from for ever: toys and the sides of pairs."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import torch
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.data.source import Source

__all__ = ["Draw", "Endless"]

Draw = Callable[[int, torch.Generator], Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Endless(Source):
    """A distribution given by how to draw from it, for ever.

    Args:
        name: its name, with every parameter, since it identifies the source.
        shape: shape of one sample.
        draw: `(n, rng) -> (n, *shape)`, in model units.
        scaling: the map back to the user's units.
        dtype: of the samples; other than float32 only where a known answer needs more digits.
        modes: `(M, features)` centres of a mixture in model units, or None.
        mode_std: standard deviation of one mode in model units, or None.
        device: where the samples lie.

    Example:
        >>> dice = Endless(name="dice", shape=(1,), draw=lambda n, rng: torch.randint(1, 7, (n, 1), generator=rng))
        >>> dice.sample(2, torch.Generator()).dtype, dice.at_most(1_000_000)
        (torch.float32, 1000000)
    """

    name: str
    shape: tuple[int, ...]
    draw: Draw
    scaling: Scaling = field(default_factory=Scaling)
    dtype: torch.dtype = torch.float32
    modes: Tensor | None = None
    mode_std: float | None = None
    device: torch.device | str = "cpu"

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` samples, `(n, *shape)`, of `dtype`."""
        return self.draw(n, rng).to(self.device, self.dtype)

    def subset(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` fresh samples: a continuous distribution does not repeat itself."""
        return self.sample(n, rng)

    def at_most(self, n: int) -> int:
        """All `n` that are wanted."""
        return n

    def split(self) -> tuple[Self, Self]:
        """Itself twice: fresh draws share no sample."""
        return self, self

    def to(self, device: torch.device | str) -> Self:
        """The same distribution with its samples and modes on `device`."""
        return replace(self, device=device, modes=None if self.modes is None else self.modes.to(device))

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of a hash of the name, which holds every parameter."""
        return hashlib.blake2b(repr((self.name, self.scaling)).encode(), digest_size=8).hexdigest()
