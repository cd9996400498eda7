"""Findings and their figures on disk."""

from pathlib import Path

from wgan.files import replacing
from wgan.studies.drawing import drawn
from wgan.studies.finding import Finding
from wgan.studies.rows import Rows
from wgan.studies.study import Study

__all__ = ["read_findings", "write_finding"]


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
            found.append(Finding.from_json(path.read_bytes(), str(path)))
        except ValueError as error:
            refused.append(str(error))
    return found, refused
