"""Runs studies: rows side by side, kept as they finish, judged when the last one is there."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from wgan.errors import InputError, WganError
from wgan.studies.finding import Finding, conclude
from wgan.studies.ledger import Ledger
from wgan.studies.machine import commit, machine, processor
from wgan.studies.numbers import plain
from wgan.studies.rows import Row, Rows, Settings
from wgan.studies.study import Study
from wgan.studies.writing import write_finding

__all__ = ["Failed", "run_studies"]

Tell = Callable[[str], None]

ATTEMPTS = 3


@dataclass(frozen=True)
class Failed:
    """A study that could not be concluded, and why."""

    study: str
    reason: str
    mistake: bool


@dataclass(frozen=True)
class Broken:
    """A row that raised."""

    settings: Settings
    reason: str
    mistake: bool


@dataclass
class Running:
    """A study on its way: what is measured, what is still to be, and what broke."""

    study: Study
    design: Sequence[Settings]
    ledger: Ledger
    broken: list[Broken]

    @property
    def missing(self) -> list[Settings]:
        """The rows that are neither kept nor broken."""
        tried = [row.settings for row in self.broken]
        return [row for row in self.design if self.ledger.find(row) is None and row not in tried]


def run_studies(
    studies: Sequence[Study], folder: Path, *, quick: bool = False, jobs: int = 1, tell: Tell = print
) -> Iterator[Finding | Failed]:
    """Runs the rows that are missing, and yields each study's outcome once its last row is there.

    Every row is measured on one thread, so that its numbers do not hang on how many are measured side by side. They
    run through joblib: within `joblib.parallel_config("dask")` or `("ray")`, that engine's workers take them. A row
    whose worker was killed is run again, twice at most.

    Args:
        studies: which.
        folder: where findings, figures and rows are kept.
        quick: whether to take the small designs.
        jobs: rows side by side, unless an engine that was chosen decides.
        tell: is told of every finished row, in a line.

    Raises:
        OSError: if the folder cannot be written.
    """
    here = commit()
    running = {study.name: begin(study, folder, quick, tell) for study in studies}
    done: set[str] = set()
    yield from finish(running, done, folder, quick)
    for _ in range(ATTEMPTS):
        todo = [(r.study, settings) for r in running.values() for settings in r.missing]
        if not todo:
            return
        left = Counter(study.name for study, _ in todo)
        try:
            rows = Parallel(n_jobs=min(jobs, len(todo)), return_as="generator_unordered", pre_dispatch="2*n_jobs")(
                delayed(measured)(*one) for one in todo
            )
            for name, row in rows:
                left[name] -= 1
                keep(running[name], row, here)
                tell(progress(running[name], row, left))
                yield from finish(running, done, folder, quick)
        except TerminatedWorkerError:
            tell("a worker was killed, perhaps for lack of memory; what it measured is run again")
    names = [name for name, study in running.items() if study.missing]
    yield from (
        Failed(name, "its workers were killed three times; run it with --jobs 1", mistake=True) for name in names
    )


def begin(study: Study, folder: Path, quick: bool, tell: Tell) -> Running:
    """What there is of a study, with a line where earlier rows no longer count."""
    ledger = Ledger(folder, study)
    design = [plain(settings) for settings in study.design(quick)]
    found = sum(ledger.find(settings) is not None for settings in design)
    if found:
        tell(f"{study.name}: {found} of {len(design)} rows were measured before")
    if ledger.stale:
        tell(f"{study.name}: {ledger.stale} rows are of another version of the study and do not count")
    return Running(study, design, ledger, [])


def measured(study: Study, settings: Settings) -> tuple[str, Row | Broken]:
    """One row, in whichever process this is."""
    began = time.process_time()
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        with threadpool_limits(1):
            measures = plain(study.measure(settings))
    except WganError as error:
        return study.name, Broken(settings, str(error), isinstance(error, InputError))
    except Exception as error:
        return study.name, Broken(settings, f"{type(error).__name__}: {error}", mistake=False)
    finally:
        torch.set_num_threads(threads)
    return study.name, Row(settings, measures, round(time.process_time() - began, 3), processor())


def keep(running: Running, row: Row | Broken, here: str | None) -> None:
    """Puts a row where it belongs."""
    if isinstance(row, Broken):
        running.broken.append(row)
    else:
        running.ledger.add(replace(row, commit=here))


def progress(running: Running, row: Row | Broken, left: Counter[str]) -> str:
    """How far a study is, and what just happened."""
    done, everything = len(running.design) - len(running.missing), sum(left.values())
    what = ", ".join(f"{name} {value}" for name, value in row.settings.items())
    how = row.reason if isinstance(row, Broken) else f"{row.seconds:.1f} s"
    return f"{running.study.name} {done}/{len(running.design)} ({what}): {how}; {everything} rows left"


def finish(running: dict[str, Running], done: set[str], folder: Path, quick: bool) -> Iterator[Finding | Failed]:
    """The outcomes of studies of which no row is missing any more."""
    for name, one in running.items():
        if name in done or one.missing:
            continue
        done.add(name)
        yield failure(one) if one.broken else concluded(one, folder, quick)


def concluded(running: Running, folder: Path, quick: bool) -> Finding | Failed:
    """The finding, written."""
    study = running.study
    rows = Rows([row for row in map(running.ledger.find, running.design) if row is not None])
    command = f"wgan study run {study.name}{' --quick' * quick}"
    try:
        late = running.ledger.under_another_criterion(running.design)
        finding = conclude(study, rows, quick=quick, command=command, machine=machine(rows), late=late)
        write_finding(finding, study, rows, folder)
    except (ArithmeticError, ValueError, LookupError, TypeError, AssertionError) as error:
        return Failed(study.name, f"its rows could not be judged: {type(error).__name__}: {error}", mistake=False)
    return finding


def failure(running: Running) -> Failed:
    """Why a study has no finding."""
    first, count = running.broken[0], len(running.broken)
    others = f" (and {count - 1} other rows)" if count > 1 else ""
    return Failed(running.study.name, f"{first.reason}{others}", all(row.mistake for row in running.broken))
