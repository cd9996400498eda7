"""Two batches of images against a batch and its mean, its median and its cluster centres, over the batch's size."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor

from wgan.distances import wasserstein
from wgan.metrics import geometric_median
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Batches"]

DRAWS = {16: 80, 64: 40, 256: 12, 1024: 4, 4096: 1}
"""Pairs of batches for each size and seed."""

SUMMARIES = {"mean": "the mean", "median": "the geometric median", "centres": "64 cluster centres"}
TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
KNOWN = 10_000
"""Training images of which mean, median and centres are taken."""

CENTRES, ITERATIONS, STEPS = 64, 20, 30
"""Clusters, rounds of K-means, and steps to the geometric median."""

PICTURED = 64
"""Batch size whose first seed keeps pictures."""


class Batches(Study):
    """Exact distances between batches of images and what stands for them all."""

    name: ClassVar[str] = "batches"
    title = "Two batches against a batch and the mean image"
    chapter = Chapter.APPROXIMATION
    claims = ("E12",)
    question = (
        "Are two batches of real images farther apart in W₁ than a batch and the mean image, or a batch and cluster "
        "centres, and up to which size of the batch?"
    )
    criterion = (
        "The exact W₁ between two batches is at least that between a batch and the mean of 10,000 training images, "
        "their geometric median, and their 64 centres of K-means, at each size of the batch."
    )
    refuted_if = "The two batches are closer than the batch and what stands for it, beyond the noise between seeds."
    control = (
        "Batches of 64 points of a standard normal distribution in the plane, where two batches are much closer than a "
        "batch and its mean: their ratio must be below 1."
    )
    caption = (
        "Exact W₁ from a batch of n test images to another batch and to what stands for all images, a dot for each "
        "seed. Where the blue line falls below another, the sources' order is turned around; the lines of mean and "
        "median coincide. Below: images of a batch, the mean, the geometric median, and four of the 64 centres."
    )
    deviations = (
        "Batches are of test images, and mean, median and centres of training images, so that no batch is compared "
        "with a summary of itself.",
        "At n = 4,096 the seeds share most of the 10,000 test images, so that their dots differ less than those of "
        "fresh images would.",
        "CIFAR-10 is read from JPEG copies of its images.",
    )
    needs = ("mnist", "cifar10")
    size = (9.0, 4.8)

    def design(self, quick: bool) -> Sequence[Settings]:
        sizes = [n for n in DRAWS if n <= 256 or not quick]
        control = grid(control=(True,), data=("plane",), n=(64,), seed=range(3))
        return [*grid(data=("mnist",) if quick else tuple(TITLES), n=sizes, seed=range(3)), *control]

    def measure(self, settings: Settings) -> Measures:
        name, n, seed = settings["data"], settings["n"], settings["seed"]
        known, fresh = samples(name)
        stand_ins = summaries(name, seed)
        apart = [distances(fresh, n, stand_ins, stream(seed, "batches", draw)) for draw in range(DRAWS[n])]
        means = {kind: sum(row[kind] for row in apart) / len(apart) for kind in ("batch", *stand_ins)}
        pictured = name in TITLES and n == PICTURED and seed == 0
        return {**means, **({"pictures": pictures(name, known, stand_ins)} if pictured else {})}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for data, part in rows.by("data"):
            for kind, title in SUMMARIES.items():
                for n, level in part.by("n"):
                    what = f"{TITLES[data]}: batch to batch over batch to {title}"
                    yield Check(what, ratios(level, kind), 1, factor="n", level=n)

    def control_check(self, rows: Rows) -> Check:
        return Check("points in the plane: batch to batch over batch to the mean", ratios(rows, "mean"), 1)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        names = shown.levels("data")
        axes = figure.subplots(2, len(names), squeeze=False, height_ratios=(3, 1))
        for column, (data, part) in enumerate(shown.by("data")):
            curves(axes[0, column], part, TITLES[data])
            montage(axes[1, column], next((row for row in part if "pictures" in row.measures), None))
        axes[0, 0].set_ylabel("exact W₁ (pixels in [0, 1])")
        axes[0, 0].legend(loc="upper right", title="from a batch to")

    def remarks(self, rows: Rows) -> Iterable[str]:
        for data, part in rows.parted()[0].by("data"):
            at = part.where(n=64)
            told = ", ".join(
                f"{mean_of(at, kind):.2f} to {title}" for kind, title in {"batch": "another", **SUMMARIES}.items()
            )
            yield f"{TITLES[data]}: W₁ from a batch of 64 is {told}."
            for kind, title in SUMMARIES.items():
                yield f"{TITLES[data]}: {crossing(part, kind, title)}"


@cache
def samples(name: str) -> tuple[Tensor, Tensor]:
    """Training samples to summarise and held-out ones to draw batches of, as points in the user's units."""
    if name == "plane":
        known, fresh = (torch.randn(KNOWN, 2, generator=stream(0, "plane", part)).double() for part in range(2))
        return known, fresh
    known, fresh = (part.observed(KNOWN, stream(0, "images")).flatten(1) for part in held_out(name))
    return known, fresh


