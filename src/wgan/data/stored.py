"""Data as it was read, before it is in the model's units: choose classes and rows first, convert afterwards."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.picture import fit, picture
from wgan.data.pixels import Pixels
from wgan.data.scaling import Scaling
from wgan.data.source import FiniteSource, TensorSource
from wgan.errors import InputError, unknown_name
from wgan.randomness import stream

__all__ = ["Options", "StoredData", "StoredImages", "StoredTable", "number_labels"]


@dataclass(frozen=True)
class Options:
    """How raw data becomes a source.

    Args:
        resolution: `(height, width)` that images are cropped and resized to, or None to keep theirs.
        gray: one channel of luma.
        strict: refuse a file that cannot be used instead of skipping it.
        pixels: how bytes become model units.
        standardize: bring every column of a table to mean 0 and deviation 1.
        seed: of the permutations behind `limit` and `split`.

    Raises:
        InputError: the resolution has no pixel.
    """

    resolution: tuple[int, int] | None = None
    gray: bool = False
    strict: bool = False
    pixels: Pixels = field(default_factory=Pixels)
    standardize: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses an empty resolution."""
        if self.resolution is not None and min(self.resolution) < 1:
            raise InputError(f"resolution {self.resolution}: expected a side or (height, width) of at least 1 pixel")

    def refuse_for(self, name: str) -> None:
        """Raises an `InputError` if an option that only images have was set for something else."""
        asked = {
            "--resolution": self.resolution is not None,
            "--gray": self.gray,
            "--mirror": self.pixels.mirror,
            "--dequantize": self.pixels.dequantize > 0,
        }
        for option, is_set in asked.items():
            if is_set:
                raise InputError(f"{option} is for images, but {name} holds numbers; leave it out")


class StoredData(ABC):
    """Samples as they were read, with their labels.

    Attributes:
        name: how the user named them.
        labels: `(N,)` class of each sample, or None.
        classes: the name of each class.
    """

    name: str
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

    @abstractmethod
    def _keep(self, rows: NDArray[np.int64]) -> None:
        """Drops all samples but those at `rows`, in their order."""

    @abstractmethod
    def source(self, options: Options) -> FiniteSource:
        """The samples as a source."""

    def take(self, rows: Tensor) -> Self:
        """The samples at `rows` alone."""
        taken = copy.copy(self)
        taken._keep(rows.numpy())
        taken.labels = None if self.labels is None else self.labels[rows]
        return taken

    def only(self, wanted: Sequence[str]) -> Self:
        """The samples of the `wanted` classes, each a name or an index, numbered anew in that order.

        Raises:
            InputError: there are no classes, or one is unknown.
        """
        if self.labels is None:
            raise InputError(f"{self.name} has no classes; leave out --classes")
        chosen = list(dict.fromkeys(self._class_index(name.strip()) for name in wanted))
        renumbered = torch.full((len(self.classes),), -1)
        renumbered[chosen] = torch.arange(len(chosen))
        labels = renumbered[self.labels]
        kept = self.take(torch.nonzero(labels >= 0)[:, 0])
        kept.labels, kept.classes = labels[labels >= 0], tuple(self.classes[index] for index in chosen)
        return kept

    def first(self, limit: int, seed: int) -> Self:
        """The first `limit` samples of a permutation that depends on `seed` alone."""
        return self.take(torch.randperm(len(self), generator=stream(seed, "limit"))[:limit])

    def _class_index(self, wanted: str) -> int:
        names = [name.lower() for name in self.classes]
        if wanted.lower() in names:
            return names.index(wanted.lower())
        if wanted.isdecimal() and int(wanted) < len(names):
            return int(wanted)
        raise unknown_name("class", wanted, self.classes)


class StoredImages(StoredData):
    """Images of one size in memory.

    Args:
        name: how the user named them.
        pixels: `(N, C, H, W)` bytes.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
    """

    def __init__(
        self, name: str, pixels: NDArray[np.uint8], labels: Tensor | None = None, classes: tuple[str, ...] = ()
    ) -> None:
        self.name, self.pixels, self.labels, self.classes = name, pixels, labels, classes

    def __len__(self) -> int:
        """The number of images."""
        return len(self.pixels)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.pixels = self.pixels[rows]

    def source(self, options: Options) -> FiniteSource:
        """The images, cropped, resized and made grey as the options say."""
        pixels, channels = self.pixels, 1 if options.gray else self.pixels.shape[1]
        size = options.resolution or pixels.shape[2:]
        if (channels, *size) != pixels.shape[1:]:
            pixels = np.stack([fit(picture(image), channels, size) for image in pixels])
        return TensorSource(
            torch.from_numpy(np.require(pixels, requirements=["C", "W"])),
            self.name,
            labels=self.labels,
            classes=self.classes,
            pixels=options.pixels,
            seed=options.seed,
        )


class StoredTable(StoredData):
    """Numbers in columns.

    Args:
        name: how the user named them.
        values: `(N, features)`.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
    """

    def __init__(
        self, name: str, values: NDArray[np.float64], labels: Tensor | None = None, classes: tuple[str, ...] = ()
    ) -> None:
        self.name, self.values, self.labels, self.classes = name, values, labels, classes

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.values)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.values = self.values[rows]

    def source(self, options: Options) -> FiniteSource:
        """The rows, with each column at mean 0 and deviation 1 unless the options say otherwise."""
        options.refuse_for(self.name)
        scaling = _standard(self.values) if options.standardize else Scaling()
        return TensorSource(
            scaling.encode(torch.from_numpy(self.values)),
            self.name,
            scaling,
            labels=self.labels,
            classes=self.classes,
            seed=options.seed,
        )


def number_labels(values: NDArray[np.generic]) -> tuple[Tensor, tuple[str, ...]]:
    """Labels of any kind as integers, and the name of each class in sorted order.

    Example:
        >>> number_labels(np.array(["cat", "ant", "cat"]))
        (tensor([1, 0, 1]), ('ant', 'cat'))
    """
    names, numbers = np.unique(values, return_inverse=True)
    return torch.from_numpy(numbers.astype(np.int64)), tuple(str(name) for name in names)


def _standard(values: NDArray[np.float64]) -> Scaling:
    # In units of the largest number, so that squares neither overflow nor vanish.
    size = np.abs(values).max(axis=0)
    size[size == 0] = 1
    units = values / size
    # What differs in the last bits alone is a constant with rounding noise.
    constant = np.ptp(units, axis=0) < 2.0**-40
    deviation = np.where(constant, 1.0, units.std(axis=0) * size)
    return Scaling(tuple((units.mean(axis=0) * size).tolist()), tuple(deviation.tolist()))
