"""Columns that name the rows, such as numbers of customers: nothing can be learned of them."""

import itertools
import re
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from wgan.data.tables.kinds.affixes import Affixes
from wgan.data.tables.kinds.category import Category
from wgan.data.tables.kinds.cells import HOLLOW, dtype_of, family, restored
from wgan.data.tables.kinds.kind import FREE, Asked
from wgan.data.tables.kinds.number import is_amount
from wgan.randomness import stream

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Identifier"]

DISTINCT = 0.9
"""Share of the filled cells from which on text names rows."""
FEW = 20
"""Cells below which nothing is said of this."""
SHAPES = 20
"""Forms of the text that are kept."""
_NAMED = re.compile(r"(id|key|uuid|guid|index|.*[_\W]id|.*[a-z]I[dD])")
EXACT = 2**53
"""Up to this every integer is a double."""
_AMOUNT = re.compile(r"-?(0|[1-9]\d{0,15})", re.ASCII)
_CLASSES = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HEX = re.compile(r"[0-9a-f-]*[0-9][0-9a-f-]*", re.ASCII)


class Identifier(Category, frozen=True, kw_only=True):
    """Cells nearly all of which differ. They are left out, or made up anew: distinct ones of the same form.

    Attributes:
        last: of whole numbers, the greatest; new ones count on from there.
        digits: to which they are filled with zeros.
        shapes: of text, samples in which each letter and digit stands for any of its class.
    """

    title: ClassVar[str] = "identifier"
    learned: ClassVar[bool] = False

    last: int | None = None
    digits: int = 0
    shapes: tuple[str, ...] = ()

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:
        """Words nearly all of which differ, and different whole numbers that count rows or are named so."""
        word, filled = family(cells), cells.dropna()
        if word not in ("text", "int") or not (asked.forced or names_rows(name, filled)):
            return None
        texts = [str(cell) for cell in filled]
        if texts and all(text.isascii() and text.isdecimal() for text in texts):
            return cls(
                name=name, dtype=dtype_of(cells), values=(), last=max(map(int, texts)), digits=min(map(len, texts))
            )
        kept = [texts[row] for row in np.linspace(0, len(texts) - 1, min(SHAPES, len(texts))).astype(int)]
        return cls(name=name, dtype=dtype_of(cells), values=(), shapes=tuple(map(shape_of, kept)))

    @property
    def codes(self) -> int:
        """One: all are alike to who learns."""
        return 1

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """Zero wherever there is one."""
        return np.where(cells.isna(), np.nan, 0.0)

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """New ones, none of them twice."""
        filled = ~np.isnan(numbers)
        new = iter(self._made_up(int(filled.sum())))
        return restored([next(new) if one else None for one in filled], self.name, self.dtype)

    def _made_up(self, count: int) -> list[str]:
        if self.last is not None:
            return [str(self.last + 1 + k).zfill(self.digits) for k in range(count)]
        rng, found, tries = stream(0, "identifiers", self.name), dict[str, None](), 0
        while len(found) < count:
            shape = self.shapes[len(found) % len(self.shapes)]
            # Where a form has too few, it grows.
            found[filled_in(shape, rng) + str(tries) * (tries > 4 * count)] = None
            tries += 1
        return list(found)

    def described(self) -> str:
        """What becomes of it."""
        return "names the rows, made up anew"


def names_rows(name: str, filled: "pd.Series") -> bool:
    """Whether cells are the names of rows."""
    if len(filled) < FEW:
        return False
    if filled.nunique() < DISTINCT * len(filled):
        return False
    if not filled.map(amount).all():
        texts = {text for text in map(str, filled) if text.strip().lower() not in HOLLOW}
        affixes = Affixes.of(texts) or Affixes()
        return not all(is_amount(affixes.bare(text)) for text in texts)
    if not filled.is_unique:
        return False
    numbers = [int(cell) for cell in filled]
    return all(b == a + 1 for a, b in itertools.pairwise(numbers)) or bool(_NAMED.fullmatch(name))


def amount(cell: object) -> bool:
    """Whether a cell is a whole number and no code such as 01234, nor one with more digits than amounts have.

    Example:
        >>> amount("12"), amount(7), amount("01234"), amount("x")
        (True, True, False, False)
    """
    return _AMOUNT.fullmatch(str(cell)) is not None and abs(int(str(cell))) <= EXACT


def shape_of(text: str) -> str:
    """The text with each character as the first of its class.

    Example:
        >>> shape_of("Ab-17"), shape_of("3f-a0")
        ('Aa-00', 'ff-ff')
    """
    if _HEX.fullmatch(text) and any(letter in text for letter in "abcdef"):
        return re.sub("[0-9a-f]", "f", text)
    return "".join(next((group[0] for group in _CLASSES if letter in group), letter) for letter in text)


def filled_in(shape: str, rng: torch.Generator) -> str:
    """A text of that shape."""
    groups = {**{group[0]: group for group in _CLASSES}, "f": "0123456789abcdef"}
    chance = torch.rand(len(shape), generator=rng).tolist()
    return "".join(
        group[int(share * len(group))] if (group := groups.get(letter)) else letter
        for letter, share in zip(shape, chance, strict=True)
    )
