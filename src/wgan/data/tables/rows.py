"""Tables that stay on disk: numbers in a file that are read a few rows at a time."""

import copy
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.maps import AT_ONCE
from wgan.data.scaling import Scaling
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.stored import StoredData
from wgan.data.tables.table import refuse_table_options
from wgan.memory import in_words

__all__ = ["Rows", "RowsSource", "RowsTable", "stays_on_disk"]

LARGE = 1 << 28  # bytes, in double precision, from which on a table stays on disk


def stays_on_disk(numbers: int) -> bool:
    """Whether a table of so many numbers is too large to be read as a whole without need."""
    return 8 * numbers >= LARGE


class Rows(ABC):
    """Numbers in a file.

    Attributes:
        count: of the rows.
        width: numbers in each.
    """

    count: int
    width: int

    @abstractmethod
    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The rows at those places, `(k, width)`.

        Raises:
            InputError: a number in them is NaN or infinite, or the file cannot be read any more.
        """

    @abstractmethod
    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """All rows in their order, some at a time.

        Raises:
            InputError: likewise.
        """


class RowsSource(FiniteSource):
    """A table on disk in the model's units: what is drawn is read when it is drawn.

    Args:
        table: the rows, in the user's units.
        scaling: map from the user's units to the model's.
        seed: of the permutation that `split` uses.
    """

    scaling: Scaling

    def __init__(self, table: "RowsTable", scaling: Scaling, seed: int = 0) -> None:
        super().__init__(
            table.name, (table.rows.width,), scaling, labels=table.labels, classes=table.classes, seed=seed
        )
        self.table, self.columns = table, table.columns

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.table)

    def observed(self, n: int, rng: torch.Generator) -> Tensor:
        """The rows of `subset` exactly as they were given, float64."""
        return self._exact(self._distinct(n, rng)).to(self.device)

    def _exact(self, rows: Tensor) -> Tensor:
        return torch.from_numpy(self.table.at(rows.cpu().numpy()))

    def _read(self, rows: Tensor) -> Tensor:
        return self.scaling.encode(self._exact(rows)).to(self.device, torch.float32)

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.table = self.table.take(rows.cpu())
        return taken

    def _conversion(self) -> object:
        # That of the same table in memory.
        return self.shape, self.columns, self.scaling == Scaling()

    def _content(self) -> Iterator[memoryview]:
        return (block.data for block in self.table.blocks())


class RowsTable(StoredData):
    """A table on disk.

    Args:
        name: how the user named it.
        rows: its numbers.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        columns: the name of each feature, or None.
    """

    def __init__(
        self,
        name: str,
        rows: Rows,
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        columns: tuple[str, ...] | None = None,
    ) -> None:
        self.name, self.rows, self.columns = name, rows, columns
        self.labels, self.classes = labels, classes
        self.chosen: NDArray[np.int64] | None = None
        size = in_words(8 * rows.count * rows.width)
        warnings.warn(
            f"{name}: {size} of numbers stay on disk; rows are read as they are drawn, and NaN is looked for in these",
            stacklevel=2,
        )

    def __len__(self) -> int:
        """The number of rows."""
        return self.rows.count if self.chosen is None else len(self.chosen)

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The rows at those places among the chosen ones."""
        return self.rows.at(places if self.chosen is None else self.chosen[places])

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """The chosen rows in their order, some at a time."""
        if self.chosen is None:
            return self.rows.blocks()
        step = max(1, AT_ONCE // self.rows.width)
        return (self.rows.at(self.chosen[start : start + step]) for start in range(0, len(self), step))

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.chosen = rows if self.chosen is None else self.chosen[rows]

    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The rows, with each column at mean 0 and deviation 1, for which all are read twice, or as they are."""
        refuse_table_options(settings, self.name)
        if like is not None:
            assert isinstance(like.scaling, Scaling)
            return RowsSource(self, like.scaling, settings.seed)
        return RowsSource(self, self.standard() if settings.standardize else Scaling(), settings.seed)

    def standard(self) -> Scaling:
        """The mean and the deviation of each column, in units of its largest number as those in memory."""
        lows, highs = zip(*((block.min(0), block.max(0)) for block in self.blocks()), strict=True)
        low, high = np.min(lows, 0), np.max(highs, 0)
        size = np.maximum(np.abs(low), np.abs(high))
        size[size == 0] = 1
        count, mean, squares = 0, np.zeros(len(size)), np.zeros(len(size))
        for block in self.blocks():
            units = block / size
            apart = units.mean(0) - mean
            total = count + len(units)
            squares += units.var(0) * len(units) + apart**2 * (count * len(units) / total)
            mean += apart * (len(units) / total)
            count = total
        constant = high / size - low / size < 2.0**-40
        deviation = np.where(constant, 1.0, np.sqrt(squares / count) * size)
        return Scaling(tuple((mean * size).tolist()), tuple(deviation.tolist()))
