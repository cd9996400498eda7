"""How a text file writes its table: separator, comments, and whether its first line holds names."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = [
    "COMMENT",
    "NO_SEPARATOR",
    "NUMBER",
    "Dialect",
    "consecutive_years",
    "numeric_header",
    "records",
    "skipped",
    "sniffed",
    "spaced",
]

COMMENT = "#"
NUMBER = re.compile(r"[+-]?(\d[\d'\u00a0\u202f.,]*|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
"""What may be a number, whichever sign stands before its decimals."""

_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
_SEPARATORS = (",", ";", "\t", "|", " ")
NO_SEPARATOR = "\x1f"
"""A character that no text holds, where a file has one column."""
_DECLARED = re.compile(r"sep=(.)", re.IGNORECASE)
_YEARS = range(1500, 2200)


@dataclass(frozen=True)
class Dialect:
    """What the first lines of a text file say of its form.

    Args:
        separator: between cells; a space for any white space, and a control character where there is none.
        first: the cells of the first line that is no comment.
        first_line: its number, counted from 1.
        below: the cells of the next lines.
        noted: the cells of the last comment above it, which may be the names.
        quoted: whether each of the next lines begins with a quote.
    """

    separator: str
    first: tuple[str, ...]
    first_line: int
    below: tuple[tuple[str, ...], ...]
    noted: tuple[str, ...] = ()
    quoted: bool = False

    @property
    def width(self) -> int:
        """How many cells most of these lines have."""
        return usual_width((self.first, *self.below))

    @property
    def width_below(self) -> int:
        """How many cells most of the lines below the first have."""
        return usual_width(self.below or (self.first,))


def sniffed(lines: Sequence[str], decimal: str = "auto", *, words: bool = False) -> Dialect | None:
    """The dialect of a file's first lines, or None if they hold nothing but comments.

    The separator is the one by which most cells become numbers; then one by which the first line is as long as those
    below, most of these are equally long, and longest.

    Args:
        lines: the first ones of the file.
        decimal: the sign before the decimals, if it is known; a comma then separates quoted cells alone.
        words: whether cells may be words: the separator is then the one by which lines are equally long.

    Example:
        >>> sniffed(["a;b", "1,5;2", "3;4"]).separator
        ';'
        >>> sniffed(["# made by hand", "1 2", "3 4"]).first
        ('1', '2')
    """
    declared = _DECLARED.fullmatch(lines[0].strip()) if lines else None
    options: tuple[str, ...] = (declared.group(1),) if declared else (*_SEPARATORS, NO_SEPARATOR)
    if decimal == "," and not any('","' in text for text in lines):
        options = tuple(option for option in options if option != ",")
    found = list(readable(lines, options))
    if not found[0][1]:
        return None
    separator, rows = max(found, key=lambda option: _fit_words(*option) if words else _fit(option[1]))
    (line, first), *below = rows
    comments = [text.strip().removeprefix(COMMENT) for text in lines[: line - 1] if text.lstrip().startswith(COMMENT)]
    noted = next(_rows(comments[-1:], separator), (1, ()))[1]
    quoted = all(lines[number - 1].lstrip().startswith('"') for number, _ in below)
    return Dialect(separator, first, line, tuple(row for _, row in below), noted, quoted)


def readable(lines: Sequence[str], options: Sequence[str]) -> Iterator[tuple[str, list[tuple[int, tuple[str, ...]]]]]:
    """The rows by each separator that leaves no cell too long.

    Raises:
        csv.Error: none does.
    """
    failed: list[csv.Error] = []
    for option in options:
        try:
            yield option, list(records(lines, option))
        except csv.Error as error:
            failed.append(error)
    if len(failed) == len(options):
        raise failed[0]


def _fit(rows: list[tuple[int, tuple[str, ...]]]) -> tuple[float, bool, float, int]:
    data = [row for _, row in rows[1:]] or [rows[0][1]]
    cells = [cell for row in data for cell in row if cell]
    width = usual_width(data)
    numbers = sum(NUMBER.fullmatch(cell) is not None for cell in cells) / max(1, len(cells))
    equal = sum(len(row) == width for row in data) / len(data)
    return round(numbers, 2), width > 1 and len(rows[0][1]) == width, round(equal, 2), width


def _fit_words(separator: str, rows: list[tuple[int, tuple[str, ...]]]) -> tuple[float, ...]:
    """Lines of one length, longer than a cell; then a mark that no prose holds, then numbers, then length."""
    data = [row for _, row in rows[1:]] or [rows[0][1]]
    numbers, wide, equal, width = _fit(rows)
    prose = separator == " " and (numbers < 0.5 or width == 1)
    headed = wide or (width > 1 and len(rows[0][1]) in (width - 1, width + 1))
    strict = min(len(row) for row in data) == max(len(row) for row in data)
    return headed and not prose, not prose, round(equal, 1), wide, strict, numbers, width


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The commonest number of cells, of several the first.

    Example:
        >>> usual_width([("1", "2"), ("3",), ("4", "5")])
        2
    """
    return Counter(map(len, rows)).most_common(1)[0][0]


