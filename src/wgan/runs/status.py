"""Where a run stands: `status.json`, for people and programs; nothing that is trained hangs on it."""

import json
import os
import socket
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import msgspec

from wgan.runs import files
from wgan.runs.history import Judged
from wgan.runs.lock import NAME as LOCK
from wgan.runs.lock import OWNER

__all__ = ["NAME", "State", "Status", "trainer"]

NAME = "status.json"

State = Literal["training", "finished", "stopped", "diverged"]


@dataclass(frozen=True)
class Status:
    """How a run's last sitting went, as far as it could say.

    Attributes:
        state: of the sitting.
        iteration: generator steps taken.
        seconds: of training in all sittings.
        reason: why it stopped or diverged; empty if there is nothing to say.
        evaluation: the one at its end, as a line of `evaluations.jsonl`; None if there is none.
    """

    state: State = "training"
    iteration: int = 0
    seconds: float = 0.0
    reason: str = ""
    evaluation: dict[str, Any] | None = None

    @classmethod
    def read(cls, run: Path) -> "Status | None":
        """That of a run; None if it has none that can be read."""
        try:
            found = msgspec.convert(json.loads(files.read(run / NAME)), cls)
        except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return None
        return found if isfinite(found.seconds) and found.seconds >= 0 else replace(found, seconds=0.0)

    def write(self, run: Path) -> None:
        """Keeps it in a run directory.

        Raises:
            OSError: if the disk is full or read-only.
        """
        files.write(run, NAME, json.dumps(asdict(self), indent=1) + "\n")

    @property
    def judged(self) -> Judged | None:
        """The evaluation at the end; None if there is none that can be read."""
        try:
            return None if self.evaluation is None else Judged.from_table(self.evaluation)
        except Exception:  # whatever a damaged file makes its readers raise
            return None


def trainer(run: Path) -> str | None:
    """Who trains a run now, in words; None if nobody does, as far as can be told without touching its lock."""
    try:
        found = OWNER.fullmatch(files.read(run / LOCK).decode(errors="replace"))
    except OSError:
        return None
    if found is None:
        return None
    process, host = int(found[1]), found[2]
    return None if host == socket.gethostname() and not alive(process) else f"process {process} on {host}"


def alive(process: int) -> bool:
    """Whether a process of this machine is there."""
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
