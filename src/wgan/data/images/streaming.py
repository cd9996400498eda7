"""Pictures that do not fit into memory: each batch is decoded when it is drawn."""

import copy
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.pages import Album
from wgan.data.images.picture import decode, quiet_decoders
from wgan.data.images.store import Place
from wgan.data.pixels import Pixels
from wgan.data.reading import reason
from wgan.data.source import FiniteSource
from wgan.errors import InputError

__all__ = ["StreamSource"]


class StreamSource(FiniteSource):
    """Pictures that do not fit into memory: each batch is decoded when it is drawn.

    A picture that proves broken only now is replaced by the next one in order, with a warning, so that a long run
    does not end for one bad file; what a generator draws stays a function of the generator alone.

    Args:
        name: how the user named them.
        album: opens them.
        places: which pictures of it.
        shape: `(channels, height, width)` of a sample.
        depth: the type of number that holds their levels.
        pixels: how they become model units.
        strict: refuse broken pictures.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        seed: of the permutation that `split` uses.
    """

    def __init__(
        self,
        name: str,
        album: Album,
        places: Sequence[Place],
        shape: tuple[int, ...],
        *,
        depth: str,
        pixels: Pixels,
        strict: bool = False,
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        seed: int = 0,
    ) -> None:
        super().__init__(name, shape, pixels.scaling, labels=labels, classes=classes, pixels=pixels, seed=seed)
        self.album, self.places, self.depth, self.strict = album, places, depth, strict
        self.pool = ThreadPoolExecutor()

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.places)

    def _read(self, rows: Tensor) -> Tensor:
        with quiet_decoders():
            decoded = np.stack(list(self.pool.map(self._decode, rows.tolist())))
        return torch.from_numpy(decoded).to(self.device)

    def _decode(self, row: int) -> NDArray[np.generic]:
        for step in range(len(self)):
            place = self.places[(row + step) % len(self)]
            try:
                return self._open(place)
            except Exception as error:  # a decoder may raise anything over a damaged file
                broken = f"{self.name}: {place} is broken ({reason(error)})"
                if self.strict:
                    raise InputError(f"{broken}; remove it, or leave out --strict") from error
                warnings.warn(f"{broken}; the next image stands in for it", stacklevel=2)
        raise InputError(f"{self.name}: no image can be decoded any more; check that the files are still there")

    def _open(self, place: Place) -> NDArray[np.generic]:
        with self.album.open(place) as image:
            height, width = self.shape[1:]
            values = decode(image, partial(self.album.fresh, place), self.shape[0], (height, width))
            return values.astype(self.depth, casting="safe", copy=False)

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.places = [self.places[row] for row in rows.tolist()]
        return taken

    def _content(self) -> Iterator[bytes]:
        for place in self.places:
            yield f"{place}\0{self.album.store.mark(place.title)}\0".encode(errors="surrogateescape")
