"""Which systems drop modes of the ring and of the grid of Gaussians."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

from wgan.data import open_source
from wgan.metrics.modes import mode_coverage
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import train_system

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ModeCollapse"]

TOYS = {"gaussians8": "ring of 8", "gaussians25": "grid of 25"}
STEPS = {"gaussians8": 6000, "gaussians25": 18_000}
"""Steps of critic and generator together."""
GANS = {"gan-saturating": "saturating GAN", "gan": "non-saturating GAN"}
WGANS = {"wgan": "WGAN, clipping", "wgan-gp": "WGAN, gradient penalty"}
SYSTEMS = {**GANS, **WGANS}
FEW, ALL = 0.9, 0.95


class ModeCollapse(Study):
    """Modes that the samples reach, GANs against WGANs."""

    name: ClassVar[str] = "mode-collapse"
    title = "Modes of a ring and of a grid that a generator drops"
    chapter = Chapter.TRAINING
    claims = ("E18",)
    question = "Does the standard GAN drop modes of the data where a WGAN reaches them all?"
    criterion = (
        "On the ring of 8 and the grid of 25 Gaussians, of 2,500 samples after as many steps for all, a WGAN with "
        "clipping and one with a gradient penalty reach 95 % of the modes or more, and a GAN with either loss of the "
        "generator 90 % or less; a mode is reached by a sample within three standard deviations."
    )
    refuted_if = "A WGAN that leaves out modes, or a GAN that reaches them."
    control = "A WGAN of ten iterations, which has learned nothing: it must not reach 95 % of the modes."
    caption = (
        "Left: share of the modes that 2,500 samples reach, a dot for each seed; grey: what is asked of a WGAN. Right: "
        "share of the samples within three standard deviations of a mode."
    )
    deviations = (
        "All systems have the same networks of three layers of 128, batches of 128 and learning rate 5e-4; loss, "
        "optimizer and critic steps are each system's own.",
        "Stacked MNIST is left out: at the 50,000 iterations that its published counts take, three seeds of four "
        "systems are some forty hours of one core, `wgan train wgan-gp-dcgan --data stacked-mnist` each.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds, share = range(3), 0.02 if quick else 1.0
        rows = [{**row, "steps": int(share * STEPS[row["toy"]])} for row in grid(toy=TOYS, system=SYSTEMS)]
        early = grid(control=(True,), toy=TOYS, system=("wgan-gp",), steps=(60,), seed=seeds)
        return [*[{**row, "seed": seed} for row in rows for seed in seeds], *early]

    def measure(self, settings: Settings) -> Measures:
        toy, system = open_source(settings["toy"]), settings["system"]
        assert toy.modes is not None
        assert toy.mode_std is not None
        steps = 2 if system in GANS else 6
        fields = {**PLANE, **OWN.get(system, {})}
        made = train_system(system, toy, fields, seed=settings["seed"], iterations=settings["steps"] // steps)
        samples = made.source.scaling.encode(made.sample(2500, settings["seed"], averaged=False)).float()
        found = mode_coverage(samples, toy.modes, toy.mode_std)
        counts = list(found.counts)
        return {"modes": found.modes_covered / found.modes_total, "quality": found.high_quality_share, "counts": counts}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for system, named in {**WGANS, **GANS}.items():
            low, high = (ALL, 1.0) if system in WGANS else (0.0, FEW)
            for toy, text in TOYS.items():
                values = rows.where(system=system, toy=toy).values("modes")
                what = f"share of the modes that the {named} reaches"
                yield Check(what, values, low, high, possible=(0, 1), factor="data", level=text)

    def control_check(self, rows: Rows) -> Check:
        values = [fmean(part.values("modes")) for _, part in rows.by("seed")]
        return Check("share of the modes after ten iterations", values, ALL, possible=(0, 1))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, measure, label in ((left, "modes", "modes reached"), (right, "quality", "samples within 3σ")):
            for index, (toy, text) in enumerate(TOYS.items()):
                for place, system in enumerate(SYSTEMS):
                    values = shown.where(toy=toy, system=system).values(measure)
                    at = [place + 0.24 * (index - 0.5) + 0.05 * (seed - 1) for seed in range(len(values))]
                    axes.plot(values, at, "o", color=f"C{index}", alpha=0.7, label=text if not place else None)
            axes.set(xlabel=f"share of the {label}", xlim=(-0.03, 1.03))
        left.axvspan(ALL, 1, color="0.5", alpha=0.15, lw=0)
        left.set_yticks(range(len(SYSTEMS)), [name.replace(", ", ",\n") for name in SYSTEMS.values()])
        left.invert_yaxis()
        figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=2)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for toy, text in TOYS.items():
            for system, named in SYSTEMS.items():
                part = shown.where(toy=toy, system=system)
                total = len(part[0]["counts"])
                reached = " / ".join(f"{round(total * share)}" for share in part.values("modes"))
                largest = fmean(max(row["counts"]) / max(sum(row["counts"]), 1) for row in part)
                quality = fmean(part.values("quality"))
                yield (
                    f"On the {text}, the {named} reaches {reached} of {total} modes with {quality:.0%} of its samples, "
                    f"of which the largest mode holds {largest:.0%}."
                )


PLANE: dict[str, Any] = {
    "batch": 128,
    "generator_batch": 128,
    "latent": 2,
    "final_lr": 0.0,
    "generator_optimizer.lr": 5e-4,
    "critic_optimizer.lr": 5e-4,
    "schedule.warmup": 0,
    "schedule.refresh": 0,
}
"""What all systems of the plane share; loss, optimizer, its moments and the critic steps are each recipe's own."""

OWN: dict[str, dict[str, Any]] = {"wgan-gp": {"lipschitz.GP.weight": 0.1}}
"""The paper's weight of the penalty in the plane."""
