"""What an evaluation found, for a person and for a program."""

from dataclasses import dataclass, field
from typing import Any

from wgan.metrics.score import Score

__all__ = ["Evaluation"]


@dataclass(frozen=True)
class Evaluation:
    """Scores of the same generated samples.

    Attributes:
        scores: one per metric.
        left_out: metrics that cannot be measured of these data, with the reason.
    """

    scores: tuple[Score, ...]
    left_out: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, metric: str) -> Score:
        """The score of a metric by its short name.

        Raises:
            KeyError: if it was not measured.
        """
        return next((score for score in self.scores if score.metric == metric), None) or self._missing(metric)

    def _missing(self, metric: str) -> Score:
        raise KeyError(f"{metric} was not measured; there are {', '.join(score.metric for score in self.scores)}")

    def to_json(self) -> dict[str, Any]:
        """Plain values: the scores by their metrics' short names."""
        return {"scores": {score.metric: score.to_json() for score in self.scores}, "left_out": self.left_out}

    def to_text(self) -> str:
        """A table that a person reads."""
        rows = [HEADINGS, *(cells(score) for score in self.scores)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        lines = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        lines += [f"  left out: {name} ({reason})" for name, reason in self.left_out.items()]
        return "\n".join(line.rstrip() for line in lines)


HEADINGS = ("metric", "value", "95 % interval", "real data", "better", "what it is")


def cells(score: Score) -> tuple[str, ...]:
    """A score's row of the table."""
    interval = "" if score.interval is None else f"{score.interval.low:.4g} to {score.interval.high:.4g}"
    floor = "" if score.floor is None else f"{score.floor:.4g}"
    unit = f" ({score.unit})" if score.unit else ""
    note = f"; {score.note}" if score.note else ""
    return score.name, f"{score.value:.4g}", interval, floor, score.better, f"{score.title}{unit}{note}"
