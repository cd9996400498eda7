"""The columns of a table: their names, which are kept, and their numbers in double precision."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.settings import DataSettings
from wgan.errors import InputError, unknown_name

__all__ = ["NotNumbers", "as_float64", "chosen_columns", "refuse_duplicates", "stacked", "title"]

EXACT = 2**53
"""Up to this every integer is a double."""


class NotNumbers(InputError):
    """Cells that are no numbers, in a table of which each cell should be one.

    Args:
        line: what they are.
        source: how the user named the table, to say how it is learned as it is.
    """

    def __init__(self, line: str, source: str) -> None:
        super().__init__(f"{line}; or learn the table as it is: wgan train table --data {source}")


def chosen_columns(settings: DataSettings, names: Sequence[str] | None, width: int) -> list[int]:
    """The places of the columns that `columns` and `drop` leave, in their order.

    Args:
        settings: with `columns` and `drop`, each a name or a number counted from 1.
        names: of all columns, if they have names.
        width: how many columns there are.

    Raises:
        InputError: a column is unknown or named twice, or none is left.

    Example:
        >>> chosen_columns(DataSettings(source="t.csv", columns=("c", "1")), ("a", "b", "c"), 3)
        [2, 0]
        >>> chosen_columns(DataSettings(source="t.csv", drop=("2",)), None, 3)
        [0, 2]
    """
    asked = range(width) if settings.columns is None else [_place(settings, c, names, width) for c in settings.columns]
    dropped = {_place(settings, column, names, width) for column in settings.drop}
    kept = [place for place in asked if place not in dropped]
    if len(set(kept)) < len(kept):
        raise InputError(f"{settings.source}: --columns {','.join(settings.columns or ())} names a column twice")
    if not kept:
        raise InputError(f"{settings.source}: no column is left of {width}; name some that hold numbers with --columns")
    return kept


def _place(settings: DataSettings, wanted: str, names: Sequence[str] | None, width: int) -> int:
    if names is not None and wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and wanted.isascii() and 1 <= int(wanted[:9]) <= width:
        return int(wanted) - 1
    raise unknown_name(f"column of {settings.source}", wanted, names or [f"1 to {width}"])


def refuse_duplicates(name: str, names: Sequence[str]) -> None:
    """Refuses two columns of one name, which could not be told apart.

    Raises:
        InputError: naming the first.
    """
    seen: set[str] = set()
    for column in names:
        if column in seen:
            raise InputError(f"{name}: two columns are named {column!r}; give each its own name")
        seen.add(column)


def title(place: int, names: Sequence[str] | None) -> str:
    """What a message calls a column: its name, or its number counted from 1.

    Example:
        >>> title(1, ("age", "income")), title(1, None)
        ("'income'", '2')
    """
    return str(place + 1) if names is None else repr(names[place])


def as_float64(name: str, column: str, values: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers of any real type in double precision, with a line where that rounds them.

    Args:
        name: how the user named the data.
        column: what a message calls the column.
        values: booleans, integers or floats.
    """
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float64)
    wide = values.dtype.kind in "iu" and values.dtype.itemsize == 8 and values.size
    if wide and max(abs(int(values.max())), abs(int(values.min()))) > EXACT:
        warnings.warn(f"{name}: {column} holds integers beyond 2^53, which are rounded to doubles", stacklevel=2)
    if values.dtype.kind == "f" and values.dtype.itemsize > 8 and (numbers.astype(values.dtype) != values).any():
        warnings.warn(f"{name}: {column} holds {values.dtype}, which is rounded to doubles", stacklevel=2)
    return numbers


def stacked(name: str, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Columns of numbers by their names, side by side.

    Args:
        name: how the user named the data.
        columns: what is in each.
    """
    return np.column_stack([as_float64(name, f"column {column!r}", part) for column, part in columns.items()])
