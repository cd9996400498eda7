"""Curves as drawings of a page: lines with text around them, thinned where there are more points than one sees."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wgan.report.scales import Scale, Values, shown

__all__ = ["MOST", "Chart", "Series", "Thin", "thinned"]

MOST = 500
"""Points of a curve, each with its mean, least and greatest value."""
WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 10, 40

Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """One curve.

    Attributes:
        name: what the legend calls it.
        x: increasing, `(n,)`, such as iterations.
        y: `(n,)`.
    """

    name: str
    x: Steps
    y: Values


@dataclass(frozen=True)
class Thin:
    """A curve of few points, each of which stands for values that follow each other.

    Attributes:
        first: the first x of each point.
        last: the last.
        mean: of the values.
        low: the least of them.
        high: the greatest.
    """

    first: Steps
    last: Steps
    mean: Values
    low: Values
    high: Values

    @property
    def centre(self) -> Values:
        """Where the points are drawn."""
        return (self.first + self.last) / 2

    @property
    def banded(self) -> bool:
        """Whether points stand for more than one value."""
        return bool((self.last > self.first).any())


def thinned(x: Steps, y: Values, most: int = MOST) -> Thin:
    """A curve of at most so many points, with nothing left out: each has the range of what it stands for.

    Example:
        >>> found = thinned(np.arange(1, 9), np.array([1.0, 3.0, 0.0, 8.0, 2.0, 2.0, 4.0, 8.0]), 2)
        >>> found.last.tolist(), found.mean.tolist(), found.high.tolist()
        ([4, 8], [3.0, 4.0], [8.0, 8.0])
    """
    if len(y) <= 2 * most:
        return Thin(x, x, y, y, y)
    edges = np.linspace(0, len(y), most + 1).astype(np.int64)
    starts, ends = edges[:-1], edges[1:] - 1
    mean = np.add.reduceat(y / np.repeat(np.diff(edges), np.diff(edges)), starts)
    return Thin(x[starts], x[ends], mean, np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts))


@dataclass(frozen=True)
class Drawn:
    """One line of a chart, as a template shows it.

    Attributes:
        name: of the curve.
        number: of its colour and its dashes, from 0.
        points: of the line, in the drawing's own lengths.
        band: of the area between least and greatest values; empty if there is none.
        dots: whether its points are few enough to be seen one by one.
        ends: where each of its points stands: the last x, and the means, least and greatest values as texts.
    """

    name: str
    number: int
    points: str
    band: str
    dots: tuple[tuple[float, float], ...]
    ends: tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Chart:
    """Curves over iterations in one drawing.

    Attributes:
        title: what they are.
        caption: what to see.
        unit: of the values.
        series: one or several.
        reference: a value to compare with, such as that of real data, with its name.
    """

    title: str
    caption: str
    unit: str
    series: tuple[Series, ...]
    reference: tuple[str, float] | None = None

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM

    @cached_property
    def thin(self) -> tuple[Thin, ...]:
        """The curves, thinned."""
        return tuple(thinned(one.x, one.y) for one in self.series)

    @cached_property
    def x(self) -> Scale:
        """Of iterations."""
        return Scale.along([end.astype(np.float64) for one in self.thin for end in (one.first[:1], one.last[-1:])])

    @cached_property
    def y(self) -> Scale:
        """Of the values."""
        extra = [] if self.reference is None else [np.array([self.reference[1]])]
        return Scale.of([*(part for one in self.thin for part in (one.low, one.high)), *extra])

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        """Where they are in the drawing, with their labels."""
        return [(across(place), label) for place, label in self.x.ticks(4)]

    @property
    def y_ticks(self) -> list[tuple[float, str]]:
        """Likewise."""
        return [(up(place), label) for place, label in self.y.ticks(4)]

    @property
    def level(self) -> float | None:
        """How high the reference is in the drawing."""
        return None if self.reference is None else up(float(self.y(np.array([self.reference[1]]))[0]))

    @property
    def lines(self) -> list[Drawn]:
        """The curves."""
        return [self._drawn(number, *both) for number, both in enumerate(zip(self.series, self.thin, strict=True))]

    def _drawn(self, number: int, one: Series, thin: Thin) -> Drawn:
        x, mean = self.x(thin.centre), self.y(thin.mean)
        band = ""
        if thin.banded:
            there, back = coordinates(x, self.y(thin.high)), coordinates(x[::-1], self.y(thin.low)[::-1])
            band = f"{there} {back}"
        dots = tuple((across(a), up(b)) for a, b in zip(x.tolist(), mean.tolist(), strict=True)) if len(x) <= 40 else ()
        texts = [" ".join(f"{value:.5g}" for value in values.tolist()) for values in (thin.mean, thin.low, thin.high)]
        ends = (numbers(thin.first), numbers(thin.last), texts[0], *(texts[1:] if thin.banded else ("", "")))
        return Drawn(one.name, number, coordinates(x, mean), band, dots, ends)

    @property
    def notes(self) -> list[str]:
        """What has to be known of the drawing."""
        found = []
        thick = [len(one.y) for one, thin in zip(self.series, self.thin, strict=True) if thin.banded]
        if thick:
            each = max(2, round(max(thick) / MOST))
            found.append(
                f"Thinned: {max(thick):,} iterations in {MOST} points, each the mean of about {each:,}, in a band from "
                "their least to their greatest value."
            )
        beyond = np.concatenate([np.zeros(0), *(self.y.beyond(part) for t in self.thin for part in (t.low, t.high))])
        if len(beyond):
            found.append(
                f"Values beyond the axis are drawn at its end; they reach from {shown(beyond.min())} to "
                f"{shown(beyond.max())}."
            )
        return found

    @property
    def summary(self) -> str:
        """The drawing in words, for those who do not see it."""
        parts = [
            f"{one.name} from {shown(thin.mean[0])} to {shown(thin.mean[-1])}"
            for one, thin in zip(self.series, self.thin, strict=True)
            if len(thin.mean)
        ]
        return f"{self.title} over iterations: {'; '.join(parts)}"


def across(place: float) -> float:
    """A place along the axis, from 0 to 1, in the drawing's own lengths."""
    return round(LEFT + place * (WIDTH - LEFT - RIGHT), 1)


def up(place: float) -> float:
    """Likewise upwards."""
    return round(HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM), 1)


def coordinates(x: Values, y: Values) -> str:
    """Places as the points of a line."""
    return " ".join(f"{across(a):g},{up(b):g}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def numbers(values: Steps) -> str:
    """Whole numbers with spaces between them."""
    return " ".join(map(str, values.tolist()))
