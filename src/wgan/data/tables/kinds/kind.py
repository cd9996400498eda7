"""What a kind of column is: the way between the cells of a table and numbers."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FREE", "Asked", "Kind"]


@dataclass(frozen=True)
class Asked:
    """What is known of a column before its cells are looked at.

    Attributes:
        forced: whether it has to be of the kind that is asked: cells that are not count as empty.
        sign: before the decimals of its numbers.
        form: of its dates, for `strftime`; none for the usual ones.
    """

    forced: bool = False
    sign: str = "."
    form: str | None = None


FREE = Asked()


class AbstractStruct(msgspec.StructMeta, ABCMeta):
    """The metaclass of structs with methods that are abstract."""


class Kind(msgspec.Struct, metaclass=AbstractStruct, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """One column of a table: what it holds, and how its cells are written.

    Cells are a pandas Series: of text as a file has it, or of whatever a data frame holds; an empty one is NaN or its
    like there. Numbers are float64, NaN where the cell is empty. The way there and back changes no cell.

    A new kind is a file with a class that overrides the abstract methods, and its export.

    Attributes:
        name: of the column.
        dtype: of a data frame's column, as `cells.dtype_of` names it; none for the text of a file.
        hollow: the texts that stand for an empty cell, the commonest first.
    """

    title: ClassVar[str]
    """What it is called in a table for a person, and by whoever asks for it, such as `number`."""
    learned: ClassVar[bool] = True
    """Whether there is something to learn of it; what there is not is left out unless it is asked for."""
    name: str
    dtype: str | None = None
    hollow: tuple[str, ...] = ()

    @property
    def codes(self) -> int | None:
        """How many values its numbers tell apart, 0, 1, 2, …; None where they are amounts."""
        return None

    @classmethod
    @abstractmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:
        """The kind with what it has to know of these cells; None if they are of another kind."""

    @abstractmethod
    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """The number of each cell, `(n,)`.

        Raises:
            InputError: for a cell that is not of this kind.
        """

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

    @abstractmethod
    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """The cell of each number, as the table had them."""

    def to_values(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """The cells as a data frame has them: numbers and times, even where a file has their text."""
        return self.to_cells(numbers)

    @abstractmethod
    def described(self) -> str:
        """Range or values, for a person."""
