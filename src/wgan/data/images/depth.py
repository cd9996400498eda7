"""Pictures of more than 8 bits a channel, read to the last bit where Pillow by itself keeps the upper eight."""

import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps

__all__ = ["Again", "deep_values", "depth_of", "has_extra", "is_cut", "is_pair", "upright"]

Again = Callable[[], AbstractContextManager[ImageFile.ImageFile]]
"""Opens the same picture once more, to decode it in another way."""

_WHITE = 65535
_HALVES = re.compile(r"(RGB|RGBA|RGBX);16([BLN])")
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_BITS, _PLANES, _EXTRA, _KIND = 258, 284, 338, 339
_SIGNED, _UNSIGNED = 2, 1
_CODESTREAM = b"\xff\x4f\xff\x51"


def depth_of(image: ImageFile.ImageFile) -> str:
    """The type of number that holds every level of an opened picture: `uint8`, `int32` or `float32`.

    Raises:
        ValueError: the picture is of a kind that Pillow decodes wrongly.
    """
    if _tag(image, _PLANES) == 2 and _bits(image) > 8 and ";16" not in _raw_mode(image):
        raise ValueError("holds colours of 16 bits in separate planes; save them pixel by pixel")
    if image.mode == "F":
        return "float32"
    deep = image.mode.startswith("I") or _is_halved(image) or is_pair(image)
    return "int32" if deep or _is_signed(image) or _is_wide_ppm(image) else "uint8"


def is_cut(image: ImageFile.ImageFile) -> bool:
    """Whether an opened picture has more than 8 bits a channel, of which Pillow gives the upper 8 alone."""
    if depth_of(image) != "uint8":
        return False
    plain = image.format == "PPM" and _maximum(image) > 255
    return plain or ";16" in _raw_mode(image) or (image.format == "JPEG2000" and _bits_of_jpeg2000(image) > 8)


def has_extra(image: ImageFile.ImageFile) -> bool:
    """Whether an opened TIFF has a channel that is neither colour nor transparency."""
    return image.format == "TIFF" and 0 in image.tag_v2.get(_EXTRA, ())  # type: ignore[attr-defined]


