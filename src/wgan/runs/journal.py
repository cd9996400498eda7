"""The record of a run: `metrics.jsonl`, one line per iteration."""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
from torch import Tensor

from wgan.errors import Diverged, InputError
from wgan.runs import files
from wgan.training import Record

__all__ = ["NAME", "Journal", "to_lines", "to_records"]

NAME = "metrics.jsonl"
EMPTY = torch.zeros(0, len(Record._fields), dtype=torch.float64)


class Journal:
    """Writes records in groups, so that training never waits for a device or a disk in between.

    What is written is a function of the run alone (no times), so a resumed run's file equals an uninterrupted one's.

    Args:
        run: its directory.
        metrics: the records so far, `(iterations, values)`, float64; the file begins with them, whatever it held.
        every: iterations between writes.
        hear: is told each record that was written, by iteration and values.
    """

    def __init__(
        self,
        run: Path,
        metrics: Tensor = EMPTY,
        every: int = 50,
        hear: Callable[[int, dict[str, float]], None] = lambda iteration, values: None,  # noqa: ARG005
    ) -> None:
        self.run, self.path, self.every, self.hear = run, run / NAME, every, hear
        self.groups, self.iteration = [metrics], len(metrics)
        self.pending: list[Record] = []
        files.write(run, NAME, to_lines(metrics))
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)

    @property
    def metrics(self) -> Tensor:
        """All records that were written, `(iterations, values)`, float64."""
        return torch.cat(self.groups)

    def estimate(self) -> float | None:
        """The critic's, mean of the last records, however they were grouped; None before the first."""
        rows = self.metrics[-self.every :]
        return rows.mean(0).tolist()[Record._fields.index("estimate")] if len(rows) else None

    def add(self, record: Record, write: bool = False) -> dict[str, float] | None:
        """Takes the record of the next iteration; returns the means of a group whenever one was written.

        Raises:
            InputError: if the file is not where it was.
            OSError: if it cannot be written.
        """
        self.pending.append(record)
        self._refuse_absence()
        return self.flush() if write or len(self.pending) >= self.every else None

    def flush(self) -> dict[str, float] | None:
        """Writes what is pending; returns its means, None if nothing was.

        Raises:
            Diverged: at the first value that is NaN or infinite; the finite lines before it are written.
        """
        if not self.pending:
            return None
        rows = torch.stack([torch.stack(record) for record in self.pending]).double().cpu()
        self.pending.clear()
        finite = rows.isfinite().all(1)
        sound = len(rows) if bool(finite.all()) else int(finite.int().argmin())
        self._write(rows[:sound])
        if sound < len(rows):
            name, value = next(
                (name, value)
                for name, value in zip(Record._fields, rows[sound].tolist(), strict=True)
                if not math.isfinite(value)
            )
            raise Diverged(f"{name} became {value} at iteration {self.iteration + 1}")
        return dict(zip(Record._fields, rows.mean(0).tolist(), strict=True))

    def sync(self) -> None:
        """Returns when what was written is on the disk."""
        os.fsync(self.descriptor)

    def _write(self, rows: Tensor) -> None:
        files.write_all(self.descriptor, to_lines(rows, self.iteration).encode())
        self.groups.append(rows)
        for values in rows.tolist():
            self.iteration += 1
            self.hear(self.iteration, dict(zip(Record._fields, values, strict=True)))

    def _refuse_absence(self) -> None:
        try:
            there = os.path.samestat(self.path.lstat(), os.fstat(self.descriptor))
        except FileNotFoundError:
            there = False
        if not there:
            raise InputError(
                f"{self.run} was moved, deleted or begun anew while it was trained; bring it back and --resume it, "
                "or start again"
            )


def to_lines(metrics: Tensor, before: int = 0) -> str:
    """Records as lines of JSON, the first of them of iteration `before + 1`."""
    return "".join(json.dumps(record) + "\n" for record in to_records(metrics, before))


def to_records(metrics: Tensor, before: int = 0) -> list[dict[str, float]]:
    """Records as values by name, the first of them of iteration `before + 1`."""
    rows = enumerate(metrics.tolist(), before + 1)
    return [{"iteration": iteration, **dict(zip(Record._fields, row, strict=True))} for iteration, row in rows]
