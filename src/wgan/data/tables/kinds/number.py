"""Numbers: integers, and those with decimals."""

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.decimals import parsed
from wgan.data.tables.kinds.kind import Kind
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Number"]


class Number(Kind, frozen=True, kw_only=True):
    """Amounts.

    Attributes:
        decimals: at most this many after the point; None for a data frame's floats, which have all there are.
        padded: whether every cell is written with as many.
        low: the least.
        high: the greatest.
    """

    title: ClassVar[str] = "number"

    low: float
    high: float
    decimals: int | None = 0
    padded: bool = False

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series") -> Self | None:
        """Text that holds nothing but numbers, and numeric columns of data frames."""
        import pandas as pd

        filled = cells.dropna()
        if pd.api.types.is_bool_dtype(filled.dtype):
            return None
        if pd.api.types.is_numeric_dtype(filled.dtype):
            whole = pd.api.types.is_integer_dtype(filled.dtype)
            low, high = ends(filled.to_numpy(np.float64))
            return cls(name=name, dtype=str(cells.dtype), low=low, high=high, decimals=0 if whole else None)
        numbers, bad = parsed(filled.tolist(), ".")
        if bad is not None or not np.isfinite(numbers).all():
            return None
        places = [len(text.strip().partition(".")[2]) for text in filled]
        low, high = ends(numbers)
        return cls(name=name, low=low, high=high, decimals=max(places), padded=min(places) == max(places))

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """As they are."""
        if self.dtype is not None:
            return np.asarray(cells.to_numpy(np.float64, na_value=np.nan))
        numbers, bad = parsed(cells.tolist(), ".")
        if bad is not None:
            raise InputError(f"column {self.name!r} holds {str(cells.iloc[bad])[:40]!r}, expected a number")
        return numbers

    def number_of(self, cell: str) -> float:
        """Of a plain number."""
        numbers, bad = parsed([cell], ".")
        if bad is not None:
            raise InputError(f"column {self.name!r} holds numbers, and {cell!r} is none")
        return float(numbers[0])

    def rounded(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """To the decimals that the column has, and no further than its range."""
        kept = np.clip(numbers, self.low, self.high)
        return np.asarray(kept if self.decimals is None else np.round(kept, self.decimals))

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """As they are written in the column."""
        import pandas as pd

        kept = self.rounded(numbers)
        if self.dtype is not None:
            return pd.Series(kept, name=self.name).astype(self.dtype)
        assert self.decimals is not None
        texts = [np.nan if value != value else self._written(value) for value in kept.tolist()]
        return pd.Series(texts, name=self.name, dtype=object)

    def _written(self, value: float) -> str:
        text = f"{value:.{self.decimals}f}"
        if not self.padded and "." in text:
            text = text.rstrip("0")
            text = text + "0" if text.endswith(".") else text
        return text

    def described(self) -> str:
        """The range."""
        return f"{self.low:.12g} to {self.high:.12g}"


def ends(numbers: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest."""
    return float(numbers.min()), float(numbers.max())
