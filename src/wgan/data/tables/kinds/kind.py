"""What a kind of column is: the way between the cells of a table and numbers."""

from typing import TYPE_CHECKING, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Kind"]


class Kind(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """One column of a table: what it holds, and how its cells are written.

    Cells are a pandas Series: of text as a file has it, or of whatever a data frame holds; an empty one is NaN or its
    like there. Numbers are float64, NaN where the cell is empty. The way there and back changes no cell.

    A new kind is a file with a class that overrides these methods, and its export.

    Attributes:
        name: of the column.
        dtype: of a data frame's column, as pandas names it; none for the text of a file.
    """

    title: ClassVar[str]
    """What it is called in a table for a person, such as `number`."""
    name: str
    dtype: str | None = None

    @property
    def codes(self) -> int | None:
        """How many values its numbers tell apart, 0, 1, 2, …; None where they are amounts."""
        return None

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series") -> Self | None:
        """The kind with what it has to know of these cells; None if they are of another kind."""
        raise NotImplementedError

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """The number of each cell, `(n,)`.

        Raises:
            InputError: for a cell that is not of this kind.
        """
        raise NotImplementedError

    def number_of(self, cell: str) -> float:
        """The number of one cell, as a person writes it.

        Raises:
            InputError: as `to_numbers`.
        """
        import pandas as pd

        return float(self.to_numbers(pd.Series([cell], dtype=object))[0])

    def rounded(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The nearest numbers that a cell of the column can have."""
        return numbers

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """The cell of each number, as the table had them."""
        raise NotImplementedError

    def described(self) -> str:
        """Range or values, for a person."""
        raise NotImplementedError
