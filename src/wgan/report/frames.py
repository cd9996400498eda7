"""Pictures of samples over a training, small enough to be parts of a page."""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from wgan.report.figures import panels

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Frame", "Strip", "data_uri", "encoded", "picture_parts", "strip"]

MOST = 60
"""Pictures that one scrolls through."""
ROOM = 2_200_000
"""Bytes of a page that its pictures take, of three millions in all."""
LOSSLESS = 40_000
"""Bytes of a picture up to which it is kept as it is."""
QUALITY = 82
KEPT = 256


@dataclass(frozen=True)
class Frame:
    """A picture of generated samples.

    Attributes:
        iteration: generator steps taken.
        uri: the picture itself.
    """

    iteration: int
    uri: str


@dataclass(frozen=True)
class Strip:
    """Pictures in order.

    Attributes:
        frames: oldest first.
        real: real samples to compare with; None where every picture holds them.
        notes: what was left out, a line each.
    """

    frames: tuple[Frame, ...] = ()
    real: str | None = None
    notes: tuple[str, ...] = ()


@lru_cache(KEPT)
def picture_parts(picture: bytes, images: bool) -> tuple[str | None, str]:
    """The real and the generated samples of a figure, as data of a page; of vectors both are one.

    Args:
        picture: a PNG of `sample_figure` or `table_figure`.
        images: whether it shows images side by side.

    Raises:
        OSError: if it is no picture.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=["PNG"]) as opened:
            opened.load()
            if not images:
                return None, data_uri(picture, "png")
            real, fake = panels(opened)
            return encoded(real), encoded(fake)
    except (SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise OSError(str(error)) from None


def encoded(picture: "Image") -> str:
    """A grid of images in few bytes: as it is where that is few, else nearly so."""
    exact, small = io.BytesIO(), io.BytesIO()
    picture.save(exact, "PNG")
    if len(exact.getvalue()) <= LOSSLESS:
        return data_uri(exact.getvalue(), "png")
    picture.convert("RGB").save(small, "JPEG", quality=QUALITY, optimize=True)
    return data_uri(small.getvalue(), "jpeg")


def data_uri(picture: bytes, kind: str) -> str:
    """A picture as a part of a page."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def strip(iterations: Sequence[int], read: Callable[[int], bytes], *, images: bool) -> Strip:
    """The pictures of some iterations, of which every second is left out until they fit a page.

    Args:
        iterations: increasing.
        read: the PNG of one; an `OSError` leaves it out, which is said.
        images: whether pictures show images, real ones beside generated ones.
    """
    every = 1
    while len(chosen(iterations, every)) > MOST:
        every *= 2
    while True:
        found = readable(chosen(iterations, every), read, images)
        if sum(len(frame.uri) for frame in found.frames) <= ROOM or len(found.frames) <= 1:
            break
        every *= 2
    if (kept := len(chosen(iterations, every))) == len(iterations):
        return found
    thin = f"Thinned: {kept} of the {len(iterations):,} pictures are here, the others in the run's folder."
    return Strip(found.frames, found.real, (thin, *found.notes))


def chosen(iterations: Sequence[int], every: int) -> list[int]:
    """Each so-manieth, the first one among them, and the last."""
    return [*iterations[:-1:every], *iterations[-1:]]


def readable(iterations: Sequence[int], read: Callable[[int], bytes], images: bool) -> Strip:
    """The pictures that can be read."""
    frames, real, lost = [], None, []
    for iteration in iterations:
        try:
            beside, uri = picture_parts(read(iteration), images)
        except OSError as error:
            lost.append(f"The picture of iteration {iteration:,} cannot be read ({error.strerror or error}).")
            continue
        frames.append(Frame(iteration, uri))
        real = beside or real
    return Strip(tuple(frames), real, tuple(lost))