def deep_values(image: ImageFile.ImageFile, again: Again) -> NDArray[np.generic]:
    """The values of a deep picture, `(H, W)` or `(H, W, 3)`, upright, transparent parts white.

    Args:
        image: an opened picture whose `depth_of` is not `uint8`.
        again: opens it once more.

    Raises:
        OSError: the picture's data is broken.
        ValueError: a value is NaN, infinite or above 2³¹.
    """
    transparent = image.info.get("transparency")
    if _is_wide_ppm(image):
        return _wide_ppm(image)
    if _is_halved(image):
        with again() as second:
            return _opaque(_upper_half(image) << 8 | _lower_half(second), transparent)
    if is_pair(image):
        bytes_of = np.asarray(upright(_with_raw_mode(image, "RGBA"))).astype(np.int32)
        return _opaque(bytes_of[..., ::2] << 8 | bytes_of[..., 1::2], None)
    if _is_signed(image):
        return np.asarray(upright(image)).view(np.int8).astype(np.int32)
    return _real(image) if image.mode == "F" else _opaque(_whole(image), transparent)


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF note says; a TIFF turns itself when it is loaded."""
    image.load()
    return ImageOps.exif_transpose(image)


def _real(image: ImageFile.ImageFile) -> NDArray[np.float32]:
    values = np.asarray(upright(image), np.float32)
    if not np.isfinite(values).all():
        raise ValueError("holds NaN or infinite pixels")
    return values


def _whole(image: ImageFile.ImageFile) -> NDArray[np.int32]:
    unsigned = _tag(image, _KIND) == _UNSIGNED and _bits(image) == 32
    maximum = _maximum(image)
    values = np.asarray(upright(image))
    if unsigned and values.min(initial=0) < 0:
        raise ValueError("holds values of 2^31 and more")
    # Pillow stretches a text of levels 0..maximum to 16 bits.
    return (np.rint(values * (maximum / _WHITE)) if maximum else values).astype(np.int32)


def _upper_half(image: ImageFile.ImageFile) -> NDArray[np.int32]:
    return np.asarray(upright(image)).astype(np.int32)


def _lower_half(image: ImageFile.ImageFile) -> NDArray[np.int32]:
    # In the other byte order, the byte that Pillow keeps is the lower one.
    mode = _raw_mode(image)
    return _upper_half(_with_raw_mode(image, mode[:-1] + _OTHER_BYTE[mode[-1]]))


def _opaque(values: NDArray[np.int32], transparent: object) -> NDArray[np.int32]:
    """Lays on white: by the last channel of two or four, or what has the one transparent value."""
    if values.ndim == 3 and values.shape[2] in (2, 4):
        alpha = values[..., -1:].astype(np.int64)
        laid = (values[..., :-1] * alpha + _WHITE * (_WHITE - alpha) + _WHITE // 2) // _WHITE
        return (laid[..., 0] if laid.shape[2] == 1 else laid).astype(np.int32)
    if isinstance(transparent, int):
        return np.where(values == transparent, _WHITE, values)
    if isinstance(transparent, tuple) and len(transparent) == 3:
        return np.where((values == transparent).all(axis=-1, keepdims=True), _WHITE, values)
    return values


def _is_halved(image: ImageFile.ImageFile) -> bool:
    return bool(_HALVES.fullmatch(_raw_mode(image)))


def is_pair(image: ImageFile.ImageFile) -> bool:
    """Whether an opened picture is grey with transparency, each of 16 bits."""
    return _raw_mode(image) == "LA;16B"


def _is_signed(image: ImageFile.ImageFile) -> bool:
    return image.mode == "L" and _tag(image, _KIND) == _SIGNED


def _is_wide_ppm(image: ImageFile.ImageFile) -> bool:
    return bool(image.format == "PPM" and image.tile and image.tile[0].codec_name == "ppm" and _maximum(image) > 255)


def _wide_ppm(image: ImageFile.ImageFile) -> NDArray[np.int32]:
    assert image.fp is not None, "an opened picture that is not decoded has its file"
    width, height = image.size
    shape = (height, width, 3) if image.mode == "RGB" else (height, width)
    image.fp.seek(image.tile[0].offset)
    content = image.fp.read(2 * int(np.prod(shape)))
    if len(content) != 2 * np.prod(shape):
        raise OSError("image file is truncated")
    return np.frombuffer(content, ">u2").reshape(shape).astype(np.int32)


def _maximum(image: ImageFile.ImageFile) -> int:
    """The greatest level that a PPM says it has, where Pillow stretches it; else 0."""
    args = image.tile[0].args if image.format == "PPM" and image.tile else None
    return int(args[1]) if isinstance(args, tuple) and image.mode != "F" else 0


def _bits_of_jpeg2000(image: ImageFile.ImageFile) -> int:
    assert image.fp is not None, "an opened picture that is not decoded has its file"
    image.fp.seek(0)
    head = image.fp.read(1 << 16)
    image.fp.seek(0)
    at = head.find(_CODESTREAM)
    return (head[at + 42] & 0x7F) + 1 if 0 <= at < len(head) - 42 else 0


def _tag(image: ImageFile.ImageFile, number: int) -> int:
    """A number in a TIFF's header, the first of several; 0 where there is none."""
    value = getattr(image, "tag_v2", {}).get(number, 0) if image.format == "TIFF" else 0
    return int(value[0] if isinstance(value, tuple) else value)


def _bits(image: ImageFile.ImageFile) -> int:
    return _tag(image, _BITS)


def _raw_mode(image: ImageFile.ImageFile) -> str:
    args = image.tile[0].args if image.tile else ""
    return args if isinstance(args, str) else next((part for part in args or () if isinstance(part, str)), "")


def _with_raw_mode(image: ImageFile.ImageFile, mode: str) -> ImageFile.ImageFile:
    image.tile = [
        tile._replace(args=(mode, *tile.args[1:]) if isinstance(tile.args, tuple) else mode) for tile in image.tile
    ]
    return image
