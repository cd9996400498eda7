"""Numbers: integers, those with decimals, and spans of time."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.decimals import forms, parsed
from wgan.data.tables.kinds.affixes import Affixes
from wgan.data.tables.kinds.cells import HOLLOW, counted, dtype_of, family, looked_up, refused, restored
from wgan.data.tables.kinds.kind import FREE, Asked, Kind
from wgan.data.tables.kinds.writing import Writing, nearest
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Number", "amount", "is_amount"]

EXACT = 2**53
"""Up to this every integer is a double."""
FINE = 6
"""Decimals up to which a data frame's floats are looked at for a rounding that all of them share."""
_CODE = re.compile(r"[+-]?(0\d+|\d{17,})|\+\d{7,}", re.ASCII)
"""What is no amount though it is of digits alone, such as the zip code 01234 or a telephone's number."""


class Number(Kind, frozen=True, kw_only=True):
    """Amounts; spans of time are in seconds.

    Attributes:
        low: the least.
        high: the greatest.
        decimals: of a data frame's column, at most this many after the point; None for all there are.
        writing: how a file writes them.
        affixes: what it puts around them, such as a currency.
    """

    title: ClassVar[str] = "number"

    low: float
    high: float
    decimals: int | None = 0
    writing: Writing | None = None
    affixes: Affixes = Affixes()

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:
        """Text that holds nothing but numbers and empty cells, and the numbers of data frames."""
        word = family(cells)
        if word == "text":
            return cls._of_text(name, cells, asked)
        if word not in ("int", "float", "decimal", "timedelta") or cells.isna().all():
            return None
        numbers = amounts(cells, word)
        low, high = ends(name, numbers[~np.isnan(numbers)])
        if word == "int" and max(-low, high) > EXACT and not asked.forced:
            return None
        return cls(name=name, dtype=dtype_of(cells), low=low, high=high, decimals=shared_decimals(numbers, word, cells))

    @classmethod
    def _of_text(cls, name: str, cells: "pd.Series", asked: Asked) -> Self | None:
        counts = counted(cells)
        filled = [text for text in counts if text.strip().lower() not in HOLLOW]
        affixes = Affixes.of(filled, strays=asked.forced) or Affixes()
        bare = {text: affixes.bare(text) for text in counts}
        found = {text: number for text in counts if (number := amount(bare[text], asked.sign)) is not None}
        strange = any(text not in found for text in filled) or any(_CODE.fullmatch(bare[text]) for text in found)
        if not found or (strange and not asked.forced):
            return None
        numbers = np.array(list(found.values()))
        written = Counter[str]()
        for text in found:
            written[bare[text]] += counts[text]
        writing = Writing.fitted(written, np.array([amount(text, asked.sign) for text in written]), asked.sign)
        low, high = ends(name, numbers)
        hollow = tuple(text for text in counts if text not in found)
        return cls(
            name=name, dtype=dtype_of(cells), hollow=hollow, low=low, high=high, writing=writing, affixes=affixes
        )

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """As they are."""
        if self.writing is None:
            return amounts(cells, family(cells))
        texts = {text: amount(self.affixes.bare(text), self.writing.sign) for text in counted(cells)}
        known = {text: number for text, number in texts.items() if number is not None}
        numbers, bad = looked_up(cells, {**dict.fromkeys(self.hollow, np.nan), **known})
        if bad is not None:
            raise refused(self.name, cells.iloc[bad], "a number")
        return numbers

    def number_of(self, cell: str) -> float:
        """Of a plain number."""
        numbers, bad = parsed([self.affixes.bare(cell)], ".")
        if bad is not None:
            raise InputError(f"column {self.name!r} holds numbers, and {cell!r} is none")
        return float(numbers[0])

    def rounded(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """To the decimals that the column has, and no further than its range."""
        kept = np.clip(numbers, self.low, self.high)
        if self.writing is not None:
            return self.writing.rounded(kept)
        return kept if self.decimals is None else nearest(kept, self.decimals)

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """As they are written in the column."""
        kept = self.rounded(numbers)
        if self.writing is None:
            return of_amounts(kept, self.name, self.dtype or "float64")
        empty = self.hollow[0] if self.hollow else None
        cells = [empty if number != number else self._cell(number) for number in kept.tolist()]
        return restored(cells, self.name, self.dtype)

    def to_values(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """As numbers, even of a file."""
        if self.dtype is not None or self.writing is None:
            return self.to_cells(numbers)
        kept = self.rounded(numbers)
        whole = self.writing.decimals == 0 and not self.writing.exponent
        dtype = "float64" if not whole else "Int64" if np.isnan(kept).any() else "int64"
        return of_amounts(kept, self.name, dtype)

    def _cell(self, number: float) -> str:
        assert self.writing is not None
        return self.affixes.around(self.writing(number))

    def described(self) -> str:
        """The range."""
        if self.writing is not None:
            return f"{self._cell(self.low)} to {self._cell(self.high)}"
        return f"{self.low:.12g} to {self.high:.12g}"


def amount(text: str, sign: str) -> float | None:
    """The finite number in a text, None if there is none."""
    numbers, bad = parsed([text], sign)
    return float(numbers[0]) if bad is None and np.isfinite(numbers[0]) else None


def is_amount(text: str) -> bool:
    """Whether a text may be an amount, whichever sign stands before its decimals.

    Example:
        >>> is_amount("1.5"), is_amount("1,234"), is_amount("01234"), is_amount("A1")
        (True, True, False, False)
    """
    return bool(forms(text.strip())) and _CODE.fullmatch(text.strip()) is None


def amounts(cells: "pd.Series", word: str) -> NDArray[np.float64]:
    """The numbers of a data frame's column; spans in seconds."""
    import pandas as pd

    if word == "timedelta":
        return np.asarray(pd.to_timedelta(cells) / pd.Timedelta(seconds=1), np.float64)
    if cells.dtype == object:
        return np.array([np.nan if empty else float(c) for c, empty in zip(cells, cells.isna(), strict=True)])
    return np.asarray(cells.to_numpy(np.float64, na_value=np.nan))


def of_amounts(numbers: NDArray[np.float64], name: str, dtype: str) -> "pd.Series":
    """The way back from `amounts`."""
    import pandas as pd

    if "timedelta" in dtype or "duration" in dtype:
        micros = np.where(np.isnan(numbers), 0, np.round(numbers * 1e6)).astype("int64").view("timedelta64[us]")
        spans = pd.Series(micros, name=name).mask(np.isnan(numbers))
        return spans.astype(object if dtype.startswith("object") else dtype)
    convert: Any = float
    if "int" in dtype.lower():
        numbers, convert = inside(numbers, dtype), int
    if not np.isnan(numbers).any() and dtype.islower() and ":" not in dtype and "[" not in dtype:
        return pd.Series(numbers, name=name).astype(dtype)
    if "decimal" in dtype:
        from decimal import Decimal

        convert = lambda number: Decimal(repr(number))  # noqa: E731 - one of three
    cells = [None if number != number else convert(number) for number in numbers.tolist()]
    return restored(cells, name, dtype)


def inside(numbers: NDArray[np.float64], dtype: str) -> NDArray[np.float64]:
    """Whole numbers no further than the type holds, which doubles round."""
    if "64" not in dtype:
        return np.round(numbers)
    most = 2**64 - 2**11 if "u" in dtype.lower() else 2**63 - 2**10
    return np.clip(np.round(numbers), None, most)


def shared_decimals(numbers: NDArray[np.float64], word: str, cells: "pd.Series") -> int | None:
    """The fewest decimals to which all numbers can be rounded without a change; None if some have too many."""
    if word == "int":
        return 0
    single = np.float32 if "32" in str(cells.dtype) or "float[" in str(cells.dtype) else np.float64
    filled = numbers[~np.isnan(numbers)]
    for decimals in range(FINE + 1):
        if (np.round(filled, decimals).astype(single) == filled.astype(single)).all():
            return decimals
    return None


def ends(name: str, numbers: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest.

    Raises:
        InputError: for infinity.
    """
    low, high = float(numbers.min()), float(numbers.max())
    if not np.isfinite((low, high)).all():
        raise InputError(f"column {name!r} holds infinite numbers; remove or fill them, or leave it out with --drop")
    return low, high
