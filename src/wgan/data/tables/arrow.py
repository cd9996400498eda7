"""Numbers in the columns of Arrow tables."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.reading import reading
from wgan.data.tables.columns import NotNumbers
from wgan.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EXPECTED", "numbers_of"]

EXPECTED = "a Parquet file"


def numbers_of(
    name: str, column: str, cells: "pa.ChunkedArray", places: NDArray[np.int64] | None = None
) -> NDArray[Any]:
    """The numbers of a column, whatever their type; decimals by way of text, which rounds them once.

    Args:
        name: how the user named the data.
        column: its name.
        cells: all of it, or some.
        places: of the cells' rows in the file; from its beginning if None.
    """
    import pyarrow as pa
    from pyarrow import types

    kind = cells.type
    if types.is_dictionary(kind):
        with reading(name, EXPECTED):
            cells, kind = cells.cast(kind.value_type), kind.value_type
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind)):
        first = next((f", such as {str(cell)[:40]!r}" for cell in cells[:1000].to_pylist() if cell is not None), "")
        line = f"{name}: column {column!r} holds {kind}{first}, expected numbers or images; --drop it"
        raise InputError(line) if types.is_nested(kind) else NotNumbers(line, name)
    if cells.null_count:
        row = place_of(places, int(np.argmax(cells.is_null().to_numpy())))
        raise NotNumbers(
            f"{name}: column {column!r} is empty in {cells.null_count} of {len(cells)} rows, the first is {row} "
            "(counted from 0); fill them, or leave rows or the column out",
            name,
        )
    with reading(name, EXPECTED):
        values = np.asarray(
            (cells.cast(pa.string()).cast(pa.float64()) if types.is_decimal(kind) else cells).to_numpy()
        )
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        place = place_of(places, row)
        raise InputError(
            f"{name}: column {column!r} holds {values[row]} in row {place} (counted from 0), expected a finite number; "
            "fill it, or leave rows or the column out"
        )
    return values


def place_of(places: NDArray[np.int64] | None, row: int) -> int:
    return row if places is None else int(places[row])
