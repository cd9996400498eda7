"""Parquet files: columns of numbers, or of encoded images as the Hub stores them."""

import io
import itertools
import json
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.encoded import encoded_images
from wgan.data.labels import number_labels
from wgan.data.reading import reading, require_room
from wgan.data.settings import DataSettings
from wgan.data.stored import StoredData
from wgan.data.tables.arrow import EXPECTED, numbers_of
from wgan.data.tables.columns import chosen_columns, refuse_duplicates, stacked
from wgan.data.tables.recognition import LOOKED_AT, from_frame
from wgan.data.tables.rows import RowsTable, stays_on_disk
from wgan.data.tables.streamed import ParquetRows
from wgan.data.tables.table import StoredTable
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["METADATA", "from_arrow", "read_parquet", "to_frame"]

METADATA = b"huggingface"
"""The key under which the Hub's conventions describe the columns."""

_INDEX = b"pandas"
_LABELS = ("label", "labels", "y")


class _Column:
    def __init__(self, images: "pa.ChunkedArray") -> None:
        self.images = images

    def open(self, title: str) -> IO[bytes]:
        content = self.images[int(title.removeprefix("row "))].as_py()
        if content is None or not isinstance(content["bytes"], bytes):
            raise ValueError("has no bytes")
        return io.BytesIO(content["bytes"])

    def mark(self, title: str) -> int:
        return self.open(title).seek(0, io.SEEK_END)


def read_parquet(path: Path, settings: DataSettings) -> StoredData:
    """The table of a Parquet file: a column of images as the Hub stores them, or columns of numbers.

    Raises:
        InputError: pyarrow is missing, the file is broken or too large, or a column holds neither.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(f'{settings.source}: reading Parquet needs pyarrow; run pip install "wgan[parquet]"') from None
    with reading(path, EXPECTED):
        file = pyarrow.parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        unpacked = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
    if not settings.mixed and stays_on_disk(file.metadata.num_rows * len(file.schema_arrow)):
        table = _on_disk(file, settings)
        if table is not None:
            return table
    require_room(path, max(unpacked, path.stat().st_size))
    with reading(path, EXPECTED):
        whole = file.read()
    return from_arrow(whole, settings)


def _on_disk(file: "pq.ParquetFile", settings: DataSettings) -> RowsTable | None:
    """A table too large to be read as a whole without need; None for images, and for columns that are less."""
    import pyarrow as pa

    with reading(settings.source, EXPECTED):
        head = pa.Table.from_batches(itertools.islice(file.iter_batches(LOOKED_AT), 1), file.schema_arrow)
    if any(_holds_images(kind) for kind in head.schema.types):
        return None
    label, classes = _label_of(head, images=False), _class_labels(head)
    columns = _kept(head, label, settings)
    if not stays_on_disk(file.metadata.num_rows * len(columns)):
        return None
    for column in columns:
        numbers_of(settings.source, column, head[column])
    named: tuple[Tensor | None, tuple[str, ...]] = None, ()
    if label is not None:
        with reading(settings.source, EXPECTED):
            cells = file.read([label])[label]
        named = _labels(_array(settings.source, cells), classes.get(label, ()), settings.source)
    return RowsTable(settings.source, ParquetRows(settings.source, file, columns), *named, tuple(columns))


def from_arrow(table: "pa.Table", settings: DataSettings) -> StoredData:
    """The samples in an Arrow table, with the classes that the Hub's metadata name."""
    name, classes = settings.source, _class_labels(table)
    refuse_duplicates(name, table.column_names)
    images = next((column for column in table.column_names if _holds_images(table.schema.field(column).type)), None)
    label = _label_of(table, images=images is not None)
    labels, of_labels = (
        (None, ()) if label is None else _labels(_array(name, table[label]), classes.get(label, ()), name)
    )
    if images is not None:
        return encoded_images(
            name, _Column(table[images]), [f"row {row}" for row in range(len(table))], labels, of_labels
        )
    columns = _kept(table, None if settings.mixed else label, settings)
    if settings.mixed:
        return from_frame(to_frame(table.select(columns), name), settings)
    values = stacked(name, {column: numbers_of(name, column, table[column]) for column in columns})
    return StoredTable(name, values, labels, of_labels, columns=tuple(columns))


