"""What a run says of itself while it trains: `status.json` and `report.html`, which nothing hangs on."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor

from wgan.errors import Diverged
from wgan.metrics.evaluation import Evaluation
from wgan.recipes import Recipe
from wgan.runs import files
from wgan.runs.environment import Environment
from wgan.runs.history import History, Judged
from wgan.runs.page import NAME, RunContents
from wgan.runs.signals import Interrupted
from wgan.runs.status import NAME as STATUS
from wgan.runs.status import State, Status

__all__ = ["Reporter"]

SHARE = 0.02
"""Of the time of training, which pages take at most, but for that of the end."""
LONGEST = 1.0
"""Seconds that a page may take for it to be written before the end."""
FIRST = 0.15
"""Seconds that the first page is taken to cost."""


Past = Callable[[], tuple[Tensor, History]]
"""The records and the evaluations so far."""


@dataclass
class Reporter:
    """Writes status and page of a run; where they cannot be written, one line says so and the run goes on.

    Args:
        run: its directory.
        recipe: the complete recipe.
        environment: the text of `env.json`.
        complain: takes the line.
        warnings: what speaks against the result so far, which the page shows.
        seconds: of this sitting so far.
        past: the records and the evaluations so far.
    """

    run: Path
    recipe: Recipe
    environment: str
    complain: Callable[[str], None]
    warnings: list[str]
    seconds: Callable[[], float]
    past: Past
    before: float = field(init=False)
    cost: float = FIRST
    written: float = 0.0
    failed: bool = False

    def __post_init__(self) -> None:
        """Reads how long the run was trained before, and tells that a sitting begins."""
        last = Status.read(self.run)
        self.before = 0.0 if last is None else last.seconds
        self._keep(self._status("training"))

    def saved(self) -> None:
        """Tells where the run stands, at a checkpoint: by a page only where that costs little."""
        status = self._status("training")
        self._keep(status)
        if self.cost <= min(LONGEST, SHARE * (self.seconds() - self.written)):
            self._draw(status)

    def trained(self, evaluation: Evaluation | None, stopped: str | None) -> None:
        """Tells of a sitting that ended by itself.

        Args:
            evaluation: the one at the end.
            stopped: why it came to no last iteration; None if it did.
        """
        status = self._status("finished" if stopped is None else "stopped", stopped or "")
        if evaluation is not None:
            status = replace(status, evaluation=Judged.of(status.iteration, evaluation).to_table())
        self._ended(status)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Tells of an end before the last iteration."""
        try:
            yield
        except (Diverged, Interrupted) as error:
            state: State = "diverged" if isinstance(error, Diverged) else "stopped"
            self._ended(self._status(state, f"{str(error).partition(';')[0]}."))
            raise

    def _ended(self, status: Status) -> None:
        self._keep(status)
        self._draw(status)

    def _status(self, state: State, reason: str = "") -> Status:
        return Status(state, len(self.past()[0]), round(self.before + self.seconds(), 3), reason)

    def _keep(self, status: Status) -> None:
        self._spared(lambda: status.write(self.run), STATUS)

    def _draw(self, status: Status) -> None:
        began = time.monotonic()
        self._spared(lambda: files.write(self.run, NAME, self._page(status)), NAME)
        self.cost, self.written = time.monotonic() - began, self.seconds()

    def _page(self, status: Status) -> bytes:
        environment, notes = Environment.from_json(self.environment), tuple(dict.fromkeys(self.warnings))
        return RunContents(self.run, self.recipe, environment, *self.past(), status, notes).page()

    def _spared(self, act: Callable[[], None], name: str) -> None:
        try:
            act()
        except Exception as error:  # whatever a disk or a library cannot do
            if not self.failed:
                self.failed = True
                what = error.strerror if isinstance(error, OSError) and error.strerror else error
                reason = " ".join(str(what).split())[:200] or type(error).__name__
                self.complain(
                    f"{self.run / name} could not be written ({reason}); the run goes on, and wgan report {self.run} "
                    "writes it later"
                )
