"""Whether the learning rate that the critic's loss prefers is the one that gives the best samples."""

from collections.abc import Iterable, Sequence
from math import inf, log10
from statistics import fmean, median
from typing import TYPE_CHECKING, ClassVar

import torch

from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import SMALL, Watch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RateByLoss"]

SYSTEMS = {"wgan": "clipping", "wgan-gp": "gradient penalty"}
SEARCHED = ("generator's rate", "both rates")
RATES = (1e-5, 1e-2)
CRITIC_RATE = 5e-4
CLOSE = 1.05


class RateByLoss(Study):
    """A random search over learning rates that sees the loss alone, judged by the exact distance."""

    name: ClassVar[str] = "rate-by-loss"
    title = "Choosing the learning rate by the loss"
    chapter = Chapter.TRAINING
    claims = ("Q9",)
    question = "Does a random search that sees the critic's estimate alone find the learning rate of the best samples?"
    criterion = (
        "Of the rates that a random search tries, the one with the least estimate at the end (median of 101 "
        "iterations) gives samples whose exact W₁ to unseen digits is at most 1.05 times the least one tried, whether "
        "the generator's rate alone is searched or the critic's with it."
    )
    refuted_if = "A rate that the estimate prefers and whose samples are more than 5 % farther than the best."
    control = (
        "A choice that sees nothing, between a rate that learns and one that does not: the mean W₁ of the two must "
        "not be within 5 % of the better one."
    )
    caption = (
        "Exact W₁ of every trial over its learning rate, a colour for each search; a ring marks the trial that the "
        "estimate prefers."
    )
    deviations = (
        "Digits of 8 × 8 pixels, two layers of 100 and 300 generator steps a trial; with Bayesian optimisation, which "
        "S4 names, the same numbers would be asked of the same loss.",
    )
    size = (8.0, 4.6)

    def design(self, quick: bool) -> Sequence[Settings]:
        trials, iterations, seeds = (3, 20, range(3)) if quick else (7, 300, range(3))
        rows = grid(searched=SEARCHED, system=SYSTEMS, iterations=(iterations,), seed=seeds, trial=range(trials))
        blind = grid(control=(True,), searched=SEARCHED[1:], system=("wgan-gp",), iterations=(60,), seed=seeds)
        return [*rows, *[{**row, "trial": trial, "lr": lr} for row in blind for trial, lr in enumerate((1e-6, 1e-3))]]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("digits", pixel_range=(0.0, 1.0))
        watch, seed, iterations = Watch(test, 16, len(test), settings["seed"]), settings["seed"], settings["iterations"]
        lr = settings.get("lr") or rate(seed, settings["trial"])
        fields = {
            **SMALL,
            "generator_batch": 64,
            "schedule.warmup": 0,
            "schedule.refresh": 0,
            "generator_optimizer.lr": lr,
            "critic_optimizer.lr": lr if settings["searched"] == "both rates" else CRITIC_RATE,
        }
        system = settings["system"]
        made = train_system(system, train, fields, seed=seed, iterations=iterations, every=iterations, look=watch)
        estimate = float("inf") if made.diverged else median(made.history["estimate"][-101:])
        return {"rate": lr, "estimate": estimate, "w1": watch.w1[-1]}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for system, named in SYSTEMS.items():
            for searched in SEARCHED:
                what = f"W₁ at the rate that the loss prefers over the least one, {named}"
                values = regrets(rows.where(system=system, searched=searched))
                yield Check(what, values, high=CLOSE, possible=(1.0, inf), factor="searched", level=searched)

    def control_check(self, rows: Rows) -> Check:
        values = [fmean(part.values("w1")) / min(part.values("w1")) for _, part in rows.by("seed")]
        return Check("mean W₁ of two rates over the less", values, high=CLOSE, possible=(1.0, inf))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        axes = figure.subplots(2, 2, sharex=True, squeeze=False)
        for line, (system, named) in enumerate(SYSTEMS.items()):
            for column, searched in enumerate(SEARCHED):
                for seed, part in shown.where(system=system, searched=searched).by("seed"):
                    chosen = preferred(part)
                    axes[line, column].plot(part.values("rate"), part.values("w1"), "o", color=f"C{seed}", alpha=0.7)
                    axes[line, column].plot(
                        chosen["rate"], float(chosen["w1"]), "o", color=f"C{seed}", ms=11, mfc="none"
                    )
                axes[line, column].set_title(f"{named}, {searched} searched", fontsize=9)
                axes[line, column].set(xscale="log", ylabel="exact W₁")
        for column in (0, 1):
            axes[1, column].set_xlabel("learning rate")

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for system, named in SYSTEMS.items():
            for searched in SEARCHED:
                part = shown.where(system=system, searched=searched)
                searches = [search for _, search in part.by("seed")]
                chosen = " / ".join(f"{preferred(search)['rate']:.1g}" for search in searches)
                best = " / ".join(f"{nearest(search)['rate']:.1g}" for search in searches)
                blind = fmean(fmean(search.values("w1")) / min(search.values("w1")) for search in searches)
                yield (
                    f"With {named} and {searched} searched, the loss prefers {chosen}, and W₁ {best}; a rate at random "
                    f"gives {blind:.2f} times the least W₁."
                )


def rate(seed: int, trial: int) -> float:
    """A learning rate whose logarithm is uniform."""
    share = float(torch.rand((), generator=stream(seed, "rate", trial)))
    least, most = map(log10, RATES)
    return float(f"{10 ** (least + share * (most - least)):.3g}")


def preferred(rows: Rows) -> Row:
    """The trial with the least estimate in size: a critic that errs may give one below zero."""
    return min(rows, key=lambda row: abs(float(row["estimate"])))


def nearest(rows: Rows) -> Row:
    """The trial with the least distance."""
    return min(rows, key=lambda row: float(row["w1"]))


def regrets(rows: Rows) -> list[float]:
    """W₁ of the preferred trial over the least one, of each search."""
    searches = [part for _, part in rows.by("seed")]
    return [float(preferred(part)["w1"]) / float(nearest(part)["w1"]) for part in searches]
