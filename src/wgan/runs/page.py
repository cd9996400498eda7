"""The page of a run: what its directory holds, put into `report.html`."""

import shlex
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from wgan.catalogue import recipe_names
from wgan.errors import InputError
from wgan.files import replacing
from wgan.metrics.score import Score
from wgan.recipes import Recipe
from wgan.recipes.flat import flattened
from wgan.report.curves import Chart, Series
from wgan.report.frames import Strip, strip
from wgan.report.run_page import Field, RunPage, Standing, Value
from wgan.report.scales import shown
from wgan.runs import files
from wgan.runs.directory import read_run
from wgan.runs.environment import Environment
from wgan.runs.history import History, Judged
from wgan.runs.journal import NAME as JOURNAL
from wgan.runs.judging import deciding
from wgan.runs.next_steps import next_steps
from wgan.runs.progress import clock
from wgan.runs.sealed import load_history, load_metrics
from wgan.runs.status import Status, trainer
from wgan.text import printable
from wgan.training import Record

__all__ = [
    "CAPTIONS",
    "NAME",
    "SAMPLES",
    "TITLES",
    "RunContents",
    "cell",
    "picture_places",
    "pictures",
    "sentence",
    "value",
    "write",
]

NAME = "report.html"
SAMPLES = "samples"
FIELDS = Record._fields


@dataclass(frozen=True)
class RunContents:
    """What a run's page is made of.

    Attributes:
        path: the run directory, as the user names it.
        recipe: the complete recipe.
        environment: in which it was trained.
        metrics: records, `(iterations, values)`, float64.
        history: evaluations.
        status: where it stands.
        notes: what speaks against the result, a line each.
    """

    path: Path
    recipe: Recipe
    environment: Environment
    metrics: Tensor
    history: History
    status: Status
    notes: Sequence[str] = ()

    @classmethod
    def open(cls, path: Path) -> "RunContents":
        """Those of a run directory, whether or not it is being trained.

        Raises:
            InputError: if this is no run directory.
            NoIntactCheckpoint: if every checkpoint is damaged.
        """
        contents = read_run(path)
        found, recipe = contents.found, contents.recipe
        metrics = later(load_metrics(found), path / JOURNAL)
        status = standing(path, recipe, found.iteration, len(metrics))
        history = load_history(found, deciding(recipe))
        return cls(path, recipe, contents.environment, metrics, history, status)

    def page(self) -> bytes:
        """The page, in one file."""
        card, recipe = self.environment.data, self.recipe
        judged = self.judged
        return RunPage(
            title=printable(f"{recipe.name} on {card.name}"),
            about=recipe.summary,
            paper=recipe.paper,
            standing=Standing(self.status.state, self._summary(), self.status.reason),
            charts=[*curves(recipe, self.metrics), *judged_curves(self.history)],
            strip=pictures(self.path, images=len(card.shape) == 3),
            empty=f"No picture yet: the run draws one every {recipe.sample_every:,} iterations and at its end.",
            values=[] if judged is None else [value(score) for score in judged.evaluation.scores],
            measured="" if judged is None else f"Of the samples of iteration {judged.iteration:,}.",
            left_out=[] if judged is None else left_out(judged),
            fields=fields(recipe),
            facts=list(facts(self.environment)),
            commands=next_steps(self.path, recipe, self.status.state, self.history, self.environment),
            notes=self.notes,
        ).to_bytes()

    @property
    def judged(self) -> Judged | None:
        """The evaluation at the end of the run, or the last one while it trained."""
        last = self.history.records[-1] if self.history.records else None
        end = self.status.judged
        return end if end is not None and (last is None or end.iteration >= last.iteration) else last

    def _summary(self) -> str:
        done, total = max(self.status.iteration, len(self.metrics)), self.recipe.iterations
        spent = f" · {clock(self.status.seconds)} of training" if self.status.seconds else ""
        end = ""
        if len(self.metrics):
            mean = self.metrics[-50:].mean(0).tolist()[FIELDS.index("estimate")]
            measure = self.recipe.loss.measures
            end = f" · critic's estimate {shown(mean)}, {measure.symbol} ({measure.unit})"
        return f"{done:,} of {total:,} iterations{spent}{end}"


