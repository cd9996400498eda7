"""Numbers as people write them: decimal commas, and thousands set apart."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wgan.errors import InputError

__all__ = ["decimal_sign", "forms", "parsed", "separated"]

_TAIL = r"([eE][+-]?\d+)?"
_PLAIN = {
    ".": re.compile(rf"[+-]?(\d+\.?\d*|\.\d+){_TAIL}", re.ASCII),
    ",": re.compile(rf"[+-]?(\d+,?\d*|,\d+){_TAIL}", re.ASCII),
}
_GROUPED = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}([,' \u00a0\u202f])\d{3}(\1\d{3})*(\.\d*)?", re.ASCII),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}([.' \u00a0\u202f])\d{3}(\1\d{3})*(,\d*)?", re.ASCII),
}
_GAPS = {".": re.compile("[,' \u00a0\u202f]"), ",": re.compile("[.' \u00a0\u202f]")}


def parsed(cells: Sequence[object], sign: str) -> tuple[NDArray[np.float64], int | None]:
    """The numbers of a column of text, and the row of the first cell that is none.

    Args:
        cells: text; what is none, such as NaN, is missing.
        sign: before the decimals, `.` or `,`.

    Example:
        >>> parsed(["1.234,5", "0,25"], ",")
        (array([1.2345e+03, 2.5000e-01]), None)
        >>> parsed(["1", "x"], ".")[1]
        1
    """
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            text = cell.strip()
            if _GROUPED[sign].fullmatch(text):
                text = _GAPS[sign].sub("", text)
            elif not _PLAIN[sign].fullmatch(text):
                return numbers, row
            numbers[row] = float(text.replace(",", "."))
    return numbers, None


def forms(text: str) -> str:
    """The signs before the decimals that a text can have, none of them if it is no number.

    Example:
        >>> forms("1,500"), forms("0,126"), forms("1.5"), forms("12"), forms("x")
        ('.,', ',', '.', '.,', '')
    """
    return "".join(sign for sign in ".," if _PLAIN[sign].fullmatch(text) or _GROUPED[sign].fullmatch(text))


def separated(text: str, sign: str) -> str:
    """What sets its thousands apart, empty if nothing does.

    Example:
        >>> separated("1,234.5", "."), separated("1234,5", ",")
        (',', '')
    """
    found = _GROUPED[sign].fullmatch(text)
    return found.group(1) if found else ""


def decimal_sign(name: str, cells: Iterable[object]) -> str:
    """The sign before the decimals, by the first cell that can have only one of them.

    `0,126` has a decimal comma, `1,234.5` and `1,234,567` set thousands apart; `1,500` alone may do either.

    Args:
        name: how the user named the data.
        cells: those of columns that are no plain numbers.

    Raises:
        InputError: all may be either.

    Example:
        >>> decimal_sign("t.csv", ["1,500", "0,126"]), decimal_sign("t.csv", ["1,234.5", "words"])
        (',', '.')
    """
    either = None
    for cell in cells:
        text = cell.strip() if isinstance(cell, str) else ""
        comma, point = (_PLAIN[sign].fullmatch(text) or _GROUPED[sign].fullmatch(text) for sign in ",.")
        if (comma is None) != (point is None):
            return "." if comma is None else ","
        if comma and "," in text:
            either = either or text
    if either:
        raise InputError(
            f"{name}: {either!r} may have a decimal comma or set thousands apart; pass --decimal , or --decimal ."
        )
    return "."
