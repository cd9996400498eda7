"""WGANs with clipping parameters from 0.001 to 0.1 and critics of several depths: which learn, and how fast."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from wgan.data.toy import gaussians8
from wgan.distances import wasserstein
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.fitted import input_slopes
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import train_system
from wgan.training import State

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ClipSweep"]

RING = gaussians8()
C = (0.001, 0.003, 0.01, 0.03, 0.1)
HALF = 0.5
FASTER = 0.8
COUNT = 256


class ClipSweep(Study):
    """The distance that is left, the steps to half of it, and the critic's slope, over c and depth."""

    name: ClassVar[str] = "clip-sweep"
    title = "The clipping parameter c"
    chapter = Chapter.CRITIC
    claims = ("Q1",)
    question = "Does a low c train more reliably, and a high c faster?"
    criterion = (
        "For critics of one, two and four hidden layers: of the trainings with the lower values of c at least as large "
        "a share as of those with the higher ones halves the W₁ of the start, and the higher values need at most 80 % "
        "of the generator steps to halve it, where a training that never does counts with all its steps."
    )
    refuted_if = "Low values of c fail more often, or high ones are not faster, beyond the noise between seeds."
    control = "Clipping at 10 and at 20, which no weight reaches: the higher c must not be faster."
    caption = (
        "Over c, for critics of several depths, a dot for each seed: W₁ at the end as a share of that at the start; "
        "generator steps until it is halved; mean slope of the critic at generated samples, with that of the greatest "
        "κ dotted (a slope of zero, where every unit is dead, cannot be drawn)."
    )
    deviations = (
        "A ring of eight Gaussians and critics of width 100, RMSprop at 5·10⁻⁴ instead of 5·10⁻⁵: the source's images "
        "and networks take hours.",
    )
    size = (10.0, 3.6)

    def design(self, quick: bool) -> Sequence[Settings]:
        budget = {"iterations": 40 if quick else 500, "every": 10 if quick else 25}
        c, depths = ((0.001, 0.1), (2,)) if quick else (C, (1, 2, 4))
        idle = grid(control=(True,), depth=(2,), c=(10.0, 20.0), iterations=(30,), every=(10,), seed=range(3))
        return [*({**row, **budget} for row in grid(depth=depths, c=c, seed=range(3))), *idle]

    def measure(self, settings: Settings) -> Measures:
        seen: list[float] = []

        def look(state: State) -> None:
            seen.append(distance(state, settings["seed"]))

        made = train_system(
            "wgan",
            RING,
            overrides(settings),
            seed=settings["seed"],
            iterations=settings["iterations"],
            every=settings["every"],
            look=look,
        )
        fakes = made.state.generator(torch.randn(COUNT, 16, generator=stream(settings["seed"], "slope")))
        slope = input_slopes(made.state.critic, fakes).norm(dim=1).mean()
        halved = [index for index, w1 in enumerate(seen) if w1 <= HALF * seen[0]]
        steps = halved[0] * settings["every"] if halved else settings["iterations"]
        return {"left": seen[-1] / seen[0], "steps": steps, "slope": float(slope), "w1": seen}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for depth, part in rows.by("depth"):
            what = "share of low c that halve W₁, less that of high c"
            low, high = ([fmean(one) for one in working(side)] for side in sides(part))
            reliable = [a - b for a, b in zip(low, high, strict=True)]
            yield Check(what, reliable, low=0, factor="hidden layers", level=depth, possible=(-1, 1))
        for depth, part in rows.by("depth"):
            yield quicker(part, factor="hidden layers", level=depth)

    def control_check(self, rows: Rows) -> Check:
        return quicker(rows)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        asked, _ = rows.parted()
        parts = zip(figure.subplots(1, 3), ("left", "steps", "slope"), strict=True)
        labels = ("W₁ at the end / at the start", "generator steps until it is halved", "mean slope of the critic")
        for (axes, measure), label in zip(parts, labels, strict=True):
            for index, (depth, part) in enumerate(asked.by("depth")):
                named = f"{depth} hidden layer{'s' * (depth > 1)}"
                every_seed(axes, part, "c", measure, colour=f"C{index}", label=named)
                if measure == "slope":
                    levels = part.levels("c")
                    most = [2**0.5 * c ** (depth + 1) * 100**depth for c in levels]
                    axes.plot(levels, most, ":", color=f"C{index}")
            axes.set(xscale="log", xlabel="c", ylabel=label)
        left, _, right = figure.axes
        left.axhspan(0, HALF, color="0.5", alpha=0.15, lw=0)
        left.legend(fontsize=8)
        right.set_yscale("log")

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for depth, part in asked.by("depth"):
            shares = {c: fmean(left <= HALF for left in found.values("left")) for c, found in part.by("c")}
            told = ", ".join(f"{share:.0%} at {c:g}" for c, share in shares.items())
            slopes = [fmean(found.values("slope")) for _, found in part.by("c")]
            yield (
                f"With {depth} hidden layer{'s' * (depth > 1)} W₁ is halved in {told}; the critic's mean slope goes "
                f"from {slopes[0]:.1e} to {slopes[-1]:.1e}."
            )


def overrides(settings: Settings) -> dict[str, Any]:
    """A WGAN with this c and depth."""
    return {
        "lipschitz.Clipping.c": settings["c"],
        "critic.widths": (100,) * settings["depth"],
        "generator.widths": (64, 64),
        "generator_optimizer.lr": 5e-4,
        "critic_optimizer.lr": 5e-4,
        "schedule": {"n_critic": 5},
    }


@torch.no_grad()
def distance(state: State, seed: int) -> float:
    """The exact W₁ between generated and real samples, the same draws at every look."""
    fakes = state.generator(torch.randn(COUNT, 16, generator=stream(seed, "look")))
    return wasserstein(fakes, RING.sample(COUNT, stream(seed, "look real")))


def sides(rows: Rows) -> tuple[Rows, Rows]:
    """Those with the lower values of c, and those with the higher ones; a middle one belongs to neither."""
    levels = rows.levels("c")
    half = len(levels) // 2
    return (
        Rows([row for row in rows if row["c"] in levels[:half]]),
        Rows([row for row in rows if row["c"] in levels[-half:]]),
    )


def working(rows: Rows) -> list[list[bool]]:
    """Whether each training of a seed halved the distance, for each seed."""
    return [[left <= HALF for left in part.values("left")] for _, part in rows.by("seed")]


def quicker(rows: Rows, *, factor: str = "", level: float | str = "") -> Check:
    """Steps to half of the distance with high c over those with low c."""
    low, high = ([fmean(part.values("steps")) for _, part in side.by("seed")] for side in sides(rows))
    found = [b / a for a, b in zip(low, high, strict=True)]
    return Check(
        "steps to half of W₁ with high c, over those with low c", found, high=FASTER, factor=factor, level=level
    )
