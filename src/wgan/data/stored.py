"""Data as it was read, before it is in the model's units: choose classes and rows first, convert afterwards."""

import copy
import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.levels import conversion, extremes_of, storable
from wgan.data.images.picture import Header, refit
from wgan.data.images.report import changes, say
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.tensor import TensorSource
from wgan.errors import InputError, unknown_name
from wgan.memory import require_memory
from wgan.randomness import distinct, stream

__all__ = ["StoredData", "StoredImages", "refitted"]


class StoredData(ABC):
    """Samples as they were read, with their labels.

    Attributes:
        name: how the user named them.
        labels: `(N,)` class of each sample, or None.
        classes: the name of each class.
        familiar: whether it is one of the named data sets, of whose preparation nothing needs to be said.
    """

    name: str
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()
    familiar: bool = False

    @abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

    @abstractmethod
    def _keep(self, rows: NDArray[np.int64]) -> None:
        """Drops all samples but those at `rows`, in their order."""

    @abstractmethod
    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The samples as a source; what is held out is converted `like` what is learned from."""

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
        return self.take(distinct(len(self), min(limit, len(self)), stream(seed, "limit")))

    def _class_index(self, wanted: str) -> int:
        names = [name.lower() for name in self.classes]
        if wanted.lower() in names:
            return names.index(wanted.lower())
        if wanted.isdecimal() and int(wanted) < len(names):
            return int(wanted)
        raise unknown_name("class", wanted, self.classes)


class StoredImages(StoredData):
    """Images of one size in an array.

    Args:
        name: how the user named them.
        pixels: `(N, C, H, W)` bytes, or deeper numbers as they are.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
    """

    def __init__(
        self, name: str, pixels: NDArray[np.generic], labels: Tensor | None = None, classes: tuple[str, ...] = ()
    ) -> None:
        self.name, self.pixels, self.labels, self.classes = name, pixels, labels, classes

    def __len__(self) -> int:
        """The number of images."""
        return len(self.pixels)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.pixels = self.pixels[rows]

    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The images, cropped, resized and made grey as the settings say."""
        shape = self._wanted(settings)
        if shape[1:] != self.pixels.shape[2:]:
            needed = len(self) * math.prod(shape) * self.pixels.itemsize
            require_memory(needed, f"{self.name}: {len(self)} images of {shape[2]}x{shape[1]}", "lower --resolution")
        pixels = refitted(storable(self.pixels), shape)
        return TensorSource(
            torch.from_numpy(np.require(pixels, requirements=["C", "W"])),
            self.name,
            labels=self.labels,
            classes=self.classes,
            pixels=conversion(self.name, settings.pixels, extremes_of(pixels), None if like is None else like.pixels),
            seed=settings.seed,
        )

    def _wanted(self, settings: DataSettings) -> tuple[int, int, int]:
        """`(channels, height, width)` of a sample, and a line for what that changes."""
        settings.refuse_others(self.name, "images")
        given = Header((self.pixels.shape[2], self.pixels.shape[3]), self.pixels.shape[1])
        channels, size = 1 if settings.gray else given.channels, settings.size or given.size
        if not self.familiar:
            for line in changes(Counter({given: len(self)}), size, channels, gray=settings.gray):
                say(f"{self.name}: {line}")
        return channels, *size


def refitted(pixels: NDArray[np.generic], shape: tuple[int, int, int]) -> NDArray[np.generic]:
    """Images `(n, C, H, W)` cropped, resized and made grey to a shape."""
    if shape == pixels.shape[1:] or not len(pixels):
        return pixels
    return np.stack([refit(image, shape[0], (shape[1], shape[2])) for image in pixels])
