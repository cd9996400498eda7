"""Columns of one value, or of none."""

from typing import TYPE_CHECKING, ClassVar, Self

from wgan.data.tables.kinds.category import Category

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Constant"]


class Constant(Category, frozen=True, kw_only=True):
    """The same cell in every row; nothing has to be learned of it."""

    title: ClassVar[str] = "constant"

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series") -> Self | None:
        """Cells that are all empty, or all filled with one value."""
        if not cells.isna().all() and (cells.isna().any() or cells.nunique() > 1):
            return None
        return super().fitted(name, cells)

    def described(self) -> str:
        """The value."""
        return f"always {self.values[0]}" if self.values else "always empty"
