"""What the cells of a column are made of, whatever holds them, and the way back to that."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wgan.errors import InputError, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HOLLOW", "counted", "dtype_of", "family", "in_order", "looked_up", "refused", "restored"]

HOLLOW = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", "—", "missing"))
"""What stands for an empty cell among numbers and dates, in small letters."""

OBJECTS = {
    "string": "text",
    "empty": "text",
    "boolean": "bool",
    "integer": "int",
    "floating": "float",
    "mixed-integer-float": "float",
    "decimal": "decimal",
    "datetime": "datetime",
    "datetime64": "datetime",
    "date": "date",
    "time": "time",
    "timedelta": "timedelta",
    "timedelta64": "timedelta",
}
"""What Python objects may be, by what pandas calls it."""

READ: Mapping[str, Callable[[str], Any]] = {"bool": "True".__eq__, "int": int, "float": float}
"""From a cell's text back to the cell, where that is no text."""


def family(cells: "pd.Series") -> str:
    """What the filled cells are: a word of `OBJECTS`, or `category`.

    Raises:
        InputError: something that is no cell of a table, or several of these.

    Example:
        >>> import pandas as pd
        >>> family(pd.Series(["a", None])), family(pd.Series([1, 2])), family(pd.Series([None, 0.5], dtype="Float32"))
        ('text', 'int', 'float')
    """
    import pandas as pd

    dtype, tests = cells.dtype, pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if is_object(cells):
        return _family_of_objects(cells)
    known = {
        "text": tests.is_string_dtype,
        "bool": tests.is_bool_dtype,
        "int": tests.is_integer_dtype,
        "float": tests.is_float_dtype,
        "datetime": tests.is_datetime64_any_dtype,
        "timedelta": tests.is_timedelta64_dtype,
    }
    found = next((word for word, test in known.items() if test(dtype)), None)
    if found is None:
        raise InputError(
            f"column {cells.name!r} holds {dtype}, expected numbers, words, dates or yes and no; convert it, or leave "
            "it out with --drop"
        )
    return found


def _family_of_objects(cells: "pd.Series") -> str:
    import pandas as pd

    inferred = pd.api.types.infer_dtype(cells, skipna=True)
    if inferred in OBJECTS:
        return OBJECTS[inferred]
    names = ", ".join(sorted({type(cell).__name__ for cell in cells.dropna()}))
    raise InputError(
        f"column {cells.name!r} holds objects of type {names}, expected cells of one kind; convert it, as with "
        "astype(str), or leave it out with --drop"
    )


def is_object(cells: "pd.Series") -> bool:
    """Whether a column holds objects of Python."""
    return bool(cells.dtype.kind == "O" and str(cells.dtype) == "object")


def dtype_of(cells: "pd.Series") -> str:
    """What `restored` needs to know: the name of the dtype, of objects what they are and how a missing one is.

    Example:
        >>> import pandas as pd
        >>> dtype_of(pd.Series([1, 2], dtype="Int8")), dtype_of(pd.Series([True, None], dtype=object))
        ('Int8', 'object:bool:None')
    """
    if not is_object(cells):
        return str(cells.dtype)
    missing = next((cell for cell in cells[cells.isna()]), None)
    return f"object:{family(cells)}:{missing}"


def counted(cells: "pd.Series") -> dict[str, int]:
    """The texts of the filled cells and how many there are of each, the commonest first."""
    counts = as_text(cells).value_counts().to_dict()
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def as_text(cells: "pd.Series") -> "pd.Series":
    """The text of each filled cell."""
    plain = cells.astype(object)
    return plain if family(cells) == "text" else plain.map(str, na_action="ignore")


def looked_up(cells: "pd.Series", numbers: Mapping[str, float]) -> tuple[NDArray[np.float64], int | None]:
    """The number of each cell's text, NaN where it is empty, and the first row whose text has none."""
    texts = as_text(cells)
    found = texts.map(dict(numbers)).to_numpy(np.float64, na_value=np.nan)
    doubtful = np.flatnonzero(np.isnan(found) & cells.notna().to_numpy(bool))
    bad = next((int(row) for row in doubtful if texts.iloc[row] not in numbers), None)
    return found, bad


def in_order(values: Sequence[str], numbers: NDArray[np.float64]) -> list[str | None]:
    """The value at the place that each number is, None for NaN."""
    return [None if number != number else values[int(number)] for number in numbers.tolist()]


def restored(cells: Sequence[Any], name: str, dtype: str | None) -> "pd.Series":
    """A column of cells, None where one is empty, as `dtype_of` found it; text as a file has it without a dtype.

    Args:
        cells: texts, or what the column holds.
        name: of the column.
        dtype: as `dtype_of` names it.
    """
    import pandas as pd

    if dtype is None:
        return pd.Series([np.nan if cell is None else cell for cell in cells], name=name, dtype=object)
    if dtype.startswith("object:"):
        _, word, missing = dtype.split(":")
        hollow = {"nan": np.nan, "<NA>": pd.NA, "NaT": pd.NaT}.get(missing)
        return pd.Series([hollow if c is None else _read(word, c) for c in cells], name=name, dtype=object)
    word = family(pd.Series(dtype=dtype))
    return pd.Series([None if cell is None else _read(word, cell) for cell in cells], name=name, dtype=dtype)


def _read(word: str, cell: Any) -> Any:  # noqa: ANN401 - any cell
    return READ[word](cell) if isinstance(cell, str) and word in READ else cell


def refused(name: str, cell: object, expected: str) -> InputError:
    """What to say of a cell that is not of its column's kind."""
    return InputError(f"column {name!r} holds {shown(str(cell))}, expected {expected}")
