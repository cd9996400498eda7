"""Tables in text files: cells between commas, semicolons, tabs, bars or white space, plain or gzipped."""

import io
import itertools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.reading import reading
from wgan.data.settings import DataSettings
from wgan.data.stored import StoredData
from wgan.data.tables.columns import NotNumbers, as_float64, chosen_columns, refuse_duplicates, title
from wgan.data.tables.decimals import decimal_sign, parsed
from wgan.data.tables.decoding import decoded, head, lines_of
from wgan.data.tables.dialect import COMMENT, records, skipped, sniffed
from wgan.data.tables.form import TextForm
from wgan.data.tables.heading import INDEX_NAMES, Layout, laid_out
from wgan.data.tables.mixed import MixedTable
from wgan.data.tables.recognition import from_frame
from wgan.data.tables.table import StoredTable
from wgan.data.tables.words import other_length, words_of
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_text"]

_EXPECTED = "numbers between commas, a row a line"


def read_text(path: Path, settings: DataSettings) -> StoredData:
    """The numbers of a text file, with the names of its columns.

    Raises:
        InputError: a cell is no number or missing, a row has another length than the others, or the file's form
            cannot be told; the message names the line and the column, or the option to give.
    """
    text = decoded(path, "words and names" if settings.mixed else "the columns' names alone")
    with reading(path, _EXPECTED):
        dialect = sniffed(head(text), settings.decimal, words=settings.mixed)
    if dialect is None:
        raise InputError(f"{path}: holds no row of numbers; expected one sample a line")
    layout = laid_out(settings, dialect)
    if settings.mixed:
        lines, frame = words_of(path, text, layout)
        return TextTable(path, settings, text, layout, frame).mixed(lines)
    return TextTable(path, settings, text, layout, cells_of(path, text, layout)).stored()


def cells_of(path: Path, text: str, layout: Layout, *, as_text: bool = False) -> "pd.DataFrame":
    """The rows below the header, numbers where a column holds nothing else.

    Raises:
        InputError: there is none, or one is longer than the others.
    """
    import pandas as pd

    body = below(text, layout.start)
    if not body.strip():
        raise InputError(f"{path}: holds no row of numbers; expected one sample a line")
    _refuse_longer_first(path, text, layout)
    try:
        with reading(path, _EXPECTED):
            return pd.read_csv(
                io.StringIO(body),
                sep=r"\s+" if layout.separator == " " else layout.separator,
                header=None,
                names=range(layout.width),
                dtype=object if as_text else None,
                skipinitialspace=True,
                low_memory=False,
            )
    except InputError:
        with reading(path, _EXPECTED):
            longer = next(((line, row) for line, row in rows(text, layout) if len(row) > layout.width), None)
        if longer is None:
            raise
        raise other_length(path, *longer, layout.width) from None


def below(text: str, start: int) -> str:
    """What follows the first `start` lines, without comments."""
    place = 0
    for _ in range(start):
        place = text.find("\n", place) + 1 or len(text)
    body = text[place:]
    return "\n".join(line for line in body.split("\n") if not skipped(line)) if COMMENT in body else body


