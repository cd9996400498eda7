"""Which systems drop modes of the ring and of the grid of Gaussians, and of stacked MNIST."""

from collections.abc import Iterable, Sequence
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from wgan.data import Source, open_source
from wgan.metrics.features import StackedDigits
from wgan.metrics.modes import mode_coverage
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import train_system

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ModeCollapse"]

DATA = {"gaussians8": "ring of 8", "gaussians25": "grid of 25", "stacked-mnist": "stacked MNIST"}
STEPS = {"gaussians8": 6000, "gaussians25": 18_000, "stacked-mnist": 12_000}
"""Steps of critic and generator together."""
SAMPLES = {"gaussians8": 2500, "gaussians25": 2500, "stacked-mnist": 26_000}
GANS = {"gan-saturating": "saturating GAN", "gan": "non-saturating GAN"}
WGANS = {"wgan": "WGAN, clipping", "wgan-gp": "WGAN, gradient penalty"}
SYSTEMS = {**GANS, **WGANS}
FEW, ALL = 0.9, 0.95


class ModeCollapse(Study):
    """Modes that the samples reach, GANs against WGANs."""

    name: ClassVar[str] = "mode-collapse"
    title = "Modes of a ring, of a grid and of stacked MNIST that a generator drops"
    chapter = Chapter.TRAINING
    claims = ("E18",)
    question = "Does the standard GAN drop modes of the data where a WGAN reaches them all?"
    criterion = (
        "On the ring of 8 and the grid of 25 Gaussians (of 2,500 samples) and on stacked MNIST with its 1,000 modes "
        "(of 26,000), after as many steps for all, a WGAN with clipping and one with a gradient penalty reach 95 % of "
        "the modes or more, and a GAN with either loss of the generator 90 % or less; a sample within three standard "
        "deviations reaches a Gaussian, one that a classifier takes for three digits reaches these."
    )
    refuted_if = "A WGAN that leaves out modes, or a GAN that reaches them."
    control = "A WGAN of ten iterations, which has learned nothing: it must not reach 95 % of the modes."
    caption = (
        "Left: share of the modes that the samples reach, a dot for each seed; grey: what is asked of a WGAN. Right: "
        "share of the samples within three standard deviations of a Gaussian, or of whose three digits a classifier is "
        "sure by more than one half."
    )
    deviations = (
        "On Gaussians all systems have the same networks of three layers of 128, batches of 128 and learning rate "
        "5e-4; loss, optimizer and critic steps are each system's own.",
        "On stacked MNIST all have the networks of DCGAN, a quarter as wide, at batches of 64 and learning rate 5e-4, "
        "the critic without batch norm where it has a gradient penalty. Published counts take 50,000 iterations of "
        "networks four times as wide: `wgan train dcgan --data stacked-mnist` and its like, for days of one core.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds, share = range(3), 0.02 if quick else 1.0
        rows = [
            {**row, "steps": int(share * STEPS[row["data"]]), "samples": 2500 if quick else SAMPLES[row["data"]]}
            for row in grid(data=DATA, system=SYSTEMS)
        ]
        early = grid(control=(True,), data=DATA, system=("wgan-gp",), steps=(60,), samples=(2500,), seed=seeds)
        return [*[{**row, "seed": seed} for row in rows for seed in seeds], *early]

    def measure(self, settings: Settings) -> Measures:
        data, system = settings["data"], settings["system"]
        images = data == "stacked-mnist"
        source = opened(data, 32 if images else None)
        fields = {**SHARED, **(IMAGES if images else PLANE), **(OF_IMAGES if images else OF_PLANE).get(system, {})}
        iterations = settings["steps"] // (2 if system in GANS else 6)
        made = train_system(system, source, fields, seed=settings["seed"], iterations=iterations)
        samples = made.sample(settings["samples"], settings["seed"], averaged=False)
        counts, sure = (triples if images else gaussians)(samples, source)
        return {"modes": sum(count > 0 for count in counts) / len(counts), "quality": sure, "counts": counts}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for system, named in {**WGANS, **GANS}.items():
            low, high = (ALL, 1.0) if system in WGANS else (0.0, FEW)
            for data, text in DATA.items():
                values = rows.where(system=system, data=data).values("modes")
                what = f"share of the modes that the {named} reaches"
                yield Check(what, values, low, high, possible=(0, 1), factor="data", level=text)

    def control_check(self, rows: Rows) -> Check:
        values = [fmean(part.values("modes")) for _, part in rows.by("seed")]
        return Check("share of the modes after ten iterations", values, ALL, possible=(0, 1))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, measure, label in ((left, "modes", "modes reached"), (right, "quality", "samples that are sure")):
            for index, (data, text) in enumerate(DATA.items()):
                for place, system in enumerate(SYSTEMS):
                    values = shown.where(data=data, system=system).values(measure)
                    at = [place + 0.24 * (index - 1) + 0.05 * (seed - 1) for seed in range(len(values))]
                    axes.plot(values, at, "o", color=f"C{index}", alpha=0.7, label=text if not place else None)
            axes.set(xlabel=f"share of the {label}", xlim=(-0.03, 1.03))
        left.axvspan(ALL, 1, color="0.5", alpha=0.15, lw=0)
        left.set_yticks(range(len(SYSTEMS)), [name.replace(", ", ",\n") for name in SYSTEMS.values()])
        left.invert_yaxis()
        figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=2)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for data, text in DATA.items():
            for system, named in SYSTEMS.items():
                part = shown.where(data=data, system=system)
                total = len(part[0]["counts"])
                reached = " / ".join(f"{round(total * share)}" for share in part.values("modes"))
                largest = fmean(max(row["counts"]) / max(sum(row["counts"]), 1) for row in part)
                quality = fmean(part.values("quality"))
                yield (
                    f"On the {text}, the {named} reaches {reached} of {total} modes with {quality:.0%} of its samples, "
                    f"of which the largest mode holds {largest:.0%}."
                )


