"""The page of a comparison of runs: curves over each other, samples side by side, and the verdicts."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from typing import BinaryIO

import numpy as np

from wgan.comparison.runs import JudgedRun, RunComparison
from wgan.comparison.tables import ONE_SEED, SAMPLES, SEEDS, about, left_out, scores, shown
from wgan.comparison.verdict import Verdict
from wgan.errors import InputError
from wgan.files import replacing
from wgan.report.curves import Chart, Series
from wgan.report.frames import Strip
from wgan.report.pages import page
from wgan.runs.page import CAPTIONS, TITLES, pictures
from wgan.text import printable

__all__ = ["comparison_page", "require_place", "write_page"]


def write_page(content: bytes, out: Path) -> None:
    """Writes a page whole or not at all.

    Raises:
        InputError: if it cannot be written.
    """
    with writing(out) as file:
        file.write(content)


def require_place(out: Path | None) -> None:
    """Refuses a place that no page can be written to, before the work begins that it is to show.

    Raises:
        InputError: then.
    """
    if out is not None:
        with suppress(NothingToWrite), writing(out):
            raise NothingToWrite


class NothingToWrite(Exception):
    """Takes back a file that has been begun."""


@contextmanager
def writing(out: Path) -> Iterator[BinaryIO]:
    """A new file there, and a folder for it."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        with replacing(out) as file:
            yield file
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}; choose another --page") from None


def comparison_page(found: RunComparison) -> bytes:
    """The page of a comparison, in one file."""
    heading, *rows = scores(found.runs)
    return page(
        "compare",
        title=f"{len(found.runs)} runs compared",
        runs=[(one.label, printable(str(one.run.path)), printable(about(one))) for one in found.runs],
        grids=[(one.label, printable(str(one.run.path)), grid(one)) for one in found.runs],
        charts=[*curves(found.runs), *judged_curves(found.runs)],
        fields=[(name, [printable(shown(value)) for value in values]) for name, values in found.fields.items()],
        labels=[one.label for one in found.runs],
        heading=heading[1:],
        scores=rows,
        notes=[*left_out(found.runs), *found.notes],
        between_samples=[row(verdict) for verdict in found.between_samples],
        between_seeds=[row(verdict) for verdict in found.between_seeds],
        about_samples=SAMPLES,
        about_seeds=SEEDS if found.between_seeds else ONE_SEED,
    )


def grid(one: JudgedRun) -> Strip:
    """The last picture of a run up to its checkpoint."""
    return pictures(one.run.path, images=len(one.run.card.shape) == 3, only=one.run.checkpoint.iteration)


def curves(runs: Sequence[JudgedRun]) -> Iterable[Chart]:
    """A chart for each value of the records, with a curve for each run."""
    records = {one.label: one.run.metrics for one in runs}
    for name, title in TITLES.items():
        series = [
            Series(label, np.arange(1, len(rows) + 1), np.array([row[name] for row in rows]))
            for label, rows in records.items()
            if rows
        ]
        if any(one.y.any() for one in series):
            yield Chart(title, CAPTIONS[name] + compares(name, runs), "", tuple(series))


def compares(name: str, runs: Sequence[JudgedRun]) -> str:
    """What has to be known to compare estimates."""
    if name != "estimate":
        return ""
    measures = {one.run.recipe.loss.measures for one in runs}
    units = ", ".join(sorted(f"{measure.symbol} ({measure.unit})" for measure in measures))
    return f" Estimates of two critics compare only where they mean the same and κ is the same; here: {units}."


def judged_curves(runs: Sequence[JudgedRun]) -> Iterable[Chart]:
    """A chart for each protocol that runs were evaluated by while they trained."""
    found: dict[str, list[Series]] = {}
    about_it = {}
    for one in runs:
        values: dict[str, list[tuple[int, float]]] = {}
        for record in one.run.history.records:
            for score in record.evaluation.scores:
                values.setdefault(score.name, []).append((record.iteration, score.value))
                about_it[score.name] = score
        for name, points in values.items():
            x, y = zip(*points, strict=True)
            found.setdefault(name, []).append(Series(one.label, np.array(x), np.array(y)))
    for name, series in found.items():
        score = about_it[name]
        floor = None if score.floor is None else ("real data", score.floor)
        caption = f"{score.title}, while they trained; {score.better} is better."
        yield Chart(f"Metric {name}", caption, score.unit, tuple(series), floor)


def row(verdict: Verdict) -> dict[str, object]:
    """A verdict as a row of the table."""
    interval = verdict.interval
    return {
        "runs": f"{verdict.second} against {verdict.first}",
        "metric": verdict.metric,
        "difference": verdict.difference,
        "text": f"{verdict.difference:+.4g}",
        "interval": "" if interval is None else f"{interval.low:+.4g} to {interval.high:+.4g}",
        "better": verdict.better,
        "verdict": verdict.text,
        "shown": verdict.winner is not None,
    }
