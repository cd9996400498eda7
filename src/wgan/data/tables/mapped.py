"""Tables in `.npy` files that stay on disk, as memory maps."""

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.reading import reading
from wgan.data.tables.columns import as_float64, stacked
from wgan.data.tables.rows import AT_ONCE, Rows
from wgan.data.tables.table import refuse_infinite

__all__ = ["MappedRows", "mapped"]


def mapped(path: Path) -> NDArray[Any]:
    """The array of an `.npy` file without reading it.

    Raises:
        InputError: it holds none.
    """
    with reading(path, "an array of numpy.save"):
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


class MappedRows(Rows):
    """Some columns of a mapped array.

    Args:
        name: how the user named it.
        array: `(N,)` or `(N, F)` numbers, or `(N,)` records.
        kept: places of the columns, or names of the records' fields.
    """

    def __init__(self, name: str, array: NDArray[Any], kept: Sequence[int] | Sequence[str]) -> None:
        self.name, self.array, self.kept = name, array, list(kept)
        self.count, self.width = len(array), len(kept)
        self.whole = array.ndim == 2 and self.kept == list(range(array.shape[1]))
        advise(array, "MADV_RANDOM")

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The rows at those places, `(k, width)`."""
        values = self.numbers(self.array[places])
        refuse_infinite(self.name, values, self.names, places)
        return values

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """All rows in their order, some at a time, none of which stays in memory."""
        step = max(1, AT_ONCE // self.width)
        advise(self.array, "MADV_SEQUENTIAL")
        try:
            for start in range(0, self.count, step):
                values = self.numbers(self.array[start : start + step])
                advise(self.array, "MADV_DONTNEED")
                refuse_infinite(self.name, values, self.names, np.arange(start, start + len(values)))
                yield values
        finally:
            advise(self.array, "MADV_RANDOM")

    @property
    def names(self) -> list[str] | None:
        """Of the columns, where the array names them."""
        return None if self.array.dtype.names is None else list(map(str, self.kept))

    def numbers(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Their numbers in double precision, in memory."""
        if self.names is not None:
            return stacked(self.name, {field: rows[field] for field in self.names})
        rows = rows.reshape(len(rows), -1)
        return np.ascontiguousarray(
            as_float64(self.name, "the array", rows if self.whole else rows[:, np.asarray(self.kept)])
        )


def advise(array: NDArray[Any], advice: str) -> None:
    """Tells the system how a map is read, where it can be told."""
    if isinstance(array.base, mmap.mmap) and hasattr(mmap, advice):
        array.base.madvise(getattr(mmap, advice))
