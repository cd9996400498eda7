"""WGAN against GAN as the generator gets worse: DCGAN's, the same without batch normalisation, and a plain MLP."""

from collections.abc import Iterable, Sequence
from math import exp
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from wgan.data.source import FiniteSource
from wgan.metrics import Frechet
from wgan.metrics.features import Digits
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import drawn_from, packed, unpacked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Robustness"]

SIDE = 16
GENERATORS: dict[str, dict[str, Any]] = {
    "DCGAN": {"generator.width": 16},
    "no batch norm": {"generator.width": 16, "generator.norm": "none"},
    "MLP": {"generator": {"type": "MLP", "widths": [256, 256, 256, 256], "output": "auto"}},
}
"""The source's are four times as wide."""
WGANS = {"wgan-dcgan": "WGAN, clipping", "wgan-gp-dcgan": "WGAN, gradient penalty"}
SYSTEMS = {"dcgan": "GAN", **WGANS}
RATES = {"dcgan": 2e-4, "wgan-dcgan": 3e-4, "wgan-gp-dcgan": 5e-4}
MORE = 0.1
STEPS = {"dcgan": 2, "wgan-dcgan": 6, "wgan-gp-dcgan": 6}
"""Of critic and generator in each iteration."""


class Robustness(Study):
    """Fréchet distance and classes of the samples, by system and generator."""

    name: ClassVar[str] = "robustness"
    title = "Three generators, from DCGAN's to a plain one"
    chapter = Chapter.TRAINING
    claims = ("E4", "E5", "E6")
    question = "Is a WGAN as good as a GAN with DCGAN's networks, and better without batch norm or convolutions?"
    criterion = (
        "After as many steps for all, the Fréchet distance of the digit classifier's features to unseen images is, for "
        "a WGAN with clipping and with a gradient penalty, .8 to 1.25 times the GAN's with DCGAN's generator, and "
        "below the GAN's without batch normalisation in it and with a fully connected one, where its samples also "
        "are of .1 more classes or more (the exponential of the entropy of the classifier's counts)."
    )
    refuted_if = "A ratio outside .8 to 1.25 with DCGAN's generator, or above 1 with another, or fewer classes."
    control = (
        "A WGAN of one iteration against images of the training set, the best that a generator can make: the ratio "
        "must not lie within .8 and 1.25."
    )
    caption = (
        "Left: Fréchet distance of features (log scale), a dot for each seed; middle: classes, the exponential of the "
        "entropy; right: four samples of the first seed, systems in the same order."
    )
    deviations = (
        "MNIST at 16 pixels, networks a quarter as wide and 3,000 steps of critic and generator together, in the place "
        "of the 64-pixel bedrooms; each system has the learning rate of its small recipe.",
    )
    needs = ("mnist",)
    size = (9.0, 3.8)

    def design(self, quick: bool) -> Sequence[Settings]:
        steps, count, images = (60, 200, 3000) if quick else (3000, 1000, 60_000)
        shared = {"samples": (count,), "images": (images,), "seed": range(3)}
        control = {"steps": (6,), "samples": (200,), "images": (3000,), "seed": range(3)}
        return [
            *grid(generator=GENERATORS, system=SYSTEMS, steps=(steps,), **shared),
            *grid(control=(True,), generator=("DCGAN",), system=("training images", "wgan-dcgan"), **control),
        ]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("mnist", resolution=SIDE, limit=settings["images"])
        seed, count, features = settings["seed"], settings["samples"], Digits()
        samples = made_by(settings, train)
        if not samples.isfinite().all():
            return {"fd": float("inf"), "classes": 1.0, "pictures": ""}
        real, samples = drawn_from(test, count, seed), samples.clamp(0, 1)
        fd = Frechet().measure(features(real), features(samples), stream(seed, "none")).value
        pictures = packed(samples[:4]) if seed == 0 else ""
        return {"fd": fd, "classes": effective(features.probabilities(samples)), "pictures": pictures}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for system, named in WGANS.items():
            ratios = over(rows.where(generator="DCGAN"), system)
            what = f"Fréchet distance over the GAN's, {named}, DCGAN's generator"
            yield Check(what, ratios, 0.8, 1.25, claim="E4")
        for claim, generator in (("E5", "no batch norm"), ("E6", "MLP")):
            part = rows.where(generator=generator)
            for system, named in WGANS.items():
                what = f"Fréchet distance over the GAN's, {named}, generator: {generator}"
                yield Check(what, over(part, system), high=1.0, claim=claim)
                mine, gan = (part.where(system=name).values("classes") for name in (system, "dcgan"))
                more = [a - b for a, b in zip(mine, gan, strict=True)]
                yield Check(f"classes beyond the GAN's, {named}, generator: {generator}", more, MORE, claim=claim)

    def control_check(self, rows: Rows) -> Check:
        values = over(rows, "wgan-dcgan", "training images")
        return Check("Fréchet distance of a WGAN of one iteration over that of training images", values, 0.8, 1.25)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        left, middle, right = figure.subplots(1, 3, width_ratios=(3, 3, 2))
        for place, generator in enumerate(GENERATORS):
            for index, (system, named) in enumerate(SYSTEMS.items()):
                part, at = shown.where(generator=generator, system=system), place + 0.22 * (index - 1)
                for axes, measure in ((left, "fd"), (middle, "classes")):
                    label = None if place else named
                    axes.plot([at] * len(part), part.values(measure), "o", color=f"C{index}", alpha=0.7, label=label)
                if text := part.where(seed=0)[0]["pictures"]:
                    extent = (0, 4, 4 * place + index + 1, 4 * place + index)
                    right.imshow(unpacked(text, SIDE), cmap="gray_r", vmin=0, vmax=1, extent=extent)
        left.set(ylabel="Fréchet distance of features", yscale="log")
        middle.set(ylabel="classes (exponential of entropy)", ylim=(0, 10.5))
        middle.legend(fontsize=8, loc="lower left")
        for axes in (left, middle):
            axes.set_xticks(range(len(GENERATORS)), [name.replace("batch", "batch\n") for name in GENERATORS])
        right.set(xlim=(0, 4), ylim=(11, 0))
        right.set_xticks([])
        right.set_yticks([1.5, 5.5, 9.5], [name.replace("batch", "batch\n") for name in GENERATORS])

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for system, named in SYSTEMS.items():
            part = shown.where(system=system)
            best = fmean(part.where(generator="DCGAN").values("fd"))
            worse = [f"{fmean(part.where(generator=name).values('fd')) / best:.2f} ({name})" for name in GENERATORS]
            yield f"{named}: Fréchet distance as a multiple of that with DCGAN's generator: {', '.join(worse)}."