def records(lines: Iterable[str], separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of a text and the numbers of the lines in which they end, without comments and blank lines.

    Raises:
        csv.Error: a cell is too long.
    """
    kept = ("\n" if skipped(text) else text for text in lines)
    for line, row in _rows(kept, separator):
        if any(row) or len(row) > 1:
            yield line, row


def skipped(text: str) -> bool:
    """Whether a line is a comment or declares the separator.

    Example:
        >>> skipped("# made by hand"), skipped("sep=;"), skipped("1,2")
        (True, True, False)
    """
    return text.lstrip().startswith(COMMENT) or _DECLARED.fullmatch(text.strip()) is not None


def _rows(lines: Iterable[str], separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    if separator == " ":
        lines = map(spaced, lines)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    for row in reader:
        yield reader.line_num, tuple(cell.strip() for cell in row)


def spaced(line: str) -> str:
    """A line with one space for any white space."""
    return re.sub(r"[ \t]+", " ", line.strip()) + "\n"


def numeric_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool | None:
    """Tells a header such as `0,1` or `2019,2020` from a row of numbers.

    Names are different whole numbers. They are taken for names if they run 0, 1, 2, … or are consecutive years, and a
    column below is written in another form, say with a point; or if all columns are. Where the columns hold whole
    numbers too, or where there is one column alone, which may begin at 0, nobody can tell.

    Args:
        first: the cells of the first line.
        below: those of the next lines.

    Returns:
        Whether they are names, or None where nobody can tell.

    Example:
        >>> numeric_header(("0", "1"), [("0.5", "1.5")])
        True
        >>> numeric_header(("1", "2"), [("3", "4")])
        False
        >>> numeric_header(("2019", "2020"), [("2021", "2019")]) is None
        True
    """
    if len(set(first)) < len(first) or not all(_INTEGER.fullmatch(cell) for cell in first) or not below:
        return False
    numbers = [int(cell) for cell in first]
    counted, years = numbers == list(range(len(numbers))), consecutive_years(numbers)
    columns = [[row[place] for row in below if place < len(row) and row[place]] for place in range(len(first))]
    another = [bool(column) and not any(_whole(cell) for cell in column) for column in columns]
    if len(first) == 1:
        return None if (counted or years) and all(another) else False
    if ((counted or years) and any(another)) or all(another):
        return True
    if not (counted or years):
        return False
    near = counted or any(_whole(cell) and int(cell) in _YEARS for column in columns for cell in column)
    return None if near else True


def consecutive_years(numbers: Sequence[int]) -> bool:
    """Whether they are years, each the one after the last.

    Example:
        >>> consecutive_years([2019, 2020]), consecutive_years([1, 2])
        (True, False)
    """
    return numbers[0] in _YEARS and list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))


def _whole(cell: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", cell, re.ASCII) is not None
