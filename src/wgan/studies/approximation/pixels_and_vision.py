"""Euclidean distance of pixels against what a classifier sees, in shifted and blurred digits and in other ones."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from wgan.data.source import FiniteSource
from wgan.distances import wasserstein
from wgan.metrics.features import features_named
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PixelsAndVision"]

SHIFTS, BLURS, NOISE = (1, 2, 3, 4, 6, 8, 10), (0.5, 1.0, 1.5, 2.0, 3.0), 0.15
OTHERS = {"swap": "the nearest image of another digit", "blur": "a blur of 2 pixels"}
IMAGES, KNOWN = 300, 5000
"""Test images that are changed in each row, and training images among which another digit is sought."""

ORIGINAL, SHOWN = "original", ("original", "shifted by 2", "blurred by 2", "another digit")


class PixelsAndVision(Study):
    """Which of two changes is the larger in pixels, and which to a classifier of digits."""

    name: ClassVar[str] = "pixels-and-vision"
    title = "Euclidean distance of pixels against what is seen"
    chapter = Chapter.APPROXIMATION
    claims = ("C12",)
    question = (
        "Is a shifted digit farther from what it was than a blurred one, or even than another digit, in pixels but not "
        "to a classifier, and at which shift?"
    )
    criterion = (
        "There is a shift that, for at least half of the test images, is the larger change in pixels and the smaller "
        "one to a classifier than the nearest image of another digit; and one than a blur of 2 pixels."
    )
    refuted_if = "No shift turns the order around for half of the images, beyond the noise between seeds."
    control = (
        "Noise of .3 against noise of .15, of which pixels and classifier agree which is larger: the order must be "
        "turned around for less than half of the images."
    )
    caption = (
        "Left: share of 300 test images for which a shift is farther in pixels, and nearer to the classifier, than the "
        "nearest image of another digit and than a blur of 2 pixels; a dot for each seed. Middle: accuracy of the "
        "classifier after the shift. Right: an image, its changes, and their distances to it in pixels."
    )
    deviations = (
        "The distance of the last features of a small classifier of digits stands for the eye.",
        "Shifts are to the right, and what leaves the picture is lost.",
    )
    needs = ("mnist",)
    size = (7.6, 3.2)

    def design(self, quick: bool) -> Sequence[Settings]:
        shifts, blurs = (SHIFTS[1:4:2], BLURS[1:2]) if quick else (SHIFTS, BLURS)
        return [
            *grid(change=("shift",), amount=shifts, seed=range(3)),
            *grid(change=("blur",), amount=blurs, seed=range(3)),
            *grid(control=(True,), change=("noise",), amount=(2 * NOISE,), seed=range(3)),
        ]

    def measure(self, settings: Settings) -> Measures:
        images, labels, fresh = some(settings["seed"])
        change, amount, seed = settings["change"], settings["amount"], settings["seed"]
        changed = CHANGES[change](images, amount, seed)
        others = (
            {"noise": CHANGES["noise"](images, NOISE, seed + 100)}
            if change == "noise"
            else {"swap": swapped(images, labels), "blur": blurred(images, 2.0)}
        )
        turned = {kind: share(images, changed, other) for kind, other in others.items()}
        sets = {"w1": wasserstein(changed, fresh), "w1_images": wasserstein(images, fresh)}
        told = {**turned, **sets, "accuracy": accuracy(changed, labels)}
        shown = pictures(images, labels) if change == "shift" and amount == 2 and seed == 0 else {}
        return {**told, **({"pictures": shown} if shown else {})}

    def checks(self, rows: Rows) -> Iterable[Check]:
        shifts = rows.where(change="shift")
        for kind, title in OTHERS.items():
            values = max((part.values(kind) for _, part in shifts.by("amount")), key=fmean)
            what = "share of images whose order turns, at the shift with most"
            yield Check(what, values, 0.5, factor="against", level=title, possible=(0, 1))

    def control_check(self, rows: Rows) -> Check:
        return Check("share of images turned around, by noise", rows.values("noise"), 0.5, possible=(0, 1))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, middle, right = figure.subplots(1, 3, width_ratios=(4, 3, 3))
        shifts = rows.where(change="shift")
        for kind, title in OTHERS.items():
            every_seed(left, shifts, "amount", kind, label=title.replace(" image", "\nimage"))
        left.axhline(0.5, color="0.6", lw=0.8, ls=":")
        left.set(xlabel="shift in pixels", ylabel="share of images turned around", ylim=(0, 1.05))
        left.legend(fontsize=8, title="against")
        every_seed(middle, shifts, "amount", "accuracy", colour="C2")
        middle.set(xlabel="shift in pixels", ylabel="classifier's accuracy", ylim=(0, 1.05))
        montage(right, next(row["pictures"] for row in shifts if "pictures" in row.measures))

    def remarks(self, rows: Rows) -> Iterable[str]:
        shifts = rows.where(change="shift")
        for kind, title in OTHERS.items():
            told = ", ".join(f"{fmean(part.values(kind)):.0%} at {px}" for px, part in shifts.by("amount"))
            yield f"Against {title}, the order turns for these shares of the images by the shift in pixels: {told}."
        for change in ("shift", "blur"):
            parts = [(px, part) for px, part in rows.where(change=change).by("amount")]
            told = ", ".join(f"{fmean(part.values('accuracy')):.3f} at {px:g}" for px, part in parts)
            yield f"The classifier's accuracy after a {change} in pixels is {told}."
            nearer = [f"{px:g}" for px, part in parts if fmean(part.values("w1")) < fmean(part.values("w1_images"))]
            told = ", ".join(f"{fmean(part.values('w1')):.2f} at {px:g}" for px, part in parts)
            yield (
                f"W₁ to other test images, {fmean(rows.values('w1_images')):.2f} for unchanged ones, is {told} "
                f"after a {change}: less than for unchanged ones at {', '.join(nearer) or 'none'}."
            )


@cache
def some(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Test images with their labels, and other test images, `(N, 1, 28, 28)` in [0, 1]."""
    _, test = held_out("mnist")
    assert test.labels is not None
    rows = torch.randperm(len(test), generator=stream(seed, "images"))
    mine, others = (test.select(part) for part in (rows[:IMAGES], rows[IMAGES : 2 * IMAGES]))
    return ordered(mine), test.labels[rows[:IMAGES]], ordered(others)


