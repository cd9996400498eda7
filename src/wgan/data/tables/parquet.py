"""Parquet files: columns of numbers, or of encoded images as the Hub stores them."""

import io
import json
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.encoded import EncodedImages
from wgan.data.reading import reason
from wgan.data.stored import StoredData, number_labels
from wgan.data.tables.arrays import from_array
from wgan.errors import InputError
from wgan.memory import available_memory

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["METADATA", "from_arrow", "read_parquet"]

METADATA = b"huggingface"
"""The key under which the Hub's conventions describe the columns."""

_LABELS = ("label", "labels", "y")


class _Column:
    def __init__(self, images: "pa.ChunkedArray") -> None:
        self.images = images

    def open(self, title: str) -> IO[bytes]:
        content = self.images[int(title.removeprefix("row "))].as_py()["bytes"]
        if content is None:
            raise ValueError("has no bytes")
        return io.BytesIO(content)

    def mark(self, title: str) -> int:
        return self.open(title).seek(0, io.SEEK_END)


def read_parquet(name: str, path: Path) -> StoredData:
    """The table of a Parquet file: a column of images as the Hub stores them, or columns of numbers.

    Raises:
        InputError: pyarrow is missing, the file is broken or too large, or a column holds neither.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError(f'{name}: reading Parquet needs pyarrow; run pip install "wgan[parquet]"') from None
    if path.stat().st_size > available_memory() // 2:
        raise InputError(f"{path}: is larger than half of the free memory; unpack it into a folder of images")
    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}); expected a Parquet file") from error
    return from_arrow(name, table)


def from_arrow(name: str, table: "pa.Table") -> StoredData:
    """The samples in an Arrow table, with the classes that the Hub's metadata name."""
    classes = _class_labels(table)
    images = next((column for column in table.column_names if _holds_images(table.schema.field(column).type)), None)
    plain = _LABELS if images else ()
    label = next((column for column in table.column_names if column in classes or column in plain), None)
    named = (None, ()) if label is None else _labels(table[label].to_numpy(), classes.get(label, ()))
    if images is None:
        return from_array(name, _numbers(name, table, label), *named)
    return EncodedImages(name, _Column(table[images]), [f"row {row}" for row in range(len(table))], *named)


def _holds_images(kind: "pa.DataType") -> bool:
    return str(kind).startswith("struct<") and kind.get_field_index("bytes") >= 0


def _class_labels(table: "pa.Table") -> dict[str, tuple[str, ...]]:
    """The names that the Hub's metadata give the classes of a column."""
    try:
        features = json.loads((table.schema.metadata or {})[METADATA])["info"]["features"]
        return {column: tuple(map(str, kind["names"])) for column, kind in features.items() if "names" in kind}
    except (KeyError, TypeError, ValueError):
        return {}


def _labels(values: NDArray[np.generic], names: tuple[str, ...]) -> tuple[Tensor, tuple[str, ...]]:
    if names and values.dtype.kind in "iu" and len(values) and values.min() >= 0 and values.max() < len(names):
        return torch.from_numpy(values.astype(np.int64)), names
    return number_labels(values)


def _numbers(name: str, table: "pa.Table", label: str | None) -> NDArray[np.float64]:
    columns = {column: table[column].to_numpy() for column in table.column_names if column != label}
    if odd := [column for column, values in columns.items() if values.dtype.kind not in "fiub"]:
        kind = table.schema.field(odd[0]).type
        raise InputError(f"{name}: column {odd[0]!r} holds {kind}, expected numbers or images; leave it out")
    if not columns:
        raise InputError(f"{name}: holds no columns; expected numbers or images")
    return np.column_stack([values.astype(np.float64) for values in columns.values()])
