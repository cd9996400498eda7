"""Words, and whatever else only tells rows apart."""

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.kinds.cells import counted, dtype_of, family, in_order, looked_up, restored
from wgan.data.tables.kinds.kind import FREE, Asked, Kind
from wgan.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Category"]

SHOWN = 4
"""Values that are named in a description."""
WIDEST = 20
"""Letters of a value that a description shows."""
PLAIN = ("text", "bool", "int", "float")
"""Of what values may be, whose texts lead back to them."""


class Category(Kind, frozen=True, kw_only=True):
    """One of several values.

    Attributes:
        values: their texts, the commonest first; their places are their numbers.
        categories: of a data frame's category, the texts of all that it declares, in its order.
        of: the dtype of these.
        ordered: whether their order means something.
    """

    title: ClassVar[str] = "category"

    values: tuple[str, ...]
    categories: tuple[str, ...] | None = None
    of: str | None = None
    ordered: bool = False

    @property
    def codes(self) -> int:
        """As many as there are values."""
        return len(self.values)

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:  # noqa: ARG003 - the contract
        """Words, yes and no, whole numbers too large to be amounts, and the categories of data frames.

        Raises:
            InputError: for what no text leads back to, such as intervals.
        """
        word = family(cells)
        if word == "category":
            return cls._of_categories(name, cells)
        if word not in PLAIN and len(counted(cells)):
            raise InputError(f"column {name!r} holds cells of type {word}, which are no category; convert it to text")
        return cls(name=name, dtype=dtype_of(cells), values=tuple(counted(cells)))

    @classmethod
    def _of_categories(cls, name: str, cells: "pd.Series") -> Self:
        declared = cells.cat.categories.to_series(name=name)
        if family(declared) not in PLAIN:
            raise InputError(f"column {name!r} holds categories of {declared.dtype}; convert them to text")
        texts = tuple(map(str, declared))
        values, ordered = tuple(counted(cells)), bool(cells.cat.ordered)
        return cls(name=name, dtype="category", values=values, categories=texts, of=dtype_of(declared), ordered=ordered)

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """The place of each value."""
        numbers, bad = looked_up(cells, {value: float(place) for place, value in enumerate(self.values)})
        if bad is not None:
            raise unknown_name(f"value of column {self.name!r}", str(cells.iloc[bad]), self.values)
        return numbers

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """The value at each place."""
        import pandas as pd

        texts = in_order(self.values, numbers)
        if self.categories is None:
            return restored(texts, self.name, self.dtype)
        declared = restored(self.categories, self.name, self.of).rename(None)
        codes = [-1 if text is None else self.categories.index(text) for text in texts]
        kept = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(declared, self.ordered))
        return pd.Series(kept, name=self.name)

    def described(self) -> str:
        """How many values, and the commonest."""
        if not self.values:
            return "always empty"
        words = ", ".join(value if len(value) <= WIDEST else f"{value[:WIDEST]}…" for value in self.values[:SHOWN])
        return f"{len(self.values):,} values: {words}{', …' * (len(self.values) > SHOWN)}"