@cache
def known() -> tuple[Tensor, Tensor]:
    """Training images with their labels."""
    train, _ = held_out("mnist")
    assert train.labels is not None
    return ordered(train.select(torch.arange(KNOWN))), train.labels[:KNOWN]


def ordered(source: FiniteSource) -> Tensor:
    """All images of a source in their order, in the user's units."""
    order = torch.randperm(len(source), generator=stream(0, "order"))
    return source.observed(len(source), stream(0, "order"))[order.argsort()]


def shifted(images: Tensor, amount: float, seed: int = 0) -> Tensor:
    """To the right, by whole pixels."""
    del seed
    moved = torch.zeros_like(images)
    moved[..., int(amount) :] = images[..., : images.shape[-1] - int(amount)]
    return moved


def blurred(images: Tensor, amount: float, seed: int = 0) -> Tensor:
    """By a Gaussian of that standard deviation, black around."""
    del seed
    return torch.from_numpy(gaussian_filter(images.numpy(), (0, 0, amount, amount), mode="constant"))


def noisy(images: Tensor, amount: float, seed: int = 0) -> Tensor:
    """With normal noise of that standard deviation."""
    return images + amount * torch.randn(images.shape, generator=stream(seed, "noise"), dtype=images.dtype)


CHANGES: dict[str, Callable[[Tensor, float, int], Tensor]] = {"shift": shifted, "blur": blurred, "noise": noisy}


def swapped(images: Tensor, labels: Tensor) -> Tensor:
    """The training image of another digit that is nearest in pixels."""
    others, digits = known()
    apart = torch.cdist(images.flatten(1), others.flatten(1)).masked_fill(labels[:, None] == digits, torch.inf)
    return others[apart.argmin(1)]


def share(images: Tensor, changed: Tensor, other: Tensor) -> float:
    """Of the images for which a change is the larger one in pixels and the smaller one in features."""
    see = features_named("digits")
    seen = see(images)
    larger = apart(images, changed) > apart(images, other)
    nearer = apart(seen, see(changed)) < apart(seen, see(other))
    return float((larger & nearer).double().mean())


def apart(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances of pairs."""
    distances: Tensor = torch.linalg.vector_norm((x - y).flatten(1), dim=1)
    return distances


def accuracy(images: Tensor, labels: Tensor) -> float:
    """Of the classifier."""
    return float((features_named("digits").probabilities(images).argmax(1) == labels).double().mean())


def pictures(images: Tensor, labels: Tensor) -> dict[str, Any]:
    """An image and its changes as text of hexadecimal digits, with their distances to it."""
    changes = (images, shifted(images, 2), blurred(images, 2.0), swapped(images, labels))
    return {
        name: [to_text(part[0]), round(float(apart(images[:1], part[:1])), 2)]
        for name, part in zip(SHOWN, changes, strict=True)
    }


def to_text(image: Tensor) -> str:
    """Two hexadecimal digits for each pixel."""
    return bytes((image.clamp(0, 1) * 255).round().to(torch.uint8).flatten().tolist()).hex()


def montage(axes: "Axes", kept: dict[str, Any]) -> None:
    """Four pictures with their names and distances."""
    axes.set_axis_off()
    for place, (name, (text, distance)) in enumerate(kept.items()):
        column, line = place % 2, 1 - place // 2
        image = np.frombuffer(bytes.fromhex(text), np.uint8).reshape(28, 28)
        low = 1.5 * line
        axes.imshow(image, extent=(1.1 * column, 1.1 * column + 1, low, low + 1), cmap="gray_r", vmin=0, vmax=255)
        label = name if name == ORIGINAL else f"{name}\n{distance:.1f} away"
        axes.text(1.1 * column + 0.5, low + 1.03, label, ha="center", va="bottom", fontsize=8)
    axes.set(xlim=(0, 2.1), ylim=(0, 3))
