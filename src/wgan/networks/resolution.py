"""How a convolutional network reaches a resolution: a small base, doubled until it is the image."""

from typing import NamedTuple

from wgan.errors import InputError
from wgan.types import Shape

__all__ = ["Pyramid", "capped", "doubling", "pyramid"]

# The shorter side of a base: below 3 pixels a 3×3 kernel sees mostly padding, above 7 a stage is missing.
SMALLEST, LARGEST = 3, 7


class Pyramid(NamedTuple):
    r"""The resolutions of a network, $2^i \cdot$ `base` for $i = 0 \ldots$ `doublings`.

    Attributes:
        channels: of the image.
        base: height and width of the smallest stage.
        doublings: stages above the base.
    """

    channels: int
    base: tuple[int, int]
    doublings: int


def pyramid(shape: Shape, family: str) -> Pyramid:
    """The pyramid with the smallest base, its shorter side 3 to 7 pixels.

    Args:
        shape: `(channels, height, width)`.
        family: who asks, for the message.

    Raises:
        InputError: if the samples are no images, or no such base exists.

    Example:
        >>> pyramid((1, 28, 28), "DCGAN")
        Pyramid(channels=1, base=(7, 7), doublings=2)
        >>> pyramid((3, 32, 64), "DCGAN")
        Pyramid(channels=3, base=(4, 8), doublings=3)
    """
    if len(shape) != 3:
        raise InputError(
            f"{family}: samples have shape {shape}; it builds images (channels, height, width); use MLP instead"
        )
    channels, height, width = shape
    for doublings in range(min(height, width).bit_length(), 0, -1):
        unit = 2**doublings
        if height % unit == width % unit == 0 and SMALLEST <= min(height, width) // unit <= LARGEST:
            return Pyramid(channels, (height // unit, width // unit), doublings)
    near = " or ".join(f"{h}×{w}" for h, w in nearest(height, width))
    raise InputError(
        f"{family}: cannot build images of {height}×{width}; both sides must be 2^k times a base whose shorter side "
        f"is {SMALLEST} to {LARGEST}; nearest: {near}"
    )


def nearest(height: int, width: int) -> list[tuple[int, int]]:
    """The two nearest sizes that have a pyramid.

    Example:
        >>> nearest(30, 30)
        [(28, 28), (32, 32)]
    """
    short, long = sorted((height, width))
    sizes = {
        (base * unit, max(base, multiple) * unit)
        for unit in (2**k for k in range(1, max(2, long.bit_length())))
        for base in range(SMALLEST, LARGEST + 1)
        for multiple in (long // unit, long // unit + 1)
    }

    def distance(size: tuple[int, int]) -> tuple[float, ...]:
        """Pixels away, then change of the aspect ratio."""
        return abs(size[0] - short) + abs(size[1] - long), abs(size[1] / size[0] - long / short), *size

    closest = sorted(sizes, key=distance)[:2]
    return [size if height <= width else (size[1], size[0]) for size in closest]


def doubling(width: int, widest: int, stages: int) -> list[int]:
    """Channels of each stage from the smallest: `width` at the last, twice as many at each before it, up to `widest`.

    Example:
        >>> doubling(64, 512, 5)
        [512, 512, 256, 128, 64]
    """
    return [min(widest, width << stage) for stage in reversed(range(stages))]


def capped(capacity: int, widest: int, stages: int) -> list[int]:
    """Channels of each stage from the smallest, counted as 4 pixels wide: `capacity / side`, up to `widest`.

    Example:
        >>> capped(16384, 512, 7)  # 4, 8, …, 256 pixels
        [512, 512, 512, 512, 256, 128, 64]
    """
    return [max(1, min(widest, capacity // (4 << stage))) for stage in range(stages)]
