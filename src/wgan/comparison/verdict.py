"""Whether a difference between values of a metric is more than noise."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any, Literal

from scipy.special import stdtrit

from wgan.distances import Interval
from wgan.metrics import Score
from wgan.metrics.intervals import LEVEL

__all__ = ["Verdict", "between_samples", "between_seeds"]


@dataclass(frozen=True)
class Verdict:
    """A difference, with its interval.

    Attributes:
        metric: its short name.
        first: label of what is compared with.
        second: label of what is compared.
        difference: value of the second minus that of the first.
        interval: of the difference, with what it covers; None if its noise cannot be told.
        better: which values are the better ones.
        untold: why its noise cannot be told; empty if it can.
    """

    metric: str
    first: str
    second: str
    difference: float
    interval: Interval | None
    better: Literal["less", "more"]
    untold: str = ""

    @property
    def winner(self) -> str | None:
        """The label of the better one; None if the difference is no more than noise, or that cannot be told.

        Example:
            >>> Verdict("w1", "A", "B", -0.5, Interval(-0.7, -0.3, 0.95), "less").winner
            'B'
            >>> Verdict("w1", "A", "B", -0.5, Interval(-1.2, 0.2, 0.95), "less").winner is None
            True
        """
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return None
        return self.second if (self.difference < 0) == (self.better == "less") else self.first

    @property
    def text(self) -> str:
        """The verdict in a few words."""
        if self.difference == 0 and self.interval is not None and self.interval.low == self.interval.high:
            return "no difference measured"
        if self.interval is None:
            return f"cannot be told: {self.untold}"
        return "no difference shown" if self.winner is None else f"{self.winner} better"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "winner": self.winner, "verdict": self.text}


def between_samples(first: Score, second: Score, labels: tuple[str, str]) -> Verdict:
    r"""Whether two generators, as they are, differ by more than noise between samples.

    $$\Delta \pm t_{R-1} \operatorname{sd}_r \Delta^{(r)}_{n/2}$$

    with the differences $\Delta^{(r)}$ on random halves, the same rows of the real and of both generated sets: what
    both values owe to the real samples cancels. The spread is that of the whole, as of one value (Shao & Wu 1989,
    https://doi.org/10.1214/aos/1176347263).

    That holds where a value moves in proportion to its samples. Near the real data it does not: there the Fréchet
    distance is a square, whose halves spread more, and the verdict is cautious. A test counts how often equal
    generators are told apart.

    Args:
        first: of what is compared with; both from one judge that is `paired`.
        second: of what is compared.
        labels: of both.
    """
    change = second.value - first.value
    if not (first.halves and second.halves):
        return Verdict(first.metric, *labels, change, None, first.better, "too few samples for halves")
    differences = [after - before for before, after in zip(first.halves, second.halves, strict=True)]
    covers = (
        "the difference of the expected values between samples of these sizes, of these two generators as trained; "
        f"by {len(differences)} random halves, the same of both"
    )
    interval = around(change, stdev(differences), len(differences) - 1, covers)
    return Verdict(first.metric, *labels, change, interval, first.better)


def between_seeds(groups: Sequence[Sequence[Score]], labels: Sequence[str]) -> list[Verdict]:
    r"""Whether recipes differ by more than noise between seeds, each against the first.

    $$\bar V_g - \bar V_0 \pm t_\nu\, s \sqrt{1 / k_g + 1 / k_0}, \qquad
    s^2 = \frac1\nu \sum_g \sum_{i \le k_g} (V_{gi} - \bar V_g)^2, \quad \nu = \sum_g (k_g - 1)$$

    with $k_g$ seeds of recipe $g$: Student's, for values that vary as much between the seeds of each recipe, so that
    one seed of a recipe is enough where another has several.

    Args:
        groups: scores of one metric, a list for each recipe, one for each seed; one list has two or more.
        labels: of the groups.
    """
    means = [fmean(score.value for score in group) for group in groups]
    freedom = sum(len(group) - 1 for group in groups)
    squares = sum((score.value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for score in group)
    spread = sqrt(squares / freedom)
    covers = (
        "the difference of the means over seeds, if values vary as much between seeds of each recipe; "
        f"Student's, {freedom} degree{'s' * (freedom != 1)} of freedom"
    )
    reference = groups[0]
    found = []
    for group, mean, label in zip(groups[1:], means[1:], labels[1:], strict=True):
        change, error = mean - means[0], spread * sqrt(1 / len(group) + 1 / len(reference))
        untold = "these seeds do not vary at all" if change and not spread else ""
        interval = None if untold else around(change, error, freedom, covers)
        found.append(Verdict(reference[0].metric, labels[0], label, change, interval, reference[0].better, untold))
    return found


def around(value: float, error: float, freedom: int, covers: str) -> Interval:
    """Student's interval around a value with a standard error."""
    reach = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    return Interval(value - reach, value + reach, LEVEL, covers)
