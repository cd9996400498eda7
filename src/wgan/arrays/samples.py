"""What a user hands over as samples, and which are refused."""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import torch
from torch import Tensor

from wgan.arrays.numbers import EXPECTED, column_numbers, kind, numbers, refused
from wgan.errors import InputError

__all__ = ["ArrayLike", "Samples", "aligned", "as_samples", "check_finite", "check_least", "matched_columns"]

ArrayLike = object
"""Whatever `as_samples` reads: which types those are is found out by looking."""


@dataclass(frozen=True)
class Samples:
    """Samples as they were handed over.

    Attributes:
        values: `(n, *shape)`, float64, finite, on the device of the tensor that was handed over.
        columns: the names of the features of a data frame, in their order; None for what has no names.
    """

    values: Tensor
    columns: tuple[str, ...] | None = None


def as_samples(data: ArrayLike, name: str) -> Samples:
    """Samples from anything that holds numbers: right, or refused.

    Args:
        data: a tensor, array, sparse matrix, data frame, column of one, or list; its first axis counts the samples.
        name: what the samples are called in an error.

    Raises:
        InputError: if it holds something else than finite real numbers.

    Example:
        >>> as_samples([[1.7e9, 2], [1.7e9 + 1, 3]], "x").values
        tensor([[1.7000e+09, 2.0000e+00],
                [1.7000e+09, 3.0000e+00]], dtype=torch.float64)
    """
    frame = framed(data, name)
    values = numbers(data, name) if frame is None else numbers_of_columns(frame, name)
    if not values.dim():
        raise InputError(f"{name} is a single number; {EXPECTED}")
    columns = None if frame is None else names_of(frame)
    check_finite(values, name, columns)
    return Samples(values, columns)


def matched_columns(a: tuple[str, ...] | None, b: tuple[str, ...] | None, name_a: str, name_b: str) -> list[int] | None:
    """Where each column of `a` is in `b`; None if one of them has no names, or if they stand in the same order.

    Args:
        a: names of the columns of one side.
        b: of the other.
        name_a: what the side is called in an error.
        name_b: likewise.

    Raises:
        InputError: if the names differ, naming those that only one side has.

    Example:
        >>> matched_columns(("age", "income"), ("income", "age"), "a", "b")
        [1, 0]
    """
    if a is None or b is None or a == b:
        return None
    only_a, only_b = ([column for column in one if column not in other] for one, other in ((a, b), (b, a)))
    if only_a or only_b:
        sides = [f"{name} alone has {listed(only)}" for name, only in ((name_a, only_a), (name_b, only_b)) if only]
        raise InputError(f"the columns differ: {', '.join(sides)}; expected the same names: rename or select columns")
    return [b.index(column) for column in a]


def aligned(a: Samples, b: Samples, name_a: str, name_b: str) -> Samples:
    """`b` with its columns in the order of `a`, where both have names."""
    order = matched_columns(a.columns, b.columns, name_a, name_b)
    return b if order is None else Samples(b.values[:, order], a.columns)


def check_least(count: int, least: int, name: str) -> None:
    """Refuses too few samples."""
    if count < least:
        raise InputError(f"{name} holds {count} sample{'s' * (count != 1)}; expected at least {least}")


def listed(names: list[str], most: int = 4) -> str:
    """The first few names."""
    rest = len(names) - most
    return ", ".join(map(repr, names[:most])) + (f" and {rest} more" if rest > 0 else "")


def check_finite(values: Tensor, name: str, columns: tuple[str, ...] | None = None) -> None:
    """Refuses NaN and infinity, with their number and the first place."""
    if bool(values.detach().sum().isfinite()):  # quicker than to look at each, and hardly ever fails without reason
        return
    bad = (~values.isfinite()).reshape(len(values), -1).nonzero()
    if not len(bad):
        return
    sample, feature = bad[0].tolist()
    place = f"column {columns[feature]!r}" if columns else f"feature {feature}"
    raise InputError(
        f"NaN or infinite values in {name}: {len(bad)}, the first in sample {sample}, {place}; "
        "remove or fill them first"
    )


def framed(data: object, name: str) -> "nw.DataFrame[Any] | None":
    """The data frame that narwhals sees in it; None if it is none."""
    try:
        found: object = nw.from_native(data, pass_through=True)
        if type(data).__name__ == "RecordBatch":
            found = nw.from_arrow(data, backend="pyarrow")
    except Exception as error:
        raise refused(name, data, error) from error
    if isinstance(found, nw.LazyFrame):
        raise InputError(f"{name} is of type {kind(data)}, which holds no rows yet; collect or compute it first")
    return found if isinstance(found, nw.DataFrame) else None


def names_of(frame: "nw.DataFrame[Any]") -> tuple[str, ...] | None:
    """The columns' names; None where they are but counted."""
    names: list[object] = list(frame.columns)
    return None if names == list(range(len(names))) else tuple(map(str, names))


def numbers_of_columns(frame: "nw.DataFrame[Any]", name: str) -> Tensor:
    """All columns of a frame side by side, `(n, d)`."""
    columns = [column_numbers(column, f"column {column.name!r} of {name}") for column in frame.iter_columns()]
    return torch.stack(columns, 1) if columns else torch.empty(len(frame), 0, dtype=torch.float64)
