"""One picture at a time: open, turn upright, drop transparency, crop, resize."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

__all__ = ["channels_of", "fit", "picture", "upright_size"]

_GRAY_MODES = {"1", "L", "I", "I;16", "I;16L", "I;16B", "I;16N"}
_ORIENTATION, _QUARTER_TURNS = 0x0112, range(5, 9)


def picture(pixels: NDArray[np.uint8]) -> Image.Image:
    """The picture of bytes `(C, H, W)`, with one channel or three."""
    return Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))


def channels_of(image: Image.Image) -> int:
    """One channel for a grey picture, else three."""
    return 1 if image.mode in _GRAY_MODES else 3


def upright_size(image: Image.Image) -> tuple[int, int]:
    """`(height, width)` once the EXIF orientation is applied; reads the header alone."""
    turned = image.getexif().get(_ORIENTATION) in _QUARTER_TURNS
    return image.size if turned else (image.size[1], image.size[0])


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
    if image.format == "JPEG":
        # The decoder can halve a photograph while it decompresses; three times the target leaves Lanczos its support.
        image.draft(None, (3 * max(size), 3 * max(size)))
    flat = _opaque(ImageOps.exif_transpose(image)).convert("L" if channels == 1 else "RGB")
    if flat.size != (width, height):
        flat = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
    pixels = np.asarray(flat)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise ValueError("holds floating-point pixels; save them as .npy bytes instead")
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image
