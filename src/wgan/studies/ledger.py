"""Rows kept as they finish, so that a study that was stopped goes on where it was."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wgan.studies.numbers import plain
from wgan.studies.rows import Row, Settings
from wgan.studies.study import Study
from wgan.studies.versions import criterion_version, measures_version

__all__ = ["Ledger", "address"]

FOLDER = "rows"


@dataclass(frozen=True)
class Entry:
    """A line of a ledger."""

    version: str
    criterion: str
    row: Row


class Ledger:
    """The file of a study's finished rows, `rows/NAME.jsonl`.

    A row counts as long as the code that measures it is what it was. Each says under which criterion it was measured,
    so that a criterion that was changed afterwards is seen. A line that a kill cut short is left out, and counted.

    Args:
        folder: of the findings.
        study: whose rows.

    Raises:
        OSError: if the file is there and cannot be read.
    """

    def __init__(self, folder: Path, study: Study) -> None:
        self.path = folder / FOLDER / f"{study.name}.jsonl"
        self.version, self.criterion = measures_version(study), criterion_version(study)
        self.torn = 0
        self.others: set[str] = set()
        self.kept: dict[str, Row] = {}
        self.criteria: dict[str, str] = {}
        for line in self.path.read_bytes().splitlines() if self.path.exists() else ():
            self.take(line)

    def take(self, line: bytes) -> None:
        """Reads a line, or counts it among those that do not count."""
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self.torn += 1
            return
        if entry.version != self.version:
            self.others.add(address(entry.row.settings))
            return
        self.kept[address(entry.row.settings)] = entry.row
        self.criteria[address(entry.row.settings)] = entry.criterion

    @property
    def stale(self) -> int:
        """How many rows were measured by other code only."""
        return len(self.others - self.kept.keys())

    def find(self, settings: Settings) -> Row | None:
        """The row of these settings, if it is there."""
        return self.kept.get(address(settings))

    def under_another_criterion(self, design: Sequence[Settings]) -> int:
        """How many rows of a design were measured before the criterion became what it is."""
        return sum(self.criteria.get(address(settings), self.criterion) != self.criterion for settings in design)

    def add(self, row: Row) -> None:
        """Keeps a row, on disk before this returns.

        Raises:
            OSError: if it cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        entry = msgspec.to_builtins(Entry(self.version, self.criterion, row))
        with self.path.open("a+b") as file:
            if file.tell() and not ends_a_line(self.path):
                file.write(b"\n")
            file.write(json.dumps(plain(entry), allow_nan=False).encode() + b"\n")
        self.kept[address(row.settings)] = row


def address(settings: Settings) -> str:
    """Settings as one text."""
    return json.dumps(plain(settings), sort_keys=True)


def ends_a_line(path: Path) -> bool:
    """Whether the last byte is a line's end."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
