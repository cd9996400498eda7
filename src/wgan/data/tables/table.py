"""Numbers in columns: as they were read, and as a source that keeps every digit."""

import math
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.stored import StoredData
from wgan.data.tensor import TensorSource
from wgan.errors import InputError

__all__ = ["StoredTable", "TableSource", "refuse_infinite", "refuse_table_options"]


class TableSource(TensorSource):
    """A table in the model's units that remembers the numbers it came of.

    Args:
        table: the numbers, in the user's units.
        scaling: map from the user's units to the model's.
        seed: of the permutation that `split` uses.
    """

    scaling: Scaling

    def __init__(self, table: "StoredTable", scaling: Scaling, seed: int = 0) -> None:
        self.exact, self.columns = torch.from_numpy(np.ascontiguousarray(table.values)), table.columns
        super().__init__(
            scaling.encode(self.exact), table.name, scaling, labels=table.labels, classes=table.classes, seed=seed
        )

    def observed(self, n: int, rng: torch.Generator) -> Tensor:
        """The rows of `subset` exactly as they were given, float64."""
        rows = self._distinct(n, rng)
        return self.exact[rows.cpu()].to(self.device)

    def _take(self, rows: Tensor) -> Self:
        taken = super()._take(rows)
        taken.exact = self.exact[rows.cpu()]
        return taken

    def _conversion(self) -> object:
        # Not the scaling that was computed: its last bits are another processor's, the table is the same.
        return self.shape, self.columns, self.scaling == Scaling()

    def _content(self) -> Iterator[memoryview]:
        yield self.exact.numpy().data


class StoredTable(StoredData):
    """Numbers in columns.

    Args:
        name: how the user named them.
        values: `(N, features)`.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        columns: the name of each feature, or None.
    """

    def __init__(
        self,
        name: str,
        values: NDArray[np.float64],
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        columns: tuple[str, ...] | None = None,
    ) -> None:
        self.name, self.values, self.columns = name, values, columns
        self.labels, self.classes = labels, classes

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.values)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.values = self.values[rows]

    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The rows, with each column at mean 0 and deviation 1, or converted `like` others, or as they are."""
        refuse_table_options(settings, self.name)
        if like is not None:
            assert isinstance(like, TableSource)
            return TableSource(self, like.scaling, settings.seed)
        scaling = _standard(self.values) if settings.standardize else Scaling()
        return TableSource(self, scaling, settings.seed)


def refuse_table_options(settings: DataSettings, name: str) -> None:
    """Refuses settings of other data than tables of numbers.

    Raises:
        InputError: naming the first.
    """
    settings.refuse_others(name, "tables")
    for option, given in (("kind", settings.kind), ("label", settings.label)):
        if given:
            raise InputError(f"--{option} is for tables of mixed columns; learn {name} as one: wgan train table")


def refuse_infinite(
    name: str, values: NDArray[Any], names: list[str] | None = None, rows: NDArray[np.int64] | None = None
) -> None:
    """Refuses NaN and infinity, with their number and the first place.

    Args:
        name: how the user named the data.
        values: `(k, columns)`.
        names: of the columns, if they have names.
        rows: where the values are in the file; from its beginning if None.

    Raises:
        InputError: if there are any.
    """
    bad = ~np.isfinite(values)
    if count := math.prod(bad.shape) and int(bad.sum()):
        row, column = np.argwhere(bad)[0]
        place = f"column {column} (counted from 0)" if names is None else f"field {names[column]!r}, rows from 0"
        raise InputError(
            f"{name}: {count} of {bad.size} numbers are NaN or infinite, the first in row "
            f"{row if rows is None else rows[row]}, {place}; remove or fill them"
        )


def _standard(values: NDArray[np.float64]) -> Scaling:
    # In units of the largest number, so that squares neither overflow nor vanish.
    size = np.abs(values).max(axis=0)
    size[size == 0] = 1
    units = values / size
    # What differs in the last bits alone is a constant with rounding noise.
    constant = np.ptp(units, axis=0) < 2.0**-40
    deviation = np.where(constant, 1.0, units.std(axis=0) * size)
    return Scaling(tuple((units.mean(axis=0) * size).tolist()), tuple(deviation.tolist()))
