"""Runs side by side: what differs in their recipes, what their samples are worth, and whether that is noise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

from wgan.comparison.recipes import differing
from wgan.comparison.tables import to_text
from wgan.comparison.verdict import Verdict, between_samples, between_seeds
from wgan.data import DataSettings, Source
from wgan.errors import InputError
from wgan.metrics import Evaluation, Judge, Metric
from wgan.metrics.features import Features
from wgan.runs.run import Run, too_few

__all__ = ["JudgedRun", "RunComparison", "compare_runs"]

WATCHING = ("save_every", "sample_every", "evaluate_every", "metrics", "best", "patience", "tracker")
"""Fields that change no bit of what a run is at an iteration."""


@dataclass(frozen=True)
class JudgedRun:
    """A run with its scores.

    Attributes:
        label: a letter that stands for it.
        run: the run.
        evaluation: its scores, from the same latents and against the same real samples as all runs of its data.
    """

    label: str
    run: Run
    evaluation: Evaluation

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "label": self.label,
            "run": str(self.run.path),
            "recipe": self.run.recipe.name,
            "data": self.run.card.name,
            "seed": self.run.recipe.seed,
            "iteration": self.run.checkpoint.iteration,
            "evaluation": self.evaluation.to_json(),
        }


@dataclass(frozen=True)
class RunComparison:
    """What differs between runs.

    Attributes:
        runs: those of one data set after each other.
        fields: of their recipes that are not the same in all, by dotted name, with the value in each run.
        between_samples: each run against the first of its data, by every metric.
        between_seeds: each recipe against that of the first run of its data, over their seeds; empty where no recipe
            has two.
        notes: what is not compared, one line each.
    """

    runs: tuple[JudgedRun, ...]
    fields: dict[str, tuple[Any, ...]]
    between_samples: tuple[Verdict, ...]
    between_seeds: tuple[Verdict, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 1."""
        return {
            "schema": 1,
            "runs": [judged.to_json() for judged in self.runs],
            "fields": {name: list(values) for name, values in self.fields.items()},
            "between_samples": [verdict.to_json() for verdict in self.between_samples],
            "between_seeds": [verdict.to_json() for verdict in self.between_seeds],
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Tables that a person reads."""
        return to_text(self)


def compare_runs(
    runs: Sequence[Run],
    *,
    metrics: Iterable[Metric] | None = None,
    features: Features | None = None,
    samples: int | None = None,
    seed: int = 0,
    best: bool = False,
) -> RunComparison:
    """Compares runs: their recipes field by field, their samples by metrics.

    Runs of one data set are measured with the same latents against the same held-out samples, which are looked at
    once; those of another data set among themselves. Recipes that differ in the seed alone count as one.

    Args:
        runs: two or more, at the checkpoints to compare.
        metrics: as `Judge.of` takes them.
        features: likewise.
        samples: of each side.
        seed: of latents, of the draw of real samples, and of random halves.
        best: whether these are the best checkpoints, which one recipe has at another iteration with another seed.

    Raises:
        InputError: for fewer than two runs, data that cannot be opened, changed or do not allow the metrics.

    Example:
        >>> compare_runs([Run.open("runs/digits"), Run.open("runs/digits-2")]).to_text()  # doctest: +SKIP
    """
    if len(runs) < 2:
        raise InputError(f"{len(runs)} run{'s' * (len(runs) != 1)} given; expected 2 or more to compare")
    asked = None if metrics is None else tuple(metrics)
    groups: list[list[JudgedRun]] = []
    for part in by_data(runs):
        groups.append(judge_all(part, sum(map(len, groups)), asked, features, samples, seed))
    judged = [one for group in groups for one in group]
    return RunComparison(
        tuple(judged),
        differing([one.run.recipe for one in judged]),
        tuple(verdict for group in groups for verdict in against_first(group)),
        tuple(verdict for group in groups for verdict in recipes_against_first(group, best)),
        notes(groups),
    )


def by_data(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs that learned from the same samples together, whatever their model's units."""
    groups: list[list[Run]] = []
    for run in runs:
        group = next((group for group in groups if same_data(group[0], run)), None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    return groups


def same_data(a: Run, b: Run) -> bool:
    """Whether two runs learned from the same samples and hold the same out, in the user's units."""
    return prints_of(a) == prints_of(b) or for_everyone(a.recipe.data) == for_everyone(b.recipe.data)


def prints_of(run: Run) -> tuple[str, str]:
    """The fingerprints of a run's data, which their form in the model's units enters too."""
    return run.card.fingerprint, run.card.held_out


def for_everyone(settings: DataSettings) -> DataSettings:
    """Settings without what changes the model's units and batches alone."""
    usual = DataSettings()
    return replace(
        settings,
        pixel_range=usual.pixel_range,
        standardize=usual.standardize,
        dequantize=usual.dequantize,
        mirror=usual.mirror,
    )


def label(place: int) -> str:
    """A, B, and so on to Z, then A1.

    Example:
        >>> label(0), label(25), label(26)
        ('A', 'Z', 'A1')
    """
    round_, letter = divmod(place, len(ascii_uppercase))
    return f"{ascii_uppercase[letter]}{round_ or ''}"


def judge_all(
    runs: Sequence[Run],
    before: int,
    metrics: tuple[Metric, ...] | None,
    features: Features | None,
    samples: int | None,
    seed: int,
) -> list[JudgedRun]:
    """Runs of one data set, labelled from the place `before`; the samples of one run are held at a time."""
    data, held_out = real_data(runs)
    judge = Judge.of(data, held_out, metrics=metrics, features=features, samples=samples, seed=seed, paired=True)
    return [
        JudgedRun(label(place), run, judge(run.sample(judge.samples, seed=seed)))
        for place, run in enumerate(runs, before)
    ]


def real_data(runs: Sequence[Run]) -> tuple[Source, Source]:
    """The data of the first run; those of the others, if their model has other units, are looked at and let go.

    Raises:
        InputError: if they changed since one of the runs, or are too few.
    """
    for run in {prints_of(run): run for run in runs if prints_of(run) != prints_of(runs[0])}.values():
        run.data()
    data, held_out = runs[0].data()
    if reason := too_few(data, held_out):
        raise InputError(f"{reason}; give more of them")
    return data, held_out


def against_first(judged: Sequence[JudgedRun]) -> list[Verdict]:
    """Each run against the first, by every metric."""
    first, *others = judged
    return [
        between_samples(first.evaluation[metric], other.evaluation[metric], (first.label, other.label))
        for other in others
        for metric in shared([first, other])
    ]


def shared(judged: Sequence[JudgedRun]) -> list[str]:
    """The metrics that take the samples of every run."""
    measured = [[score.metric for score in one.evaluation.scores] for one in judged]
    return [metric for metric in measured[0] if all(metric in other for other in measured)]


def recipes_against_first(judged: Sequence[JudgedRun], best: bool) -> list[Verdict]:
    """Each recipe against the first, by every metric, where there are two, and two seeds of one."""
    groups = by_recipe(judged, best)
    if len(groups) < 2 or max(map(len, groups)) < 2:
        return []
    labels = ["+".join(one.label for one in group) for group in groups]
    by_metric = [
        between_seeds([[one.evaluation[metric] for one in group] for group in groups], labels)
        for metric in shared(judged)
    ]
    return [verdict for of_one_recipe in zip(*by_metric, strict=True) for verdict in of_one_recipe]


def by_recipe(judged: Sequence[JudgedRun], best: bool) -> list[list[JudgedRun]]:
    """Runs whose recipes differ in the seed alone together, each seed once."""
    groups: list[list[JudgedRun]] = []
    for one in judged:
        group = next((group for group in groups if same_but_seed(group[0].run, one.run, best)), None)
        if group is None:
            groups.append([one])
        elif all(one.run.recipe.seed != other.run.recipe.seed for other in group):
            group.append(one)
    return groups


def same_but_seed(a: Run, b: Run, best: bool) -> bool:
    """Whether one recipe trained both, as far, or to the best of each."""
    as_far = best or a.checkpoint.iteration == b.checkpoint.iteration
    return as_far and differing([a.recipe, b.recipe]).keys() <= {"seed", *(() if best else WATCHING)}


def notes(groups: Sequence[Sequence[JudgedRun]]) -> tuple[str, ...]:
    """Which runs cannot be compared with the first, for their data."""
    first = groups[0][0]
    return tuple(
        f"{', '.join(one.label for one in group)} learned other data ({about_data(group[0].run, first.run)}) than "
        f"{first.label} ({about_data(first.run, group[0].run)}): against different real samples no metric compares, so "
        "no verdict does"
        for group in groups[1:]
    )


def about_data(run: Run, other: Run) -> str:
    """The data's name, and the size of a sample where that is what differs."""
    name, shape = run.card.name, run.card.shape
    same_kind = name == other.card.name and shape != other.card.shape
    return f"{name}, {' x '.join(map(str, shape))}" if same_kind else name