def rows(text: str, layout: Layout) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows below the header with the numbers of their lines, read slowly, to say where something is."""
    found = records(lines_of(text), layout.separator)
    return ((line, row) for line, row in found if line > layout.start)


def _refuse_longer_first(path: Path, text: str, layout: Layout) -> None:
    # Where the first row alone is longer, pandas would take its beginning for an index, silently.
    with reading(path, _EXPECTED):
        line, row = next(rows(text, layout), (0, ()))
    if len(row) > layout.width:
        raise other_length(path, line, row, layout.width)


@dataclass(frozen=True)
class TextTable:
    """A text file on its way to numbers.

    Args:
        path: of the file.
        settings: which columns to keep.
        text: of the file.
        layout: where the numbers begin, and the names.
        frame: the cells.
    """

    path: Path
    settings: DataSettings
    text: str
    layout: Layout
    frame: "pd.DataFrame"

    def stored(self) -> StoredTable:
        """The numbers of the columns that were asked for."""
        names = self.layout.names
        kept = self._kept()
        if names is not None:
            names = tuple(name or f"column {place + 1}" for place, name in enumerate(names))
            refuse_duplicates(self.settings.source, [names[place] for place in kept])
        sign, frame = self._with_decimals(kept)
        values = np.column_stack([self._numbers(frame[place], place, names, sign) for place in kept])
        self._refuse_missing(values, kept, names)
        chosen = None if names is None or self.layout.guessed else tuple(names[place] for place in kept)
        return StoredTable(self.settings.source, values, columns=chosen)

    def mixed(self, lines: Sequence[int]) -> MixedTable:
        """The cells of the columns that were asked for, whatever they hold.

        Args:
            lines: in which the rows end.
        """
        kept, names = self._kept(), self.layout.names
        titles = [(names[place] if names else "") or f"column {place + 1}" for place in range(self.layout.width)]
        refuse_duplicates(self.settings.source, [titles[place] for place in kept])
        form = TextForm.found(head(self.text), self.layout.separator, titles, self.layout.start if names else 0)
        frame = self.frame[kept].set_axis([titles[place] for place in kept], axis=1)
        return from_frame(frame, self.settings, form=form, place=lambda row: f"line {lines[row]}")

    def _kept(self) -> list[int]:
        kept = chosen_columns(self.settings, self.layout.names, self.layout.width)
        if self.settings.columns is not None:
            return kept
        if len(kept) > 1 and kept[-1] == self.layout.width - 1 and self._ends_in_separators():
            kept = kept[:-1]
            self._say("its lines end in a separator; left out the empty last column")
        if len(kept) > 1 and kept[0] == 0 and self._is_index():
            kept = kept[1:]
            self._say("its first column has no name and only tells the rows apart; left it out, keep it with --columns")
        return kept

    def _say(self, what: str) -> None:
        warnings.warn(f"{self.path}: {what}", stacklevel=2)

    def _row(self, number: int) -> tuple[int, tuple[str, ...]]:
        """The line of a row, counted from 0, and its cells."""
        with reading(self.path, _EXPECTED):
            return next(itertools.islice(rows(self.text, self.layout), number, None), (0, ()))

    def _ends_in_separators(self) -> bool:
        unnamed = self.layout.names is None or not self.layout.names[-1]
        return unnamed and bool(self.frame.iloc[:, -1].isna().all())

    def _is_index(self) -> bool:
        if self.layout.names is None or self.layout.names[0] not in INDEX_NAMES:
            return False
        first = self.frame[0]
        return first.dtype.kind in "iu" or (first.dtype.kind not in "fb" and first.is_unique)

    def _with_decimals(self, kept: list[int]) -> tuple[str, "pd.DataFrame"]:
        """The sign before the decimals, and the cells as that sign asks."""
        sign = self.settings.decimal
        if sign == "auto":
            words = [self.frame[place] for place in kept if self.frame[place].dtype.kind not in "fiub"]
            sign = decimal_sign(self.settings.source, itertools.chain.from_iterable(words))
            if sign == ",":
                self._say("its numbers have decimal commas, and were read so")
        return sign, self.frame if sign == "." else cells_of(self.path, self.text, self.layout, as_text=True)

    def _numbers(
        self, column: "pd.Series[Any]", place: int, names: tuple[str, ...] | None, sign: str
    ) -> NDArray[np.float64]:
        if column.dtype.kind in "fiub":
            return as_float64(self.settings.source, f"column {title(place, names)}", column.to_numpy())
        words = [str(cell) if isinstance(cell, int) else cell for cell in column.tolist()]
        if words != column.tolist():
            self._say(f"column {title(place, names)} holds integers beyond 2^64, which are rounded to doubles")
        numbers, bad = parsed(words, sign)
        if bad is None:
            return numbers
        line, _ = self._row(bad)
        do = "mend it, or leave the column out with --drop"
        if not bad and names is None:
            do = "pass --header yes if the first line holds names, else mend it or leave the column out with --drop"
        expected = "a number" if sign == "." else "a number with a decimal comma"
        raise NotNumbers(
            f"{self.path}: line {line}, column {title(place, names)} holds {str(words[bad])[:40]!r}, expected "
            f"{expected}; {do}",
            self.settings.source,
        )

    def _refuse_missing(self, values: NDArray[np.float64], kept: list[int], names: tuple[str, ...] | None) -> None:
        bad = ~np.isfinite(values)
        if not (count := int(bad.sum())):
            return
        at, column = np.argwhere(bad)[0]
        line, row = self._row(int(at))
        if len(row) != self.layout.width:
            raise other_length(self.path, line, row, self.layout.width)
        cell = row[kept[column]]
        found = f"holds {cell[:40]!r}" if cell else "is empty"
        raise NotNumbers(
            f"{self.path}: line {line}, column {title(kept[column], names)} {found}, as "
            f"{count} of {values.size} cells hold no finite number; fill them, or leave rows or columns out",
            self.settings.source,
        )
