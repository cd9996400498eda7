"""How the values of pictures, bytes or deeper, become model units."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wgan.data.images.report import say
from wgan.data.pixels import Pixels
from wgan.errors import InputError

__all__ = ["Extremes", "conversion", "extremes_of", "storable"]

Extremes = tuple[float, float]
"""The least and the greatest value of deep pictures."""


def storable(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Pictures as they are kept: bytes as bytes, other integers of at most 31 bits as `int32`, else real numbers.

    Example:
        >>> storable(np.array([0, 4095], np.uint16)).dtype, storable(np.array([0.5], ">f4")).dtype
        (dtype('int32'), dtype('float32'))
    """
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind in "iub" and np.abs(pixels.astype(np.float64)).max(initial=0) < 2**31:
        return pixels.astype(np.int32)
    return pixels.astype(np.float32 if pixels.dtype.kind == "f" and pixels.dtype.itemsize <= 4 else np.float64)


def extremes_of(pixels: NDArray[np.generic]) -> Extremes | None:
    """The range of deep pictures; None of bytes, which have black and white by nature."""
    return None if pixels.dtype == np.uint8 else (float(pixels.min()), float(pixels.max()))


def conversion(name: str, pixels: Pixels, extremes: Extremes | None, like: Pixels | None) -> Pixels:
    """How pictures of that range are converted: all of a data set alike, and its held-out part like the rest.

    Args:
        name: how the user named them.
        pixels: the conversion of bytes.
        extremes: the range of deep pictures, or None for bytes.
        like: the conversion of the part that is learned from, if this is another.

    Raises:
        InputError: deep pictures shall be compared with bytes.
    """
    if like is not None:
        if extremes is not None and like.levels is None:
            raise InputError(
                f"{name}: holds pictures of more than 8 bits a channel, but those to learn from have 8; "
                "expected one depth, save both alike"
            )
        return like
    if extremes is None:
        return pixels
    low, high = extremes
    say(f"{name}: pictures of more than 8 bits a channel; their values, {low:g} to {high:g}, become black to white")
    return replace(pixels, levels=(low, high if high > low else low + 1))
