"""One picture at a time: open, turn upright, drop transparency, crop, resize."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from wgan.data.images.depth import Again, deep_values, depth_of, has_extra, is_cut, is_pair, upright

__all__ = [
    "FORMATS",
    "Header",
    "Note",
    "decode",
    "fit",
    "fit_values",
    "header_of",
    "open_image",
    "quiet_decoders",
    "refit",
]

# Not all that Pillow can read: a PostScript file, for one, would start another program.
FORMATS: dict[str, tuple[str, ...]] = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jfif"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "TGA": (".tga",),
    "JPEG2000": (".jp2",),
}
"""Pillow's name of each format, and the suffixes of its files."""
_GRAY_MODES = {"1", "L", "I", "I;16", "I;16L", "I;16B", "I;16N", "F"}
_SEE_THROUGH = {"RGBA", "LA", "PA", "La", "RGBa"}
_WIDTH, _HEIGHT, _ORIENTATION, _TURNED, _SIDEWAYS = 256, 257, 0x0112, range(2, 9), range(5, 9)
# What Pillow logs about damaged files names none of them; it is said here, unless someone listens to the log.
logging.getLogger("PIL").addHandler(logging.NullHandler())
_LUMA = np.array([19595, 38470, 7471])  # of ITU-R 601, in 65536ths, as Pillow rounds them


class Note(StrEnum):
    """What happens to a picture as such, whatever is asked for, as it is said of several."""

    TURNED = "are turned upright, as their EXIF note says"
    OPAQUE = "have an alpha channel or a transparent colour and are laid on white"
    CUT = "have more than 8 bits a colour in a form of which the upper 8 alone can be read"
    EXTRA = "have a channel besides colour and transparency, which is left out"
    VIEWS = "hold further pictures in their file, which are left out"


@dataclass(frozen=True)
class Header:
    """What a picture says of itself before it is decoded.

    Args:
        size: `(height, width)` once it stands upright.
        channels: one for a grey picture, else three.
        depth: the type of number that holds all its levels: `uint8`, `int32` or `float32`.
        notes: what happens to it as such.
    """

    size: tuple[int, int]
    channels: int
    depth: str = "uint8"
    notes: frozenset[Note] = frozenset()


def open_image(file: IO[bytes]) -> ImageFile.ImageFile:
    """Opens a picture in one of the common formats; it is decoded later.

    Raises:
        ValueError: it is in none of them.
    """
    try:
        return Image.open(file, formats=tuple(FORMATS))
    except UnidentifiedImageError:
        # Pillow's own message shows the address of the file object.
        raise ValueError("cannot identify image file") from None


def header_of(image: ImageFile.ImageFile) -> Header:
    """The header of an opened picture.

    Raises:
        ValueError: it would take more memory than any honest picture.
    """
    width, height = image.size
    if Image.MAX_IMAGE_PIXELS and width * height > Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{width}x{height} pixels are too many")
    size = (width, height) if _lies(image) else (height, width)
    return Header(size, _channels(image), depth_of(image), frozenset(_notes(image)))


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Silences Pillow's own warnings, which name no file; what matters of them is refused or said here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def decode(image: ImageFile.ImageFile, again: Again, channels: int, size: tuple[int, int]) -> NDArray[np.generic]:
    """The picture in its own depth, `(channels, *size)`, see `fit`.

    Args:
        image: an opened picture.
        again: opens it once more.
        channels: 1 or 3.
        size: `(height, width)`.

    Raises:
        OSError: the picture's data is broken.
        ValueError: it holds NaN or infinity.
    """
    if depth_of(image) == "uint8":
        return fit(image, channels, size)
    values = deep_values(image, again)
    return fit_values(values[None] if values.ndim == 2 else values.transpose(2, 0, 1), channels, size)


def refit(pixels: NDArray[np.generic], channels: int, size: tuple[int, int]) -> NDArray[np.generic]:
    """A picture that is in memory, cropped, resized and made grey like the others, see `fit`.

    Args:
        pixels: `(C, H, W)` with one channel or three, bytes or deeper.
        channels: 1 or 3.
        size: `(height, width)`.
    """
    if pixels.dtype != np.uint8:
        return fit_values(pixels, channels, size)
    flat = pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return fit(Image.fromarray(flat), channels, size)


def fit(image: Image.Image, channels: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bytes `(channels, *size)`: the largest centred part of the right proportions, resized with Lanczos' filter.

    Transparent parts are laid on white, colour becomes luma (ITU-R 601) where one channel is asked for.

    Args:
        image: any picture of 8 bits a channel.
        channels: 1 or 3.
        size: `(height, width)`.

    Raises:
        OSError: the picture's data is broken.
    """
    height, width = size
    # A JPEG decoder can halve a photograph while it decompresses; three times the target leaves Lanczos its support.
    image.draft(None, (3 * max(size), 3 * max(size)))
    turned = upright(image) if _orientation(image) in _TURNED else image
    flat = _opaque(turned).convert("L" if channels == 1 else "RGB")
    if flat.size != (width, height):
        flat = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
    pixels = np.asarray(flat)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def fit_values(values: NDArray[np.generic], channels: int, size: tuple[int, int]) -> NDArray[np.generic]:
    """Deep values `(channels, *size)`, cropped, resized and made grey like the bytes of `fit`.

    The filter's ringing is cut off at the picture's own extremes, as it is at black and white for bytes.

    Args:
        values: `(C, H, W)` integers of 32 bits or floating-point numbers.
        channels: 1 or 3.
        size: `(height, width)`.
    """
    if channels < len(values):
        values = _luma(values)[None]
    if values.shape[1:] != size:
        values = np.stack([_resized(channel, size) for channel in values])
    return np.broadcast_to(values, (channels, *size))


def _luma(values: NDArray[np.generic]) -> NDArray[np.generic]:
    mixed = np.tensordot(_LUMA, values, 1)
    return (mixed / (1 << 16) if values.dtype.kind == "f" else (mixed + (1 << 15)) >> 16).astype(values.dtype)


def _resized(channel: NDArray[np.generic], size: tuple[int, int]) -> NDArray[np.generic]:
    image = Image.fromarray(np.ascontiguousarray(channel, np.int32 if channel.dtype.kind in "iu" else np.float32))
    fitted = np.asarray(ImageOps.fit(image, (size[1], size[0]), Image.Resampling.LANCZOS))
    return fitted.clip(channel.min(), channel.max()).astype(channel.dtype)


def _channels(image: ImageFile.ImageFile) -> int:
    return 1 if image.mode in _GRAY_MODES or is_pair(image) else 3


def _notes(image: ImageFile.ImageFile) -> list[Note]:
    facts = {
        Note.TURNED: _orientation(image) in _TURNED,
        Note.OPAQUE: image.mode in _SEE_THROUGH or "transparency" in image.info,
        Note.CUT: is_cut(image),
        Note.EXTRA: has_extra(image),
        Note.VIEWS: image.format == "MPO",
    }
    return [note for note, holds in facts.items() if holds]


def _orientation(image: Image.Image) -> int | None:
    # Not `image.getexif()`, which for a PNG decodes the whole picture to look for a note behind it.
    return Image.Image.getexif(image).get(_ORIENTATION)


def _lies(image: Image.Image) -> bool:
    """Whether width and height change places; Pillow says a TIFF's size as it will be when it is upright."""
    if _orientation(image) not in _SIDEWAYS:
        return False
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    return not tags or image.size == (tags.get(_WIDTH), tags.get(_HEIGHT))


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in _SEE_THROUGH or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image
