"""Every loss with and without every Lipschitz method: in how many cells of the grid the samples get better."""

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite, log
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from wgan.data import Source
from wgan.data.toy import gaussians8
from wgan.distances import wasserstein
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LipschitzAddOn"]

LOSSES = {
    "NonSaturatingGAN": "non-saturating",
    "Wasserstein": "Wasserstein",
    "Hinge": "hinge",
    "LeastSquares": "least squares",
}
METHODS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "clipping": [{"type": "Clipping", "c": 0.1}],
    "gradient penalty": [{"type": "GP", "weight": 1.0}],
    "zero-centred penalty": [{"type": "R1", "gamma": 1.0}],
    "spectral norm": [{"type": "SpectralNorm"}],
    "idle clipping": [{"type": "Clipping", "c": 100.0}],
}
ADDED = ("clipping", "gradient penalty", "zero-centred penalty", "spectral norm")
STEPS = {1: 1000, 5: 400}
"""Generator steps by critic steps before each, at about the same cost."""

SHARE = 0.75
COUNT = 359


class LipschitzAddOn(Study):
    """The grid of losses and methods on two data sets, with one critic step and with five."""

    name: ClassVar[str] = "lipschitz-addon"
    title = "A Lipschitz method added to every loss"
    chapter = Chapter.CAUSES
    claims = ("C10",)
    question = "Does a Lipschitz method improve a GAN whatever its loss?"
    criterion = (
        "In at least 75 % of the cells of the grid of losses and methods the exact W₁ between samples and held-out "
        "data is lower than without the method: over the whole grid, for each data set and number of critic steps, and "
        "for each method."
    )
    refuted_if = "Fewer than 75 % of the cells improve, beyond the noise between seeds."
    control = "Clipping at 100, which no weight reaches and which therefore must improve nothing."
    caption = (
        "W₁ with a method over W₁ without it, for each loss (rows) and method (columns), as the geometric mean over "
        "seeds, with the single seeds as dots around one: blue cells improve, orange ones get worse."
    )
    deviations = (
        "Fully connected networks of two layers of 64 on a ring of eight Gaussians and on 8×8 digits, a minute's "
        "training, one strength of each method: the source speaks of image models in general.",
    )
    size = (9.0, 6.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        data, losses = ("ring", "digits"), tuple(LOSSES)[: 2 if quick else 4]
        return [
            *(
                {**row, "iterations": STEPS[row["n_critic"]] // (12 if quick else 1)}
                for row in grid(
                    data=data, n_critic=(1,) if quick else (1, 5), loss=losses, method=("none", *ADDED), seed=range(3)
                )
            ),
            *grid(
                control=(True,),
                data=("ring",),
                n_critic=(1,),
                loss=tuple(LOSSES)[:2],
                method=("none", "idle clipping"),
                iterations=(40,),
                seed=range(3),
            ),
        ]

    def measure(self, settings: Settings) -> Measures:
        learned, held = sides(settings["data"])
        made = train_system(
            "gan",
            learned,
            overrides(settings),
            seed=settings["seed"],
            iterations=settings["iterations"],
        )
        samples = made.sample(COUNT, settings["seed"])
        real = held.scaling.decode(held.sample(COUNT, stream(0, "held out")))
        return {"w1": bounded_distance(samples, real), "diverged": made.diverged}

    def checks(self, rows: Rows) -> Iterable[Check]:
        yield check("share of all cells that improve", rows)
        for n_critic, part in rows.by("n_critic"):
            for data, cells in part.by("data"):
                yield check(f"share of cells on the {data}", cells, factor="critic steps", level=n_critic)
        for method in ADDED:
            yield check("share of cells", rows, (method,), factor="method", level=method)

    def control_check(self, rows: Rows) -> Check:
        return check("share of cells that idle clipping improves", rows, ("idle clipping",))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        asked, _ = rows.parted()
        places = [(data, n) for data in asked.levels("data") for n in asked.levels("n_critic")]
        axes = figure.subplots(2, len(places) // 2, squeeze=False)
        for (data, n), into in zip(places, axes.flat, strict=True):
            draw_grid(into, asked.where(data=data, n_critic=n))
            into.set_title(f"{data}, {n} critic step{'s' * (n > 1)}", fontsize=9)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for loss, part in asked.by("loss"):
            found = {m: fmean(log(r) for _, r in ratios(part, (m,))) for m in ADDED}
            best, worst = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
            yield (
                f"With the {LOSSES[loss]} loss the {best} changes W₁ by the factor {2.71828 ** found[best]:.2f}, the "
                f"{worst} by {2.71828 ** found[worst]:.2f}."
            )
        lowest = {
            (LOSSES[loss], method): fmean(cells.values("w1"))
            for loss, part in asked.where(data="ring").by("loss")
            for method, cells in part.by("method")
        }
        (loss, method), value = min(lowest.items(), key=lambda one: one[1])
        yield f"On the ring the lowest mean W₁, {value:.3f}, is that of the {loss} loss with {method}."


def sides(data: str) -> tuple[Source, Source]:
    """What is learned, and what it is judged by."""
    if data == "digits":
        return held_out("digits")
    return gaussians8(), gaussians8()


def overrides(settings: Settings) -> dict[str, Any]:
    """The same networks and optimizers for every cell."""
    adam = {"type": "Adam", "lr": 1e-3, "betas": [0.0, 0.9]}
    return {
        "loss": settings["loss"],
        "lipschitz": METHODS[settings["method"]],
        "generator.widths": (64, 64),
        "critic.widths": (64, 64),
        "generator_optimizer": adam,
        "critic_optimizer": adam,
        "schedule": {"n_critic": settings["n_critic"]},
        "latent": 8,
        "batch": 64,
        "ema": 0.99,
    }


def bounded_distance(samples: Tensor, real: Tensor) -> float:
    """The exact W₁, or that of a million where the samples are not finite or farther away."""
    if not bool(torch.isfinite(samples).all()):
        return 1e6
    return min(wasserstein(samples, real), 1e6)


def ratios(rows: Rows, methods: Sequence[str]) -> Iterator[tuple[int, float]]:
    """The seed of every cell, and its W₁ over that of the same cell without a method."""
    cells = ("data", "n_critic", "loss", "seed")
    bare = {tuple(row[name] for name in cells): row["w1"] for row in rows.where(method="none")}
    for row in rows:
        if row["method"] in methods:
            yield row["seed"], row["w1"] / bare[tuple(row[name] for name in cells)]


def check(what: str, rows: Rows, methods: Sequence[str] = ADDED, **where: Any) -> Check:  # noqa: ANN401 - of a check
    """The share of cells below one, for each seed."""
    found: dict[int, list[bool]] = {}
    for seed, ratio in ratios(rows, methods):
        found.setdefault(seed, []).append(isfinite(ratio) and ratio < 1)
    return Check(what, [fmean(cells) for cells in found.values()], low=SHARE, possible=(0, 1), **where)


def draw_grid(axes: "Axes", rows: Rows) -> None:
    """A cell for each loss and method, coloured by the mean factor, with a dot for each seed."""
    losses = rows.levels("loss")
    table = [[[ratio for _, ratio in ratios(rows.where(loss=loss), (method,))] for method in ADDED] for loss in losses]
    means = [[fmean(log(r) / log(2) for r in cell) for cell in line] for line in table]
    axes.imshow(means, cmap="PuOr_r", vmin=-1.5, vmax=1.5, aspect="auto", alpha=0.8)
    for i, line in enumerate(table):
        for j, cell in enumerate(line):
            axes.text(j, i - 0.12, f"×{2 ** means[i][j]:.2f}", ha="center", va="center", fontsize=9)
            across = [j + max(-0.4, min(0.4, 0.25 * log(r) / log(2))) for r in cell]
            axes.plot(across, [i + 0.28] * len(cell), "k.", ms=4)
            axes.plot([j, j], [i + 0.2, i + 0.36], color="0.3", lw=0.8)
    axes.set_xticks(range(len(ADDED)), [method.replace(" ", "\n", 1) for method in ADDED], fontsize=8)
    axes.set_yticks(range(len(losses)), [LOSSES[loss] for loss in losses], fontsize=8)
