"""The page of one run."""

from collections.abc import Sequence
from dataclasses import dataclass

from wgan.report.curves import Chart
from wgan.report.frames import Strip
from wgan.report.pages import page

__all__ = ["Command", "Field", "RunPage", "Standing", "Value"]


@dataclass(frozen=True)
class Standing:
    """How far a run has come.

    Attributes:
        state: `training`, `finished`, `stopped` or `diverged`.
        summary: one line: iterations, time, state.
        reason: why it is so; empty if there is nothing to say.
    """

    state: str
    summary: str
    reason: str = ""


@dataclass(frozen=True)
class Field:
    """A field of the recipe.

    Attributes:
        name: dotted, as the command takes it.
        value: as text.
        usual: what the named system has; None where that is the same.
    """

    name: str
    value: str
    usual: str | None = None


@dataclass(frozen=True)
class Value:
    """A metric's value.

    Attributes:
        name: with its protocol.
        value: as a number, to sort by.
        text: the value.
        interval: of it; empty if there is none.
        floor: that of real data; empty if it is not known.
        better: `less` or `more`.
        what: it is, with its unit.
    """

    name: str
    value: float
    text: str
    interval: str
    floor: str
    better: str
    what: str


@dataclass(frozen=True)
class Command:
    """What one can do next.

    Attributes:
        what: it does.
        line: to type.
    """

    what: str
    line: str


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """What a run's page shows.

    Attributes:
        title: what was trained on what.
        about: one sentence on the system; empty if its recipe has none.
        paper: where it is from; empty if its recipe does not say.
        standing: how far it has come.
        charts: its curves.
        strip: its pictures.
        empty: why there are no pictures, where there are none.
        values: of the metrics, at `measured`.
        measured: when they were; empty if they were not.
        left_out: metrics that could not be measured, with reasons.
        fields: of its recipe.
        facts: of data and environment, by name.
        commands: what to do next.
        notes: what speaks against it, a line each.
    """

    title: str
    about: str
    paper: str
    standing: Standing
    charts: Sequence[Chart]
    strip: Strip
    empty: str
    values: Sequence[Value]
    measured: str
    left_out: Sequence[str]
    fields: Sequence[Field]
    facts: Sequence[tuple[str, str]]
    commands: Sequence[Command]
    notes: Sequence[str]

    def to_bytes(self) -> bytes:
        """The page, in one file."""
        return page("run", title=self.title, run=self)
