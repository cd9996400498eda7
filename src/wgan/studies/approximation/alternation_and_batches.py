"""What keeps a Wasserstein GAN from the Wasserstein distance: batches of few samples, and few steps of the critic."""

import copy
from collections.abc import Iterable, Sequence
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data import Pair
from wgan.data.pairs import funnel_pair, translated_gaussians
from wgan.data.source import FiniteSource
from wgan.distances import wasserstein
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.training import State

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AlternationAndBatches"]

DRAWS = {16: 60, 64: 30, 256: 10, 1024: 3}
"""Pairs of batches for each size and seed."""

FUNNELS, BATCH, LATENT, VALUED = 16, 64, 8, 1024
FAR = "normal, 20 apart"


class AlternationAndBatches(Study):
    """How far batches are from the distributions, and a critic in training from its own optimum."""

    name: ClassVar[str] = "alternation-and-batches"
    title = "What batches and alternation do to the distance"
    chapter = Chapter.APPROXIMATION
    claims = ("C11",)
    question = (
        "By how much does W₁ of batches miss that of the distributions, and a critic in training the value that it "
        "would reach, and are there batches and critic steps enough to mend it?"
    )
    criterion = (
        "The exact W₁ of batches is 10 % or more above that of the distributions, at each size of the batch in 2, 16 "
        "and 64 dimensions; and the critic's value in training is 10 % or more off that which the same critic reaches "
        "in 300 further steps against a generator that waits, at each number of critic steps."
    )
    refuted_if = "Either is less than 10 % off, beyond the noise between seeds."
    control = (
        "Two normal distributions in the plane that are 20 apart, much more than they are wide: batches of 64 must be "
        "less than 10 % off."
    )
    caption = (
        "Left: exact W₁ of two batches over the known W₁ of their distributions, less one. Right: how far the critic's "
        "value in training is from that after 300 more steps of the critic alone, as a share of the latter. Dots are "
        "seeds; the dotted line is the criterion."
    )
    deviations = (
        "The known distances are those of funnels with 16 centres, and the generator learns the 8 x 8 digits, with "
        "networks of three layers of 128 and a gradient penalty of weight 10.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        sizes, steps = ((16, 256), (1, 5)) if quick else (tuple(DRAWS), (1, 5, 20))
        looks = (100,) if quick else (100, 200)
        return [
            *grid(pair=(2, 64) if quick else (2, 16, 64), n=sizes, seed=range(3)),
            *grid(n_critic=steps, looks=(looks,), seed=range(3)),
            *grid(control=(True,), pair=(FAR,), n=(64,), seed=range(3)),
        ]

    def measure(self, settings: Settings) -> Measures:
        return batches(settings) if "pair" in settings else alternation(settings)

    def checks(self, rows: Rows) -> Iterable[Check]:
        for pair, part in rows.by("pair"):
            for n, level in part.by("n"):
                yield Check(f"excess of W₁ of batches in {pair}-D", level.values("off"), 0.1, factor="n", level=n)
        for steps, part in rows.by("n_critic"):
            what = "distance of the critic's value from the one it would reach"
            yield Check(what, part.values("off"), 0.1, factor="critic steps", level=steps)

    def control_check(self, rows: Rows) -> Check:
        return Check("excess of W₁ of batches between distributions far apart", rows.values("off"), 0.1)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        shown, _ = rows.parted()
        for pair, part in shown.by("pair"):
            every_seed(left, part, "n", "off", label=f"{pair} dimensions")
        every_seed(right, Rows([row for row in shown if "n_critic" in row.settings]), "n_critic", "off", colour="C3")
        for axes, levels in ((left, shown.levels("n")), (right, shown.levels("n_critic"))):
            axes.axhline(0.1, color="0.4", lw=0.8, ls=":")
            axes.set(xscale="log")
            axes.set_xticks(levels, [f"{level:,}" for level in levels])
            axes.minorticks_off()
        left.set(xlabel="samples in a batch, n", ylabel="W₁ of batches / W₁ − 1", yscale="log")
        right.set(
            xlabel="critic steps for each generator step",
            ylabel="value's distance from the reached one",
            ylim=(0, None),
        )
        left.legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        for pair, part in rows.parted()[0].by("pair"):
            told = ", ".join(f"{fmean(level.values('off')):.0%} at n = {n:,}" for n, level in part.by("n"))
            yield f"In {pair} dimensions W₁ of batches is above that of the distributions by {told}."
        for steps, part in rows.by("n_critic"):
            ratio = fmean(row["value"] / row["reached"] for row in part)
            yield f"With {steps} critic steps the value in training is {ratio:.2f} of the one it would reach."


@cache
def pair_of(name: int | str) -> Pair:
    """Funnels of a dimension, or the control's."""
    return translated_gaussians(2, 20.0) if isinstance(name, str) else funnel_pair(name, FUNNELS)


def batches(settings: Settings) -> Measures:
    """The mean exact distance between batches, and how far it is from that of the distributions."""
    pair, n, seed = pair_of(settings["pair"]), settings["n"], settings["seed"]
    found = []
    for draw in range(DRAWS[n]):
        real, fake = (side.sample(n, stream(seed, "pair", i, draw)) for i, side in enumerate((pair.real, pair.fake)))
        found.append(wasserstein(real, fake))
    return {"w1": pair.w1, "value": fmean(found), "off": fmean(found) / pair.w1 - 1}


def alternation(settings: Settings) -> Measures:
    """The critic's value at looks at a training, and after steps of its own."""
    train, test = held_out("digits")
    fields = {"batch": BATCH, "latent": LATENT, "lipschitz.GP.weight": 10.0, "schedule.n_critic": settings["n_critic"]}
    recipe, seen = Recipe.named("wgan-gp", fields), []

    def look(state: State) -> None:
        if state.iteration in settings["looks"]:
            before = value(state.critic, state.generator, test)
            critic = reached(state, recipe, train)
            seen.append((before, value(critic, state.generator, test)))

    last = settings["looks"][-1]
    every = settings["looks"][0]
    train_system("wgan-gp", train, fields, seed=settings["seed"], iterations=last, every=every, look=look)
    off = fmean(abs(before - after) / abs(after) for before, after in seen)
    return {"value": fmean(b for b, _ in seen), "reached": fmean(a for _, a in seen), "off": off}


def reached(state: State, recipe: Recipe, data: FiniteSource) -> nn.Module:
    """A copy of the critic after 300 steps of its own."""
    critic = copy.deepcopy(state.critic)
    step = CriticStep(critic, recipe.loss, recipe.lipschitz, recipe.critic_optimizer.build(critic.parameters()))
    for index in range(300):
        real, fake = data.sample(BATCH, stream(1, "more", index)), made(state.generator, BATCH, index)
        step(real, fake, step=index, progress=0.0, rng=stream(1, "noise", index))
    return critic


@torch.no_grad()
def made(generator: nn.Module, count: int, index: int) -> Tensor:
    """Generated samples in the model's units."""
    samples: Tensor = generator(torch.randn(count, LATENT, generator=stream(1, "study latent", index)))
    return samples


@torch.no_grad()
def value(critic: nn.Module, generator: nn.Module, data: FiniteSource) -> float:
    """The critic's mean on unseen images less that on generated ones."""
    real = data.sample(VALUED, stream(1, "value"))
    return float(critic(real).mean() - critic(made(generator, VALUED, -1)).mean())
