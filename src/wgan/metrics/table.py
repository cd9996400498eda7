"""Metrics of tables: cells in the user's units, some of them empty."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import torch
from torch import Tensor

from wgan.arrays import ArrayLike, check_finite, check_least
from wgan.arrays.numbers import numbers
from wgan.data import Source
from wgan.errors import InputError
from wgan.metrics.metric import OF_DATA, Metric, Need

__all__ = ["Columns", "TableMetric"]

LABELS = range(2, 21)
"""Values of a category at the end of a table that is taken for its label."""


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are.

    Attributes:
        names: of the columns.
        codes: how many values each tells apart; None for amounts.
        label: the place of the one that the others are to foretell; None if there is none.
        guessed: whether it is the label only because it is the last.

    Example:
        >>> Columns(("age", "income"), (None, 2), 1).discrete
        (False, True)
    """

    names: tuple[str, ...]
    codes: tuple[int | None, ...]
    label: int | None = None
    guessed: bool = False

    @classmethod
    def amounts(cls, count: int) -> Self:
        """Columns of amounts, the last of which is the label."""
        return cls(tuple(f"column {k + 1}" for k in range(count)), (None,) * count, count - 1)

    @classmethod
    def of(cls, source: Source) -> Self:
        """Those of a source: its label is the one that was named, else the last if that is a category of few values."""
        (count,) = source.observed_shape
        plain = cls.amounts(count)
        codes = plain.codes if source.codes is None else source.codes
        last = count - 1 if codes[-1] in LABELS else None
        guessed = source.label is None
        return cls(source.columns or plain.names, codes, last if guessed else source.label, guessed)

    @property
    def discrete(self) -> tuple[bool, ...]:
        """Which are categories."""
        return tuple(count is not None for count in self.codes)


@dataclass(frozen=True)
class TableMetric(Metric):
    """A metric of rows of a table.

    Args:
        columns: what they are; None for amounts alone, the last of which is the label.
    """

    needs: ClassVar[Need] = Need.TABLE
    most: ClassVar[int] = 10_000

    columns: Columns | None = field(default=None, metadata={OF_DATA: True}, kw_only=True)

    def suited(self, source: Source) -> Self:
        """The metric of a source's columns."""
        return replace(self, columns=Columns.of(source)) if len(source.observed_shape) == 1 else self

    def rows(self, real: ArrayLike, fake: ArrayLike) -> tuple[Tensor, Tensor]:
        """Both tables, `(n, d)` and `(m, d)`, in which NaN stands for an empty cell.

        Raises:
            InputError: if there are too few rows, infinite values, or rows of two widths.
        """
        x, y = (cells(table, name, self.least) for table, name in ((real, "x"), (fake, "y")))
        width = x.shape[1] if self.columns is None else len(self.columns.names)
        for table, name in ((x, "x"), (y, "y")):
            if table.shape[1] != width:
                raise InputError(f"{name} has {table.shape[1]} columns; expected {width}")
        return x, y

    def of(self, rows: Tensor) -> Columns:
        """What the columns of checked rows are."""
        return self.columns or Columns.amounts(rows.shape[1])


def cells(data: ArrayLike, name: str, least: int) -> Tensor:
    """A table of numbers, of which none is infinite."""
    values = numbers(data, name).detach().cpu()
    if values.dim() != 2 or not values.shape[1]:
        raise InputError(f"{name} has shape {tuple(values.shape)}; expected rows and columns, (n, d)")
    check_least(len(values), least, name)
    check_finite(torch.where(values.isnan(), 0.0, values), name)
    return values
