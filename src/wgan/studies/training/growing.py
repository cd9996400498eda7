"""Growing networks against fixed ones, from 8 to 32 pixels: quality, and processor time."""

import time
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import Watch, drawn_from

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Growing"]

RESOLUTIONS = (8, 16, 32)
WAYS = {"grown": 0.8, "fixed": 0.0}
"""Share of the training after which the full resolution stands."""


class Growing(Study):
    """A WGAN with a gradient penalty on growing and on fixed networks, by resolution."""

    name: ClassVar[str] = "growing"
    title = "Growing against fixed resolution"
    chapter = Chapter.TRAINING
    claims = ("E17",)
    question = "Can a Wasserstein loss train a generator to higher resolutions, and what does growth give and save?"
    criterion = (
        "At 8, 16 and 32 pixels, samples of the growing networks are closer to unseen images in exact W₁ than the mean "
        "image repeated is; their W₁ is not above that of the fixed networks after as many iterations; and their "
        "training takes less processor time."
    )
    refuted_if = "Samples that are no closer than the mean image, or growth that costs quality or time."
    control = "The growing networks after one iteration: their samples must not be closer than the mean image."
    caption = (
        "Left: exact W₁ of samples to unseen images over that of the mean image repeated, by resolution, a dot for "
        "each seed; below the line something was learned. Right: processor time of the training."
    )
    deviations = (
        "MNIST at up to 32 pixels, 24 channels and 1,200 iterations of 32 images with a learning rate that falls to "
        "zero, in the place of faces at 1,024 pixels, 512 channels and 12 million images, which take days of eight "
        "accelerators.",
        "The full design takes one to two hours of one core, most of them at 32 pixels: `wgan study run growing`.",
    )
    needs = ("mnist",)

    def design(self, quick: bool) -> Sequence[Settings]:
        iterations, images, sides = (12, 3000, (8, 16)) if quick else (1200, 60_000, RESOLUTIONS)
        seeds = range(3)
        early = grid(control=(True,), side=(8,), way=("grown",), iterations=(1,), images=(3000,), seed=seeds)
        return [*grid(side=sides, way=WAYS, iterations=(iterations,), images=(images,), seed=seeds), *early]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("mnist", resolution=settings["side"], limit=settings["images"])
        grown, seed, iterations = WAYS[settings["way"]], settings["seed"], settings["iterations"]
        networks = {"capacity": 1024, "widest": 24, "grown": grown}
        fields = {f"{side}.{name}": value for side in ("generator", "critic") for name, value in networks.items()}
        fields |= {f"{side}_optimizer.lr": 2e-3 for side in ("generator", "critic")}
        fields |= {"latent": 32, "batch": 32, "final_lr": 0.0}
        watch, began = Watch(test, 32, 500, seed), time.process_time()
        made = train_system("progressive", train, fields, seed=seed, iterations=iterations)
        seconds = time.process_time() - began
        watch(made.state)
        mean = drawn_from(train, 2000, seed).mean(0, keepdim=True).expand_as(watch.real)
        return {"w1": watch.w1[-1] / watch.distance(mean), "seconds": seconds}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for side, part in rows.by("side"):
            values = part.where(way="grown").values("w1")
            what = "W₁ of the growing networks over that of the mean image"
            yield Check(what, values, high=1.0, factor="resolution", level=side)
        for measure, text in (("w1", "W₁"), ("seconds", "processor time")):
            for side, part in rows.by("side"):
                what = f"{text} of the growing networks over that of the fixed"
                yield Check(what, ratios(part, measure), high=1.0, factor="resolution", level=side)

    def control_check(self, rows: Rows) -> Check:
        return Check("W₁ after one iteration over that of the mean image", rows.values("w1"), high=1.0)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        left, right = figure.subplots(1, 2)
        for axes, measure in ((left, "w1"), (right, "seconds")):
            for way in WAYS:
                every_seed(axes, shown.where(way=way), "side", measure, label=way)
            axes.set_xscale("log", base=2)
            axes.set_xticks(shown.levels("side"), [str(side) for side in shown.levels("side")])
            axes.set_xlabel("resolution (pixels)")
        left.axhline(1, color="0.6", lw=0.8)
        left.set_ylabel("exact W₁ / that of the mean image")
        right.set(ylabel="processor time (s)", ylim=(0, None))
        left.legend()

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for side, part in shown.by("side"):
            quality, cost = (fmean(ratios(part, measure)) for measure in ("w1", "seconds"))
            yield f"At {side} pixels, growth gives {quality:.2f} of the W₁ for {cost:.2f} of the processor time."


def ratios(rows: Rows, measure: str) -> list[float]:
    """A measure of the growing networks over that of the fixed, of each seed."""
    pairs = zip(*(rows.where(way=way).values(measure) for way in WAYS), strict=True)
    return [grown / fixed for grown, fixed in pairs]
