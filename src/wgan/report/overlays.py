"""Two sets of samples over each other, and values with their intervals, as drawings of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, log10

import numpy as np

from wgan.report.scales import Scale, Values, shown

__all__ = ["Histograms", "Ladder", "Rung", "Scatter"]

BINS = 36
NARROW = 1e-2
"""Spread of values, as a part of their size, below which an axis counts from a number near by."""
POINTS = 1000
"""Points of a side that a drawing takes."""
WIDTH, HEIGHT = 460, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 40
NAMES = 84
"""Room for the names of rows."""
ROW = 26

Ticks = list[tuple[float, str]]


def placed(place: float, low: float, high: float) -> float:
    """A place along an axis, from 0 to 1, in the drawing's own lengths."""
    return round(low + place * (high - low), 1)


def origin_of(values: Values) -> float:
    """What an axis counts from: zero, but for values that spread little against their size, as times within an hour.

    Example:
        >>> origin_of(np.array([1.7e9, 1.7e9 + 3600])), origin_of(np.array([1.0, 3.0]))
        (1700000000.0, 0.0)
    """
    low, high = float(values.min()), float(values.max())
    spread = high - low
    return round(low, -ceil(log10(spread))) if 0 < spread < NARROW * abs(low) else 0.0


def counted_from(name: str, origin: float) -> str:
    """What stands at an axis."""
    return f"{name} − {origin:.15g}" if origin else name


@dataclass(frozen=True)
class Histograms:
    """One feature of two sides.

    Attributes:
        name: of the feature.
        caption: what to see.
        sides: its values in each, `(n,)`, finite.
    """

    name: str
    caption: str
    sides: tuple[Values, Values]

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM

    @cached_property
    def origin(self) -> float:
        """What the axis counts from."""
        return origin_of(np.concatenate(self.sides))

    @cached_property
    def x(self) -> Scale:
        """Of the values."""
        return Scale.of([values - self.origin for values in self.sides])

    @cached_property
    def shares(self) -> tuple[Values, ...]:
        """The share of each side that is in each bin."""
        places = [self.x(values - self.origin) for values in self.sides]
        return tuple(np.histogram(place, BINS, (0, 1))[0] / len(place) for place in places)

    @cached_property
    def y(self) -> Scale:
        """Of the shares."""
        return Scale(0.0, 1.05 * max(float(share.max()) for share in self.shares))

    @property
    def label(self) -> str:
        """What stands at the axis."""
        return counted_from(self.name, self.origin)

    @property
    def x_ticks(self) -> Ticks:
        """Where they are in the drawing, with their labels."""
        return [(placed(place, self.left, self.right), label) for place, label in self.x.ticks(4)]

    @property
    def y_ticks(self) -> Ticks:
        """Likewise, in percent."""
        percent = Scale(0.0, 100 * self.y.high)
        return [(placed(place, self.bottom, self.top), f"{label} %") for place, label in percent.ticks(3)]

    @property
    def outlines(self) -> list[str]:
        """The steps of each side as the points of a line that begins and ends at zero."""
        edges = np.repeat(np.linspace(0, 1, BINS + 1), 2)
        return [self._outline(edges, np.concatenate([[0], np.repeat(share, 2), [0]])) for share in self.shares]

    def _outline(self, edges: Values, heights: Values) -> str:
        both = zip(edges.tolist(), self.y(heights).tolist(), strict=True)
        return " ".join(f"{placed(a, self.left, self.right):g},{placed(b, self.bottom, self.top):g}" for a, b in both)

    @property
    def summary(self) -> str:
        """The drawing in words, for those who do not see it."""
        middles = " and ".join(shown(float(np.median(values))) for values in self.sides)
        return f"Histograms of {self.name}; the medians of A and B are {middles}"

    @property
    def note(self) -> str:
        """What has to be known of the drawing."""
        log = " Powers of ten along the axis." if self.x.log else ""
        beyond = np.concatenate([self.x.beyond(values - self.origin) for values in self.sides])
        if not len(beyond):
            return log
        low, high = (shown(float(end + self.origin)) for end in (beyond.min(), beyond.max()))
        return f"{log} Values beyond the axis are counted at its end; they reach from {low} to {high}."


