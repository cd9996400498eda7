"""Whether the critic's estimate follows the quality of the samples, within a run and from run to run."""

from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, ClassVar

from wgan.studies.check import Check
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out, train_system
from wgan.studies.training.watching import SMALL, Watch, packed, rank_correlation, unpacked
from wgan.training import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LossQuality"]

WGANS = {"wgan": "WGAN, clipping", "wgan-gp": "WGAN, gradient penalty"}
SYSTEMS = {**WGANS, "gan": "GAN, non-saturating"}
RATES = (5e-5, 2e-4, 8e-4)
PARTS = {"whole run": 0.0, "second half": 0.5}
LOOKS = 40
FILTER = 101
"""Records of the median, as in the figures of the WGAN paper."""
SIDE = 8
SHOWN = 8
"""Samples in a strip."""


class LossQuality(Study):
    """Rank correlation of the estimate with the exact distance to unseen images, WGANs against a GAN."""

    name: ClassVar[str] = "loss-quality"
    title = "Does the critic's estimate follow the quality of the samples?"
    chapter = Chapter.TRAINING
    claims = ("E3",)
    question = "Does the critic's estimate fall as the samples get better, so that it tells how far a training is?"
    criterion = (
        "Within a run, the rank correlation of the estimate (median of 101 iterations) with the exact W₁ to unseen "
        "images is .8 or more, with clipping and with a gradient penalty, over the whole run and over its second half, "
        "and it is greater than that of a GAN's estimate of the Jensen-Shannon divergence over the whole run."
    )
    refuted_if = "A rank correlation below .8, or one that a GAN's estimate reaches too."
    control = (
        "A generator whose learning rate is next to nothing: its samples stay as they are whatever the critic says, so "
        "that no rank correlation of .8 must be found."
    )
    caption = (
        "The estimate (left axis, blue) and the exact W₁ to unseen images (right axis, orange) over the iterations, a "
        "line for each seed, learning rate 2e-4, above samples of one latent. Right: the rank correlation of the two "
        "in every run; circles: whole run, crosses: second half; grey: accepted."
    )
    deviations = (
        "The sources judge images of bedrooms by eye: here they are digits of 8 × 8 pixels, whose exact W₁ to as many "
        "unseen ones stands for their quality, and networks are of two layers of 100.",
    )
    size = (9.0, 4.2)

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds, iterations = range(3), 60 if quick else 1200
        still = grid(control=(True,), system=("wgan-gp",), lr=(2e-4,), iterations=(40,), moves=(False,), seed=seeds)
        rates = RATES[1:2] if quick else RATES
        return [*grid(system=SYSTEMS, lr=rates, iterations=(iterations,), moves=(True,), seed=seeds), *still]

    def measure(self, settings: Settings) -> Measures:
        train, test = held_out("digits", pixel_range=(0.0, 1.0))
        watch, seed, pictures = Watch(test, 16, len(test), settings["seed"]), settings["seed"], []

        def look(state: State) -> None:
            watch(state)
            pictures.append(packed(watch.samples[:1]))

        # A GAN takes one critic step where the others take five: thrice as many iterations are as many steps.
        iterations = settings["iterations"] * (3 if settings["system"] == "gan" else 1)
        every = max(iterations // LOOKS, 1)
        fields = fields_of(settings)
        made = train_system(settings["system"], train, fields, seed=seed, iterations=iterations, every=every, look=look)
        estimates = [filtered(made.history["estimate"], iteration) for iteration in watch.iterations[1:]]
        strip = "".join(pictures[1 :: max(len(pictures) // SHOWN, 1)][:SHOWN]) if seed == 0 else ""
        return {"iterations": watch.iterations[1:], "estimate": estimates, "w1": watch.w1[1:], "pictures": strip}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for system, named in WGANS.items():
            for part, start in PARTS.items():
                found = followed(rows.where(system=system), start)
                what = f"rank correlation of the estimate with W₁, {named}"
                yield Check(what, found, 0.8, possible=(-1, 1), factor="part", level=part)
        for system, named in WGANS.items():
            ours, gan = (followed(rows.where(system=name), 0.0) for name in (system, "gan"))
            lead = [mine - theirs for mine, theirs in zip(ours, gan, strict=True)]
            yield Check(f"the same, less that of the GAN, {named}", lead, 0.0, possible=(-2, 2))

    def control_check(self, rows: Rows) -> Check:
        found = followed(rows, 0.0)
        return Check("rank correlation where the generator stands still", found, 0.8, possible=(-1, 1))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        axes = figure.subplots(2, 4, height_ratios=(5, 1), width_ratios=(3, 3, 3, 2), squeeze=False)
        for column, (system, named) in enumerate(SYSTEMS.items()):
            part = shown.where(system=system, lr=2e-4)
            curves(axes[0, column], part, named)
            axes[1, column].set_axis_off()
            axes[1, column].imshow(unpacked(part[0]["pictures"], SIDE), cmap="gray_r", vmin=0, vmax=1)
        correlations(axes[0, 3], shown)
        axes[1, 3].set_axis_off()

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for system, named in SYSTEMS.items():
            part = shown.where(system=system)
            for lr, runs in part.by("lr"):
                whole, late = (fmean(followed(runs, start)) for start in PARTS.values())
                yield f"{named}, learning rate {lr:g}: {whole:.2f} over the whole run, {late:.2f} over its second half."
            ends = [(float(row["estimate"][-1]), float(row["w1"][-1])) for row in part]
            across = rank_correlation([e for e, _ in ends], [w for _, w in ends])
            yield f"{named}: from run to run, over {len(ends)} ends of all rates and seeds, {across:.2f}."


def fields_of(settings: Settings) -> dict[str, Any]:
    """Two layers of 100, and one learning rate for both sides."""
    return {
        **SMALL,
        "generator_batch": 64,
        "schedule.warmup": 0,
        "generator_optimizer.lr": settings["lr"] if settings["moves"] else 1e-12,
        "critic_optimizer.lr": settings["lr"],
    }


def filtered(estimates: Sequence[float], iteration: int) -> float:
    """The median of the last estimates before an iteration."""
    return median(estimates[max(iteration - FILTER, 0) : iteration])


def follows(row: Row, start: float) -> float:
    """Rank correlation of estimate and distance, from a share of the run on."""
    first = int(start * len(row["w1"]))
    estimate, w1 = (list(map(float, row[name]))[first:] for name in ("estimate", "w1"))
    return rank_correlation(estimate, w1)


def followed(rows: Rows, start: float) -> list[float]:
    """The mean over learning rates of each seed."""
    return [fmean(follows(row, start) for row in part) for _, part in rows.by("seed")]


def curves(axes: "Axes", rows: Rows, title: str) -> None:
    """Estimate and distance on two axes."""
    right = axes.twinx()
    right.spines["right"].set_visible(True)
    for row in rows:
        axes.plot(row["iterations"], list(map(float, row["estimate"])), color="C0", lw=1)
        right.plot(row["iterations"], list(map(float, row["w1"])), color="C1", lw=1)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("iterations")
    axes.set_ylabel("estimate", color="C0")
    right.set_ylabel("exact W₁", color="C1")


def correlations(axes: "Axes", rows: Rows) -> None:
    """A mark for every run."""
    axes.axhspan(0.8, 1.0, color="0.5", alpha=0.15, lw=0)
    for place, system in enumerate(SYSTEMS):
        for (_, start), mark, shift in zip(PARTS.items(), "ox", (-0.12, 0.12), strict=True):
            for row in rows.where(system=system):
                axes.plot(place + shift, follows(row, start), mark, color=f"C{place}", alpha=0.7)
    axes.set_xticks(range(len(SYSTEMS)), ["clip", "GP", "GAN"])
    axes.set_ylabel("rank correlation")
    axes.set_ylim(-1.05, 1.05)
