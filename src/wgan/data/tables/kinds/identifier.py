"""Columns that name the rows, such as numbers of customers: nearly all cells differ, and nothing can be learned."""

from typing import TYPE_CHECKING, ClassVar, Self

from wgan.data.tables.kinds.category import Category

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Identifier"]

DISTINCT = 0.9
"""Share of the filled cells from which on text names rows."""
FEW = 20
"""Cells below which nothing is said of this."""


class Identifier(Category, frozen=True, kw_only=True):
    """Text of which nearly all cells differ."""

    title: ClassVar[str] = "identifier"

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series") -> Self | None:
        """Nearly as many different values as filled cells."""
        filled = cells.dropna()
        if len(filled) < FEW or filled.nunique() < DISTINCT * len(filled):
            return None
        return cls(name=name, values=())

    def described(self) -> str:
        """What becomes of it."""
        return "names the rows, left out"
