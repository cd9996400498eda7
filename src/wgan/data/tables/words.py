"""The rows of a text file whose cells may be words: quoted ones hold separators, line ends and marks of comments."""

import csv
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wgan.data.reading import reading
from wgan.data.tables.decoding import lines_of
from wgan.data.tables.dialect import COMMENT, spaced
from wgan.data.tables.heading import Layout
from wgan.errors import InputError
from wgan.memory import require_memory

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["other_length", "words_of"]

COLUMN = 64_000
"""Bytes that a column takes at the least: two states in the first or last layer of both networks, 256 wide, with the
moments of their optimizers, and in ten copies of a batch of 512."""


def words_of(path: Path, text: str, layout: Layout) -> tuple[list[int], "pd.DataFrame"]:
    """The lines in which the rows end, and their cells as text, NaN where there is none.

    Raises:
        InputError: there is no row, one has another length than the others or does not end, or the columns are more
            than the memory has room to learn.
    """
    import pandas as pd

    width = layout.width
    require_memory(COLUMN * width, f"{path}: learning {width:,} columns", "keep fewer with --columns")
    lines, rows, notes = [], [], 0
    with reading(path, "cells between commas, a row a line"):
        for line, row in records(text, layout):
            if len(row) != width and row[0].startswith(COMMENT):
                notes += 1
                continue
            if len(row) != width:
                raise (
                    unended(path, line, row) if row[-1].endswith("\n") else other_length(path, line, tuple(row), width)
                )
            lines.append(line)
            rows.append(row)
    if not rows:
        raise InputError(f"{path}: holds no row below its header; expected one sample a line")
    if rows[-1][-1].endswith("\n") and not text.rstrip().endswith('"'):
        raise unended(path, lines[-1], rows[-1])
    if notes:
        warnings.warn(f"{path}: left out {notes} lines that begin with {COMMENT}, as comments", stacklevel=2)
    one: dict[str, object] = {"": np.nan}  # of equal cells one object is kept
    columns = ([one.setdefault(cell, cell) for cell in column] for column in zip(*rows, strict=True))
    return lines, pd.DataFrame({place: pd.Series(cells, dtype=object) for place, cells in enumerate(columns)})


def records(text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header and the lines in which they end, without blank ones."""
    lines: Iterator[str] = itertools.islice(lines_of(text), layout.start, None)
    if layout.separator == " ":
        lines = map(spaced, lines)
    reader = csv.reader(lines, delimiter=layout.separator, skipinitialspace=True)
    for row in reader:
        if any(row) or len(row) > 1:
            yield layout.start + reader.line_num, row


def other_length(path: Path, line: int, row: tuple[str, ...], width: int) -> InputError:
    """What to say of a row that is longer or shorter than the others."""
    cells = "cell" if len(row) == 1 else "cells"
    return InputError(f"{path}: line {line} has {len(row)} {cells}, expected {width}; mend the row")


def unended(path: Path, line: int, row: list[str]) -> InputError:
    """What to say of a quote that no other ends."""
    begun = line - row[-1].count("\n")
    return InputError(f"{path}: a quote is opened in line {max(1, begun + 1)} and never closed; close or double it")