@cache
def opened(data: str, resolution: int | None) -> Source:
    """A source that all rows of a process share."""
    return open_source(data) if resolution is None else open_source(data, resolution=(resolution,))


def gaussians(samples: Tensor, source: Source) -> tuple[list[int], float]:
    """How many samples lie at each Gaussian, and the share that lies at any."""
    assert source.modes is not None
    assert source.mode_std is not None
    found = mode_coverage(source.scaling.encode(samples).float(), source.modes, source.mode_std)
    return list(found.counts), found.high_quality_share


def triples(samples: Tensor, source: Source) -> tuple[list[int], float]:  # noqa: ARG001
    """How many samples a classifier takes for each three digits, and the share of which it is sure."""
    sure, taken = StackedDigits().probabilities(samples.float()).max(1)
    return torch.bincount(taken, minlength=1000).tolist(), float((sure > 0.5).float().mean())


SHARED: dict[str, Any] = {
    "final_lr": 0.0,
    "generator_optimizer.lr": 5e-4,
    "critic_optimizer.lr": 5e-4,
    "schedule.warmup": 0,
    "schedule.refresh": 0,
}
"""What all systems share; loss, optimizer, its moments and the critic steps are each recipe's own."""

PLANE: dict[str, Any] = {"batch": 128, "generator_batch": 128, "latent": 2}
IMAGES: dict[str, Any] = {
    "batch": 64,
    "generator_batch": 64,
    "latent": 100,
    "generator": {"type": "DCGAN", "width": 16, "norm": "batch"},
    "critic": {"type": "DCGAN", "width": 16, "norm": "batch"},
}
OF_PLANE: dict[str, dict[str, Any]] = {"wgan-gp": {"lipschitz.GP.weight": 0.1}}
OF_IMAGES: dict[str, dict[str, Any]] = {
    "wgan-gp": {"lipschitz.GP.weight": 10.0, "critic": {"type": "DCGAN", "width": 16, "norm": "none"}}
}
"""The paper's weights of the penalty in the plane and on images."""
