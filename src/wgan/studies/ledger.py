"""Rows kept as they finish, so that a study that was stopped goes on where it was."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from wgan.studies.numbers import plain
from wgan.studies.rows import Row, Settings
from wgan.studies.study import Study
from wgan.studies.versions import criterion_version, measures_version

__all__ = ["Ledger"]

FOLDER = "rows"


class Ledger:
    """The file of a study's finished rows, `rows/NAME.jsonl`.

    A row counts as long as the code that measures it is what it was. Each says under which criterion it was measured,
    so that a criterion that was changed afterwards is seen. A last line that a kill cut short is left out.

    Args:
        folder: of the findings.
        study: whose rows.
    """

    def __init__(self, folder: Path, study: Study) -> None:
        self.path = folder / FOLDER / f"{study.name}.jsonl"
        self.version, self.criterion = measures_version(study), criterion_version(study)
        self.stale = 0
        self.kept: dict[str, Row] = {}
        self.criteria: dict[str, str] = {}
        for entry in entries(self.path):
            if entry.get("version") == self.version:
                row = msgspec.convert(entry["row"], Row)
                self.kept[address(row.settings)] = row
                self.criteria[address(row.settings)] = entry.get("criterion", "")
            else:
                self.stale += 1

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
        entry = {"version": self.version, "criterion": self.criterion, "row": msgspec.to_builtins(row)}
        with self.path.open("a+b") as file:
            if file.tell() and not ends_a_line(self.path):
                file.write(b"\n")
            file.write(json.dumps(plain(entry), allow_nan=False).encode() + b"\n")
        self.kept[address(row.settings)] = row


def address(settings: Settings) -> str:
    """Settings as one text."""
    return json.dumps(plain(settings), sort_keys=True)


def entries(path: Path) -> Sequence[dict[str, Any]]:
    """The whole lines of a ledger."""
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
            msgspec.convert(entry["row"], Row)
        except (ValueError, KeyError, TypeError):
            continue
        found.append(entry)
    return found


def ends_a_line(path: Path) -> bool:
    """Whether the last byte is a line's end."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
