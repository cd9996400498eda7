"""What a person wants to see of a table before it is learned."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.kinds.kind import Kind
from wgan.text import printable

__all__ = ["overview"]

MOST = 28
"""Columns that are shown."""
NAME, SHOWN = 24, 56
"""Letters of a name and of a range or values."""


def overview(kinds: Sequence[Kind], values: NDArray[np.float64]) -> list[str]:
    r"""A line for each column: name, kind, range or values, empty cells.

    Args:
        kinds: of the columns.
        values: `(n, columns)`, NaN where a cell is empty.

    Example:
        >>> from wgan.data.tables.kinds import Category
        >>> color = Category(name="color", values=("red", "blue"))
        >>> print("\n".join(overview([color], np.array([[0.0], [np.nan]]))))
        column  kind      range or values      empty
        color   category  2 values: red, blue   50 %
    """
    rows = [("column", "kind", "range or values", "empty")]
    for kind, column in zip(kinds[:MOST], values.T, strict=False):
        rows.append((cut(kind.name, NAME), kind.title, cut(kind.described(), SHOWN), share(np.isnan(column).mean())))
    widths = [max(map(len, part)) for part in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)) for row in rows]
    lines = [f"{line}  {row[3]:>{widths[3]}}".rstrip() for line, row in zip(lines, rows, strict=True)]
    return lines + [f"... and {len(kinds) - MOST} more"] * (len(kinds) > MOST)


def cut(text: str, most: int) -> str:
    """A text of a few letters."""
    plain = printable(text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def share(empty: float) -> str:
    """A share in per cent, nothing for none.

    Example:
        >>> share(0.199), share(1e-5), share(0)
        ('20 %', '<1 %', '')
    """
    return "" if not empty else f"{empty:.0%}".replace("%", " %") if empty >= 0.005 else "<1 %"
