"""The record of a run: `metrics.jsonl`, one line per iteration, and its mirror in TensorBoard."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from wgan.errors import Diverged
from wgan.runs.checkpoint import write_atomically
from wgan.training import Record

__all__ = ["Journal", "read_metrics"]


class Journal:
    """Writes records in groups, so that training never waits for a device or a disk in between.

    What is written is a function of the run alone (no times), so a resumed run's file equals an uninterrupted one's.

    Args:
        folder: the run directory.
        iteration: where training stands; lines beyond it, of a run that was killed, are dropped.
        every: iterations between writes.
    """

    def __init__(self, folder: Path, iteration: int, every: int = 50) -> None:
        self.path, self.iteration, self.every = folder / "metrics.jsonl", iteration, every
        self.pending: list[Record] = []
        kept = [line for line in read_lines(self.path) if json.loads(line)["iteration"] <= iteration]
        write_atomically(self.path, "".join(f"{line}\n" for line in kept))
        self.file = self.path.open("a")
        self.board = _tensorboard(folder, iteration)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()
        if self.board is not None:
            self.board.close()

    def add(self, record: Record, write: bool = False) -> dict[str, float] | None:
        """Takes the record of the next iteration; returns the means of a group whenever one was written."""
        self.pending.append(record)
        return self.flush() if write or len(self.pending) >= self.every else None

    def flush(self) -> dict[str, float] | None:
        """Writes what is pending; returns its means, None if nothing was.

        Raises:
            Diverged: at the first value that is NaN or infinite; the finite lines before it are written.
        """
        if not self.pending:
            return None
        rows = torch.stack([torch.stack(record) for record in self.pending]).double().tolist()
        self.pending.clear()
        for row in rows:
            values = dict(zip(Record._fields, row, strict=True))
            if broken := [name for name, value in values.items() if not math.isfinite(value)]:
                self.file.flush()
                raise Diverged(f"{broken[0]} became {values[broken[0]]} at iteration {self.iteration + 1}")
            self.iteration += 1
            self.file.write(json.dumps({"iteration": self.iteration, **values}) + "\n")
            if self.board is not None:
                for name, value in values.items():
                    self.board.add_scalar(name, value, self.iteration)
        self.file.flush()
        means = torch.tensor(rows, dtype=torch.float64).mean(0).tolist()
        return dict(zip(Record._fields, means, strict=True))


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The records of a run, oldest first."""
    return [json.loads(line) for line in read_lines(folder / "metrics.jsonl")]


def read_lines(path: Path) -> Iterator[str]:
    """The complete lines of a file; a last one that a crash cut short is left out."""
    if path.exists():
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                yield line.rstrip("\n")


def _tensorboard(folder: Path, iteration: int) -> Any | None:  # noqa: ANN401 - a SummaryWriter, if there is such a thing
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tb"), purge_step=iteration + 1 if iteration else None)
