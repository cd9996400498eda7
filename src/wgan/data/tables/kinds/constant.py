"""Columns of one value, or of none."""

from typing import TYPE_CHECKING, ClassVar, Self

from wgan.data.tables.kinds.category import PLAIN, Category
from wgan.data.tables.kinds.cells import dtype_of, family
from wgan.data.tables.kinds.kind import FREE, Asked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Constant"]


class Constant(Category, frozen=True, kw_only=True):
    """The same cell in every row; nothing has to be learned of it."""

    title: ClassVar[str] = "constant"

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:
        """Cells that are all empty, or all filled with one value."""
        if cells.isna().all():
            return cls(name=name, dtype=dtype_of(cells), values=()) if cells.dtype != "category" else None
        if cells.isna().any() or family(cells) not in PLAIN or cells.nunique() > 1:
            return None
        return super().fitted(name, cells, asked)

    def described(self) -> str:
        """The value."""
        return f"always {self.values[0]}" if self.values else "always empty"
