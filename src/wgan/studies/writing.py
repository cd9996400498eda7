"""Findings and their figures on disk."""

import re
from pathlib import Path

from wgan.errors import InputError, shown
from wgan.files import replacing
from wgan.studies.drawing import drawn
from wgan.studies.finding import Finding
from wgan.studies.rows import Rows
from wgan.studies.study import Study

__all__ = ["is_full", "read_findings", "write_finding"]

NAME = re.compile(r"(?!index$)[a-z0-9][a-z0-9-]*")
"""Of a study, as file names and links take it."""


def write_finding(finding: Finding, study: Study, rows: Rows, folder: Path) -> None:
    """Writes `NAME.json` and `NAME.svg`, each whole or not at all.

    Raises:
        OSError: if they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / finding.figure) as file:
        file.write(drawn(study, rows))
    with replacing(folder / f"{finding.study}.json") as file:
        file.write(finding.to_json().encode())


def read_findings(folder: Path) -> tuple[list[Finding], list[str]]:
    """The findings of a folder by name, and a line for each file that is none.

    Raises:
        OSError: if a file cannot be read.
    """
    found, refused = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(read_finding(path))
        except ValueError as error:
            refused.append(str(error))
    return found, refused


def read_finding(path: Path) -> Finding:
    """One of them, in the file of its name, so that no two are of one study.

    Raises:
        InputError: if it is none.
        OSError: if it cannot be read.
    """
    finding = Finding.from_json(path.read_bytes(), str(path))
    if finding.study != path.stem or not NAME.fullmatch(finding.study):
        raise InputError(f"{path} is a finding of {shown(finding.study)}; expected a file of the study's name")
    return finding


def is_full(path: Path) -> bool:
    """Whether a file holds the finding of a full design."""
    try:
        return not Finding.from_json(path.read_bytes(), str(path)).quick
    except (FileNotFoundError, InputError):
        return False
