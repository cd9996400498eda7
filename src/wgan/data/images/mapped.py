"""Pictures in `.npy` files that stay on disk: what is drawn is read when it is drawn."""

import copy
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.levels import Extremes, conversion
from wgan.data.maps import at_random, in_order, rows_of
from wgan.data.pixels import Pixels
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.stored import StoredImages, refitted
from wgan.errors import InputError
from wgan.memory import in_words

__all__ = ["MappedImages", "MappedImagesSource"]


class MappedImages(StoredImages):
    """Images of one size in a mapped array.

    Args:
        name: how the user named them.
        pixels: `(N, C, H, W)`, a view of the map.
    """

    def __init__(self, name: str, pixels: NDArray[Any]) -> None:
        super().__init__(name, pixels)
        self.rows: NDArray[np.int64] | None = None  # all
        at_random(pixels)
        warnings.warn(
            f"{name}: {in_words(pixels.nbytes)} stay on disk; pictures are read as they are drawn", stacklevel=2
        )

    def __len__(self) -> int:
        """The number of images."""
        return len(self.pixels if self.rows is None else self.rows)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.rows = rows if self.rows is None else self.rows[rows]

    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The images, cropped, resized and made grey as they are drawn; of deep ones all are read before."""
        shape = self._wanted(settings)
        depth, extremes = "uint8", None
        if self.pixels.dtype != np.uint8:
            extremes = ends_of(in_order(self.pixels))
            if not np.isfinite(extremes).all():
                raise InputError(f"{self.name}: holds values that are NaN or infinite; remove or fill them")
            depth = depth_of(self.pixels.dtype, extremes)
            if shape != self.pixels.shape[1:]:
                extremes = ends_of(refitted(block.astype(depth), shape) for block in in_order(self.pixels))
        pixels = conversion(self.name, settings.pixels, extremes, None if like is None else like.pixels)
        return MappedImagesSource(self, shape, depth, pixels, settings.seed)


def ends_of(blocks: Iterable[NDArray[Any]]) -> Extremes:
    """The least and the greatest value."""
    lows, highs = zip(*((block.min(), block.max()) for block in blocks), strict=True)
    return float(np.min(lows)), float(np.max(highs))


def depth_of(kind: np.dtype[Any], extremes: Extremes) -> str:
    """The type of number that `storable` keeps such deep pictures in."""
    if kind.kind in "iub" and max(map(abs, extremes)) < 2**31:
        return "int32"
    return "float32" if kind.kind == "f" and kind.itemsize <= 4 else "float64"


class MappedImagesSource(FiniteSource):
    """Images in a mapped array as a source.

    Args:
        images: which.
        shape: `(channels, height, width)` of a sample.
        depth: the type of number that holds their levels.
        pixels: how they become model units.
        seed: of the permutation that `split` uses.
    """

    def __init__(
        self, images: MappedImages, shape: tuple[int, int, int], depth: str, pixels: Pixels, seed: int
    ) -> None:
        super().__init__(
            images.name, shape, pixels.scaling, labels=images.labels, classes=images.classes, pixels=pixels, seed=seed
        )
        self.stored, self.rows, self.size, self.depth = images.pixels, images.rows, shape, depth

    def __len__(self) -> int:
        """The number of images."""
        return len(self.stored if self.rows is None else self.rows)

    def _places(self, rows: Tensor) -> NDArray[np.int64]:
        places: NDArray[np.int64] = rows.cpu().numpy()
        return places if self.rows is None else self.rows[places]

    def _read(self, rows: Tensor) -> Tensor:
        return torch.from_numpy(self._fitted(rows_of(self.stored, self._places(rows)))).to(self.device)

    def _fitted(self, pictures: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(refitted(pictures.astype(self.depth), self.size))

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.rows = self._places(rows)
        return taken

    def _content(self) -> Iterator[memoryview]:
        return (self._fitted(block).data for block in in_order(self.stored, self.rows))
