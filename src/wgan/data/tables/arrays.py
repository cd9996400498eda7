"""Arrays from files: `.npy`, `.npz`, `.idx`, and those that Python hands over."""

import math
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.idx import read_idx
from wgan.data.images.mapped import MappedImages
from wgan.data.labels import number_labels
from wgan.data.maps import mapped
from wgan.data.reading import reading, require_room
from wgan.data.settings import DataSettings
from wgan.data.stored import StoredData, StoredImages
from wgan.data.tables.columns import as_float64, chosen_columns, refuse_duplicates, stacked
from wgan.data.tables.mapped import MappedRows
from wgan.data.tables.rows import RowsTable, stays_on_disk
from wgan.data.tables.table import StoredTable, refuse_infinite
from wgan.errors import InputError

__all__ = ["from_array", "read_idx_table", "read_npy", "read_npz"]

_DATA_KEYS, _LABEL_KEYS = ("images", "data", "x"), ("labels", "y")


def from_array(
    name: str,
    array: NDArray[Any],
    settings: DataSettings,
    labels: Tensor | None = None,
    classes: tuple[str, ...] = (),
) -> StoredData:
    """Images from an array of rank 3 or 4, bytes or deeper, else a table from rank 1 or 2 or from named fields.

    Args:
        name: how the user named it, for messages.
        array: `(N,)`, `(N, F)`, `(N,)` with named fields, or images `(N, H, W)`, `(N, H, W, C)`, `(N, C, H, W)` with C
            1 or 3.
        settings: which columns to keep.
        labels: `(N,)` integers, or None.
        classes: the name of each class.

    Raises:
        InputError: another rank or type, NaN or infinity.
    """
    if labels is not None and len(labels) != len(array):
        raise InputError(f"{name}: {len(array)} samples but {len(labels)} labels; expected one label a sample")
    if array.dtype.names is not None:
        fields = _fields(name, array, settings)
        values = stacked(name, {column: array[column] for column in fields})
        refuse_infinite(name, values, fields)
        return StoredTable(name, values, labels, classes, tuple(fields))
    _refuse_other_kinds(name, array)
    if array.ndim in (3, 4):
        refuse_infinite(name, array.reshape(len(array), -1))
        return StoredImages(name, _channels_first(name, array), labels, classes)
    rows = array.reshape(len(array), *(array.shape[1:] or (1,)))
    kept = chosen_columns(settings, None, rows.shape[1])
    values = as_float64(name, "the array", rows if kept == list(range(rows.shape[1])) else rows[:, kept])
    refuse_infinite(name, values)
    return StoredTable(name, values, labels, classes)


def _fields(name: str, array: NDArray[Any], settings: DataSettings) -> list[str]:
    """The fields of records that were asked for, all of them numbers."""
    names = array.dtype.names or ()
    if array.ndim != 1:
        raise InputError(f"{name}: named fields of shape {array.shape}; expected one row a sample, (N,)")
    kept = [names[place] for place in chosen_columns(settings, names, len(names))]
    for column in kept:
        if array[column].dtype.kind not in "fiub" or array[column].ndim != 1:
            raise InputError(f"{name}: field {column!r} holds {array.dtype[column]}, expected a number; --drop it")
    return kept


def read_npy(path: Path, settings: DataSettings) -> StoredData:
    """The array of an `.npy` file; pickled objects are refused, never loaded."""
    size = path.stat().st_size
    if stays_on_disk(size) and (table := _on_disk(path, settings)) is not None:
        return table
    require_room(path, size)
    return from_array(settings.source, _load(path, path.name), settings)


def _on_disk(path: Path, settings: DataSettings) -> StoredData | None:
    """A table, or images, too large to be read as a whole without need; None for what is not."""
    array, name = mapped(path), settings.source
    fields = None if array.dtype.names is None else _fields(name, array, settings)
    if fields is None:
        _refuse_other_kinds(name, array)
    if array.ndim > 2:
        return MappedImages(name, _channels_first(name, array)) if stays_on_disk(array.nbytes // 8) else None
    kept = fields or chosen_columns(settings, None, math.prod(array.shape[1:]))
    if not stays_on_disk(len(array) * len(kept)):
        return None
    return RowsTable(name, MappedRows(name, array, kept), columns=None if fields is None else tuple(fields))


def read_npz(path: Path, settings: DataSettings) -> StoredData:
    """The array `images`, `data` or `x` of an `.npz` file, or its only one, with `labels` or `y` as labels."""
    with reading(path, "an .npz file of numpy.savez"), zipfile.ZipFile(path) as archive:
        require_room(path, sum(member.file_size for member in archive.infolist()))
        keys = [member.removesuffix(".npy") for member in archive.namelist()]
    label_key = next((key for key in _LABEL_KEYS if key in keys), None)
    others = [key for key in keys if key != label_key]
    data_key = next((key for key in _DATA_KEYS if key in keys), others[0] if len(others) == 1 else None)
    if data_key is None:
        raise InputError(f"{path}: holds the arrays {', '.join(keys) or '(none)'}; name the samples 'images' or 'data'")
    refuse_duplicates(settings.source, keys)
    if left := [key for key in others if key != data_key]:
        warnings.warn(f"{path}: took the array {data_key} and left out {', '.join(left)}", stacklevel=2)
    labelled = (None, ()) if label_key is None else number_labels(_load(path, label_key, label_key), settings.source)
    return from_array(settings.source, _load(path, data_key, data_key), settings, *labelled)


def read_idx_table(path: Path, settings: DataSettings) -> StoredData:
    """The array of an IDX file; images take their labels from the `labels-idx1` file beside it, if there is one."""
    sibling = path.with_name(path.name.replace("images-idx3", "labels-idx1"))
    found = sibling != path and sibling.is_file()
    labelled = number_labels(read_idx(sibling), str(sibling)) if found else (None, ())
    return from_array(settings.source, read_idx(path), settings, *labelled)


def _load(path: Path, what: str, key: str | None = None) -> NDArray[Any]:
    with reading(path, "an array of numpy.save"):
        try:
            loaded = np.load(path, allow_pickle=False)
            array = loaded if key is None else loaded[key]
        except ValueError as error:
            if "allow_pickle" not in str(error):
                raise
            raise InputError(
                f"{path}: {what} holds pickled Python objects, which are never loaded; save plain numbers"
            ) from error
    if not isinstance(array, np.ndarray) or not array.ndim:
        raise InputError(f"{path}: {what} is no array of samples; expected (N,), (N, features) or images")
    return array


def _refuse_other_kinds(name: str, array: NDArray[Any]) -> None:
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name}: holds {array.dtype}, expected real numbers; convert it to float32 or uint8")
    if array.ndim not in (1, 2, 3, 4) or 0 in array.shape[1:]:
        raise InputError(
            f"{name}: {array.dtype} of shape {array.shape}; expected (N,) or (N, features), or images (N, height, "
            "width) with 1 or 3 channels last or first"
        )


def _channels_first(name: str, images: NDArray[Any]) -> NDArray[Any]:
    if images.ndim == 3:
        return images[:, None]
    if images.shape[3] in (1, 3):
        return images.transpose(0, 3, 1, 2)
    if images.shape[1] in (1, 3):
        return images
    raise InputError(f"{name}: images of shape {images.shape[1:]}; expected 1 or 3 channels, first or last")
