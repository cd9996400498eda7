"""Arrays in `.npy` files that are mapped instead of read."""

import mmap
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.reading import reading

__all__ = ["AT_ONCE", "at_random", "in_order", "mapped", "rows_of"]

AT_ONCE = 1 << 20  # numbers that a pass over all of them holds


def mapped(path: Path) -> NDArray[Any]:
    """The array of an `.npy` file without reading it.

    Raises:
        InputError: it holds none.
    """
    with reading(path, "an array of numpy.save"):
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def at_random(array: NDArray[Any]) -> None:
    """Says that rows of a map are read here and there: nothing beside them is."""
    advise(array, "MADV_RANDOM")


def rows_of(array: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
    """A copy of some rows of a map, of which nothing else stays in memory."""
    rows: NDArray[Any] = array[places]
    advise(array, "MADV_DONTNEED")
    return rows


def in_order(array: NDArray[Any], places: NDArray[np.int64] | None = None) -> Iterator[NDArray[Any]]:
    """Copies of rows of a map, some at a time, of which none stay in memory.

    Args:
        array: the map, or a view of it.
        places: of the rows; all of them in their order if None.
    """
    step = max(1, AT_ONCE // prod(array.shape[1:]))
    if places is not None:
        yield from (rows_of(array, places[start : start + step]) for start in range(0, len(places), step))
        return
    advise(array, "MADV_SEQUENTIAL")
    try:
        for start in range(0, len(array), step):
            block = np.array(array[start : start + step])
            advise(array, "MADV_DONTNEED")
            yield block
    finally:
        at_random(array)


def advise(array: NDArray[Any], advice: str) -> None:
    """Tells the system how a map is read, where it can be told."""
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, advice):
        base.madvise(getattr(mmap, advice))
