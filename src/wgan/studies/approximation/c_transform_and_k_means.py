"""Do samples of a generator that is trained by the c-transform look like the centres of K-means?"""

from collections.abc import Iterable, Sequence
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor

from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import COLOURS
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CTransformAndKMeans"]

METHODS = {"wgan-gp": "gradient penalty", "ctransform": "c-transform"}
IMAGES = {"images": "test images", "other images": "other test images"}
CENTRES = (10, 64, 256)
KNOWN, SAMPLES, PICTURES = 5000, 500, 6
"""Training images that are clustered, samples of each source, and samples that are kept to be shown."""


class CTransformAndKMeans(Study):
    """The distance from generated digits to the nearest cluster centre."""

    name: ClassVar[str] = "c-transform-and-k-means"
    title = "Samples by the c-transform beside the centres of K-means"
    chapter = Chapter.APPROXIMATION
    claims = ("E13",)
    question = (
        "Do samples of a generator that is trained by the c-transform lie closer to the centres of K-means than those "
        "of one that is trained with a gradient penalty?"
    )
    criterion = (
        "The mean distance of the c-transform's samples to the nearest of 10, 64 and 256 centres is at most .95 of "
        "that of the gradient penalty's samples."
    )
    refuted_if = "The c-transform's samples are not closer by 5 %, beyond the noise between seeds."
    control = "Two sets of test images, of which neither is closer to the centres: their ratio must not be below .95."
    caption = (
        "Left: mean distance from a sample to the nearest centre of K-means, over the number of centres, a dot for "
        "each seed. Right: centres, and samples of the first seed."
    )
    deviations = (
        "Networks are fully connected, three layers of 128, and take 600 generator steps.",
        "K-means takes ten rounds on 5,000 training images.",
    )
    needs = ("mnist",)
    size = (7.0, 3.4)

    def design(self, quick: bool) -> Sequence[Settings]:
        control = grid(control=(True,), method=IMAGES, steps=(0,), seed=range(3))
        return [*grid(method=METHODS, steps=(100 if quick else 600,), seed=range(3)), *control]

    def measure(self, settings: Settings) -> Measures:
        samples, known = samples_of(settings), images("train", KNOWN)
        apart = {str(k): nearest(samples, centres(k)) for k in CENTRES}
        to_image = nearest(samples, known)
        measures = {k: float(distance.mean()) for k, distance in apart.items()}
        told = {"image": float(to_image.mean()), "share": float((apart["64"] < to_image).double().mean())}
        kept = settings["seed"] == 0 and settings["method"] in METHODS
        shown = {"samples": samples, "centres": centres(64)} if kept else {}
        return {"nearest": measures, **told, **{k: [to_text(row) for row in v[:PICTURES]] for k, v in shown.items()}}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for k in CENTRES:
            what = "distance to the nearest centre, c-transform's over the gradient penalty's"
            yield Check(what, ratios(rows, "ctransform", "wgan-gp", k), high=0.95, factor="centres", level=k)

    def control_check(self, rows: Rows) -> Check:
        return Check(
            "distance to the nearest centre, of two sets of images",
            ratios(rows, "images", "other images", 64),
            high=0.95,
        )

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 4))
        labels = {**METHODS, "images": "test images"}
        for colour, (method, label) in zip(COLOURS, labels.items(), strict=False):
            found = [[row["nearest"][str(k)] for k in CENTRES] for row in rows.where(method=method)]
            for values in found:
                left.plot(CENTRES, values, "o", color=colour, alpha=0.6)
            left.plot(CENTRES, np.mean(found, axis=0), color=colour, label=label)
        left.set(xscale="log", xlabel="centres of K-means", ylabel="distance to the nearest centre")
        left.set_xticks(CENTRES, [str(k) for k in CENTRES])
        left.minorticks_off()
        left.legend(fontsize=8)
        montage(right, rows)

    def remarks(self, rows: Rows) -> Iterable[str]:
        for method, label in {**METHODS, "images": "test images"}.items():
            part = rows.where(method=method)
            share, image = fmean(part.values("share")), fmean(part.values("image"))
            yield (
                f"Of the {label.replace('test images', 'test images themselves')}{' samples' * (method in METHODS)}, "
                f"{share:.0%} are closer to one of 64 centres than to any of 5,000 training images, which are "
                f"{image:.2f} away."
            )


@cache
def images(part: str, count: int) -> Tensor:
    """MNIST's images as points, pixels in [0, 1]."""
    train, test = held_out("mnist")
    source = train if part == "train" else test
    return source.observed(count, stream(0, "images")).flatten(1)


@cache
def centres(count: int) -> Tensor:
    """The centres of K-means."""
    points = images("train", KNOWN).float().numpy()
    return torch.from_numpy(KMeans(count, n_init=1, max_iter=10, random_state=0).fit(points).cluster_centers_).double()


def samples_of(settings: Settings) -> Tensor:
    """Generated images, or test images in two sets that share none."""
    seed, method = settings["seed"], settings["method"]
    if method in IMAGES:
        start = (2 * seed + list(IMAGES).index(method)) * SAMPLES
        return images("test", 6 * SAMPLES)[start : start + SAMPLES]
    fields = {"batch": 64, "latent": 16, "ema": 0.99}
    weight = {"lipschitz.GP.weight": 10.0} if method == "wgan-gp" else {}
    train, _ = held_out("mnist")
    trained = train_system(method, train, {**fields, **weight}, seed=seed, iterations=settings["steps"])
    return trained.sample(SAMPLES).flatten(1)


def nearest(samples: Tensor, points: Tensor) -> Tensor:
    """The distance of each sample to the nearest of the points."""
    return torch.cdist(samples, points).amin(1)


def ratios(rows: Rows, method: str, other: str, k: int) -> list[float]:
    """One's mean distance to the nearest of k centres over another's, of each seed."""
    pairs = zip(rows.where(method=method), rows.where(method=other), strict=True)
    return [row["nearest"][str(k)] / peer["nearest"][str(k)] for row, peer in pairs]


def to_text(image: Tensor) -> str:
    """Two hexadecimal digits for each pixel."""
    return bytes((image.clamp(0, 1) * 255).round().to(torch.uint8).tolist()).hex()


def montage(axes: "Axes", rows: Rows) -> None:
    """Centres and samples, a line each."""
    axes.set_axis_off()
    kept = {method: rows.where(method=method, seed=0)[0] for method in METHODS}
    lines = {"centres": kept["ctransform"]["centres"], **{METHODS[m]: row["samples"] for m, row in kept.items()}}
    for line, (label, texts) in enumerate(reversed(lines.items())):
        for place, text in enumerate(texts):
            image = np.frombuffer(bytes.fromhex(text), np.uint8).reshape(28, 28)
            extent = (place, place + 0.94, 1.35 * line, 1.35 * line + 0.94)
            axes.imshow(image, extent=extent, cmap="gray_r", vmin=0, vmax=255)
        axes.text(0, 1.35 * line + 1, label, va="bottom", fontsize=8)
    axes.set(xlim=(0, PICTURES), ylim=(0, 4.1))