@cache
def summaries(name: str, seed: int) -> dict[str, Tensor]:
    """What stands for all training samples: `(1, d)` or `(centres, d)`."""
    points = samples(name)[0].float().numpy()
    state = derive_seed(seed, "centres") % 2**31
    found = KMeans(CENTRES, n_init=1, max_iter=ITERATIONS, random_state=state).fit(points)
    centres = torch.from_numpy(found.cluster_centers_).double()
    return {**middles(name), "centres": centres}


@cache
def middles(name: str) -> dict[str, Tensor]:
    """The two single points that stand for all training samples, `(1, d)`."""
    known, _ = samples(name)
    return {"mean": known.mean(0, keepdim=True), "median": geometric_median(known, STEPS)[None]}


def distances(points: Tensor, n: int, stand_ins: dict[str, Tensor], rng: torch.Generator) -> dict[str, float]:
    """Exact W₁ from a batch to another, which shares no sample with it, and to each of the summaries."""
    rows = torch.randperm(len(points), generator=rng)
    batch = points[rows[:n]]
    apart = {kind: wasserstein(batch, stand_in) for kind, stand_in in stand_ins.items()}
    return {"batch": wasserstein(batch, points[rows[n : 2 * n]]), **apart}


def ratios(rows: Rows, kind: str) -> list[float]:
    """Batch to batch over batch to summary, of each seed."""
    return [row["batch"] / row[kind] for row in rows]


def mean_of(rows: Rows, kind: str) -> float:
    """Over the seeds."""
    return sum(rows.values(kind)) / len(rows)


def crossing(rows: Rows, kind: str, title: str) -> str:
    """The size at which the order turns, on a straight line between the sizes on either side, over log n."""
    gaps = [(n, mean_of(part, "batch") - mean_of(part, kind)) for n, part in rows.by("n")]
    for (before, positive), (after, negative) in pairwise(gaps):
        if positive > 0 >= negative:
            n = before * (after / before) ** (positive / (positive - negative))
            return f"from n ≈ {n:,.0f} on, two batches are closer than a batch and {title}."
    reach = f"from n = {gaps[0][0]:,} to {gaps[-1][0]:,}"
    return f"{reach}, two batches are {'farther apart' if gaps[-1][1] > 0 else 'closer'} than a batch and {title}."


def pictures(name: str, known: Tensor, stand_ins: dict[str, Tensor]) -> dict[str, Any]:
    """A few images as text of two hexadecimal digits for each value, in rows of `shape`."""
    chosen = {"batch": known[:4], "mean": stand_ins["mean"], "median": stand_ins["median"]}
    parts = {**chosen, "centres": stand_ins["centres"][:4]}
    shape = (1, 28, 28) if name == "mnist" else (3, 32, 32)
    return {"shape": shape, **{kind: [to_text(image) for image in images] for kind, images in parts.items()}}


def to_text(image: Tensor) -> str:
    """Two digits for each value in [0, 1]."""
    return bytes((image * 255).round().to(torch.uint8).tolist()).hex()


def curves(axes: "Axes", rows: Rows, title: str) -> None:
    """All four distances over n."""
    for kind, label in {"batch": "another batch", **SUMMARIES}.items():
        every_seed(axes, rows, "n", kind, label=label)
    axes.set(xscale="log", xlabel="images in a batch, n", title=title)
    axes.set_xticks(rows.levels("n"), [f"{n:,}" for n in rows.levels("n")])
    axes.minorticks_off()


def montage(axes: "Axes", row: Row | None) -> None:
    """The kept images in one line, with their names below."""
    axes.set_axis_off()
    kept: dict[str, Any] = dict(row["pictures"]) if row else {}
    shape, place = kept.pop("shape", None), 0
    for kind, images in kept.items():
        for image in images:
            axes.imshow(decoded(image, shape), extent=(place, place + 0.94, 0, 0.94), cmap="gray_r", vmin=0, vmax=1)
            place += 1
        label = {"batch": "a batch", "mean": "mean", "median": "median", "centres": "centres"}[kind]
        axes.text(place - len(images) / 2, -0.15, label, ha="center", va="top", fontsize=8)
    axes.set(xlim=(0, max(place, 1)), ylim=(-0.6, 1))


def decoded(text: str, shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """Rows and columns, and colours where there are three."""
    image = np.frombuffer(bytes.fromhex(text), np.uint8).reshape(shape) / 255
    return image[0] if shape[0] == 1 else image.transpose(1, 2, 0)
