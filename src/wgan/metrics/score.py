"""A metric's value with all that has to be known to compare it with another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from wgan.distances import Interval

__all__ = ["Score"]


@dataclass(frozen=True)
class Score:
    """What a metric says of generated samples, under which protocol, how surely, and what real data would score.

    Attributes:
        name: the protocol, such as `fd_digits_1k`: metric, features, samples. Scores compare where names are equal.
        metric: the metric's short name.
        title: what it is, in a few words.
        value: of the generated samples.
        interval: at a level of 95 %, with what it covers and how it was come by; None if it was not asked for.
        floor: the same metric of real samples in place of the generated ones, at the same size: what a perfect
            generator would score. None where it could not be measured.
        samples: generated ones.
        unit: of value, interval and floor; empty for plain numbers.
        better: "less" or "more".
        seconds: that the value took, without features, interval and floor.
        note: what else has to be known, in one line; empty if nothing.
        details: further numbers, by name.
        floor_details: those of the floor.
        halves: the metric of random halves, the same rows for every set that one judge looks at; empty where they were
            not measured.

    Example:
        >>> first = Score("w1_1k", "w1", "exact W₁", 6.5, None, 5.4, 1000, "grey levels", "less", 0.1)
        >>> second = Score("w1_1k", "w1", "exact W₁", 6.2, None, 5.4, 1000, "grey levels", "less", 0.1)
        >>> second.improves(first), first.improves(second), first.improves(None)
        (True, False, True)
    """

    name: str
    metric: str
    title: str
    value: float
    interval: Interval | None
    floor: float | None
    samples: int
    unit: str
    better: Literal["less", "more"]
    seconds: float = field(compare=False)
    note: str = ""
    details: Mapping[str, float] = field(default_factory=dict)
    floor_details: Mapping[str, float] = field(default_factory=dict)
    halves: tuple[float, ...] = field(default=(), repr=False)

    def improves(self, other: "Score | None") -> bool:
        """Whether this value is the better one; any value is better than none."""
        if other is None:
            return True
        return self.value < other.value if self.better == "less" else self.value > other.value

    def to_json(self) -> dict[str, Any]:
        """Plain values, without those of halves."""
        return {name: value for name, value in asdict(self).items() if name != "halves"}
