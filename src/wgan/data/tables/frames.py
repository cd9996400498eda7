"""Data frames of any library as tables of mixed columns."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from wgan.arrays.samples import framed
from wgan.data.settings import DataSettings
from wgan.data.tables.columns import chosen_columns
from wgan.data.tables.mixed import MixedTable
from wgan.data.tables.parquet import to_frame
from wgan.data.tables.recognition import from_frame
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["from_native"]


def from_native(data: object, name: str, settings: DataSettings) -> MixedTable | None:
    """The table in a data frame of pandas, polars, Arrow or another library that narwhals knows; None if it is none.

    Args:
        data: whatever a user hands over.
        name: what it is called in messages.
        settings: which columns to keep, and of which kind they are.

    Raises:
        InputError: if it cannot be learned.
    """
    frame = framed(data, name)
    if frame is None:
        return None
    named = replace(settings, source=name)
    cells = as_pandas(frame, name)
    kept = chosen_columns(named, [str(column) for column in cells.columns], len(cells.columns))
    return from_frame(cells.iloc[:, kept].reset_index(drop=True), named)


def as_pandas(frame: "nw.DataFrame[Any]", name: str) -> "pd.DataFrame":
    """The cells as pandas has them.

    Raises:
        InputError: pyarrow, by which frames of other libraries come, is missing.
    """
    if frame.implementation.is_pandas():
        return nw.to_native(frame)
    try:
        return to_frame(frame.to_arrow(), name)
    except ImportError:
        raise InputError(f'{name}: taking this data frame needs pyarrow; run pip install "wgan[parquet]"') from None
