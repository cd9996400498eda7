"""What a criterion asks of the measures: a number, its interval over seeds, and where it has to lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite, nan, sqrt
from statistics import fmean, stdev

from scipy.stats import binomtest
from scipy.stats import t as student

from wgan.studies.numbers import shown

__all__ = ["LEVEL", "Check", "Status"]

LEVEL = 0.95
"""Of every interval."""


class Status(StrEnum):
    """What the measures say of one check."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class Check:
    r"""A number that the criterion bounds, measured once for each seed.

    $$\bar v \pm t_{k-1,\,.975}\, s / \sqrt k$$

    It *holds* if this whole interval of the mean over $k$ seeds lies within the bounds, *fails* if the whole interval
    lies outside, and is *open* otherwise, so that noise decides nothing. The interval of a rate is the exact one of
    Clopper & Pearson 1934, https://doi.org/10.1093/biomet/26.4.404: ten hits of ten are no certainty.

    Args:
        what: the number in words, such as "slope of the value over θ".
        values: one for each seed, or the one value of something that is computed without chance.
        low: the least that the criterion accepts.
        high: the most.
        unit: of the values.
        claim: the claim that it examines, by its id; all claims of the study by default.
        factor: what is varied between checks of the same number, such as "n".
        level: its value in this check.
        exact: whether no chance is in it, so that one value is enough.
        possible: the least and the most that the number can be, such as (0, 1) of a share.
        rate: whether each value is a hit, 1, or a miss, 0.

    Example:
        >>> Check("slope", (0.0099, 0.0098, 0.0099), low=0.0095, high=0.0102).status.value
        'holds'
        >>> Check("slope", (0.0099, 0.0120, 0.0070), low=0.0095, high=0.01).status.value
        'open'
        >>> Check("slope", (0.0049, 0.0048, 0.0049), low=0.0095, high=0.01).status.value
        'fails'
        >>> Check("covered", (1,) * 10, low=0.9, rate=True).status.value
        'open'
    """

    what: str
    values: Sequence[float]
    low: float = -inf
    high: float = inf
    unit: str = ""
    claim: str = ""
    factor: str = ""
    level: float | str = ""
    exact: bool = False
    possible: tuple[float, float] = (-inf, inf)
    rate: bool = False

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.values) if self.values else nan

    @property
    def interval(self) -> tuple[float, float]:
        """Of the mean; all that is possible, where it cannot be told."""
        values = self.values
        if values and self.rate:
            return rate_interval(values)
        if values and (self.exact or (len(values) > 1 and len(set(values)) == 1)):
            return min(values), max(values)
        if len(values) < 2 or not all(map(isfinite, values)):
            return self.possible
        reach = float(student.ppf((1 + LEVEL) / 2, len(values) - 1)) * stdev(values) / sqrt(len(values))
        return max(self.mean - reach, self.possible[0]), min(self.mean + reach, self.possible[1])

    @property
    def status(self) -> Status:
        """What the measures say of it."""
        least, most = self.interval
        if least >= self.low and most <= self.high:
            return Status.HOLDS
        return Status.FAILS if most < self.low or least > self.high else Status.OPEN

    @property
    def asked(self) -> str:
        """The bounds in words."""
        if self.low == inf or self.low == self.high:
            return f"exactly {shown(self.low)}"
        if self.low == -inf or self.high == inf:
            return f"at most {shown(self.high)}" if self.low == -inf else f"at least {shown(self.low)}"
        if shown(self.low) == shown(self.high):
            return f"{shown((self.low + self.high) / 2)} within {shown((self.high - self.low) / 2)}"
        return f"{shown(self.low)} to {shown(self.high)}"

    @property
    def found(self) -> str:
        """The mean with its interval, in words."""
        least, most = self.interval
        number = f"{shown(self.mean)}{f' {self.unit}' if self.unit else ''}"
        if self.exact or least == most:
            return number
        if (least, most) == self.possible:
            return f"{number} (no interval from {len(self.values)} seed{'s' * (len(self.values) != 1)})"
        return f"{number} ({shown(least)} to {shown(most)} over {len(self.values)} seeds)"


def rate_interval(values: Sequence[float]) -> tuple[float, float]:
    """Of the share of hits among values of 0 and 1."""
    ends = binomtest(round(sum(values)), len(values)).proportion_ci(LEVEL)
    return float(ends.low), float(ends.high)
