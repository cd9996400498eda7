"""Two tables of mixed columns as one: a column means the same in both, however each file wrote it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from msgspec.structs import replace
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.tables.encoding import AnyKind, TableEncoding
from wgan.data.tables.kinds import Category, Constant, Moment, Number, YesNo
from wgan.data.tables.kinds.number import is_amount
from wgan.errors import InputError

__all__ = ["Cells", "of_numbers", "united"]

Numbers = NDArray[np.float64]


class Cells(NamedTuple):
    """Rows of a table in the user's units.

    Attributes:
        kinds: of the columns.
        values: `(n, columns)`, NaN where a cell is empty; of a category its place among the values of its kind.
    """

    kinds: tuple[AnyKind, ...]
    values: Tensor

    def of(self, columns: Sequence[int]) -> "Cells":
        """Some columns."""
        return Cells(tuple(self.kinds[k] for k in columns), self.values[:, list(columns)])


def of_numbers(columns: Sequence[str], values: Tensor) -> Cells:
    """The rows of a table that holds numbers alone."""
    ends = zip(columns, values.amin(0).tolist(), values.amax(0).tolist(), strict=True)
    return Cells(tuple(Number(name=name, low=low, high=high, decimals=None) for name, low, high in ends), values)


def united(a: Cells, b: Cells) -> tuple[TableEncoding, Tensor, Tensor]:
    """The columns of both tables, which are matched by their places, each of one kind.

    Amounts and dates stay as they are. A column whose cells one table takes for numbers and the other for words holds
    words, unless those are numbers too, as where it is constant in one of them. Categories are told by their text.

    Args:
        a: the first.
        b: the second, with as many columns.

    Returns:
        The encoding that suits the rows of both, and the values of each.
    """
    parts = [
        one_column(*part)
        for part in zip(a.kinds, a.values.double().numpy().T, b.kinds, b.values.double().numpy().T, strict=True)
    ]
    kinds, x, y = zip(*parts, strict=True)
    first, second = np.stack(x, 1), np.stack(y, 1)
    encoding = TableEncoding.fitted(kinds, np.concatenate([first, second]))
    return encoding, torch.from_numpy(first), torch.from_numpy(second)


def one_column(one: AnyKind, x: Numbers, other: AnyKind, y: Numbers) -> tuple[AnyKind, Numbers, Numbers]:
    """A kind for both, and the numbers of both in it."""
    if is_empty(one):
        return other, x, y
    if is_empty(other):
        return one, x, y
    for kind in (one, other):
        amounts = [as_amounts(*part, kind) for part in ((one, x), (other, y))]
        if isinstance(kind, Number | Moment) and amounts[0] is not None and amounts[1] is not None:
            known = [part for part in (one, other) if isinstance(part, Number | Moment)]
            low, high = min(part.low for part in known), max(part.high for part in known)
            return replace(kind, low=low, high=high), amounts[0], amounts[1]
    texts = texts_of(one, x), texts_of(other, y)
    values = tuple(dict.fromkeys(text for side in texts for text in side if text is not None))
    places: dict[str | None, float] = {None: np.nan} | {text: float(k) for k, text in enumerate(values)}
    numbers = [np.array([places[text] for text in side]) for side in texts]
    if isinstance(one, YesNo | Constant) and type(one) is type(other) and len(values) == len(one.values):
        return replace(one, values=values), numbers[0], numbers[1]
    return Category(name=one.name, values=values), numbers[0], numbers[1]


def is_empty(kind: AnyKind) -> bool:
    """Whether a column has no filled cell."""
    return isinstance(kind, Constant) and not kind.values


def as_amounts(kind: AnyKind, numbers: Numbers, like: AnyKind) -> Numbers | None:
    """A column in the numbers of another kind of amounts; None if it holds something else."""
    if type(kind) is type(like):
        return numbers
    if kind.codes is None:
        return None
    texts = [str(text) for text in kind.to_cells(np.arange(kind.codes, dtype=np.float64))]
    if isinstance(like, Number) and not all(is_amount(like.affixes.bare(text)) for text in texts):
        return None  # such as 01, which is no amount
    try:
        known = list(map(like.number_of, texts))
    except InputError:
        return None
    return np.array([np.nan if number != number else known[int(number)] for number in numbers.tolist()])


def texts_of(kind: AnyKind, numbers: Numbers) -> list[str | None]:
    """The text of each cell, None where it is empty."""
    filled = ~np.isnan(numbers)
    cells = iter(kind.to_cells(numbers[filled]))
    return [str(next(cells)) if one else None for one in filled]
