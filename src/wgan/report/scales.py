"""Axes of charts: which values they show, where their ticks are, and what stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST", "Scale", "shown"]

LARGEST = 1e100
"""Size of a value up to which it is drawn."""
WIDE = 200.0
"""How many times the small values the large ones are from where powers of ten tell more."""
OUTLYING = 3.0
"""How many times the range of nearly all values that of all is from where the rest is left beyond the axis."""
TAIL = 0.01
MARGIN = 0.06
STEPS = (1, 2, 2.5, 5, 10)

Values = NDArray[np.float64]


def shown(value: float) -> str:
    """A number of a page in few digits.

    Example:
        >>> shown(1234567.0), shown(0.123456), shown(3.0), shown(-1e-9), shown(float("inf"))
        ('1,234,567', '0.1235', '3', '-1e-09', 'inf')
    """
    if abs(value) < 1e9 and value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


@dataclass(frozen=True)
class Scale:
    """Values along an axis.

    Attributes:
        low: the lower end.
        high: the upper end.
        log: whether equal lengths are equal ratios.
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, values: Sequence[Values]) -> "Scale":
        """One on which nearly all values are seen: powers of ten where positive values are far apart.

        Example:
            >>> Scale.of([np.array([0.0, 1.0])]).beyond(np.array([0.0, 1.0, 2.0])).tolist()
            [2.0]
            >>> Scale.of([np.array([0.1, 2e5])]).log
            True
        """
        every = np.clip(np.concatenate([*values, np.zeros(0)]), -LARGEST, LARGEST)
        if not len(every):
            return cls(0.0, 1.0)
        least, most = float(every.min()), float(every.max())
        low, high = (float(edge) for edge in np.quantile(every, [TAIL, 1 - TAIL], method="nearest"))
        if low > 0 and high > WIDE * low:
            least = least if least > 0 else low  # fewer than one in a hundred are not positive, and lie beyond
            return cls(10.0 ** floor(log10(least)), 10.0 ** ceil(log10(most)), log=True)
        if most - least <= OUTLYING * (high - low):
            low, high = least, most
        spread = high - low or abs(high) or 1.0
        return cls(low - MARGIN * spread, high + MARGIN * spread)

    @classmethod
    def along(cls, values: Sequence[Values]) -> "Scale":
        """One from the first to the last of values, such as iterations."""
        every = np.concatenate([*values, np.zeros(0)])
        low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
        return cls(low, high if high > low else low + 1)

    def __call__(self, values: Values) -> Values:
        """How far along the axis values are, from 0 to 1; what lies beyond is at its end."""
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log10(np.maximum(values, low)), log10(low), log10(high)
        return np.clip((values - low) / (high - low), 0, 1)

    def beyond(self, values: Values) -> Values:
        """The values that the axis does not reach."""
        return values[(values < self.low) | (values > self.high)]

    def ticks(self, most: int = 5) -> list[tuple[float, str]]:
        """Where along the axis ticks are, from 0 to 1, with their labels.

        Example:
            >>> Scale(0, 1000).ticks(4)
            [(0.0, '0'), (0.25, '250'), (0.5, '500'), (0.75, '750'), (1.0, '1,000')]
            >>> Scale(0.1, 100, log=True).ticks()
            [(0.0, '0.1'), (0.3333333333333333, '1'), (0.6666666666666666, '10'), (1.0, '100')]
        """
        values = self._powers(most) if self.log else self._steps(most)
        places = self(np.array(values, dtype=np.float64)).tolist()
        return [(place, shown(value)) for place, value in zip(places, values, strict=True)]

    def _powers(self, most: int) -> list[float]:
        first, last = round(log10(self.low)), round(log10(self.high))
        every = max(1, ceil((last - first) / most))
        return [float(f"1e{power}") for power in range(first, last + 1, every)]

    def _steps(self, most: int) -> list[float]:
        rough = (self.high - self.low) / most
        unit = 10.0 ** floor(log10(rough)) if isfinite(rough) and rough > 0 else 1.0
        step = next(unit * step for step in STEPS if unit * step >= rough * (1 - 1e-9))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [float(f"{place * step:.12g}") for place in range(first, last + 1)]
