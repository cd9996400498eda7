"""A comparison of runs as text."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from wgan.comparison.verdict import Verdict
from wgan.metrics import Score
from wgan.text import paragraph

if TYPE_CHECKING:
    from wgan.comparison.runs import JudgedRun, RunComparison

__all__ = ["to_text"]

SAMPLES = (
    "It is about these generators as they are; another seed of the same recipe may turn it around. "
    "Where there is none, at most about one verdict in twenty shows a difference."
)
ONE_SEED = (
    "Noise between seeds: not told, which takes two recipes, one of them trained with two seeds (wgan train --seed 1)."
)
SEEDS = "It is about the recipes, as far as so few seeds tell, if each varies as much between its seeds as the others."


def to_text(found: "RunComparison") -> str:
    """Runs, what differs in their recipes, their scores, and verdicts."""
    labels = [one.label for one in found.runs]
    lines = [f"{one.label}  {one.run.path}: {about(one)}" for one in found.runs]
    fields = [(name, *map(shown, values)) for name, values in found.fields.items()]
    lines += ["", *(table([("recipes differ in", *labels), *fields]) if fields else ["the recipes are equal"])]
    lines += ["", *table(scores(found.runs)), *left_out(found.runs), *found.notes]
    if found.between_samples:
        lines += ["", *table(verdicts("noise between samples", found.between_samples)), SAMPLES]
    if found.between_seeds:
        lines += ["", *table(verdicts("noise between seeds", found.between_seeds)), SEEDS]
    else:
        lines += [ONE_SEED]
    return paragraph(lines)


def about(one: "JudgedRun") -> str:
    """What a run is, in a few words."""
    run = one.run
    return f"{run.recipe.name} on {run.card.name}, seed {run.recipe.seed}, iteration {run.checkpoint.iteration:,}"


def shown(value: Any) -> str:  # noqa: ANN401 - any field's value
    """A field's value in a cell."""
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return "–" if value is None else str(value)


def scores(runs: Sequence["JudgedRun"]) -> list[tuple[str, ...]]:
    """A row for each metric's protocol, a column for each run."""
    by_name: dict[str, dict[str, Score]] = {}
    for one in runs:
        for score in one.evaluation.scores:
            key = f"{score.name} ({one.run.card.name}, {score.better} is better)"
            by_name.setdefault(key, {})[one.label] = score
    rows: list[tuple[str, ...]] = [("95 % intervals", *(one.label for one in runs), "real data")]
    for name, of_it in by_name.items():
        floor = next(iter(of_it.values())).floor
        cells = [value_of(of_it[one.label]) if one.label in of_it else "" for one in runs]
        rows.append((name, *cells, "" if floor is None else f"{floor:.4g}"))
    return rows


def value_of(score: Score) -> str:
    """A value with its interval."""
    interval = score.interval
    return f"{score.value:.4g}" + (f" [{interval.low:.4g}, {interval.high:.4g}]" if interval else "")


def left_out(runs: Sequence["JudgedRun"]) -> Iterable[str]:
    """Metrics that the data do not allow, once each."""
    reasons = [f"left out: {name} ({reason})" for one in runs for name, reason in one.evaluation.left_out.items()]
    return dict.fromkeys(reasons)


def verdicts(title: str, found: Iterable[Verdict]) -> list[tuple[str, ...]]:
    """A row for each verdict."""
    rows: list[tuple[str, ...]] = [(title, "metric", "difference", "95 % interval", "verdict")]
    for one in found:
        interval = "" if one.interval is None else f"{one.interval.low:+.4g} to {one.interval.high:+.4g}"
        rows.append((f"{one.second} against {one.first}", one.metric, f"{one.difference:+.4g}", interval, one.text))
    return rows


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells in columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
