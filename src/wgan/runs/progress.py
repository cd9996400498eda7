"""What a person sees while a run trains: one live line on a terminal, plain lines elsewhere."""

import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from wgan.losses import Measure
from wgan.text import printable

__all__ = ["Progress", "clock"]


class Unheard(Console):
    """A console that falls silent when nobody listens any more, instead of ending the process."""

    def on_broken_pipe(self) -> None:
        """Says nothing from now on."""
        self.quiet = True


class Progress:
    """Writes to stderr, so that stdout stays free for results.

    The line shows the *estimate* (positive, with what it measures), not the critic's loss, which is its negative for
    a Wasserstein critic and means nothing to most readers.

    Args:
        measure: what the estimate stands for.
        total: iterations of the run.
        done: iterations already taken.
        quiet: whether to say nothing at all.

    Attributes:
        judged: the last evaluation, in a few words.
    """

    def __init__(self, measure: Measure, total: int, done: int, quiet: bool = False) -> None:
        self.console = Unheard(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self.measure, self.total = measure, total
        self.judged = ""
        self.first, self.began = done, time.monotonic()
        self.lines_at = self.began
        self.live = Live(console=self.console, auto_refresh=False, transient=True) if self.console.is_terminal else None

    def __enter__(self) -> Self:
        if self.live is not None:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live is not None:
            self.live.stop()

    @property
    def seconds(self) -> float:
        """Since the start of this session of the run."""
        return time.monotonic() - self.began

    def note(self, line: str) -> None:
        """Prints a line that stays."""
        with suppress(OSError):
            self.console.print(Text(printable(line)))

    def update(self, iteration: int, means: Mapping[str, float], samples: int) -> None:
        """Shows where the run stands.

        Args:
            iteration: generator steps taken.
            means: of the latest records.
            samples: real samples that the critic has seen since the start of this session.
        """
        rate = (iteration - self.first) / max(self.seconds, 1e-9)
        judged = f" · {self.judged}" if self.judged else ""
        line = (
            f"iteration {iteration:,}/{self.total:,} · {self.measure.symbol} ({self.measure.unit}) "
            f"{means['estimate']:.4g}{judged} · gradient norm {means['gradient_norm']:.3g} · "
            f"{samples / max(self.seconds, 1e-9):,.0f} samples/s · {clock((self.total - iteration) / rate)} left"
        )
        if self.live is not None:
            with suppress(OSError):
                self.live.update(Text(printable(line)), refresh=True)
        elif time.monotonic() - self.lines_at >= 5 or iteration >= self.total:
            self.lines_at = time.monotonic()
            self.note(line)


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, with hours where there are any.

    Example:
        >>> clock(75), clock(3675)
        ('1:15', '1:01:15')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
