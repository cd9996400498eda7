"""Runs studies: rows side by side, kept as they finish, judged when the last one is there."""

import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from wgan.errors import InputError, WganError
from wgan.runs.signals import interrupted_later
from wgan.studies.finding import Finding, conclude
from wgan.studies.ledger import Ledger, address
from wgan.studies.machine import commit, machine, processor
from wgan.studies.numbers import plain
from wgan.studies.rows import Row, Rows, Settings
from wgan.studies.study import Study
from wgan.studies.writing import is_full, write_finding

__all__ = ["Failed", "run_studies"]

Tell = Callable[[str], None]

ATTEMPTS = 3
KILLED = (
    f"its worker was killed {ATTEMPTS} times with no other beside it, perhaps for lack of memory; free some, or run it "
    "with --jobs 1"
)


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
    """A study on its way: what is measured, what is still to be, and what broke.

    Attributes:
        study: which.
        design: the settings of all its rows.
        ledger: of those that are there.
        missing: those that are neither kept nor broken, by their address.
        broken: those that raised.
    """

    study: Study
    design: Sequence[Settings]
    ledger: Ledger
    missing: dict[str, Settings]
    broken: list[Broken] = field(default_factory=list)

    @property
    def hopeless(self) -> bool:
        """Whether something is missing that all its rows need, so that no other has to be tried."""
        return any(row.mistake for row in self.broken)

    @property
    def over(self) -> bool:
        """Whether no row is to come that it waits for."""
        return self.hopeless or not self.missing


Task = tuple[Study, Settings]
Tasks = dict[tuple[str, str], Task]
"""By the study's name and the address of the row."""
Outcome = tuple[str, Row | Broken]


