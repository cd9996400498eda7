"""Tables in `.npy` files that stay on disk, as memory maps."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.maps import at_random, in_order, rows_of
from wgan.data.tables.columns import as_float64, stacked
from wgan.data.tables.rows import Rows
from wgan.data.tables.table import refuse_infinite

__all__ = ["MappedRows"]


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
        at_random(array)

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The rows at those places, `(k, width)`."""
        values = self.numbers(rows_of(self.array, places))
        refuse_infinite(self.name, values, self.names, places)
        return values

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """All rows in their order, some at a time, none of which stays in memory."""
        first = 0
        for block in in_order(self.array):
            values = self.numbers(block)
            refuse_infinite(self.name, values, self.names, np.arange(first, first + len(values)))
            yield values
            first += len(values)

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