def pictures(run: Path, *, images: bool, only: int | None = None) -> Strip:
    """The pictures of a run.

    Args:
        run: its directory.
        images: whether they show images.
        only: the last one up to this iteration alone; None for all.
    """
    places = picture_places(run)
    wanted = sorted(places) if only is None else sorted(place for place in places if place <= only)[-1:]
    return strip(wanted, lambda iteration: files.read(places[iteration]), images=images)


def picture_places(run: Path) -> dict[int, Path]:
    """Where a run's pictures lie, by iteration; of two of one iteration the last by name, which is said."""
    found = sorted(path for path in (run / SAMPLES).glob("*.png") if path.stem.isdecimal())
    places = {int(path.stem): path for path in found}
    for path in found:
        if (taken := places[int(path.stem)]) != path:
            warnings.warn(f"{path} and {taken} are of one iteration; the second one is taken", stacklevel=2)
    return places


def later(sealed: Tensor, journal: Path) -> Tensor:
    """The records that a checkpoint seals, and those that were written since, as far as they follow it."""
    try:
        text = tail(journal)
    except OSError:
        return sealed
    rows: list[list[float]] = []
    for line in text.splitlines():
        try:
            record = msgspec.json.decode(line)
            if record["iteration"] == len(sealed) + len(rows) + 1:
                rows.append([float(record[name]) for name in FIELDS])
        except (ValueError, TypeError, KeyError):  # a line that is not whole
            continue
    new = torch.tensor(rows, dtype=torch.float64).view(-1, len(FIELDS))
    return torch.cat([sealed, new[new.isfinite().all(1)]])


def tail(path: Path, most: int = files.LARGEST) -> bytes:
    """The last bytes of a plain file, which hold whole lines but for the first and the last."""
    size = path.lstat().st_size
    if size <= most:
        return files.read(path, most)
    with path.open("rb") as file:
        file.seek(size - most)
        return file.read(most)


def standing(path: Path, recipe: Recipe, saved: int, done: int) -> Status:
    """Where a run stands that one comes upon."""
    found = Status.read(path) or Status()
    evaluation = found.evaluation if found.iteration == saved else None
    if (who := trainer(path)) is not None:
        return Status("training", done, found.seconds, f"It is being trained by {who}.", evaluation)
    if found.state == "diverged":
        return found
    if saved == recipe.iterations:
        return Status("finished", done, found.seconds, "", evaluation)
    reason = found.reason or "It stopped without saving; it goes on from its last checkpoint."
    return Status("stopped", done, found.seconds, reason, evaluation)


CAPTIONS = {
    "estimate": "What the critic finds of the distance between data and samples: less as they come nearer, if it keeps "
    "up with them.",
    "gradient_norm": "Of the generator's loss by its weights. At exactly zero the generator learns nothing any more.",
    "penalty": "What keeps the critic Lipschitz adds this to its loss.",
}
TITLES = {"estimate": "Critic's estimate", "gradient_norm": "Gradient norm", "penalty": "Penalty"}
LOSSES = {"critic_loss": "critic", "generator_loss": "generator"}


def curves(recipe: Recipe, metrics: Tensor) -> list[Chart]:
    """Those of the records; a penalty that is always zero is none."""
    if not len(metrics):
        return []
    x, columns = np.arange(1, len(metrics) + 1), metrics.numpy().T
    series = {name: Series(TITLES.get(name, name), x, column) for name, column in zip(FIELDS, columns, strict=True)}
    unit = f"{recipe.loss.measures.symbol} ({recipe.loss.measures.unit})"
    found = []
    for name in ("estimate", "gradient_norm", "penalty"):
        if name != "penalty" or series[name].y.any():
            units = unit if name == "estimate" else ""
            found.append(Chart(TITLES[name], CAPTIONS[name], units, (series[name],)))
    losses = tuple(Series(title, x, series[name].y) for name, title in LOSSES.items())
    caption = "Neither needs to fall: each moves with the other's network."
    return [*found, Chart("Losses", caption, "", losses)]


