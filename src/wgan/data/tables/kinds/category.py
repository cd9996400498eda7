"""Words, yes and no, and whatever else only tells rows apart."""

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.kinds.kind import Kind
from wgan.errors import unknown_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Category"]

SHOWN = 4
"""Values that are named in a description."""


class Category(Kind, frozen=True, kw_only=True):
    """One of several values.

    Attributes:
        values: their texts, the commonest first; their places are their numbers.
    """

    title: ClassVar[str] = "category"

    values: tuple[str, ...]

    @property
    def codes(self) -> int:
        """As many as there are values."""
        return len(self.values)

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series") -> Self | None:
        """Any cells."""
        import pandas as pd

        counts = cells.dropna().astype(str).value_counts()
        order = sorted(counts.index, key=lambda value: (-counts[value], value))
        dtype = None if cells.dtype == object or isinstance(cells.dtype, pd.StringDtype) else str(cells.dtype)
        return cls(name=name, dtype=dtype, values=tuple(order))

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """The place of each value."""
        places = {value: float(place) for place, value in enumerate(self.values)}
        numbers = np.full(len(cells), np.nan)
        for row, (cell, empty) in enumerate(zip(cells, cells.isna(), strict=True)):
            if not empty:
                if str(cell) not in places:
                    raise unknown_name(f"value of column {self.name!r}", str(cell), self.values)
                numbers[row] = places[str(cell)]
        return numbers

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """The value at each place."""
        import pandas as pd

        texts = [np.nan if number != number else self.values[int(number)] for number in numbers.tolist()]
        cells = pd.Series(texts, name=self.name, dtype=object)
        return cells if self.dtype is None else cells.astype(self.dtype)

    def described(self) -> str:
        """How many values, and the commonest."""
        words = ", ".join(self.values[:SHOWN])
        return f"{len(self.values)} values: {words}{', …' * (len(self.values) > SHOWN)}"
