"""Data frames as tables of mixed columns: of which kind each column is, and what is left out."""

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wgan.data.settings import DataSettings
from wgan.data.tables import kinds
from wgan.data.tables.columns import refuse_duplicates
from wgan.data.tables.encoding import AnyKind
from wgan.data.tables.form import TextForm
from wgan.data.tables.kinds.cells import counted, family
from wgan.data.tables.kinds.kind import Asked
from wgan.data.tables.mixed import MixedTable
from wgan.data.tables.signs import decimal_signs
from wgan.data.tables.strays import refuse_strays
from wgan.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["from_frame"]

LOOKED_AT = 5000
"""Rows of which is told whether all are written alike."""


def counted_row(row: int) -> str:
    """What a message calls a row of a data frame."""
    return f"row {row} (counted from 0)"


def from_frame(
    frame: "pd.DataFrame",
    settings: DataSettings,
    *,
    form: TextForm | None = None,
    place: Callable[[int], str] = counted_row,
) -> MixedTable:
    """The table in a data frame, whose columns are those that were asked for.

    Args:
        frame: the columns; their index is none of them.
        settings: of which kind some of them are, and which is the label.
        form: of the text file that they are from.
        place: what a message calls a row.

    Raises:
        InputError: if a column cannot be learned, or none is left to learn.
    """
    frame = frame.set_axis(list(map(str, frame.columns)), axis=1)
    refuse_duplicates(settings.source, list(frame.columns))
    reader = Recogniser(settings, frame, form is not None, place)
    found = [reader.kind(column) for column in frame.columns]
    kept = [kind for kind in found if kind.learned or kind.name in reader.asked]
    refuse_nothing(settings, found, kept)
    columns = {kind.name: kind.to_numbers(frame[kind.name]) for kind in kept}
    for kind in kept:
        reader.say_changes(kind, columns[kind.name])
    reader.say_empty(columns)
    return MixedTable(settings.source, np.stack(list(columns.values()), 1), kept, form)


def refuse_nothing(settings: DataSettings, found: list[AnyKind], kept: list[AnyKind]) -> None:
    """Says which columns are left out, and refuses a table of which none is left, or a label that is none of them."""
    if left := [kind.name for kind in found if kind not in kept]:
        names = ", ".join(map(repr, left))
        warnings.warn(
            f"{settings.source}: left out {names}, which name{'s' * (len(left) == 1)} the rows; have new ones made up "
            f"with --kind '{left[0]}=identifier'",
            stacklevel=3,
        )
    if settings.label is not None and settings.label not in (names_kept := [kind.name for kind in kept]):
        raise unknown_name(f"label of {settings.source}", settings.label, names_kept)
    if all(isinstance(kind, kinds.Constant | kinds.Identifier) for kind in kept):
        raise InputError(f"{settings.source}: no column holds anything to learn; expected one whose cells differ")


class Recogniser:
    """Of which kind the columns of a frame are.

    Args:
        settings: what was asked.
        frame: the columns.
        of_file: whether their cells are the text of a file.
        place: what a message calls a row.
    """

    def __init__(
        self, settings: DataSettings, frame: "pd.DataFrame", of_file: bool, place: Callable[[int], str]
    ) -> None:
        self.name, self.frame, self.of_file, self.place = settings.source, frame, of_file, place
        self.asked = asked_kinds(settings, list(frame.columns))
        texts = {column: counted(frame[column]) for column in frame.columns if self._is_text(column)}
        free = {column: found for column, found in texts.items() if self.asked.get(column) in (None, "number")}
        self.signs = decimal_signs(settings, free)

    def _is_text(self, column: str) -> bool:
        return self.of_file or self._family(column) == "text"

    def _family(self, column: str) -> str:
        try:
            return family(self.frame[column])
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None

    def kind(self, column: str) -> AnyKind:
        """That which was asked for, or the first that fits."""
        cells = self.frame[column]
        try:
            found = self._asked(column, cells) if column in self.asked else self._first(column, cells)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None
        return found if not self.of_file else msgspec_replace(found)

    def _first(self, column: str, cells: "pd.Series") -> AnyKind:
        asked = Asked(sign=self.signs.get(column, "."))
        tried = (getattr(kinds, kind).fitted(column, cells, asked) for kind in kinds.__all__)
        found: AnyKind = next(kind for kind in tried if kind is not None)
        if column in self.signs and type(found) in (kinds.Category, kinds.Identifier):
            refuse_strays(column, cells, asked.sign, self.place)
        return found

    def _asked(self, column: str, cells: "pd.Series") -> AnyKind:
        wanted = self.asked[column]
        form = wanted if "%" in wanted else None
        kind = kinds.Moment if form else KINDS[wanted]
        found: AnyKind | None = kind.fitted(column, cells, Asked(True, self.signs.get(column, "."), form))
        if found is None:
            raise InputError(f"column {column!r} cannot be read as {wanted}; leave out --kind '{column}={wanted}'")
        return found

    def say_changes(self, kind: AnyKind, numbers: NDArray[np.float64]) -> None:
        """Says of a column whose cells are written in several ways that they come back in one."""
        if not kind.hollow and getattr(kind, "writing", None) is None and getattr(kind, "clock", None) is None:
            return
        few = numbers[:LOOKED_AT]
        before, after = self.frame[kind.name].iloc[: len(few)], kind.to_cells(few)
        odd = np.flatnonzero((before.to_numpy(object) != after.to_numpy(object)) & ~np.isnan(few))
        if len(odd):
            row = int(odd[0])
            warnings.warn(
                f"{self.name}: column {kind.name!r} is written in several ways, as {before.iloc[row]!r}, which comes "
                f"back as {after.iloc[row]!r}; keep the cells as words with --kind '{kind.name}=category'",
                stacklevel=3,
            )

    def say_empty(self, columns: Mapping[str, NDArray[np.float64]]) -> None:
        """Says which cells that are not empty count as such."""
        for column, numbers in columns.items():
            cells = self.frame[column]
            hollow = counted(cells[np.isnan(numbers)])
            if hollow:
                texts = ", ".join(f"{text!r} ({count:,})" for text, count in list(hollow.items())[:4])
                warnings.warn(f"{self.name}: column {column!r}: {texts} count as empty", stacklevel=3)


KINDS: dict[str, Any] = {getattr(kinds, name).title: getattr(kinds, name) for name in kinds.__all__}


def msgspec_replace(kind: AnyKind) -> AnyKind:
    """The kind of a file's column."""
    import msgspec

    return msgspec.structs.replace(kind, dtype=None)


def asked_kinds(settings: DataSettings, names: list[str]) -> dict[str, str]:
    """The kinds that were asked for, by column.

    Raises:
        InputError: an unknown column or kind, or a column named twice.
    """
    found: dict[str, str] = {}
    for pair in settings.kind:
        column, equals, kind = pair.rpartition("=")
        if not equals:
            raise InputError(f"--kind {pair}: expected COLUMN=KIND, such as age=number")
        if column not in names:
            raise unknown_name(f"column of {settings.source}", column, names)
        if column in found:
            raise InputError(f"--kind gives {column!r} twice; expected one kind")
        if "%" not in kind and kind not in KINDS:
            raise unknown_name("kind of column", kind, KINDS)
        found[column] = kind
    return found
