"""What a gradient penalty costs: the time of a critic's step with it, with spectral normalisation, and with neither."""

import time
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import torch

from wgan.critic import CriticStep
from wgan.lipschitz import GP, LipschitzMethod, SpectralNorm
from wgan.losses import Wasserstein
from wgan.networks import DCGAN, MLP
from wgan.optimizers import Adam
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PenaltyCost"]

METHODS: dict[str, tuple[LipschitzMethod, ...]] = {
    "plain": (),
    "plain again": (),
    "GP": (GP(weight=10.0),),
    "SN": (SpectralNorm(),),
}
NETWORKS = {"MLP": "fully connected", "DCGAN": "convolutions"}
AGAINST = {"SN": "over that with spectral normalisation", "plain": "over that without"}
MARKED = 1.3


class PenaltyCost(Study):
    """Time ratios of critic steps that are measured in turn, by network, width and batch."""

    name: ClassVar[str] = "penalty-cost"
    title = "What a gradient penalty costs"
    chapter = Chapter.TRAINING
    claims = ("E16",)
    question = "How much dearer is a critic's step with a gradient penalty, and at which widths and batches?"
    criterion = (
        "At every network, width and batch, a critic's step with a gradient penalty takes more than 1.3 times the "
        "processor time of the same step without it, and of one with spectral normalisation."
    )
    refuted_if = "A ratio of 1.3 or less."
    control = "The step without a penalty, timed against itself: its ratio must not be more than 1.3."
    caption = (
        "Processor time of a critic's step with a gradient penalty over that with spectral normalisation (left) and "
        "without either (right), by batch, a dot for each repetition; grey: above 1.3."
    )
    deviations = (
        "Times are of one core, the least of steps that are taken in turn within one process; on an accelerator the "
        "ratios of small networks are those of the number of calls.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        rounds, seeds, batches = 8 if quick else 30, range(3), (16, 64) if quick else (16, 64, 256)
        sizes = (("MLP", 64), ("MLP", 512), ("DCGAN", 16))
        rows = [{"network": network, "width": width} for network, width in sizes]
        varied = grid(batch=batches, rounds=(rounds,), seed=seeds)
        return [
            *[{**row, **more} for row in rows for more in varied],
            *grid(control=(True,), network=("MLP",), width=(64,), batch=(64,), rounds=(100,), seed=seeds),
        ]

    def measure(self, settings: Settings) -> Measures:
        steps = {name: prepared(settings, methods) for name, methods in METHODS.items()}
        real, fake = (
            torch.randn(settings["batch"], 1, 28, 28, generator=stream(settings["seed"], side)) for side in "rf"
        )
        seconds: dict[str, list[float]] = {name: [] for name in METHODS}
        for index in range(settings["rounds"] + 2):
            for name in turned(list(steps), index):
                rng, began = stream(settings["seed"], "step", index), time.process_time()
                steps[name](real, fake, step=index, progress=0.0, rng=rng)
                seconds[name].append(time.process_time() - began)
        return {name: min(times[2:]) for name, times in seconds.items()}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for against, text in AGAINST.items():
            for network, sized in rows.by("network"):
                for width, part in sized.by("width"):
                    for batch, found in part.by("batch"):
                        what = f"time of a step with a gradient penalty {text}, {NETWORKS[network]}, width {width}"
                        yield Check(what, over(found, "GP", against), MARKED, factor="batch", level=batch)

    def control_check(self, rows: Rows) -> Check:
        return Check("time of a step without a penalty over that of the same", over(rows, "plain again", "plain"), 1.3)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        for axes, (against, text) in zip(figure.subplots(1, 2, sharey=True), AGAINST.items(), strict=True):
            for network, sized in shown.by("network"):
                for width, part in sized.by("width"):
                    ratios = Rows([with_ratio(row, against) for row in part])
                    every_seed(axes, ratios, "batch", "ratio", label=f"{NETWORKS[network]}, {width}")
            axes.set_xscale("log", base=2)
            axes.set_xticks(shown.levels("batch"), [str(batch) for batch in shown.levels("batch")])
            axes.set(xlabel="batch (samples)", ylabel="time with a gradient penalty " + text.replace("over", "/\n"))
            axes.axhspan(MARKED, 1e3, color="0.5", alpha=0.15, lw=0)
        most = max(with_ratio(row, against)["ratio"] for against in AGAINST for row in shown)
        axes.set_ylim(0, 1.1 * most)
        axes.legend(title="network, width", fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for network, sized in shown.by("network"):
            for width, part in sized.by("width"):
                normed = [fmean(over(found, "SN", "plain")) for _, found in part.by("batch")]
                batches = shown.levels("batch")
                told = ", ".join(f"{ratio:.2f} at batch {batch}" for ratio, batch in zip(normed, batches, strict=True))
                yield f"Spectral normalisation itself takes {told} ({NETWORKS[network]}, width {width})."


def prepared(settings: Settings, methods: tuple[LipschitzMethod, ...]) -> CriticStep:
    """A critic's step with its own critic of the same start."""
    width = settings["width"]
    network = MLP(widths=(width,) * 3) if settings["network"] == "MLP" else DCGAN(width=width, norm="none")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings["seed"])
        critic = network.build_critic((1, 28, 28))
        for method in methods:
            method.parametrize(critic)
    return CriticStep(critic, Wasserstein(), methods, Adam(lr=1e-4).build(critic.parameters()))


def turned(names: list[str], index: int) -> list[str]:
    """In another order each time, so that none always follows the same one."""
    first = index % len(names)
    return names[first:] + names[:first]


def over(rows: Rows, method: str, against: str) -> list[float]:
    """Time ratio of each repetition."""
    return [float(row[method]) / float(row[against]) for row in rows]


def with_ratio(row: Row, against: str) -> Row:
    """The row with its ratio as a measure."""
    return Row(row.settings, {"ratio": float(row["GP"]) / float(row[against])})