def run_studies(
    studies: Sequence[Study], folder: Path, *, quick: bool = False, jobs: int = 1, tell: Tell = print
) -> Iterator[Finding | Failed]:
    """Runs the rows that are missing, and yields each study's outcome once its last row is there.

    Every row is measured on one thread, so that its numbers do not hang on how many are measured side by side. They
    run through joblib: within `joblib.parallel_config("dask")` or `("ray")`, that engine's workers take them. A row
    whose worker was killed is run again, alone, three times at most.

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
    for one in running.values():
        if one.over:
            yield outcome(one, folder, quick, tell)
    for name, row in measurements(running, jobs, tell):
        one = running[name]
        was_over = one.over
        with interrupted_later():
            keep(one, row, here)
            tell(progress(one, row, len(to_do(running))))
        if one.over and not was_over:
            yield outcome(one, folder, quick, tell)


def measurements(running: Mapping[str, Running], jobs: int, tell: Tell) -> Iterator[Outcome]:
    """The missing rows as they finish, in whichever order; those whose worker was killed at the end, one by one."""
    suspects: Tasks = {}
    while waiting := {key: task for key, task in to_do(running).items() if key not in suspects}:
        handed: Tasks = {}
        try:
            for name, row in side_by_side(noted(waiting, handed, running), jobs):
                handed.pop((name, address(row.settings)))
                yield name, row
        except TerminatedWorkerError:
            tell(f"a worker was killed, perhaps for lack of memory; {len(handed)} unfinished rows are run again")
            suspects.update(list(handed.items()))
    for key, task in suspects.items():
        if key in to_do(running):
            yield alone(task, jobs)


def to_do(running: Mapping[str, Running]) -> Tasks:
    """The missing rows of studies that may still be concluded."""
    hopeful = [one for one in running.values() if not one.hopeless]
    return {(one.study.name, key): (one.study, one.missing[key]) for one in hopeful for key in one.missing}


def noted(waiting: Tasks, handed: Tasks, running: Mapping[str, Running]) -> Iterator[Task]:
    """The tasks whose study may still be concluded, each noted when it is handed out."""
    for key, task in waiting.items():
        if not running[key[0]].hopeless:
            handed[key] = task
            yield task


def side_by_side(tasks: Iterable[Task], jobs: int) -> Iterator[Outcome]:
    """Outcomes as they come, each as soon as it is there.

    Workers are started, and ended, while Ctrl-C waits: it is for this process alone, and half a start leaves locks.
    """
    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    outcomes: Generator[Outcome] | None = None
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "A worker stopped while some jobs"
        )  # whose memory had grown; there is a new one
        try:
            with interrupted_later():
                outcomes = pool(delayed(measured)(*task) for task in tasks)
            for outcome in outcomes:  # noqa: UP028 - `yield from` would close them by itself
                yield outcome
        finally:
            if outcomes is not None:
                close(outcomes)


def close(outcomes: Generator[Outcome]) -> None:
    """Ends the workers, without the warning that what they were measuring is lost: it is measured again."""
    with interrupted_later(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"joblib\.parallel")
        outcomes.close()


def alone(task: Task, jobs: int) -> Outcome:
    """A row that was on its way when a worker was killed, with no other on the way that could be to blame.

    The kill before does not count: the row may have been in a queue then.
    """
    for _ in range(ATTEMPTS):
        try:
            return next(side_by_side([task], jobs))
        except TerminatedWorkerError:
            continue
    study, settings = task
    return study.name, Broken(settings, KILLED, mistake=True)


def begin(study: Study, folder: Path, quick: bool, tell: Tell) -> Running:
    """What there is of a study, with a line where earlier rows no longer count."""
    ledger = Ledger(folder, study)
    design = [plain(settings) for settings in study.design(quick)]
    missing = {address(settings): settings for settings in design if ledger.find(settings) is None}
    if len(missing) < len(design):
        tell(f"{study.name}: {len(design) - len(missing)} of {len(design)} rows were measured before")
    if ledger.stale:
        tell(f"{study.name}: {ledger.stale} rows are of another version of the study and do not count")
    if ledger.torn:
        tell(f"{study.name}: {ledger.torn} lines of {ledger.path} cannot be read and do not count")
    return Running(study, design, ledger, missing)


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
    del running.missing[address(row.settings)]
    if isinstance(row, Broken):
        running.broken.append(row)
    else:
        running.ledger.add(replace(row, commit=here))


def progress(running: Running, row: Row | Broken, left: int) -> str:
    """How far a study is, and what just happened."""
    done = len(running.design) - len(running.missing)
    what = ", ".join(f"{name} {value}" for name, value in row.settings.items())
    how = row.reason if isinstance(row, Broken) else f"{row.seconds:.1f} s"
    return f"{running.study.name} {done}/{len(running.design)} ({what}): {how}; {left} rows left"


def outcome(running: Running, folder: Path, quick: bool, tell: Tell) -> Finding | Failed:
    """What came of a study of which no row is to come any more."""
    return failure(running) if running.broken else concluded(running, folder, quick, tell)


def concluded(running: Running, folder: Path, quick: bool, tell: Tell) -> Finding | Failed:
    """The finding, written; a quick one takes no full one's place."""
    study = running.study
    rows = Rows([row for row in map(running.ledger.find, running.design) if row is not None])
    command = f"wgan study run {study.name}{' --quick' * quick}"
    try:
        late = running.ledger.under_another_criterion(running.design)
        finding = conclude(study, rows, quick=quick, command=command, machine=machine(rows), late=late)
        if quick and is_full(folder / f"{study.name}.json"):
            tell(f"{study.name}: the finding of its full design stays in {folder}; choose another --out to record this")
        else:
            write_finding(finding, study, rows, folder)
    except OSError:
        raise
    except Exception as error:
        return Failed(study.name, f"its rows could not be judged: {type(error).__name__}: {error}", mistake=False)
    return finding


def failure(running: Running) -> Failed:
    """Why a study has no finding."""
    first, count = running.broken[0], len(running.broken)
    others = f" (and {count - 1} other row{'s' * (count > 2)})" if count > 1 else ""
    return Failed(running.study.name, f"{first.reason}{others}", all(row.mistake for row in running.broken))