def judged_curves(history: History) -> list[Chart]:
    """One for each metric that was measured while the run trained."""
    by_metric: dict[str, list[tuple[int, Score]]] = {}
    for record in history.records:
        for score in record.evaluation.scores:
            by_metric.setdefault(score.metric, []).append((record.iteration, score))
    return [judged_curve(metric, scores) for metric, scores in by_metric.items()]


def judged_curve(metric: str, scores: Sequence[tuple[int, Score]]) -> Chart:
    """The values of one metric, beside that of real data."""
    last = scores[-1][1]
    x = np.array([iteration for iteration, _ in scores])
    y = np.array([score.value for _, score in scores])
    caption = f"{sentence(last.title)}, of the generator's moving average; {last.better} is better."
    floor = None if last.floor is None else ("real data", last.floor)
    return Chart(f"Metric {metric}", caption, last.unit, (Series(last.name, x, y),), floor)


def sentence(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def value(score: Score) -> Value:
    """A score's row."""
    interval = "" if score.interval is None else f"{score.interval.low:.4g} to {score.interval.high:.4g}"
    floor = "" if score.floor is None else f"{score.floor:.4g}"
    what = f"{score.title}{f' ({score.unit})' if score.unit else ''}{f'; {score.note}' if score.note else ''}"
    return Value(score.name, score.value, f"{score.value:.4g}", interval, floor, score.better, what)


def left_out(judged: Judged) -> list[str]:
    """Metrics that could not be measured."""
    return [f"Left out: {name} ({reason})" for name, reason in judged.evaluation.left_out.items()]


def fields(recipe: Recipe) -> list[Field]:
    """Those of a recipe, beside those of the system of its name."""
    usual: dict[str, Any] = {}
    if recipe.name in recipe_names():
        usual = flattened(Recipe.named(recipe.name).to_table())
    own = flattened(recipe.to_table())
    known = bool(usual)
    return [
        Field(name, cell(own.get(name)), cell(usual.get(name)) if known and usual.get(name) != own.get(name) else None)
        for name in dict.fromkeys([*own, *usual])
    ]


def cell(found: Any) -> str:  # noqa: ANN401 - any field's value
    """A field's value as text."""
    if isinstance(found, list | tuple):
        return ", ".join(map(str, found)) or "none"
    return "none" if found is None else printable(str(found))


def facts(environment: Environment) -> list[tuple[str, str]]:
    """What a run's bits depend on besides its recipe, by name."""
    card = environment.data
    found = {
        "Data": card.name,
        "One sample": " x ".join(map(str, card.observed_shape)) + f", {card.units.unit}",
        "Columns": ", ".join(card.columns or ()),
        "Fingerprints": f"{card.fingerprint} to learn from, {card.held_out} held out",
        "Command": shlex.join(["wgan", *environment.arguments]),
        "wgan": environment.wgan + (f", commit {environment.commit}" if environment.commit else ""),
        "Python, PyTorch": f"{environment.python}, {environment.torch}",
        "Machine": f"{environment.machine}, {environment.system}",
        "Device": f"{environment.device}, {environment.threads} threads, {environment.world_size} processes",
        "Compiled": "yes" if environment.compiled else "no",
    }
    return [(name, printable(text)) for name, text in found.items() if text]


def write(run: RunContents, out: Path) -> None:
    """Writes a run's page where the user wants it.

    Raises:
        InputError: if it cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with replacing(out) as file:
            file.write(run.page())
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}; choose another --out") from None