def to_frame(table: "pa.Table", name: str) -> "pd.DataFrame":
    """The cells of an Arrow table as pandas has them; whole numbers stay whole where some are empty.

    Raises:
        InputError: a column holds lists or records.
    """
    import pandas as pd
    from pyarrow import types

    found = {}
    for column in table.column_names:
        cells, kind = table[column], table.schema.field(column).type
        if types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
            raise InputError(
                f"{name}: column {column!r} holds {kind} in each cell, expected one value; leave it out with --drop, "
                "or give its parts columns of their own"
            )
        with reading(name, EXPECTED):
            whole = (types.is_integer(kind) or types.is_boolean(kind)) and cells.null_count
            nullable = "boolean" if types.is_boolean(kind) else str(kind).replace("i", "I", 1).replace("uI", "UI")
            found[column] = (
                pd.Series(cells.to_pylist(), dtype=nullable) if whole else cells.to_pandas(ignore_metadata=True)
            )
    return pd.DataFrame(found)


def _kept(table: "pa.Table", label: str | None, settings: DataSettings) -> list[str]:
    """The columns that were asked for, or all but labels and the index that pandas wrote, with a line."""
    names = table.column_names
    index = [column for column in _index_columns(table) if column in names and column != label]
    if settings.columns is None and index and len(index) < len(names):
        left = ", ".join(map(repr, index))
        warnings.warn(
            f"{settings.source}: left out {left}, the index of a data frame; keep it with --columns", stacklevel=3
        )
    elif settings.columns is None:
        index = []
    if not [column for column in names if column != label]:
        raise InputError(f"{settings.source}: holds no columns; expected numbers or images")
    asked = [names[place] for place in chosen_columns(settings, names, len(names))]
    return asked if settings.columns is not None else [c for c in asked if c != label and c not in index]


def _label_of(table: "pa.Table", *, images: bool) -> str | None:
    """The column of classes, by the Hub's metadata or beside images by its name."""
    known = [*_class_labels(table), *(_LABELS if images else ())]
    return next((column for column in table.column_names if column in known), None)


def _holds_images(kind: "pa.DataType") -> bool:
    return str(kind).startswith("struct<") and kind.get_field_index("bytes") >= 0


def _metadata(table: "pa.Table", key: bytes) -> dict[str, Any]:
    """A note of another program in the file; one that is no JSON object counts as none."""
    try:
        note = json.loads((table.schema.metadata or {})[key])
    except (KeyError, ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def _index_columns(table: "pa.Table") -> list[str]:
    found = _metadata(table, _INDEX).get("index_columns")
    return [column for column in found if isinstance(column, str)] if isinstance(found, list) else []


def _class_labels(table: "pa.Table") -> dict[str, tuple[str, ...]]:
    """The names that the Hub's metadata give the classes of a column."""
    info = _metadata(table, METADATA).get("info")
    features = info.get("features") if isinstance(info, dict) else None
    kinds = features.items() if isinstance(features, dict) else ()
    named = ((column, kind.get("names")) for column, kind in kinds if isinstance(kind, dict))
    return {column: tuple(map(str, names)) for column, names in named if isinstance(names, list) and names}


def _labels(values: NDArray[Any], names: tuple[str, ...], name: str) -> tuple[Tensor, tuple[str, ...]]:
    if names and values.dtype.kind in "iu" and len(values) and values.min() >= 0 and values.max() < len(names):
        return torch.from_numpy(values.astype(np.int64)), names
    return number_labels(values, name)


def _array(name: str, column: "pa.ChunkedArray") -> NDArray[Any]:
    with reading(name, EXPECTED):
        return np.asarray(column.to_numpy())
