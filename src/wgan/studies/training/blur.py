"""What blur and noise on the way to the critic leave in the samples: their power at high frequencies."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from wgan.data import Source, TensorSource
from wgan.data.source import FiniteSource
from wgan.lipschitz import Blur
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import SMALL, Watch, drawn_from, packed, unpacked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BlurredTraining"]

SIGMA = 1.0
FOREVER = 1e6
GP = {"type": "GP", "weight": 1.0}
VIEWS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "real images": [],
    "both, to the end": [{"type": "Blur", "sigma": SIGMA, "until": FOREVER}],
    "both, fading": [{"type": "Blur", "sigma": SIGMA, "until": 0.5}],
    "noise, fading": [{"type": "InstanceNoise", "sigma": 0.3, "until": 0.5}],
}
BLURS = ("real images", "both, to the end", "both, fading")
LESS = 0.8


class BlurredTraining(Study):
    """High-frequency power of samples after training on blurred images, as a share of that without blur."""

    name: ClassVar[str] = "blur"
    title = "Does blur in training make blurred samples?"
    chapter = Chapter.TRAINING
    claims = ("E15",)
    question = "Does a generator make blurred images when it is trained on blurred ones, and whatever is blurred?"
    criterion = (
        "After training on blurred images, samples have at most .8 of the power above a quarter of a cycle per pixel "
        "that samples have after training without blur, whether the real images alone are blurred, or both kinds on "
        "the way to the critic, to the end or fading until half of the training."
    )
    refuted_if = "A power above .8 of that without blur."
    control = (
        "Two trainings without blur that differ in their seeds: one must not have at most .8 of the other's power."
    )
    caption = (
        "Left: power of the samples above a quarter of a cycle per pixel, a dot for each seed, by what is blurred; "
        "line: unseen digits. Right: samples of the first seed."
    )
    deviations = (
        "Digits of 8 × 8 pixels, a WGAN with a gradient penalty and two layers of 100, the kernel 2 to the power of "
        "−x² over pixels x.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        iterations, seeds = 60 if quick else 900, range(3)
        same = grid(control=(True,), blurred=("none",), iterations=(150,), other=(0, 1), seed=seeds)
        return [*grid(blurred=VIEWS, iterations=(iterations,), other=(0,), seed=seeds), *same]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("digits", pixel_range=(0.0, 1.0))
        seed, iterations = settings["seed"] + 100 * settings["other"], settings["iterations"]
        fields = {
            **SMALL,
            "lipschitz": [GP, *VIEWS[settings["blurred"]]],
        }
        source: Source = blurred(train) if settings["blurred"] == "real images" else train
        watch = Watch(test, 16, len(test), seed)
        train_system("wgan-gp", source, fields, seed=seed, iterations=iterations, every=iterations, look=watch)
        return {
            "power": high_power(watch.samples),
            "real": high_power(drawn_from(test, len(test), seed)),
            "w1": watch.w1[-1],
            "pictures": packed(watch.samples[:6]) if seed == 0 else "",
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for name in BLURS:
            what = "high-frequency power over that without blur"
            yield Check(what, shares(rows, name), high=LESS, factor="blurred", level=name)

    def control_check(self, rows: Rows) -> Check:
        first, second = (rows.where(other=other).values("power") for other in (0, 1))
        values = [a / b for a, b in zip(first, second, strict=True)]
        return Check("high-frequency power of one training over that of another", values, high=LESS)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        axes, pictures = figure.subplots(1, 2, width_ratios=(3, 2))
        for place, (_, part) in enumerate(shown.by("blurred")):
            axes.plot(part.values("power"), [place] * len(part), "o", alpha=0.7, color=f"C{place}")
            image = unpacked(part.where(seed=0)[0]["pictures"], 8)
            pictures.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=(0, 6, place + 0.45, place - 0.45))
        axes.axvline(fmean(shown.values("real")), color="0.4", lw=1)
        axes.set_yticks(range(len(VIEWS)), [name.replace(", ", ",\n") for name in VIEWS])
        axes.set(xlabel="power above ¼ cycle per pixel (grey levels²)", ylabel="blurred", xlim=(0, None))
        axes.set_ylim(len(VIEWS) - 0.5, -0.5)
        pictures.set(xlim=(0, 6), ylim=(len(VIEWS) - 0.5, -0.5))
        pictures.set_axis_off()

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        real = fmean(shown.values("real"))
        for name, part in shown.by("blurred"):
            power, w1 = fmean(part.values("power")), fmean(part.values("w1"))
            yield f"Blurred: {name}. Power {power / real:.2f} of that of unseen digits, exact W₁ {w1:.2f} from them."


def blurred(source: FiniteSource) -> TensorSource:
    """The same images, blurred once and for all."""
    images = source.subset(len(source), stream(0, "blurred"))
    view = Blur(sigma=SIGMA, until=FOREVER).view(images, 0.0, stream(0, "none"))
    return TensorSource(view, source.name, source.scaling)


def high_power(images: Tensor) -> float:
    """Mean power of images in [0, 1] above a quarter of a cycle per pixel, by Parseval that of their pixels."""
    spectrum = torch.fft.fft2(images.double(), norm="ortho").abs().square()
    rows, columns = (torch.fft.fftfreq(size) for size in images.shape[2:])
    high = rows[:, None].square() + columns.square() > 0.25**2
    return float(spectrum[..., high].sum(-1).mean() / images[0, 0].numel())


def shares(rows: Rows, name: str) -> list[float]:
    """Power over that without blur, of each seed."""
    pairs = zip(rows.where(blurred=name), rows.where(blurred="none"), strict=True)
    return [float(row["power"]) / float(plain["power"]) for row, plain in pairs]