@dataclass(frozen=True)
class Scatter:
    """Two features of two sides.

    Attributes:
        names: of the features.
        sides: points `(n, 2)` of each, finite.
    """

    names: tuple[str, str]
    sides: tuple[Values, Values]

    width, height = WIDTH, WIDTH
    left, right, top, bottom = LEFT + 10, WIDTH - RIGHT, TOP, WIDTH - BOTTOM

    @cached_property
    def origins(self) -> tuple[float, float]:
        """What each axis counts from."""
        x, y = np.concatenate(self.sides).T
        return origin_of(x), origin_of(y)

    @cached_property
    def scales(self) -> tuple[Scale, Scale]:
        """Of each feature."""
        x, y = (Scale.of([side[:, k] - self.origins[k] for side in self.sides]) for k in (0, 1))
        return x, y

    @property
    def labels(self) -> list[str]:
        """What stands at each axis."""
        return [counted_from(*both) for both in zip(self.names, self.origins, strict=True)]

    @property
    def x_ticks(self) -> Ticks:
        """Where they are in the drawing, with their labels."""
        return [(placed(place, self.left, self.right), label) for place, label in self.scales[0].ticks(4)]

    @property
    def y_ticks(self) -> Ticks:
        """Likewise upwards."""
        return [(placed(place, self.bottom, self.top), label) for place, label in self.scales[1].ticks(4)]

    @property
    def dots(self) -> list[str]:
        """The points of each side as a path of strokes without length."""
        return ["".join(f"M{x:g} {y:g}h0" for x, y in self._places(side[:POINTS])) for side in self.sides]

    def _places(self, side: Values) -> list[tuple[float, float]]:
        x, y = (scale(side[:, k] - self.origins[k]).tolist() for k, scale in enumerate(self.scales))
        ends = (self.left, self.right), (self.bottom, self.top)
        return [(placed(a, *ends[0]), placed(b, *ends[1])) for a, b in zip(x, y, strict=True)]

    @property
    def summary(self) -> str:
        """The drawing in words, for those who do not see it."""
        return f"Samples of A and B as points of {self.names[0]} and {self.names[1]}"

    @property
    def note(self) -> str:
        """What has to be known of the drawing."""
        pairs = list(enumerate(self.scales))
        logs = [f" Powers of ten along {self.names[k]}." for k, scale in pairs if scale.log]
        beyond = sum(len(scale.beyond(side[:, k] - self.origins[k])) for k, scale in pairs for side in self.sides)
        ends = [" Points beyond an axis are drawn at its end."] if beyond else []
        most = max(map(len, self.sides))
        few = [f" The first {POINTS:,} of {most:,} samples of a side are drawn."] if most > POINTS else []
        return "".join([*logs, *ends, *few])


@dataclass(frozen=True)
class Rung:
    """A value with its interval.

    Attributes:
        name: what was measured.
        value: finite.
        span: the interval's ends; None without one.
    """

    name: str
    value: float
    span: tuple[float, float] | None


@dataclass(frozen=True)
class Ladder:
    """Values of one unit, one below the other.

    Attributes:
        unit: of all.
        rungs: from above.
    """

    unit: str
    rungs: Sequence[Rung]

    width, left, right, top = WIDTH, NAMES, WIDTH - RIGHT, TOP

    @property
    def bottom(self) -> int:
        """Where the axis is."""
        return TOP + ROW * len(self.rungs)

    @property
    def height(self) -> int:
        """Of the drawing."""
        return self.bottom + BOTTOM

    @cached_property
    def x(self) -> Scale:
        """From zero, or in powers of ten where the values are far apart."""
        ends = [np.array([one.value, *(one.span or ())], dtype=np.float64) for one in self.rungs]
        scale = Scale.of(ends)
        return scale if scale.log else Scale.along([np.sort(np.concatenate([*ends, np.zeros(1)]))])

    @property
    def x_ticks(self) -> Ticks:
        """Where they are in the drawing, with their labels."""
        return [(placed(place, self.left, self.right), label) for place, label in self.x.ticks(4)]

    @property
    def rows(self) -> list[tuple[str, float, float, tuple[float, ...]]]:
        """Of each value its name, how low it is, where it is, and where its interval ends."""
        return [
            (one.name, TOP + ROW * (k + 0.5), self._across([one.value])[0], self._across(one.span or ()))
            for k, one in enumerate(self.rungs)
        ]

    def _across(self, values: Sequence[float]) -> tuple[float, ...]:
        places = self.x(np.array(values, dtype=np.float64)).tolist()
        return tuple(placed(place, self.left, self.right) for place in places)

    @property
    def summary(self) -> str:
        """The drawing in words, for those who do not see it."""
        return f"Distances, unit {self.unit}: {'; '.join(f'{one.name} {shown(one.value)}' for one in self.rungs)}"
