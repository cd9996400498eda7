"""κ of several critics, estimated on pairs with a known W₁, and what it is worth as a unit on other pairs."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import torch

from wgan.data import Pair
from wgan.data.pairs.closed_forms import parallel_lines, scaled_gaussians, translated_gaussians
from wgan.data.pairs.funnels import funnel_pair
from wgan.lipschitz import Clipping, LipschitzMethod, SpectralNorm
from wgan.lipschitz.constant import certified_constant, measured_constant
from wgan.networks import MLP
from wgan.optimizers import RMSprop
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.fitted import fit_critic, mean_gap, start_critic
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EstimateKappa"]

TWO = MLP(widths=(100, 100))
CRITICS: Mapping[str, tuple[MLP, tuple[LipschitzMethod, ...]]] = {
    "100, c = .01": (MLP(widths=(100,)), (Clipping(c=0.01),)),
    "100-100, c = .01": (TWO, (Clipping(c=0.01),)),
    "100-100, c = .03": (TWO, (Clipping(c=0.03),)),
    "100-100-100, c = .01": (MLP(widths=(100, 100, 100)), (Clipping(c=0.01),)),
    "100-100, spectral": (TWO, (SpectralNorm(),)),
    "100-100, free": (TWO, ()),
}
PAIRS: Mapping[str, Pair] = {
    "moved Gaussians": translated_gaussians(2, 1.0),
    "lines": parallel_lines(1.0),
    "scaled Gaussians": scaled_gaussians(2),
    "funnels": funnel_pair(2, 4),
}
HOME, TARGET = "moved Gaussians", "funnels"
WITHIN = 0.1


class EstimateKappa(Study):
    """Value over W₁ of every critic on every pair."""

    name: ClassVar[str] = "estimate-kappa"
    title = "Estimating and verifying κ"
    chapter = Chapter.CRITIC
    claims = ("Q3", "Q7")
    question = "Can a critic's κ be estimated on a known distance, and does it then compare architectures?"
    criterion = (
        "For every critic, κ as the value over the W₁ of two moved Gaussians is settled, within 10 % of what it was "
        "after half of the steps, has a 95 % interval over seeds that reaches no more than 10 % of it to either side, "
        "and is no more than the certified bound. The W₁ of a pair of four funnels that is read off with a κ from "
        "another pair is within 10 % of the true one for the worst critic, and differs by no more than 10 % between "
        "critics."
    )
    refuted_if = "κ moves on, differs between seeds or exceeds its bound; or readings are off by more than 10 %."
    control = "A critic without constraint, whose value over W₁ must not be settled."
    caption = (
        "Left: κ from each pair as a share of the certified bound, a dot for each seed. Right: W₁ of the funnels, read "
        "off with κ from each other pair, as a share of the true one, a colour for each critic."
    )
    size = (10.0, 4.2)

    def design(self, quick: bool) -> Sequence[Settings]:
        critics = [name for name in CRITICS if "free" not in name]
        if quick:
            critics = critics[1::3]
        steps = (150 if quick else 800,)
        return [
            *grid(critic=critics, pair=PAIRS, steps=steps, seed=range(3 if quick else 5)),
            *grid(control=(True,), critic=("100-100, free",), pair=(HOME,), steps=(150,), seed=range(3)),
        ]

    def measure(self, settings: Settings) -> Measures:
        network, methods = CRITICS[settings["critic"]]
        pair, seed, half = PAIRS[settings["pair"]], settings["seed"], settings["steps"] // 2
        critic = start_critic(network, (2,), methods, seed)
        values: list[float] = []
        fit_critic(
            critic,
            pair.real,
            pair.fake,
            methods,
            steps=2 * half,
            seed=seed,
            optimizer=RMSprop(lr=1e-3),
            look_at=(half, 2 * half),
            look=lambda _: values.append(mean_gap(critic, pair.real, pair.fake, seed) / pair.w1),
        )
        seen = torch.cat([side.sample(128, stream(seed, "slope")).float() for side in (pair.real, pair.fake)])
        bound = certified_constant(critic, (2,))
        return {"half": values[0], "kappa": values[1], "bound": bound, "slope": measured_constant(critic, seen)}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for critic, part in rows.where(pair=HOME).by("critic"):
            what = "reach of κ's 95 % interval over seeds, over κ"
            yield Check(what, [reach(part)], high=WITHIN, claim="Q3", factor="critic", level=critic, exact=True)
        for critic, part in rows.where(pair=HOME).by("critic"):
            yield settled(part, critic)
        for critic, part in rows.where(pair=HOME).by("critic"):
            share = [row["kappa"] / row["bound"] for row in part]
            yield Check("κ over its certified bound", share, high=1, claim="Q3", factor="critic", level=critic)
        for pair in PAIRS:
            if pair != TARGET:
                read = readings(rows, pair)
                worst = [max(abs(value - 1) for value in seed) for seed in read]
                spread = [(max(seed) - min(seed)) / fmean(seed) for seed in read]
                what, where = "W₁ of the funnels, largest error", "κ from"
                yield Check(what, worst, high=WITHIN, claim="Q7", factor=where, level=pair)
                what = "W₁ of the funnels, spread over critics"
                yield Check(what, spread, high=WITHIN, claim="Q7", factor=where, level=pair)

    def control_check(self, rows: Rows) -> Check:
        return settled(rows, "")

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        asked, _ = rows.parted()
        critics, others = asked.levels("critic"), [pair for pair in PAIRS if pair != TARGET]
        for index, critic in enumerate(critics):
            for place, pair in enumerate(PAIRS):
                part = asked.where(critic=critic, pair=pair)
                at = [place + 0.13 * (index - 2)] * len(part)
                label = critic if not place else None
                left.plot(at, [r["kappa"] / r["bound"] for r in part], "o", color=f"C{index}", alpha=0.6, label=label)
            for place, pair in enumerate(others):
                read = [seed[index] for seed in readings(asked, pair)]
                right.plot([place + 0.13 * (index - 2)] * len(read), read, "o", color=f"C{index}", alpha=0.6)
        left.set(ylabel="κ / certified bound", ylim=(0, 1))
        left.set_xticks(range(len(PAIRS)), [pair.replace(" ", "\n") for pair in PAIRS])
        left.legend(fontsize=8)
        right.axhspan(1 - WITHIN, 1 + WITHIN, color="0.5", alpha=0.15, lw=0)
        right.set(ylabel="W₁ of the funnels read off / true", xlabel="κ from")
        right.set_xticks(range(len(others)), [pair.replace(" ", "\n") for pair in others])

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for pair in PAIRS:
            if pair != TARGET:
                means = [fmean(values) for values in zip(*readings(asked, pair), strict=True)]
                told = ", ".join(f"{m:.2f} ({c})" for m, c in zip(means, asked.levels("critic"), strict=True))
                yield f"With κ from the {pair} the critics read the W₁ of the funnels as {told} of the true one."
        shares = [row["kappa"] / row["slope"] for row in asked.where(pair=HOME)]
        yield f"κ from the moved Gaussians is {min(shares):.2f} to {max(shares):.2f} of the steepest slope that is met."


def reach(rows: Rows) -> float:
    """How far the interval of κ over seeds reaches from its mean, as a share of it."""
    low, high = Check("κ", rows.values("kappa")).interval
    return (high - low) / 2 / fmean(rows.values("kappa"))


def settled(rows: Rows, critic: str) -> Check:
    """κ after half of the steps over κ at the end."""
    found = [row["half"] / row["kappa"] for row in rows]
    what, factor = "κ half way, over κ at the end", "critic" if critic else ""
    return Check(what, found, 1 - WITHIN, 1 + WITHIN, claim="Q3", factor=factor, level=critic)


def readings(rows: Rows, pair: str) -> list[list[float]]:
    """W₁ of the target by κ of a pair, over the true one: for each seed, of every critic."""
    found = []
    for _, part in rows.by("seed"):
        kappas, targets = part.where(pair=pair).values("kappa"), part.where(pair=TARGET).values("kappa")
        found.append([target / kappa for target, kappa in zip(targets, kappas, strict=True)])
    return found
