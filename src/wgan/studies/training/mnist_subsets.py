"""Hitchcock's comparison on one and two classes of MNIST, with networks of two layers of 100, measured."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from wgan.data.source import FiniteSource
from wgan.metrics.features import Digits
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.studies.check import Check
from wgan.studies.drawing import COLOURS
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import Watch, drawn_from, packed, unpacked

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MnistSubsets"]

CLASSES = {"0": "one class", "01": "two classes"}
GANS = {"gan-saturating": "saturating GAN", "gan": "non-saturating GAN"}
SYSTEMS = {"wgan": "WGAN", **GANS}
RATES = (5e-5, 2e-4)
YARDSTICKS = {"training images": "training images", "mean image": "mean image, repeated"}
LOOKS = 8
SIDE = 14


class MnistSubsets(Study):
    """WGAN against GAN on zeros, and on zeros and ones."""

    name: ClassVar[str] = "mnist-subsets"
    title = "One and two classes of MNIST, with two layers of 100"
    chapter = Chapter.TRAINING
    claims = ("E7",)
    question = "Does a WGAN with two layers of 100 learn one and two classes of MNIST where a GAN fails?"
    criterion = (
        "After as many steps of gradient descent, the exact W₁ from the WGAN's samples to unseen images is below that "
        "of the GAN's, with either loss of the generator and at either learning rate; of two classes, the smaller one "
        "has at least 25 % of the WGAN's samples."
    )
    refuted_if = "A WGAN that is farther from unseen images than the GAN, or one that neglects a class."
    control = (
        "A WGAN of a single step against GANs that are trained: it has learned nothing, so that its W₁ must not be "
        "below theirs."
    )
    caption = (
        "Exact W₁ between samples and unseen images over the steps of critic and generator, a line for each seed; "
        "dashes: learning rate 5e-5, solid: 2e-4; grey: what training images reach, and the mean image repeated. "
        "Below: three samples of the first seed at the end, learning rate 2e-4."
    )
    deviations = (
        "The source names neither optimizer nor length: the WGAN has the paper's RMSprop, 100 critic steps in each of "
        "the first 25 iterations and at every 500th, and five otherwise; the GAN has Adam with β₁ = 0.5.",
        "The WGAN has 3,000 iterations, 20,800 steps of both sides, in the place of a length that is not known.",
        "Latents are 16 standard normal numbers, and 500 samples of each side are compared.",
    )
    needs = ("mnist",)
    size = (7.0, 5.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        iterations, warmup, samples = (30, 2, 200) if quick else (3000, 25, 500)
        shared = {"classes": CLASSES, "samples": (samples,), "seed": range(3)}
        control = {"control": (True,), "classes": ("0",), "lr": (2e-4,), "samples": (200,), "seed": range(3)}
        return [
            *grid(system=SYSTEMS, lr=RATES, iterations=(iterations,), warmup=(warmup,), **shared),
            *grid(system=YARDSTICKS, **shared),
            *grid(system=("wgan",), iterations=(1,), warmup=(0,), **control),
            *grid(system=("gan",), iterations=(100,), warmup=(0,), **control),
        ]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("mnist", classes=tuple(settings["classes"]), pixel_range=(0.0, 1.0))
        if settings["system"] in YARDSTICKS:
            return {"w1": [yardstick(settings, train, test)]}
        watch, averaged = (Watch(test, 16, settings["samples"], settings["seed"], averaged=a) for a in (False, True))
        iterations = iterations_of(settings)
        fields = {
            "generator.widths": [100, 100],
            "critic.widths": [100, 100],
            "latent": 16,
            "schedule.warmup": settings["warmup"] if settings["system"] == "wgan" else 0,
            "generator_optimizer.lr": settings["lr"],
            "critic_optimizer.lr": settings["lr"],
        }
        every, seed = max(iterations // LOOKS, 1), settings["seed"]
        made = train_system(
            settings["system"], train, fields, seed=seed, iterations=iterations, every=every, look=watch
        )
        averaged(made.state)
        shares = class_shares(watch.samples, settings["classes"])
        pictures = packed(avg_pool2d(watch.samples[:3], 28 // SIDE)) if seed == 0 else ""
        return {
            "steps": watch.steps,
            "w1": watch.w1,
            "shares": shares,
            "averaged w1": averaged.w1[-1],
            "averaged shares": class_shares(averaged.samples, settings["classes"]),
            "pictures": pictures,
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for classes, text in CLASSES.items():
            for gan, named in GANS.items():
                for lr in RATES:
                    what = f"W₁ of the WGAN less that of the {named}, {text}"
                    values = lead(rows.where(classes=classes, lr=lr), gan)
                    yield Check(what, values, high=0.0, factor="learning rate", level=lr)
        for lr in RATES:
            shares = smallest(rows.where(system="wgan", classes="01", lr=lr))
            what = "the WGAN's smaller class of two, its share of the samples"
            yield Check(what, shares, 0.25, possible=(0.0, 0.5), factor="learning rate", level=lr)

    def control_check(self, rows: Rows) -> Check:
        return Check("W₁ of a WGAN of one step less that of a GAN", lead(rows, "gan"), high=0.0)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        axes = figure.subplots(2, 2, height_ratios=(3, 1), squeeze=False)
        for column, (classes, text) in enumerate(CLASSES.items()):
            curves(axes[0, column], shown.where(classes=classes))
            axes[0, column].set(title=text, xlabel="steps of gradient descent", ylabel="exact W₁ (pixels in [0, 1])")
            pictures(axes[1, column], shown.where(classes=classes, lr=RATES[-1], seed=0))
        axes[0, 1].legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for classes, text in CLASSES.items():
            part = shown.where(classes=classes)
            floor, mean = (last(part.where(system=name)) for name in YARDSTICKS)
            yield f"Of {text}, training images reach {fmean(floor):.2f} and the mean image repeated {fmean(mean):.2f}."
            yield from ends(part, text, fmean(mean))
        for gan, named in GANS.items():
            least = min(min(smallest(shown.where(system=gan, classes="01", lr=lr))) for lr in RATES)
            yield f"The smaller class of two has {least:.0%} of the {named}'s samples in its worst run."


def iterations_of(settings: Settings) -> int:
    """As many steps for all: a GAN gets the WGAN's critic and generator steps together, half of them for each side."""
    iterations: int = settings["iterations"]
    if settings["system"] == "wgan" or settings.get("control"):
        return iterations
    schedule = Recipe.named("wgan", {"schedule.warmup": settings["warmup"]}).schedule
    return (iterations + sum(map(schedule.critic_steps, range(iterations)))) // 2