def made_by(settings: Settings, train: FiniteSource) -> Tensor:
    """Samples of a system after its training, or those of the training set, `(samples, 1, 16, 16)`."""
    system, seed, count = settings["system"], settings["seed"], settings["samples"]
    if system not in SYSTEMS:
        return drawn_from(train, count, seed)
    fields = {
        **GENERATORS[settings["generator"]],
        "critic.width": 16,
        "batch": 32,
        "latent": 64,
        "schedule.warmup": 0,
        "schedule.refresh": 0,
        "generator_optimizer.lr": RATES[system],
        "critic_optimizer.lr": RATES[system],
    }
    made = train_system(system, train, fields, seed=seed, iterations=settings["steps"] // STEPS[system])
    return made.sample(count, seed, averaged=False).float()


def effective(probabilities: Tensor) -> float:
    """The exponential of the entropy of the counts of the likeliest classes: as many equal classes."""
    shares = torch.bincount(probabilities.argmax(1), minlength=probabilities.shape[1]) / len(probabilities)
    return exp(float(torch.special.entr(shares).sum()))


def over(rows: Rows, system: str, other: str = "dcgan") -> list[float]:
    """A system's Fréchet distance over the GAN's, of each seed."""
    pairs = zip(rows.where(system=system).values("fd"), rows.where(system=other).values("fd"), strict=True)
    return [mine / gan for mine, gan in pairs]
