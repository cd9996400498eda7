"""The form of a text file, so that what is learned of it is written like it."""

from collections.abc import Sequence
from typing import Self

import msgspec

__all__ = ["TextForm"]


class TextForm(msgspec.Struct, frozen=True):
    """How rows are written.

    Attributes:
        separator: between cells.
        header: whether the first line holds the names of the columns.
        quoted: the columns whose cells stand in quotes though they need none.
        names_quoted: whether the names do.
        spaced: the columns before whose cells there is a space.
    """

    separator: str = ","
    header: bool = True
    quoted: tuple[str, ...] = ()
    names_quoted: bool = False
    spaced: tuple[str, ...] = ()

    @classmethod
    def found(cls, lines: Sequence[str], separator: str, names: Sequence[str], start: int) -> Self:
        """That of a file's first lines.

        Args:
            lines: the first ones.
            separator: between cells.
            names: of the columns.
            start: how many of the lines are above the first row.

        Example:
            >>> TextForm.found(["a,b", '1, "x"', '2, "y"'], ",", ("a", "b"), 1)
            TextForm(separator=',', header=True, quoted=('b',), names_quoted=False, spaced=('b',))
        """
        above = [line for line in lines[:start] if line.lstrip().startswith('"')]
        body = [row for row in (line.rstrip("\n").split(separator) for line in lines[start:]) if len(row) == len(names)]
        columns = list(zip(names, zip(*body, strict=True), strict=True)) if body else []
        quoted = [name for name, cells in columns if filled(cells) and all(map(in_quotes, filled(cells)))]
        spaced = [name for name, cells in columns if all(cell.startswith(" ") for cell in cells)]
        plain = separator not in (" ", "\x1f")
        return cls(
            separator if plain or separator == " " else ",",
            start > 0,
            tuple(quoted),
            bool(above),
            tuple(spaced) if plain else (),
        )


def filled(cells: Sequence[str]) -> list[str]:
    """Those that hold something."""
    return [cell for cell in map(str.strip, cells) if cell]


def in_quotes(cell: str) -> bool:
    """Whether a cell stands in quotes."""
    return cell.startswith('"')
