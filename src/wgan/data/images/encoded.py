"""Encoded pictures, opened one by one: decoded into memory where they fit, else batch by batch."""

import copy
import math
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from wgan.data.images.picture import UNUSABLE, Header, fit, header_of, open_image, reason
from wgan.data.progress import progress_bar
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.stored import StoredData, StoredImages
from wgan.errors import InputError
from wgan.memory import available_memory

__all__ = ["EncodedImages", "Store", "StreamSource"]

_BLOCK = 64


class Store(Protocol):
    """Where encoded pictures lie, each under a title."""

    def open(self, title: str) -> IO[bytes]:
        """The encoded picture."""

    def mark(self, title: str) -> int:
        """A number that changes with the content and is cheap to get: a size or a checksum."""


class EncodedImages(StoredData):
    """Encoded pictures, perhaps of different sizes.

    Args:
        name: how the user named them.
        store: where they lie.
        titles: the pictures' titles in the store.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        not_images: titles of what is no picture, for the report of what was skipped.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        titles: Sequence[str],
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        not_images: Sequence[str] = (),
    ) -> None:
        self.name, self.store, self.titles = name, store, list(titles)
        self.labels, self.classes = labels, classes
        self.not_images = tuple(not_images)

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.titles)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.titles = [self.titles[row] for row in rows]

    def source(self, options: DataSettings) -> FiniteSource:
        """The pictures that can be used, all of one size, in memory if half of what is free holds them."""
        options.refuse_others(self.name, "images")
        with warnings.catch_warnings():
            # Pillow warns about large pictures on its own; `header_of` refuses them.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            first = self._first()
            return self._source(options, options.size or first.size, 1 if options.gray else first.channels)

    def _source(self, options: DataSettings, size: tuple[int, int], channels: int) -> FiniteSource:
        shape = (len(self), channels, *size)
        pixels = np.empty(shape, np.uint8) if math.prod(shape) <= available_memory() // 2 else None
        looks = self._look_at_all(pixels, None if options.resolution else size)
        headers = {row: look for row, look in enumerate(looks) if not isinstance(look, str)}
        if not options.gray and any(header.channels > channels for header in headers.values()):
            return self._source(options, size, channels=3)
        broken = {title: look for title, look in zip(self.titles, looks, strict=True) if isinstance(look, str)}
        self._report(broken, options.strict)
        usable = self if len(headers) == len(self) else self.take(torch.tensor(list(headers)))
        if pixels is None:
            return StreamSource(usable, shape[1:], options)
        if usable is not self:
            pixels = pixels[list(headers)]
        return StoredImages(self.name, pixels, usable.labels, usable.classes).source(options)

    def _first(self) -> Header:
        broken = {}
        for title in self.titles:
            look = self._look(title)
            if not isinstance(look, str):
                return look
            broken[title] = look
        raise InputError(f"{self._complaint(broken)}; expected at least 2 that can")

    def _look_at_all(self, pixels: NDArray[np.uint8] | None, size: tuple[int, int] | None) -> list[Header | str]:
        """Headers, or what is wrong, of all pictures; decodes them into `pixels`, and insists on `size`."""

        def look_at(rows: range) -> list[Header | str]:
            return [self._look(self.titles[row], None if pixels is None else pixels[row]) for row in rows]

        blocks = [range(start, min(start + _BLOCK, len(self))) for start in range(0, len(self), _BLOCK)]
        looks: list[Header | str] = []
        pool = ThreadPoolExecutor()
        try:
            with progress_bar() as progress:
                for block in progress.track(pool.map(look_at, blocks), len(blocks), description=f"reading {self.name}"):
                    looks += block
                    if size is not None:
                        self._refuse_other_size(size, block, len(looks) - len(block))
        finally:
            # Without this an early refusal, or Ctrl-C, would wait until everything queued is decoded.
            pool.shutdown(cancel_futures=True)
        return looks

    def _look(self, title: str, pixels: NDArray[np.uint8] | None = None) -> Header | str:
        try:
            with self.store.open(title) as file, open_image(file) as image:
                header = header_of(image)
                if pixels is not None:
                    pixels[...] = fit(image, pixels.shape[0], (pixels.shape[1], pixels.shape[2]))
                return header
        except UNUSABLE as error:
            return reason(error)

    def _refuse_other_size(self, size: tuple[int, int], looks: list[Header | str], start: int) -> None:
        for row, look in enumerate(looks, start):
            if not isinstance(look, str) and look.size != size:
                raise InputError(
                    f"{self.name}: images of different sizes, {size[1]}x{size[0]} and {look.size[1]}x{look.size[0]} "
                    f"({self.titles[row]}); pass --resolution to crop and resize them"
                )

    def _report(self, broken: dict[str, str], strict: bool) -> None:
        if strict and (broken or self.not_images):
            raise InputError(f"{self._complaint(broken)}; remove them, or leave out --strict to skip them")
        if len(broken) > len(self) - 2:
            raise InputError(f"{self._complaint(broken)}; expected at least 2 that can")
        if broken or self.not_images:
            warnings.warn(f"{self._complaint(broken)}; skipped", stacklevel=2)

    def _complaint(self, broken: dict[str, str]) -> str:
        problems = broken | dict.fromkeys(self.not_images, "no image")
        title, problem = next(iter(problems.items()))
        total = len(self) + len(self.not_images)
        return f"{self.name}: {len(problems)} of {total} files cannot be used as images, first {title} ({problem})"


class StreamSource(FiniteSource):
    """Pictures that do not fit into memory: each batch is decoded when it is drawn.

    A picture that proves broken only now is replaced by the next one in order, with a warning, so that a long run
    does not end for one bad file; what a generator draws stays a function of the generator alone.

    Args:
        encoded: the pictures.
        shape: `(channels, height, width)` of a sample.
        options: how bytes become model units; `strict` refuses broken pictures.
    """

    def __init__(self, encoded: EncodedImages, shape: tuple[int, ...], options: DataSettings) -> None:
        super().__init__(
            encoded.name,
            shape,
            options.pixels.scaling,
            labels=encoded.labels,
            classes=encoded.classes,
            pixels=options.pixels,
            seed=options.seed,
        )
        self.encoded, self.strict = encoded, options.strict
        self.pool = ThreadPoolExecutor()

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.encoded)

    def _read(self, rows: Tensor) -> Tensor:
        decoded = np.stack(list(self.pool.map(self._decode, rows.tolist())))
        return torch.from_numpy(decoded).to(self.device)

    def _decode(self, row: int) -> NDArray[np.uint8]:
        for step in range(len(self)):
            title = self.encoded.titles[(row + step) % len(self)]
            try:
                return self._open(title)
            except UNUSABLE as error:
                broken = f"{self.name}: {title} is broken ({reason(error)})"
                if self.strict:
                    raise InputError(f"{broken}; remove it, or leave out --strict") from error
                warnings.warn(f"{broken}; the next image stands in for it", stacklevel=2)
        raise InputError(f"{self.name}: no image can be decoded any more; check that the files are still there")

    def _open(self, title: str) -> NDArray[np.uint8]:
        with self.encoded.store.open(title) as file, open_image(file) as image:
            return fit(image, self.shape[0], (self.shape[1], self.shape[2]))

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.encoded = self.encoded.take(rows.cpu())
        return taken

    def _content(self) -> Iterator[bytes]:
        for title in self.encoded.titles:
            yield f"{title}\0{self.encoded.store.mark(title)}\0".encode()
