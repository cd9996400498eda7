"""What a data source is: samples in the model's units, and the way back to the user's."""

import copy
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

import torch
from torch import Tensor

from wgan.data.pixels import Pixels
from wgan.data.scaling import Scaling, Units
from wgan.errors import InputError
from wgan.randomness import distinct, stream

__all__ = ["FiniteSource", "Source", "TensorSource"]


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
        chosen.held_out = None
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
        moved.device = torch.device(device)
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


class TensorSource(FiniteSource):
    r"""A data set held as one tensor.

    Args:
        data: `(N, *shape)`; uint8 images are kept as bytes and converted batch by batch, floats are model units.
        name: how the user named it.
        scaling: map from the user's units to the model's; for images, that of `pixels`.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        pixels: how bytes become model units; `Pixels()` by default.
        held_out: the held-out part; without one, `split` sets a fifth of the samples aside.
        seed: of the permutation that `split` uses.

    Example:
        >>> source = TensorSource(torch.arange(10.0).reshape(10, 1), "ramp")
        >>> source.shape, len(source)
        ((1,), 10)
        >>> source.sample(4, torch.Generator().manual_seed(0)).shape
        torch.Size([4, 1])
        >>> [len(part) for part in source.split()]
        [8, 2]
    """

    def __init__(
        self,
        data: Tensor,
        name: str = "tensor",
        scaling: Units | None = None,
        *,
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        pixels: Pixels | None = None,
        held_out: FiniteSource | None = None,
        seed: int = 0,
    ) -> None:
        if data.dtype == torch.uint8:
            pixels = pixels or Pixels()
        if pixels is not None:
            scaling = pixels.scaling
        else:
            data = data.to(torch.float32)
        super().__init__(
            name,
            tuple(data.shape[1:]),
            scaling or Scaling(),
            labels=labels,
            classes=classes,
            pixels=pixels,
            held_out=held_out,
            seed=seed,
        )
        self.data, self.device = data.contiguous(), data.device

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.data)

    def to(self, device: torch.device | str) -> Self:
        """The same source with data and samples on `device`."""
        moved = super().to(device)
        moved.data = self.data.to(device)
        return moved

    def _read(self, rows: Tensor) -> Tensor:
        return self.data.index_select(0, rows)

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.data = self.data.index_select(0, rows)
        return taken

    def _content(self) -> Iterator[memoryview]:
        yield self.data.cpu().numpy().data
