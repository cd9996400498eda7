"""How many critic steps a Wasserstein loss needs, what a higher critic rate gives instead, and what either costs."""

import time
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from wgan.studies.check import Check
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import SMALL, Watch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CriticSteps"]

SYSTEMS = {"wgan": "clipping", "wgan-gp": "gradient penalty"}
WAYS = {"one": (1, 1.0), "one, fast": (1, 5.0), "five": (5, 1.0)}
"""Critic steps for each of the generator's, and the critic's learning rate over the generator's."""
EQUAL = {"generator steps": 0, "steps of both": -1}
"""Which look compares one critic step with five: after as many generator steps, or the last, after as many of both."""
RATE = 2e-4


class CriticSteps(Study):
    """One critic step, one at five times the rate, and five, at equal generator steps and at equal cost."""

    name: ClassVar[str] = "critic-steps"
    title = "Several critic steps, or a higher critic rate"
    chapter = Chapter.TRAINING
    claims = ("C14",)
    question = "Does a Wasserstein loss need several critic steps or a higher critic rate, and what does it cost?"
    criterion = (
        "With clipping and with a gradient penalty, the exact W₁ to unseen digits after training with one critic step "
        "is 1.05 times that with five or more, at as many generator steps and at as many steps in all; one step at "
        "five times the rate brings it to .95 or less of what one step at the same rate gives; a generator's step with "
        "five takes 1.5 times the processor time or more."
    )
    refuted_if = "One critic step that does as well, a higher rate that does not help, or five steps that cost no more."
    control = (
        "The same training looked at twice, with other latents and other unseen digits: its two distances must not "
        "differ by 5 %."
    )
    caption = (
        "Exact W₁ to unseen digits over all steps of critic and generator, a line for each seed; dots: after as many "
        "generator steps as five critic steps get in all."
    )
    deviations = (
        "Digits of 8 × 8 pixels, networks of two layers of 100, learning rate 2e-4 of the generator, and 800 generator "
        "steps with five critic steps each, in the place of the images and the days of the sources.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        iterations, seeds = 40 if quick else 800, range(3)
        twice = grid(control=(True,), system=("wgan-gp",), way=("one",), iterations=(20,), draw=(0, 1), seed=seeds)
        return [*grid(system=SYSTEMS, way=WAYS, iterations=(iterations,), draw=(0,), seed=seeds), *twice]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("digits", pixel_range=(0.0, 1.0))
        steps, faster = WAYS[settings["way"]]
        watch = Watch(test, 16, 300, settings["seed"] + 1000 * settings["draw"])
        fields = {
            **SMALL,
            "generator_batch": 64,
            "schedule.n_critic": steps,
            "schedule.warmup": 0,
            "schedule.refresh": 0,
            "generator_optimizer.lr": RATE,
            "critic_optimizer.lr": RATE * faster,
        }
        # Six steps of either side in an iteration with five critic steps are three iterations with one.
        iterations = settings["iterations"] * (3 if steps == 1 else 1)
        every, began = settings["iterations"] // 4, time.process_time()
        train_system(
            settings["system"], train, fields, seed=settings["seed"], iterations=iterations, every=every, look=watch
        )
        seconds = (time.process_time() - began) / iterations
        return {"iterations": watch.iterations, "steps": watch.steps, "w1": watch.w1, "seconds": seconds}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for system, named in SYSTEMS.items():
            part = rows.where(system=system)
            for equal, look in EQUAL.items():
                what = f"W₁ with one critic step over that with five, {named}"
                yield Check(what, over(part, "one", "five", look), 1.05, factor="equal", level=equal)
            what = f"W₁ with one critic step at five times the rate over that at the same rate, {named}"
            yield Check(what, over(part, "one, fast", "one", 0), high=0.95)
            slow, quick = (part.where(way=way).values("seconds") for way in ("five", "one"))
            what = f"processor time of a generator's step with five critic steps over that with one, {named}"
            yield Check(what, [a / b for a, b in zip(slow, quick, strict=True)], 1.5)

    def control_check(self, rows: Rows) -> Check:
        first, second = (ends(rows.where(draw=draw), -1) for draw in (0, 1))
        ratios = [max(a, b) / min(a, b) for a, b in zip(first, second, strict=True)]
        return Check("W₁ of the same training on two draws, one over the other", ratios, 1.05)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        for axes, (system, named) in zip(figure.subplots(1, 2), SYSTEMS.items(), strict=True):
            for index, way in enumerate(WAYS):
                for row in shown.where(system=system, way=way):
                    label = f"{way} at five times the rate".replace(", fast", "") if "fast" in way else way
                    w1, at = list(map(float, row["w1"])), place(row, 0)
                    axes.plot(row["steps"], w1, color=f"C{index}", lw=1, label=None if row["seed"] else label)
                    axes.plot(row["steps"][at], w1[at], "o", color=f"C{index}")
            axes.set(title=named, xlabel="steps of critic and generator", ylabel="exact W₁ (pixels in [0, 1])")
        axes.legend(title="critic steps", fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for system, named in SYSTEMS.items():
            for equal, look in EQUAL.items():
                part = shown.where(system=system)
                told = ", ".join(f"{way} {fmean(ends(part.where(way=way), look)):.2f}" for way in WAYS)
                yield f"With {named}, at as many {equal}, W₁ after critic steps of {told}."


def place(row: Row, look: int) -> int:
    """The index of a look: the last one, or that after as many generator steps as five critic steps get."""
    return len(row["w1"]) - 1 if look else row["iterations"].index(row["iterations"][-1] // per(row))


def per(row: Row) -> int:
    """How many times more generator steps this row took than one with five critic steps."""
    return 3 if WAYS[row["way"]][0] == 1 else 1


def ends(rows: Rows, look: int) -> list[float]:
    """W₁ at a look, of each seed."""
    return [float(row["w1"][place(row, look)]) for row in rows]


def over(rows: Rows, way: str, other: str, look: int) -> list[float]:
    """W₁ of one way over that of another, of each seed."""
    pairs = zip(ends(rows.where(way=way), look), ends(rows.where(way=other), look), strict=True)
    return [mine / theirs for mine, theirs in pairs]
