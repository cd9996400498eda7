"""The first line of a text file: names of the columns, or numbers."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wgan.data.settings import DataSettings
from wgan.data.tables.dialect import NO_SEPARATOR, NUMBER, Dialect, consecutive_years, numeric_header
from wgan.errors import InputError

__all__ = ["INDEX_NAMES", "Layout", "laid_out"]

MISSING = {"nan", "na", "n/a", "null", "none", "inf", "-inf", "+inf", "infinity", "-infinity", "-"}
INDEX_NAMES = {"", "Unnamed: 0"}
"""What pandas and R call a column of row numbers or row names."""

_DATE = re.compile(r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4})([ T].*)?", re.ASCII)
DECIMALS = re.compile(r"[+-]?\d*(,\d+)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """Where a text file's numbers begin, and what they are called.

    Args:
        separator: between cells.
        names: of the columns as the file has them, an empty one where it gives none; None without a header.
        start: the number of lines above the first row of numbers.
        width: how many columns there are.
        guessed: whether the names are numbers that were only taken for names, which match no other file.
    """

    separator: str
    names: tuple[str, ...] | None
    start: int
    width: int
    guessed: bool = False


def laid_out(settings: DataSettings, dialect: Dialect) -> Layout:
    """Tells names from numbers, as the settings say or by what the lines hold; says what it guessed.

    Raises:
        InputError: it cannot be told, or the header is wider or narrower than the rows.
    """
    kind = settings.header if settings.header != "auto" else kind_of_first_line(settings.source, dialect)
    if settings.mixed and settings.header == "auto" and kind == "yes" and is_like_the_rest(dialect):
        warnings.warn(
            f"{settings.source}: took its first line, {','.join(dialect.first)[:40]}, for a row like the others; pass "
            "--header yes if it holds names",
            stacklevel=2,
        )
        kind = "no"
    if kind == "no":
        width = dialect.width
        noted = dialect.noted if len(dialect.noted) == width and not any(map(is_number, dialect.noted)) else None
        return Layout(dialect.separator, noted, dialect.first_line - 1, width)
    found = fitted(settings.source, dialect)
    if kind != "numbers":
        return found
    first = ",".join(dialect.first)[:40]
    warnings.warn(
        f"{settings.source}: took its first line, {first}, for a header of numbers; columns are told apart by order; "
        "pass --header no if they are a row, --header yes if they are names to keep",
        stacklevel=2,
    )
    return replace(found, guessed=True)


def kind_of_first_line(name: str, dialect: Dialect) -> str:
    """`yes` for names, `no` for a row, `numbers` for names that are numbers.

    Raises:
        InputError: it cannot be told.
    """
    filled = [place for place, cell in enumerate(dialect.first) if cell and cell.lower() not in MISSING]
    numbers = [place for place in filled if is_number(dialect.first[place])]
    if len(numbers) < len(filled):
        return "yes" if not numbers or are_names(dialect, filled, numbers) else "no"
    if not numbers or len(numbers) < len([cell for cell in dialect.first if cell]):
        return "no"
    below = [[row[place] if place < len(row) else "" for place in numbers] for row in dialect.below]
    told = numeric_header([dialect.first[place] for place in numbers], below)
    if told is None:
        raise InputError(
            f"{name}: its first line, {','.join(dialect.first)[:40]}, may hold names or numbers; "
            "pass --header yes or --header no"
        )
    return "numbers" if told else "no"


def is_like_the_rest(dialect: Dialect) -> bool:
    """Whether a first line of words is a row: all its cells occur below, or dates stand over dates.

    Example:
        >>> is_like_the_rest(Dialect(",", ("yes", "no"), 1, (("no", "no"), ("yes", "yes"), ("no", "no"))))
        True
    """
    below = [[row[place] for row in dialect.below if place < len(row)] for place in range(len(dialect.first))]
    dated = [bool(_DATE.fullmatch(cell)) for cell in dialect.first]
    if any(dated):
        return all(map(_DATE.fullmatch, filter(None, below[dated.index(True)])))
    return all(cell in column for cell, column in zip(dialect.first, below, strict=True))


def are_names(dialect: Dialect, filled: Sequence[int], numbers: Sequence[int]) -> bool:
    """Whether words and whole numbers in one line are names: the numbers count on, or words over numbers prevail."""
    counted = [dialect.first[place] for place in numbers]
    if not all(cell.isdecimal() and cell.isascii() for cell in counted):
        return False
    whole = [int(cell[:18]) for cell in counted]
    if consecutive_years(whole) or (len(whole) > 1 and whole == list(range(whole[0], whole[0] + len(whole)))):
        return True
    words = [place for place in filled if place not in numbers]
    columns = [[row[place] for row in dialect.below if place < len(row)] for place in words]
    return sum(bool(column) and all(map(is_number, column)) for column in columns) > len(numbers)


def fitted(name: str, dialect: Dialect) -> Layout:
    """The header over the rows; one that is a cell shorter has row names, trailing separators or decimal commas below.

    Raises:
        InputError: its width is another.
    """
    names = dialect.first
    width = dialect.width_below
    layout = Layout(dialect.separator, names, dialect.first_line, width)
    if width == len(names):
        return layout
    if len(names) == width + 1 and not names[-1]:
        return replace(layout, names=names[:-1])
    if width == len(names) + 1 and all(not row[-1] for row in dialect.below if len(row) == width):
        return replace(layout, names=(*names, ""))
    if len(names) == 1 and dialect.separator == "," and all(map(DECIMALS.fullmatch, map(",".join, dialect.below))):
        return Layout(NO_SEPARATOR, names, dialect.first_line, 1)
    if width == len(names) + 1 and has_row_names(dialect):
        return replace(layout, names=("", *names))
    raise InputError(
        f"{name}: its header names {len(names)} columns, but the rows below have {width} cells; "
        "mend the header, or pass --header no if it is a row"
    )


def has_row_names(dialect: Dialect) -> bool:
    """Whether the rows begin with names of their own, as R writes them: quoted, words, or counted from 1."""
    first = [row[0] for row in dialect.below]
    counted = first == [str(number) for number in range(1, len(first) + 1)]
    return len(set(first)) == len(first) and (dialect.quoted or counted or not any(map(is_number, first)))


def is_number(cell: str) -> bool:
    """Whether a cell may be a number, whichever sign stands before its decimals."""
    return NUMBER.fullmatch(cell) is not None
