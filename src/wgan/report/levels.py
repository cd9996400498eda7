"""Columns of tables as a picture shows them: few levels, each with a label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wgan.text import printable

__all__ = ["Column", "Levels", "cut"]

MOST = 8
"""Levels of a column, besides that of empty cells."""
LETTERS = 14
"""Of a label."""
SECONDS = 2.5e11
"""From 1970 up to which, before and after, a moment has a date."""

Cells = NDArray[np.float64]


def cut(text: str, most: int = LETTERS) -> str:
    """A text of few letters in one line.

    Example:
        >>> cut("Southampton, England", 8)
        'Southam…'
    """
    line = printable(text)
    return line if len(line) <= most else line[: most - 1] + "…"


@dataclass(frozen=True)
class Column:
    """What a picture has to know of a column, whose cells are numbers, NaN where they are empty.

    Attributes:
        name: of the column.
        labels: of a category, what its numbers 0, 1, 2, … stand for; None for amounts.
        moments: whether amounts are seconds since 1970.
    """

    name: str
    labels: tuple[str, ...] | None = None
    moments: bool = False

    def label(self, number: float) -> str:
        """A number in few letters.

        Example:
            >>> Column("a").label(7.8958), Column("a", moments=True).label(86400.0), Column("a", ("x", "y")).label(1)
            ('7.896', '1970-01-02', 'y')
        """
        if self.labels is not None:
            return cut(self.labels[int(number)])
        if not self.moments or abs(number) > SECONDS:
            return f"{number:.4g}" if abs(number) >= 1e6 or number != round(number) else f"{number:.0f}"
        text = str(np.datetime64(round(number), "s"))
        return text.replace("T", " ").removeprefix("1970-01-01 ")[:16] if number % 86400 else text[:10]


@dataclass(frozen=True)
class Levels:
    """The cells of a column in several tables, as levels that all share.

    Attributes:
        labels: of the levels.
        codes: the level of each cell, `(n,)` for each table.
    """

    labels: tuple[str, ...]
    codes: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, column: Column, tables: Sequence[Cells]) -> "Levels":
        """Values while they are few, else the commonest and the others together, or amounts between quantiles.

        Args:
            column: what it is.
            tables: its cells in each, `(n,)`; the first one's quantiles divide amounts.

        Example:
            >>> found = Levels.of(Column("sex", ("f", "m")), [np.array([0.0, 1.0, np.nan])])
            >>> found.labels, found.codes[0].tolist()
            (('f', 'm', 'empty'), [0, 1, 2])
        """
        filled = [cells[~np.isnan(cells)] for cells in tables]
        values = np.unique(np.concatenate(filled))
        if len(values) <= MOST:
            labels, codes = [column.label(value) for value in values], [np.searchsorted(values, t) for t in tables]
        elif column.labels is not None:
            labels, codes = commonest(column, values, tables)
        else:
            labels, codes = between(column, filled[0] if len(filled[0]) else values, tables)
        hollow = [np.where(np.isnan(t), len(labels), code) for t, code in zip(tables, codes, strict=True)]
        empty = any(np.isnan(cells).any() for cells in tables)
        return cls((*labels, "empty") if empty else tuple(labels), tuple(hollow))

    def shares(self) -> list[Cells]:
        """The share of each level, in each table."""
        return [np.bincount(code, minlength=len(self.labels)) / max(1, len(code)) for code in self.codes]

    def joint(self, other: "Levels") -> list[Cells]:
        """The contingency table of two columns, `(levels, levels of the other)` shares, in each table."""
        shape = len(self.labels), len(other.labels)
        cells = [one * shape[1] + two for one, two in zip(self.codes, other.codes, strict=True)]
        return [np.bincount(c, minlength=shape[0] * shape[1]).reshape(shape) / max(1, len(c)) for c in cells]


def commonest(column: Column, values: Cells, tables: Sequence[Cells]) -> tuple[list[str], list[NDArray[np.int64]]]:
    """A level for each of the values that are the commonest in any table, and one for the others."""
    places = [np.searchsorted(values, cells) for cells in tables]  # that of NaN is behind the last
    counts = [np.bincount(place, minlength=len(values) + 1)[: len(values)] / len(place) for place in places]
    kept = np.sort(np.argsort(-np.max(counts, 0), kind="stable")[: MOST - 1])
    level = np.full(len(values) + 1, MOST - 1)
    level[kept] = np.arange(len(kept))
    labels = [column.label(values[k]) for k in kept]
    return [*labels, f"{len(values) - len(kept):,} others"], [level[place] for place in places]


def between(column: Column, reference: Cells, tables: Sequence[Cells]) -> tuple[list[str], list[NDArray[np.int64]]]:
    """A level for what is between two quantiles."""
    cuts = np.unique(np.quantile(reference, np.arange(1, MOST) / MOST, method="inverted_cdf"))
    cuts = cuts[cuts < reference.max()] if (cuts < reference.max()).any() else cuts[:1]
    names = [column.label(cut) for cut in cuts]
    least = min(np.nanmin(cells) for cells in tables if not np.isnan(cells).all())
    first = names[0] if least == cuts[0] else f"≤ {names[0]}"
    labels = [first, *(f"≤ {name}" for name in names[1:]), f"> {names[-1]}"]
    return labels, [np.searchsorted(cuts, cells) for cells in tables]
