"""A gradient penalty against the c-transform between two distributions that stay as they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data import FiniteSource, Source
from wgan.data.pairs import funnel_pair
from wgan.data.pairs.closed_forms import translated_gaussians
from wgan.distances import wasserstein
from wgan.losses import CTransform, Loss
from wgan.randomness import derive_seed, stream
from wgan.recipes import Recipe
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out
from wgan.types import Critic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FixedDistributions"]

DIMENSIONS = (2, 16, 64)
LEVELS = {**{f"funnels {d}-D": f"{d}-D" for d in DIMENSIONS}, "mnist": "MNIST (784-D)"}
METHODS = {"wgan-gp": "gradient penalty", "ctransform": "c-transform", "cowgan": "CoWGAN"}
BATCH, FRESH = 64, 12
"""Samples of a side in a step and in a fresh batch, and how many fresh batches."""

FUNNELS = 16


class FixedDistributions(Study):
    """What critics say of batches of two fixed distributions, against the exact distance of these batches."""

    name: ClassVar[str] = "fixed-distributions"
    title = "Gradient penalty against c-transform between fixed distributions"
    chapter = Chapter.APPROXIMATION
    claims = ("E9",)
    question = (
        "Does a critic that is trained by the c-transform tell the W₁ of two fixed distributions better than one that "
        "is trained with a gradient penalty, and better than no critic at all?"
    )
    criterion = (
        "The mean relative error of the c-transform's value to the exact W₁ of fresh batches of 64 is at most that of "
        "the gradient penalty's, for pairs in 2, 16 and 64 dimensions and for even against odd digits of MNIST."
    )
    refuted_if = "The gradient penalty's error is the smaller one, beyond the noise between seeds."
    control = (
        "The c-transform of a critic that is zero, between two normal distributions that are one apart: it must be "
        "worse there than a trained gradient penalty."
    )
    caption = (
        "Left: relative error to the exact W₁ of fresh batches of 64, a dot for each seed; “no critic” is the "
        "c-transform of zero, the mean distance to the nearest sample. Right: the mean value over the known W₁ of the "
        "two distributions, where 1 is right."
    )
    deviations = (
        "Critics are fully connected, three layers of 128, and take 2,000 steps; the source trains convolutional ones "
        "for longer.",
        "Even and odd digits are the two fixed distributions of images, where the source takes halves and generators.",
    )
    needs = ("mnist",)
    size = (7.6, 3.6)

    def design(self, quick: bool) -> Sequence[Settings]:
        pairs = ("funnels 2-D", "mnist") if quick else tuple(LEVELS)
        methods = tuple(METHODS)[:2] if quick else tuple(METHODS)
        control = grid(control=(True,), pair=("translated",), method=("wgan-gp",), steps=(150,), seed=range(3))
        control += grid(control=(True,), pair=("translated",), method=("zero",), steps=(0,), seed=range(3))
        return [*grid(pair=pairs, method=methods, steps=(200 if quick else 2000,), seed=range(3)), *control]

    def measure(self, settings: Settings) -> Measures:
        sides, seed = sides_of(settings["pair"]), settings["seed"]
        loss, critic = fitted(settings, sides) if settings["steps"] else (CTransform(), zero)
        batches = [sides.batch("fresh", seed, index, fresh=True) for index in range(FRESH)]
        exact = [wasserstein(*batch) for batch in batches]
        values = [value(loss, critic, *batch) for batch in batches]
        bare = [value(CTransform(), zero, *batch) for batch in batches]
        told = {"value": fmean(values), "exact": fmean(exact), "error": error(values, exact)}
        return {**told, "bare": error(bare, exact), "w1": sides.w1}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for pair, part in rows.by("pair"):
            what = "c-transform's relative error less the gradient penalty's"
            yield Check(what, gaps(part, "ctransform"), high=0, factor="pair", level=LEVELS[pair])

    def control_check(self, rows: Rows) -> Check:
        return Check("error without a critic less the gradient penalty's", gaps(rows, "zero"), high=0)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        shown, _ = rows.parted()
        for place, method in enumerate((*METHODS, "no critic")):
            part = shown.where(method=method) if method in METHODS else shown.where(method="wgan-gp")
            if not len(part):
                continue
            kind, label = ("error", METHODS[method]) if method in METHODS else ("bare", method)
            dots(left, part, [row[kind] for row in part], place, label)
            known = Rows([row for row in part if row["w1"]])
            ratio = [row["value"] if kind == "error" else row["exact"] * (1 - row["bare"]) for row in known]
            dots(right, known, [r / row["w1"] for r, row in zip(ratio, known, strict=True)], place, label)
        batches = Rows([row for row in shown.where(method="wgan-gp") if row["w1"]])
        dots(right, batches, [row["exact"] / row["w1"] for row in batches], len(METHODS) + 1, "exact W₁ of batches")
        right.axhline(1, color="0.6", lw=0.8, zorder=0)
        left.set(ylabel="relative error to W₁ of the batches", yscale="log")
        right.set(ylabel="value / W₁ of the distributions", yscale="log")
        right.set_yticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
        right.minorticks_off()
        right.legend(loc="upper left", fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for pair, part in shown.by("pair"):
            found = {method: fmean(level.values("error")) for method, level in part.by("method")}
            told = ", ".join(f"{METHODS[method]} {share:.0%}" for method, share in found.items())
            bare = fmean(part.values("bare"))
            worse = ", so that zero is better than the gradient penalty's critic" * (bare < found["wgan-gp"])
            yield f"{LEVELS[pair]}: errors to the batches' W₁ are {told}; {bare:.0%} without a critic{worse}."
        for pair, part in Rows([row for row in shown if row["w1"]]).by("pair"):
            found = {method: fmean(off(row) for row in level) for method, level in part.by("method")}
            told = ", ".join(f"{METHODS[method]} {share:.0%}" for method, share in found.items())
            bias = fmean(row["exact"] / row["w1"] - 1 for row in part)
            yield f"{LEVELS[pair]}: errors to the distributions' W₁ are {told}; of the batches' own W₁ {bias:.0%}."
            better = "c-transform" if found["ctransform"] < found["wgan-gp"] else "gradient penalty"
            yield f"{LEVELS[pair]}: measured by the distributions' W₁, the {better} is the better one."


@dataclass(frozen=True)
class Sides:
    """Two distributions to learn from, the same two for fresh batches, and their distance, 0 where it is not known."""

    real: Source
    fake: Source
    fresh_real: Source
    fresh_fake: Source
    w1: float = 0.0

    def batch(self, name: str, seed: int, step: int, *, fresh: bool = False) -> tuple[Tensor, Tensor]:
        """A batch of each side."""
        sides = (self.fresh_real, self.fresh_fake) if fresh else (self.real, self.fake)
        real, fake = (s.sample(BATCH, stream(seed, name, i, step)).float() for i, s in enumerate(sides))
        return real, fake


@cache
def sides_of(name: str) -> Sides:
    """The pair of that name."""
    if name == "mnist":
        train, test = held_out("mnist")
        real, fake, fresh_real, fresh_fake = (part_of(s, rest) for s in (train, test) for rest in (0, 1))
        return Sides(real, fake, fresh_real, fresh_fake)
    known = translated_gaussians(2, 1.0) if name == "translated" else funnel_pair(int(name.split()[1][:-2]), FUNNELS)
    return Sides(known.real, known.fake, known.real, known.fake, known.w1)


def part_of(source: FiniteSource, rest: int) -> FiniteSource:
    """The even digits, or the odd ones."""
    assert source.labels is not None
    return source.select((source.labels % 2 == rest).nonzero().flatten())


def zero(x: Tensor) -> Tensor:
    """No critic."""
    return x.new_zeros(len(x))


def fitted(settings: Settings, sides: Sides) -> tuple[Loss, nn.Module]:
    """The critic of a recipe after its steps, with the loss that says what it estimates."""
    recipe, seed = recipe_of(settings["method"]), settings["seed"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "critic"))
        critic = recipe.critic.build_critic(tuple(sides.real.shape))
    step = CriticStep(critic, recipe.loss, recipe.lipschitz, recipe.critic_optimizer.build(critic.parameters()))
    for index in range(settings["steps"]):
        real, fake = sides.batch("batch", seed, index)
        step(real, fake, step=index, progress=0.0, rng=stream(seed, "noise", index))
    return recipe.loss, critic


def recipe_of(name: str) -> Recipe:
    """A recipe; the gradient penalty has the weight that its paper has for images."""
    return Recipe.named(name, {"lipschitz.GP.weight": 10.0} if name == "wgan-gp" else {})


@torch.no_grad()
def value(loss: Loss, critic: Critic, real: Tensor, fake: Tensor) -> float:
    """What the critic says of two batches."""
    return float(loss.critic_value(critic, real, fake).estimate)


def error(values: Sequence[float], exact: Sequence[float]) -> float:
    """The mean relative error."""
    return fmean(abs(v - w) / w for v, w in zip(values, exact, strict=True))


def gaps(rows: Rows, method: str) -> list[float]:
    """A method's error less that of the gradient penalty, of each seed."""
    pairs = zip(rows.where(method=method), rows.where(method="wgan-gp"), strict=True)
    return [row["error"] - other["error"] for row, other in pairs]


def off(row: Row) -> float:
    """The relative error to the known distance."""
    return float(abs(row["value"] / row["w1"] - 1))


def dots(axes: "Axes", rows: Rows, values: Sequence[float], place: int, label: str) -> None:
    """Every row's value above its pair, the methods side by side."""
    pairs = rows.levels("pair")
    at = [pairs.index(row["pair"]) + 0.16 * (place - 1.5) for row in rows]
    axes.plot(at, values, "os^Dv"[place], color=f"C{place}", alpha=0.7, label=label)
    axes.set_xticks(range(len(pairs)), [LEVELS[pair].replace(" (", "\n(") for pair in pairs])
