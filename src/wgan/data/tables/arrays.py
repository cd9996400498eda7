"""Arrays and tables from files: `.npy`, `.npz`, `.csv`, `.idx`."""

import csv
import math
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.idx import read_idx
from wgan.data.reading import reason
from wgan.data.stored import StoredData, StoredImages, number_labels
from wgan.data.tables.table import StoredTable
from wgan.errors import InputError

__all__ = ["from_array", "read_csv", "read_idx_table", "read_npy", "read_npz"]

_DATA_KEYS, _LABEL_KEYS = ("images", "data", "x"), ("labels", "y")


def from_array(
    name: str, array: NDArray[np.generic], labels: Tensor | None = None, classes: tuple[str, ...] = ()
) -> StoredData:
    """Images from a uint8 array of rank 3 or 4, a table from real numbers of rank 1 or 2.

    Args:
        name: how the user named it, for messages.
        array: `(N,)`, `(N, F)`, or uint8 `(N, H, W)`, `(N, H, W, C)`, `(N, C, H, W)` with C 1 or 3.
        labels: `(N,)` integers, or None.
        classes: the name of each class.

    Raises:
        InputError: another rank or type, NaN or infinity.
    """
    if labels is not None and len(labels) != len(array):
        raise InputError(f"{name}: {len(array)} samples but {len(labels)} labels; expected one label a sample")
    if array.dtype == np.uint8 and array.ndim in (3, 4) and 0 not in array.shape[1:]:
        return StoredImages(name, _channels_first(name, array), labels, classes)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name}: holds {array.dtype}, expected real numbers; convert it to float32 or uint8")
    if array.ndim not in (1, 2) or 0 in array.shape[1:]:
        raise InputError(
            f"{name}: {array.dtype} of shape {array.shape}; expected (N,) or (N, features), or images of uint8"
        )
    values = array.reshape(len(array), *(array.shape[1:] or (1,))).astype(np.float64)
    _check_finite(name, values)
    return StoredTable(name, values, labels, classes)


def read_npy(name: str, path: Path) -> StoredData:
    """The array of an `.npy` file; pickled objects are refused, never loaded."""
    return from_array(name, _load(path, path.name))


def read_npz(name: str, path: Path) -> StoredData:
    """The array `images`, `data` or `x` of an `.npz` file, or its only one, with `labels` or `y` as labels."""
    try:
        with zipfile.ZipFile(path) as archive:
            keys = [member.removesuffix(".npy") for member in archive.namelist()]
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected an .npz file of numpy.savez") from error
    label_key = next((key for key in _LABEL_KEYS if key in keys), None)
    others = [key for key in keys if key != label_key]
    data_key = next((key for key in _DATA_KEYS if key in keys), others[0] if len(others) == 1 else None)
    if data_key is None:
        raise InputError(f"{path}: holds the arrays {', '.join(keys) or '(none)'}; name the samples 'images' or 'data'")
    labels, classes = (None, ()) if label_key is None else number_labels(_load(path, label_key, label_key))
    return from_array(name, _load(path, data_key, data_key), labels, classes)


def read_csv(name: str, path: Path) -> StoredData:
    """The numbers of a text file with commas, semicolons or tabs; a first line without any number is a header.

    Raises:
        InputError: a cell is no number, or a row has another length than the first.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
        delimiter = max(",;\t", key=first.count)
        header = next(csv.reader([first], delimiter=delimiter), [])
        is_header = not any(_is_number(cell) for cell in header)
        values = _numbers(path, delimiter, skip=int(is_header))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as text ({error}); expected numbers between commas") from error
    except ValueError as error:
        raise _misfit(path, delimiter, header if is_header else []) or InputError(f"{path}: {reason(error)}") from error
    if not len(values):
        raise InputError(f"{path}: holds no row of numbers; expected one sample a line")
    return from_array(name, values)


def read_idx_table(name: str, path: Path) -> StoredData:
    """The array of an IDX file; images take their labels from the `labels-idx1` file beside it, if there is one."""
    sibling = path.with_name(path.name.replace("images-idx3", "labels-idx1"))
    if sibling == path or not sibling.is_file():
        return from_array(name, read_idx(path))
    return from_array(name, read_idx(path), *number_labels(read_idx(sibling)))


def _numbers(path: Path, delimiter: str, skip: int) -> NDArray[np.float64]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = (line for number, line in enumerate(file) if number >= skip and line.strip())
        if (first := next(lines, None)) is None:
            return np.empty((0, 1))
        return np.loadtxt(_chain(first, lines), np.float64, comments=None, delimiter=delimiter, quotechar='"', ndmin=2)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _misfit(path: Path, delimiter: str, header: list[str]) -> InputError | None:
    """The first cell or row of a table that does not fit, found by reading it slowly."""
    width = len(header)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            if not row or (header and reader.line_num == 1):
                continue
            width = width or len(row)
            if len(row) != width:
                return InputError(f"{path}: row {reader.line_num} has {len(row)} cells, expected {width}; mend the row")
            for column, cell in enumerate(row):
                if not _is_number(cell):
                    title = repr(header[column]) if header else str(column + 1)
                    return InputError(
                        f"{path}: row {reader.line_num}, column {title} holds {cell!r}, expected a number; "
                        "mend it or leave the column out"
                    )
    return None


def _is_number(cell: str) -> bool:
    with suppress(ValueError):
        float(cell)
        return True
    return False


def _load(path: Path, title: str, key: str | None = None) -> NDArray[np.generic]:
    try:
        loaded = np.load(path, allow_pickle=False)
        array = loaded if key is None else loaded[key]
    except (OSError, EOFError, ValueError, KeyError, MemoryError, zipfile.BadZipFile) as error:
        if "allow_pickle" in str(error):
            raise InputError(
                f"{path}: {title} holds pickled Python objects, which are never loaded; save plain numbers"
            ) from error
        raise InputError(f"{path}: cannot be read ({error}); expected an array of numpy.save") from error
    if not isinstance(array, np.ndarray) or not array.ndim:
        raise InputError(f"{path}: {title} is no array of samples; expected (N,), (N, features) or images")
    return array


def _channels_first(name: str, array: NDArray[np.generic]) -> NDArray[np.uint8]:
    images = array.astype(np.uint8, copy=False)
    if images.ndim == 3:
        return images[:, None]
    if images.shape[3] in (1, 3):
        return images.transpose(0, 3, 1, 2)
    if images.shape[1] in (1, 3):
        return images
    raise InputError(f"{name}: images of shape {images.shape[1:]}; expected 1 or 3 channels, first or last")


def _check_finite(name: str, values: NDArray[np.float64]) -> None:
    bad = ~np.isfinite(values)
    if count := math.prod(bad.shape) and int(bad.sum()):
        row, column = np.argwhere(bad)[0]
        raise InputError(
            f"{name}: {count} of {bad.size} numbers are NaN or infinite, the first in row {row}, column {column} "
            "(counted from 0); remove or fill them"
        )
