"""What a finished run has to say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wgan.metrics.evaluation import Evaluation
from wgan.runs.history import History
from wgan.runs.judging import evaluations
from wgan.runs.page import NAME as PAGE
from wgan.runs.progress import clock
from wgan.runs.run import Run
from wgan.text import paragraph

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """The end of one sitting.

    Attributes:
        run: the run directory, open.
        evaluation: how far the samples are from held-out data; None where there are too few to say.
        estimate: the critic's own, mean of the last records.
        seconds: of this session.
        figure: the last picture; None if it could not be drawn.
        leads: whether this is the only process, or the first of several.
        warnings: what speaks against the result, a line each.
        history: the evaluations while it was trained, none by default.
        stopped: why training stopped before its last iteration; None if it did not.
    """

    run: Run
    evaluation: Evaluation | None
    estimate: float | None
    seconds: float
    figure: Path | None
    leads: bool = True
    warnings: tuple[str, ...] = ()
    history: History = History()  # noqa: RUF009 - frozen
    stopped: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 1."""
        measure = self.run.recipe.loss.measures
        return {
            "schema": 1,
            "run": str(self.run.path),
            "recipe": self.run.recipe.name,
            "data": self.run.card.name,
            "iterations": self.run.checkpoint.iteration,
            "seconds": round(self.seconds, 3),
            "estimate": {"measures": measure.symbol, "unit": measure.unit, "value": self.estimate},
            "evaluation": self.evaluation and self.evaluation.to_json(),
            "evaluations": list(self.history.table()),
            "best": self._best(),
            "stopped": self.stopped,
            "checkpoint": str(self.run.checkpoint.path),
            "figure": self.figure and str(self.figure),
            "warnings": list(self.warnings),
        }

    def _best(self) -> dict[str, Any] | None:
        """The best evaluation; None if there is none."""
        best, metric = self.history.best, self.history.metric
        score = None if best is None else best.score(metric)
        if best is None or score is None:
            return None
        return {"metric": metric, "iteration": best.iteration, "value": score.value, "unit": score.unit}

    def to_text(self) -> str:
        """How it went, how far it got, what to look at next."""
        run, measure = self.run, self.run.recipe.loss.measures
        lines = [
            f"{run.recipe.name} on {run.card.name}: {run.checkpoint.iteration:,} iterations, {clock(self.seconds)}"
        ]
        if self.estimate is not None:
            lines.append(f"  critic's estimate   {self.estimate:.4g}  {measure.symbol} ({measure.unit})")
        if self.evaluation is not None:
            lines += self.evaluation.to_text().splitlines()
        if (best := self._best()) is not None:
            lines.append(
                f"  best of {evaluations(len(self.history.records))} while it trained: {best['metric']} "
                f"{best['value']:.4g} at iteration {best['iteration']:,}, kept: wgan sample {run.path} --best"
            )
        if self.stopped is not None:
            lines.append(self.stopped)
        lines += [f"warning: {warning}" for warning in self.warnings]
        page = run.path / PAGE
        look = [f"look at {self.figure} (real beside generated)"] * (self.figure is not None)
        look += [f"open {page} in a browser"] * page.is_file()
        tabular = run.card.columns is not None or run.card.encoding is not None
        more = "-n 1000 --out made.csv" if tabular else "-n 64 --out more.png"
        lines += [
            ", ".join([*look, "then try" if look else "try"]),
            f"  wgan sample {run.path} {more}, or wgan train --resume {run.path} --iterations N for more",
        ]
        return paragraph(lines)
