"""Tables in Parquet files that stay on disk, read by row groups."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wgan.data.maps import AT_ONCE
from wgan.data.reading import reading
from wgan.data.tables.arrow import EXPECTED, numbers_of
from wgan.data.tables.columns import stacked
from wgan.data.tables.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["ParquetRows"]


class ParquetRows(Rows):
    """Some columns of a Parquet file, of which only the row groups are read that rows are wanted of.

    Args:
        name: how the user named it.
        file: opened.
        columns: names of those that are wanted, in order.
    """

    def __init__(self, name: str, file: "pq.ParquetFile", columns: list[str]) -> None:
        self.name, self.file, self.columns = name, file, columns
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        self.ends = np.cumsum(sizes, dtype=np.int64)
        self.count, self.width = int(self.ends[-1]), len(columns)

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The rows at those places, `(k, width)`."""
        order = places.argsort(kind="stable")
        wanted = places[order]
        found = np.empty((len(places), self.width))
        for first, batch in self.batches(np.unique(np.searchsorted(self.ends, wanted, side="right")).tolist()):
            low, high = np.searchsorted(wanted, [first, first + len(batch)])
            if low < high:
                some = wanted[low:high]
                found[order[low:high]] = self.numbers(batch.take(some - first), some)
        return found

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """All rows in their order, some at a time."""
        for first, batch in self.batches(range(len(self.ends))):
            yield self.numbers(batch, np.arange(first, first + len(batch)))

    def batches(self, groups: Iterable[int]) -> Iterator[tuple[int, "pa.Table"]]:
        """The wanted columns of some row groups, a few rows at a time, each part with the place of its first row."""
        import pyarrow as pa

        rows = max(1, AT_ONCE // self.width)
        for group in groups:
            first = int(self.ends[group - 1]) if group else 0
            batches = self.file.iter_batches(rows, row_groups=[group], columns=self.columns)
            while True:
                with reading(self.name, EXPECTED):
                    batch = next(batches, None)
                if batch is None:
                    break
                yield first, pa.Table.from_batches([batch]).select(self.columns)
                first += len(batch)

    def numbers(self, table: "pa.Table", places: NDArray[np.int64]) -> NDArray[np.float64]:
        """A part of the table in double precision, from those places."""
        columns = {column: numbers_of(self.name, column, table[column], places) for column in self.columns}
        return stacked(self.name, columns)
