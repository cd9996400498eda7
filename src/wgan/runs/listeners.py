"""Who hears of a run while it trains: functions of the user's, TensorBoard, and trackers of experiments.

None of them can change the training, which hands them numbers and draws its own from streams of their own; and none can
end it: one that raises is said in one line and hears no more.
"""

import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wgan.errors import InputError, shown, unknown_name
from wgan.metrics.evaluation import Evaluation
from wgan.runs.history import Judged

__all__ = ["Audience", "Event", "Listener", "TensorBoard", "Tracker", "listeners_of", "tracking"]

TRACKERS = ("trackio", "wandb")


@dataclass(frozen=True)
class Event:
    """What a listener hears: the record of an iteration, or an evaluation.

    Attributes:
        run: the run directory.
        iteration: generator steps taken.
        values: numbers by name: those of a line of `metrics.jsonl`, or an evaluation's by their metrics' short names.
        evaluation: whole, with floors and units; None for the record of an iteration.

    Example:
        >>> Event(Path("runs/digits"), 1, {"estimate": 2.0}).values["estimate"]
        2.0
    """

    run: Path
    iteration: int
    values: Mapping[str, float]
    evaluation: Evaluation | None = None

    def __post_init__(self) -> None:
        """Makes the numbers unchangeable, for others hear them too."""
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    @classmethod
    def of(cls, run: Path, judged: Judged) -> "Event":
        """Of an evaluation."""
        scores = judged.evaluation.scores
        return cls(run, judged.iteration, {score.metric: score.value for score in scores}, judged.evaluation)

    def named(self) -> dict[str, float]:
        """The numbers by names that tell evaluations from records: `estimate`, but `evaluation/w1`."""
        return {f"evaluation/{name}" if self.evaluation else name: value for name, value in self.values.items()}


Listener = Callable[[Event], Any]
"""Called with each event, in order and soon after it; its `close`, if it has one, when training ends."""


class Audience:
    """Listeners of whom one that raises is dropped, with one line.

    Args:
        listeners: who hears.
        complain: takes the line.
    """

    def __init__(self, listeners: Iterable[Listener], complain: Callable[[str], None]) -> None:
        self.listeners, self.complain = list(listeners), complain

    def tell(self, event: Event) -> None:
        """Tells all of them."""
        for listener in tuple(self.listeners):
            self._spared(listener, lambda listener=listener: listener(event))  # type: ignore[misc]

    def close(self) -> None:
        """Tells all of them that there is no more."""
        for listener in tuple(self.listeners):
            self._spared(listener, getattr(listener, "close", lambda: None))

    def _spared(self, listener: Listener, act: Callable[[], Any]) -> None:
        try:
            act()
        except Exception as error:  # whatever the user's function or a tracker raises
            self.listeners.remove(listener)
            name = getattr(listener, "__name__", type(listener).__name__)
            reason = " ".join(str(error).split())[:200]
            self.complain(f"{name} hears no more of this run ({type(error).__name__}: {reason}), which goes on")


class TensorBoard:
    """Draws the curves of a run into its folder `tb`."""

    def __init__(self) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.kind: Any = SummaryWriter
        self.writer: Any = None

    @classmethod
    def available(cls) -> "list[Listener]":
        """One, where it is installed."""
        try:
            return [cls()]
        except ImportError:
            return []

    def __call__(self, event: Event) -> None:
        """Adds a point to each curve; the first event of a run that goes on replaces those from there on."""
        if self.writer is None:
            self.writer = self.kind(str(event.run / "tb"), purge_step=event.iteration if event.iteration > 1 else None)
        for name, value in event.named().items():
            self.writer.add_scalar(name, value, event.iteration)

    def close(self) -> None:
        """Writes what is pending."""
        if self.writer is not None:
            self.writer.close()


@dataclass
class Tracker:
    """Shows a run in a tracker with the interface of Weights & Biases: `init`, `log(values, step=)`, `finish`.

    Args:
        name: of the module.
        project: under which the run appears, by the name of its directory and with its recipe.
        options: further arguments of `init`.
    """

    name: str
    project: str = "wgan"
    options: Mapping[str, Any] = field(default_factory=dict)
    module: Any = field(default=None, repr=False)

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, event: Event) -> None:
        """Logs the numbers; what the tracker prints goes to stderr."""
        with redirect_stdout(sys.stderr):
            if self.module is None:
                module = import_module(self.name)
                recipe = tomllib.loads((event.run / "recipe.toml").read_text())
                module.init(**{"project": self.project, "name": event.run.name, "config": recipe, **self.options})
                self.module = module
            self.module.log(event.named(), step=event.iteration)

    def close(self) -> None:
        """Tells the tracker that the run has ended; another can follow."""
        if self.module is not None:
            with redirect_stdout(sys.stderr):
                self.module.finish()
            self.module = None


def tracking(name: str = "trackio", project: str = "wgan", **options: Any) -> Tracker:  # noqa: ANN401 - the tracker's own
    """A listener that shows runs in `trackio`, which is local, or in `wandb`.

    Args:
        name: which.
        project: under which runs appear.
        options: further arguments of its `init`, such as `mode="offline"` or `resume="allow"`.

    Raises:
        InputError: for another name, or one that is not installed.
    """
    if name not in TRACKERS:
        raise unknown_name("tracker", name, TRACKERS)
    if find_spec(name) is None:
        raise InputError(f"{name} is not installed; install it with: pip install {name}, or leave out the tracker")
    return Tracker(name, project, options)


def listeners_of(listen: Listener | Iterable[Listener], tracker: str | None) -> tuple[Listener, ...]:
    """Those that a user names, and the recipe's tracker.

    Raises:
        InputError: for what cannot be called, or a tracker that is not installed.
    """
    named = (listen,) if callable(listen) or not isinstance(listen, Iterable) else tuple(listen)
    for listener in named:
        if not callable(listener):
            raise InputError(f"listen is {shown(listener)}; expected a function of one event, or several of them")
    return (*named, *([tracking(tracker)] if tracker else ()))
