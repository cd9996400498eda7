"""What a data source is: samples in the model's units, and the way back to the user's."""

import copy
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

import torch
from torch import Tensor

from wgan.data.conditions import Batch, Conditioning, Conditions, Valued
from wgan.data.pixels import Pixels
from wgan.data.scaling import Units
from wgan.errors import InputError
from wgan.randomness import distinct, stream

__all__ = ["FiniteSource", "Source", "no_conditions"]


class Source(ABC):
    """Samples of one distribution, in the model's units.

    Attributes:
        name: how the user named it.
        shape: shape of one sample, `(features,)` or `(channels, height, width)`.
        scaling: the map back to the user's units.
        columns: the names of a table's features, in order; None where features have none.
        labels: `(N,)` class of each sample, or None.
        classes: the name of each class.
        modes: `(M, features)` centres of a mixture in model units, or None.
        mode_std: standard deviation of one mode in model units, or None.
        codes: of a table of mixed columns, how many values each column tells apart, in the user's units 0, 1, 2, …;
            None for a column of amounts. None altogether where samples are no such table.
        label: the place of the column that the others are to foretell; None where none was named.
        conditions: what samples can be asked for; None where they have neither classes nor columns of categories.
    """

    name: str
    shape: tuple[int, ...]
    scaling: Units
    columns: tuple[str, ...] | None = None
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()
    modes: Tensor | None = None
    mode_std: float | None = None
    codes: tuple[int | None, ...] | None = None
    label: int | None = None

    @property
    def observed_shape(self) -> tuple[int, ...]:
        """Shape of one sample in the user's units."""
        return self.shape

    def overview(self) -> list[str]:
        """Lines that show a person what there is to learn, where the file alone does not say."""
        return []

    @abstractmethod
    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` independent samples, shape `(n, *shape)`, float32, on the source's device."""

    @property
    def conditions(self) -> Conditions | None:
        """See the class."""
        return None

    def batch(self, n: int, rng: torch.Generator, how: Conditioning | None = None) -> Batch:
        """Draws `n` samples as `sample` does, or so that each holds a condition that was drawn before it.

        Raises:
            InputError: if conditions are asked for, and the source has none.
        """
        if how is not None:
            raise no_conditions(self.name)
        return Batch(self.sample(n, rng))

    @abstractmethod
    def subset(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` distinct samples, shape `(n, *shape)`, float32.

        Raises:
            InputError: a finite source holds fewer than `n`.
        """

    def observed(self, n: int, rng: torch.Generator) -> Tensor:
        """The samples of `subset` in the user's units, as exactly as they are known, float64.

        Raises:
            InputError: a finite source holds fewer than `n`.
        """
        return self.scaling.decode(self.subset(n, rng))

    @abstractmethod
    def at_most(self, n: int) -> int:
        """How many distinct samples can be had of `n` that are wanted."""

    @abstractmethod
    def split(self) -> tuple["Source", "Source"]:
        """`(train, held_out)`: two sources of the same distribution that share no sample."""

    @abstractmethod
    def to(self, device: torch.device | str) -> Self:
        """The same source with its samples on `device`."""

    @abstractmethod
    def fingerprint(self) -> str:
        """A short hash of the content: sources with equal fingerprints give equal samples."""


def no_conditions(name: str) -> InputError:
    """What to say where there is nothing that samples can be asked for."""
    return InputError(
        f"{name} has neither classes nor columns of categories that samples could be asked for; "
        "leave the condition out (--condition none)"
    )


class FiniteSource(Source):
    """A data set of `len(self)` samples; a batch is drawn with replacement.

    Args:
        name: how the user named it.
        shape: shape of one sample.
        scaling: map from the user's units to the model's.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        pixels: how stored bytes become model units; None where floats are stored in model units.
        held_out: the data set's own held-out part; without one, `split` sets a fifth aside.
        seed: of the permutation that `split` uses.
    """

    def __init__(
        self,
        name: str,
        shape: tuple[int, ...],
        scaling: Units,
        *,
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        pixels: Pixels | None = None,
        held_out: "FiniteSource | None" = None,
        seed: int = 0,
    ) -> None:
        self.name, self.shape, self.scaling = name, shape, scaling
        self.labels, self.classes = labels, classes
        self.pixels, self.held_out, self.seed = pixels, held_out, seed
        self.device = torch.device("cpu")
        self._by_value: Valued | None = None

    @abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

    @abstractmethod
    def _read(self, rows: Tensor) -> Tensor:
        """The stored samples at `rows`, `(len(rows), *shape)`: bytes where `pixels` is set, else model units."""

    @abstractmethod
    def _take(self, rows: Tensor) -> Self:
        """A copy that stores only `rows`; labels and the held-out part are the caller's concern."""

    def _conversion(self) -> object:
        """What is done with the content, for the fingerprint."""
        return self.shape, self.scaling, self.pixels

    @abstractmethod
    def _content(self) -> Iterator[bytes | memoryview]:
        """What the samples are a function of, for the fingerprint."""

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` samples with replacement."""
        return self._batch(self._draw(n, rng), rng)

    @property
    def conditions(self) -> Conditions | None:
        """See `Source`."""
        self._by_value = self._by_value or self._valued()
        return self._by_value and self._by_value.conditions

    def batch(self, n: int, rng: torch.Generator, how: Conditioning | None = None) -> Batch:
        """See `Source`."""
        if how is None:
            return super().batch(n, rng)
        if self.conditions is None or self._by_value is None:
            raise no_conditions(self.name)
        rows, condition = self._by_value.draw(n, rng, how)
        return Batch(self._batch(rows, rng), condition)

    def _valued(self) -> Valued | None:
        """The samples by what they can be asked for: their class."""
        if self.labels is None or len(self.classes) < 2:
            return None
        return Valued.of(self.labels[:, None].to(self.device), ("class",), [len(self.classes)], (self.classes,))

    def subset(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws `n` distinct samples; the first `n` of a random order.

        Raises:
            InputError: the source holds fewer than `n`.
        """
        return self._batch(self._distinct(n, rng), rng)

    def observed(self, n: int, rng: torch.Generator) -> Tensor:
        """The samples of `subset` in the user's units; deep pictures to the last bit, as they are stored."""
        if self.pixels is None or self.pixels.levels is None:
            return super().observed(n, rng)
        return self._read(self._distinct(n, rng)).double()

    def at_most(self, n: int) -> int:
        """`n`, or all there are."""
        return min(n, len(self))

    def select(self, rows: Tensor) -> Self:
        """The source of the samples at `rows` alone, `(n,)` integers."""
        chosen = self._take(rows.to(self.device))
        chosen.labels = None if self.labels is None else self.labels[rows.cpu()]
        chosen.held_out, chosen._by_value = None, None
        return chosen

    def split(self) -> tuple["FiniteSource", "FiniteSource"]:
        """`(train, held_out)`: the data set's own test part, or a fifth by a fixed permutation."""
        if self.held_out is not None:
            return self, self.held_out
        aside = max(1, len(self) // 5)
        order = torch.randperm(len(self), generator=stream(self.seed, "split"))
        return self.select(order[aside:]), self.select(order[:aside])

    def to(self, device: torch.device | str) -> Self:
        """The same source with its samples on `device`; labels stay on the CPU."""
        moved = copy.copy(self)
        moved.device, moved._by_value = torch.device(device), None
        moved.held_out = None if self.held_out is None else self.held_out.to(device)
        return moved

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of a hash over the stored samples and their conversion."""
        digest = hashlib.blake2b(repr(self._conversion()).encode(), digest_size=8)
        for part in self._content():
            digest.update(part)
        return digest.hexdigest()

    def _draw(self, n: int, rng: torch.Generator) -> Tensor:
        rows = torch.randint(len(self), (n,), generator=rng, device=rng.device)
        return rows.to(self.device)

    def _distinct(self, n: int, rng: torch.Generator) -> Tensor:
        if n > len(self):
            raise InputError(f"{self.name}: {n} distinct samples wanted, but it holds {len(self)}; ask for fewer")
        return distinct(len(self), n, rng).to(self.device)

    def _batch(self, rows: Tensor, rng: torch.Generator) -> Tensor:
        stored = self._read(rows)
        return stored if self.pixels is None else self.pixels(stored, rng)