def yardstick(settings: Settings, train: FiniteSource, test: FiniteSource) -> float:
    """W₁ of what no generator made: other training images, or their mean."""
    watch = Watch(test, 16, settings["samples"], settings["seed"])
    if settings["system"] == "training images":
        return watch.distance(drawn_from(train, len(watch.real), settings["seed"]))
    everything = train.scaling.decode(train.subset(len(train), stream(0, "mean")))
    return watch.distance(everything.mean(0, keepdim=True).expand_as(watch.real))


def class_shares(samples: Tensor, classes: str) -> list[float]:
    """The share of the samples that the digits' classifier finds likest to each of the classes."""
    likeness = Digits().probabilities(samples)[:, [int(name) for name in classes]]
    return (torch.bincount(likeness.argmax(1), minlength=len(classes)) / len(samples)).tolist()


def last(rows: Rows) -> list[float]:
    """W₁ at the end, of each seed."""
    return [float(row["w1"][-1]) for row in rows]


def lead(rows: Rows, gan: str) -> list[float]:
    """W₁ of the WGAN less that of a GAN, of each seed."""
    pairs = zip(last(rows.where(system="wgan")), last(rows.where(system=gan)), strict=True)
    return [ours - theirs for ours, theirs in pairs]


def smallest(rows: Rows) -> list[float]:
    """The share of the class with the fewest samples, of each seed."""
    return [min(map(float, row["shares"])) for row in rows]


def ends(rows: Rows, text: str, mean: float) -> Iterator[str]:
    """Where each system ends, and when the WGAN passes the mean image."""
    for lr in RATES:
        reached = [f"{named} {fmean(last(rows.where(system=name, lr=lr))):.2f}" for name, named in SYSTEMS.items()]
        yield f"At learning rate {lr:g} and {text}, W₁ ends at: {', '.join(reached)}."
        means = [fmean(rows.where(system=name, lr=lr).values("averaged w1")) for name in SYSTEMS]
        told = ", ".join(f"{named} {mean:.2f}" for named, mean in zip(SYSTEMS.values(), means, strict=True))
        yield f"The moving average (decay .999) of the generator ends there at: {told}."
    for name, named in SYSTEMS.items():
        steps = [passing(row["steps"], row["w1"], mean) for row in rows.where(system=name, lr=RATES[-1])]
        yield f"The {named} is below the mean image of {text} from step {' / '.join(steps)} (a number for each seed)."


def passing(steps: Sequence[int], w1: Sequence[float], level: float) -> str:
    """The first look at which a curve lies below a level."""
    return next((f"{step:,}" for step, value in zip(steps, w1, strict=True) if float(value) < level), "never")


def curves(axes: "Axes", rows: Rows) -> None:
    """A line for each run, and the yardsticks."""
    for colour, (name, named) in zip(COLOURS, SYSTEMS.items(), strict=False):
        for lr, style in zip(RATES, ("--", "-"), strict=True):
            for row in rows.where(system=name, lr=lr):
                label = named if lr == RATES[-1] and row["seed"] == 0 else None
                axes.plot(row["steps"], list(map(float, row["w1"])), style, color=colour, lw=1, label=label)
    for name in YARDSTICKS:
        for value in last(rows.where(system=name)):
            axes.axhline(value, color="0.6", lw=0.6, zorder=0)
    axes.set_ylim(top=11)


def pictures(axes: "Axes", rows: Rows) -> None:
    """Three samples of each system, one behind the other."""
    axes.set_axis_off()
    for place, (name, named) in enumerate(SYSTEMS.items()):
        (row,) = rows.where(system=name)
        image = unpacked(row["pictures"], SIDE)
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=(3.2 * place, 3.2 * place + 3, 0, 1))
        axes.text(3.2 * place + 1.5, 1.1, named.replace(" ", "\n"), ha="center", fontsize=8)
    axes.set(xlim=(0, 9.4), ylim=(0, 2))
