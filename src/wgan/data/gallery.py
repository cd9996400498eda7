"""Encoded pictures, opened one by one: decoded into memory where they fit, else batch by batch."""

import copy
import math
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from wgan.data.images import channels_of, fit, upright_size
from wgan.data.progress import progress_bar
from wgan.data.raw import Options, RawData, RawImages
from wgan.data.source import FiniteSource
from wgan.errors import InputError

__all__ = ["Gallery", "Store", "StreamSource"]

Header = tuple[tuple[int, int], int]

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "TGA", "JPEG2000")
# What Pillow's decoders, zipfile and we raise for pictures that are broken, too large, encrypted or none.
_UNUSABLE = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    Image.DecompressionBombError,
)


class Store(Protocol):
    """Where encoded pictures lie, each under a title."""

    def open(self, title: str) -> IO[bytes]:
        """The encoded picture."""

    def mark(self, title: str) -> int:
        """A number that changes with the content and is cheap to get: a size or a checksum."""


class Gallery(RawData):
    """Encoded pictures, perhaps of different sizes.

    Args:
        name: how the user named them.
        store: where they lie.
        titles: the pictures' titles in the store.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        strangers: titles of what is no picture, for the report of what was skipped.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        titles: Sequence[str],
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        strangers: Sequence[str] = (),
    ) -> None:
        self.name, self.store, self.titles = name, store, list(titles)
        self.labels, self.classes = labels, classes
        self.strangers = tuple(strangers)

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.titles)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.titles = [self.titles[row] for row in rows]

    def source(self, options: Options) -> FiniteSource:
        """The pictures that can be used, all of one size, in memory if half of what is free holds them."""
        headers, broken = self._survey()
        if not headers:
            raise InputError(f"{self._complaint(broken)}; expected at least 2 that can")
        usable = self._without(broken)
        channels = 1 if options.gray else max(channels for _, channels in headers.values())
        shape = (channels, *(options.resolution or self._one_size(headers)))
        if len(usable) * math.prod(shape) > available_memory() // 2:
            self._report(broken, options.strict)
            return StreamSource(usable, shape, options)
        pixels, undecodable = usable._decode_all(shape)
        self._report(broken | undecodable, options.strict)
        kept = usable._without(undecodable)
        return RawImages(self.name, pixels, kept.labels, kept.classes).source(options)

    def decode(self, title: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Bytes `(channels, height, width)` of one picture; raises one of many errors if it is broken."""
        with self.store.open(title) as file, Image.open(file, formats=_FORMATS) as image:
            return fit(image, shape[0], (shape[1], shape[2]))

    def _survey(self) -> tuple[dict[str, Header], dict[str, str]]:
        """Reads every header: size and channels of each usable picture, and what is wrong with the others."""
        headers, broken = {}, {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            for title in self.titles:
                try:
                    headers[title] = self._header(title)
                except _UNUSABLE as error:
                    broken[title] = _reason(error)
        return headers, broken

    def _header(self, title: str) -> Header:
        with self.store.open(title) as file, Image.open(file, formats=_FORMATS) as image:
            if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise ValueError(f"{image.width}x{image.height} pixels are too many")
            return upright_size(image), channels_of(image)

    def _one_size(self, headers: dict[str, Header]) -> tuple[int, int]:
        first, (size, _) = next(iter(headers.items()))
        if other := next((title for title, header in headers.items() if header[0] != size), None):
            (height, width), (other_height, other_width) = size, headers[other][0]
            raise InputError(
                f"{self.name}: images of different sizes, {width}x{height} ({first}) and {other_width}x{other_height} "
                f"({other}); pass --resolution to crop and resize them"
            )
        return size

    def _decode_all(self, shape: tuple[int, ...]) -> tuple[NDArray[np.uint8], dict[str, str]]:
        pixels = np.empty((len(self), *shape), np.uint8)

        def attempt(row: int) -> str | None:
            try:
                pixels[row] = self.decode(self.titles[row], shape)
            except _UNUSABLE as error:
                return _reason(error)
            return None

        with ThreadPoolExecutor(os.cpu_count()) as pool, progress_bar() as progress:
            tries = pool.map(attempt, range(len(self)))
            reasons = list(progress.track(tries, len(self), description=f"decoding {self.name}"))
        broken = {title: reason for title, reason in zip(self.titles, reasons, strict=True) if reason is not None}
        return pixels[[reason is None for reason in reasons]] if broken else pixels, broken

    def _without(self, titles: dict[str, str]) -> Self:
        return self.take(torch.tensor([row for row, title in enumerate(self.titles) if title not in titles]).long())

    def _report(self, broken: dict[str, str], strict: bool) -> None:
        if strict and (broken or self.strangers):
            raise InputError(f"{self._complaint(broken)}; remove them, or leave out --strict to skip them")
        if len(broken) > len(self) - 2:
            raise InputError(f"{self._complaint(broken)}; expected at least 2 that can")
        if broken or self.strangers:
            warnings.warn(f"{self._complaint(broken)}; skipped", stacklevel=2)

    def _complaint(self, broken: dict[str, str]) -> str:
        reasons = broken | dict.fromkeys(self.strangers, "no image")
        title, reason = next(iter(reasons.items()))
        total = len(self) + len(self.strangers)
        return f"{self.name}: {len(reasons)} of {total} files cannot be used as images, the first is {title} ({reason})"


class StreamSource(FiniteSource):
    """Pictures that do not fit into memory: each batch is decoded when it is drawn.

    A picture that proves broken only now is replaced by the next one in order, with a warning, so that a long run
    does not end for one bad file; what a generator draws stays a function of the generator alone.

    Args:
        gallery: the pictures.
        shape: `(channels, height, width)` of a sample.
        options: how bytes become model units; `strict` refuses broken pictures.
    """

    def __init__(self, gallery: Gallery, shape: tuple[int, ...], options: Options) -> None:
        super().__init__(
            gallery.name,
            shape,
            options.pixels.scaling,
            labels=gallery.labels,
            classes=gallery.classes,
            pixels=options.pixels,
            seed=options.seed,
        )
        self.gallery, self.strict = gallery, options.strict
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.gallery)

    def _read(self, rows: Tensor) -> Tensor:
        decoded = np.stack(list(self.pool.map(self._decode, rows.tolist())))
        return torch.from_numpy(decoded).to(self.device)

    def _decode(self, row: int) -> NDArray[np.uint8]:
        for step in range(len(self)):
            title = self.gallery.titles[(row + step) % len(self)]
            try:
                return self.gallery.decode(title, self.shape)
            except _UNUSABLE as error:
                broken = f"{self.name}: {title} is broken ({_reason(error)})"
                if self.strict:
                    raise InputError(f"{broken}; remove it, or leave out --strict") from error
                warnings.warn(f"{broken}; the next image stands in for it", stacklevel=2)
        raise InputError(f"{self.name}: no image can be decoded any more; check that the files are still there")

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.gallery = self.gallery.take(rows.cpu())
        return taken

    def _content(self) -> Iterator[bytes]:
        for title in self.gallery.titles:
            yield f"{title}\0{self.gallery.store.mark(title)}\0".encode()


def available_memory() -> int:
    """Bytes that can be had without swapping; an estimate where the system does not say."""
    with suppress(OSError, ValueError, StopIteration):
        line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
        return int(line.split()[1]) * 1024
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return 4 << 30


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
