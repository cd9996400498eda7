"""Labels of any kind as classes: integers, and the name of each class."""

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.errors import InputError

__all__ = ["number_labels"]


def number_labels(values: NDArray[Any], name: str = "labels") -> tuple[Tensor, tuple[str, ...]]:
    """Labels of any kind as integers, and the name of each class in sorted order.

    Args:
        values: `(N,)` numbers or text, or `(N, classes)` with a single one in every row.
        name: how the user named the file, for messages.

    Raises:
        InputError: a label is missing, or they are no classes.

    Example:
        >>> number_labels(np.array(["cat", "ant", "cat"]))
        (tensor([1, 0, 1]), ('ant', 'cat'))
        >>> number_labels(np.array([2.0, 5.0]))
        (tensor([0, 1]), ('2', '5'))
    """
    if values.ndim != 1:
        return _from_one_hot(values, name)
    kinds = values.dtype.kind
    if kinds == "O":
        values = _as_text(values, name)
    elif kinds == "f":
        values = _as_integers(values, name)
    elif kinds not in "iubUS":
        raise InputError(f"{name}: the labels hold {values.dtype}; expected numbers or text, one a sample")
    found, numbers = np.unique(values, return_inverse=True)
    return torch.from_numpy(numbers.astype(np.int64)), tuple(_word(label) for label in found.tolist())


def _from_one_hot(values: NDArray[Any], name: str) -> tuple[Tensor, tuple[str, ...]]:
    if values.ndim == 2 and values.shape[1] == 1:
        return number_labels(values[:, 0], name)
    if values.ndim != 2 or not _is_one_hot(values):
        raise InputError(
            f"{name}: labels of shape {values.shape}; expected one a sample, or rows that hold a single 1 and else 0"
        )
    count = values.shape[1]
    warnings.warn(f"{name}: labels of shape {values.shape} are one-hot; took them as {count} classes", stacklevel=2)
    return torch.from_numpy(values.argmax(axis=1).astype(np.int64)), tuple(map(str, range(count)))


def _is_one_hot(values: NDArray[Any]) -> bool:
    if values.dtype.kind not in "fiub" or not values.size:
        return False
    ones = values == 1
    return bool((ones | (values == 0)).all() and (ones.sum(axis=1) == 1).all())


def _as_integers(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Floats that number classes; measurements are none."""
    odd = ~(np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 2**53))
    if odd.any():
        row = int(odd.argmax())
        raise InputError(f"{name}: the label of sample {row} (counted from 0) is {values[row]}; expected a class")
    return values.astype(np.int64)


def _as_text(values: NDArray[Any], name: str) -> NDArray[Any]:
    missing = [row for row, value in enumerate(values) if value is None or value != value]
    if missing:
        raise InputError(
            f"{name}: {len(missing)} of {len(values)} labels are missing, the first of sample {missing[0]} "
            "(counted from 0); fill them or leave the samples out"
        )
    return np.array([_word(value) for value in values], dtype=str)


def _word(label: object) -> str:
    return label.decode(errors="replace") if isinstance(label, bytes) else str(label)
