"""What a run's generator was worth while it trained: `evaluations.jsonl`, one line per evaluation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import msgspec

from wgan.metrics.evaluation import Evaluation
from wgan.metrics.score import Score

__all__ = ["NAME", "History", "Judged"]

NAME = "evaluations.jsonl"


@dataclass(frozen=True)
class Judged:
    """An evaluation of the generator's moving average.

    Attributes:
        iteration: generator steps taken.
        evaluation: its scores.
    """

    iteration: int
    evaluation: Evaluation

    def score(self, metric: str) -> Score | None:
        """That of a metric; None where it could not be measured."""
        return next((score for score in self.evaluation.scores if score.metric == metric), None)

    def to_table(self) -> dict[str, Any]:
        """Plain values, without the seconds that it took: they are a function of the run alone."""
        found = self.evaluation.to_json()
        for score in found["scores"].values():
            del score["seconds"]
        return {"iteration": self.iteration, **found}

    @classmethod
    def of(cls, iteration: int, evaluation: Evaluation) -> "Judged":
        """Of an evaluation that was just made; a value that is no finite number is left out of it."""
        finite = tuple(lasting(score) for score in evaluation.scores if isfinite(score.value))
        odd = {score.metric: f"its value is {score.value}" for score in evaluation.scores if not isfinite(score.value)}
        return cls(iteration, Evaluation(finite, evaluation.left_out | odd))

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> "Judged":
        """What `to_table` gave; whatever else raises what the readers of types raise."""
        scores = [msgspec.convert({**score, "seconds": 0.0}, Score) for score in table["scores"].values()]
        left_out = msgspec.convert(table["left_out"], dict[str, str])
        return cls(msgspec.convert(table["iteration"], int), Evaluation(tuple(scores), left_out))


@dataclass(frozen=True)
class History:
    """The evaluations of a run so far, and which was the best.

    Attributes:
        metric: the short name of the one that decides.
        records: oldest first.
    """

    metric: str = "w1"
    records: tuple[Judged, ...] = ()

    def with_(self, record: Judged) -> "History":
        """The history one evaluation later."""
        return replace(self, records=(*self.records, record))

    def until(self, iteration: int) -> "History":
        """The history as it was at an iteration."""
        return replace(self, records=tuple(record for record in self.records if record.iteration <= iteration))

    @property
    def best(self) -> Judged | None:
        """The first that had the best value; None if none had any. Of equal values the earlier stays the best."""
        best, value = None, None
        for record in self.records:
            score = record.score(self.metric)
            if score is not None and score.improves(value):
                best, value = record, score
        return best

    @property
    def waited(self) -> int:
        """Evaluations since the best one."""
        best = self.best
        return sum(best is None or record.iteration > best.iteration for record in self.records)

    def to_lines(self) -> str:
        """Lines of JSON."""
        return "".join(json.dumps(record.to_table(), allow_nan=False) + "\n" for record in self.records)

    @classmethod
    def from_lines(cls, metric: str, text: str) -> "History":
        """What `to_lines` wrote.

        Raises:
            ValueError: for lines whose iterations do not increase; whatever else raises what readers raise.
        """
        records = tuple(Judged.from_table(json.loads(line)) for line in text.splitlines())
        iterations = [record.iteration for record in records]
        if iterations != sorted(set(iterations)):
            raise ValueError(f"evaluations of iterations {iterations}; expected increasing ones")
        return cls(metric, records)

    def table(self) -> Iterator[dict[str, float]]:
        """The iteration and the values of each evaluation, by short names."""
        for record in self.records:
            yield {"iteration": record.iteration, **{score.metric: score.value for score in record.evaluation.scores}}


def lasting(score: Score) -> Score:
    """What is kept of a score: finite numbers, all of one type, so that it reads back as it was written."""
    details = {name: float(value) for name, value in score.details.items() if isfinite(value)}
    floor = None if score.floor is None or not isfinite(score.floor) else float(score.floor)
    return replace(score, value=float(score.value), floor=floor, details=details, seconds=0.0)
