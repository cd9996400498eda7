"""Columns of two answers."""

from typing import TYPE_CHECKING, ClassVar, Self

from wgan.data.tables.kinds.category import Category
from wgan.data.tables.kinds.cells import counted, family
from wgan.data.tables.kinds.kind import FREE, Asked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["YesNo"]

PAIRS = [{"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"0", "1"}, {"ja", "nein"}, {"oui", "non"}]


class YesNo(Category, frozen=True, kw_only=True):
    """Yes or no, however that is written."""

    title: ClassVar[str] = "yes/no"

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:
        """Truth values, 0 and 1, and the usual pairs of words."""
        word = family(cells)
        if word not in ("text", "bool", "int") or (cells.nunique() != 2 and not asked.forced):
            return None
        texts = list(counted(cells))
        pair = word == "bool" or {text.strip().lower() for text in texts} in PAIRS
        return super().fitted(name, cells, asked) if len(texts) == 2 and (pair or asked.forced) else None

    def described(self) -> str:
        """Both answers."""
        return " or ".join(self.values)
