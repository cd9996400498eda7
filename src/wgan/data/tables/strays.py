"""Columns of numbers or dates that a few words spoil."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from wgan.data.tables.kinds.affixes import Affixes
from wgan.data.tables.kinds.cells import HOLLOW, counted
from wgan.data.tables.kinds.clock import FEW, FORMS, Clock, is_like_a_date
from wgan.data.tables.kinds.number import amount
from wgan.errors import InputError, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refuse_strays"]

NEARLY = 0.9
"""Share of the cells from which on the others are strays."""
SEVERAL = 20
"""Different numbers that no few categories have."""


def refuse_strays(name: str, cells: "pd.Series", sign: str, place: Callable[[int], str]) -> None:
    """Refuses a column nearly all of whose cells are numbers, or dates of one form, with the first that is not.

    Raises:
        InputError: with its place and what to do.
    """
    counts = {text: count for text, count in counted(cells).items() if text.strip().lower() not in HOLLOW}
    total = sum(counts.values())
    for word, right in (("number", numbers_among(counts, sign)), ("date", dates_among(counts))):
        known = sum(counts[text] for text in right)
        if len(right) > SEVERAL and NEARLY * total <= known < total:
            first = next(row for row, cell in enumerate(cells) if cell in counts and cell not in right)
            raise InputError(
                f"{place(first)}, column {name!r} holds {shown(str(cells.iloc[first]))}, where {known:,} of {total:,} "
                f"cells are {word}s; mend it, or pass --kind '{name}={word}' to count it as empty, or --kind "
                f"'{name}=category' to learn words"
            )


def numbers_among(counts: dict[str, int], sign: str) -> set[str]:
    """The texts that are numbers."""
    affixes = Affixes.of(counts, strays=True) or Affixes()
    return {text for text in counts if amount(affixes.bare(text), sign) is not None}


def dates_among(counts: dict[str, int]) -> set[str]:
    """The texts that are dates of the form that most have, if the commonest few hint at one."""
    texts = list(counts)
    best: set[str] = set()
    if sum(map(is_like_a_date, texts[:FEW])) * 2 <= len(texts[:FEW]):
        return best
    for form in FORMS:
        if sum(seconds == seconds for seconds in Clock(form).read(texts[:FEW])) * 2 > len(texts[:FEW]):
            read = Clock(form).read(texts)
            found = {text for text, seconds in zip(texts, read, strict=True) if seconds == seconds}
            best = max(best, found, key=len)
    return best
