"""One picture at a time: open, turn upright, drop transparency, crop, resize."""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

__all__ = ["UNUSABLE", "Header", "fit", "header_of", "open_image", "picture", "reason"]

UNUSABLE = (
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
"""What Pillow's decoders, zipfile and this module raise for a picture that is broken, too large, encrypted or none."""

# Not all that Pillow can read: a PostScript file, for one, would start another program.
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "TGA", "JPEG2000")
_GRAY_MODES = {"1", "L", "I", "I;16", "I;16L", "I;16B", "I;16N"}
_ORIENTATION, _TURNED, _SIDEWAYS = 0x0112, range(2, 9), range(5, 9)


@dataclass(frozen=True)
class Header:
    """What a picture says of itself before it is decoded.

    Args:
        size: `(height, width)` once it stands upright.
        channels: one for a grey picture, else three.
    """

    size: tuple[int, int]
    channels: int


def open_image(file: IO[bytes]) -> Image.Image:
    """Opens a picture in one of the common formats; it is decoded later."""
    return Image.open(file, formats=_FORMATS)


def header_of(image: Image.Image) -> Header:
    """The header of an opened picture.

    Raises:
        ValueError: it would take more memory than any honest picture.
    """
    width, height = image.size
    if Image.MAX_IMAGE_PIXELS and width * height > Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{width}x{height} pixels are too many")
    sideways = _orientation(image) in _SIDEWAYS
    return Header((width, height) if sideways else (height, width), 1 if image.mode in _GRAY_MODES else 3)


def picture(pixels: NDArray[np.uint8]) -> Image.Image:
    """The picture of bytes `(C, H, W)`, with one channel or three."""
    return Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))


def fit(image: Image.Image, channels: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bytes `(channels, *size)`: the largest centred part of the right proportions, resized with Lanczos' filter.

    Transparent parts are laid on white, sixteen-bit grey keeps its upper eight bits, colour becomes luma (ITU-R 601)
    where one channel is asked for.

    Args:
        image: any picture.
        channels: 1 or 3.
        size: `(height, width)`.

    Raises:
        OSError: the picture's data is broken.
        ValueError: the picture holds floating-point numbers.
    """
    height, width = size
    # A JPEG decoder can halve a photograph while it decompresses; three times the target leaves Lanczos its support.
    image.draft(None, (3 * max(size), 3 * max(size)))
    upright = ImageOps.exif_transpose(image) if _orientation(image) in _TURNED else image
    flat = _opaque(upright).convert("L" if channels == 1 else "RGB")
    if flat.size != (width, height):
        flat = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
    pixels = np.asarray(flat)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def reason(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _orientation(image: Image.Image) -> int | None:
    # Not `image.getexif()`, which for a PNG decodes the whole picture to look for a note behind it.
    return Image.Image.getexif(image).get(_ORIENTATION)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise ValueError("holds floating-point pixels; save them as bytes")
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image
