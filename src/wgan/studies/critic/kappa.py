"""Example 1 of the WGAN paper: what a clipped critic says of two parallel lines, and what its κ is worth elsewhere."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn

from wgan.critic import CriticStep
from wgan.data import Pair
from wgan.data.pairs.closed_forms import parallel_lines, scaled_gaussians, translated_gaussians
from wgan.lipschitz import Clipping
from wgan.losses import Wasserstein
from wgan.networks import MLP
from wgan.optimizers import RMSprop
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KappaOfLines"]

DISTANCES = (-1.0, -0.5, 0.25, 0.5, 1.0, 2.0)
OTHERS = {"shifted Gaussians": translated_gaussians(2, 1.0), "scaled Gaussians": scaled_gaussians(2)}
SLOPES = (0.0095, 0.010001)
"""0.01 = c³ · 100 · 100 is the most that a critic with c = 0.01 can reach, in float32."""

STARTS = {"random": "the usual random weights", "aligned": "all weights towards a greater value"}


class KappaOfLines(Study):
    """The value of a clipped critic on parallel lines, and its κ carried to other pairs."""

    name: ClassVar[str] = "kappa"
    title = "A clipped critic's κ, measured on parallel lines"
    chapter = Chapter.CRITIC
    claims = ("E1", "E8", "C6")
    question = "Is a clipped critic's value κ·W₁ with a κ that its architecture and c fix, whatever it is shown?"
    criterion = (
        "A line through zero fits the values over |θ| with R² of .99 or more and a slope κ between .0095 and .01, and "
        "the W₁ of two Gaussian pairs that is read off with this κ is within 10 % of the true one."
    )
    refuted_if = "R² below .99, a slope outside, or a W₁ that is off by more than 10 %, beyond the noise between seeds."
    control = "The same critic without clipping: its slope must not lie between .0095 and .01."
    caption = (
        "Left: the critic's value over θ, a dot for each seed, with κ|θ| fitted. Right: W₁ of other pairs, read off "
        "with that κ, as a share of the true one."
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds, steps = range(3 if quick else 5), 300 if quick else 600
        pairs = [*DISTANCES, *OTHERS]
        return [
            *grid(start=STARTS, pair=pairs, c=(0.01,), steps=(steps,), seed=seeds),
            *grid(control=(True,), start=("unclipped",), pair=DISTANCES, c=(0.0,), steps=(steps,), seed=seeds),
        ]

    def measure(self, settings: Settings) -> Measures:
        pair = pair_of(settings["pair"])
        return {"w1": pair.w1, "value": fit(pair, settings)}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for start in STARTS:
            fits = lines(rows.where(start=start))
            yield Check("slope κ", [k for k, _ in fits], *SLOPES, claim="E1", factor="start", level=start)
            yield Check(
                "R² of κ|θ|", [r for _, r in fits], 0.99, claim="E1", possible=(-inf, 1.0), factor="start", level=start
            )
        for claim, pair in zip(("E8", "C6"), OTHERS, strict=True):
            yield Check(f"W₁ of {pair}, over the true one", carried(rows, "aligned", pair), 0.9, 1.1, claim=claim)

    def control_check(self, rows: Rows) -> Check:
        slopes = [slope for slope, _ in lines(rows)]
        return Check("slope without clipping", slopes, *SLOPES)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        thetas = np.linspace(min(DISTANCES), max(DISTANCES), 101)
        for index, start in enumerate(STARTS):
            seen = Rows([row for row in rows.where(start=start) if row["pair"] in DISTANCES])
            left.plot(seen.values("pair"), seen.values("value"), "o", color=f"C{index}", alpha=0.6, label=start)
            for slope, _ in lines(rows.where(start=start)):
                left.plot(thetas, slope * np.abs(thetas), color=f"C{index}", lw=0.6)
            for place, pair in enumerate(OTHERS):
                shares = carried(rows, start, pair)
                right.plot([place + 0.2 * index] * len(shares), shares, "o", color=f"C{index}", alpha=0.6)
        left.set(xlabel="θ", ylabel="critic's value")
        left.legend(title="weights at the start")
        right.axhspan(0.9, 1.1, color="0.5", alpha=0.15, lw=0)
        right.set(ylabel="W₁ read off / true W₁", xlim=(-0.5, len(OTHERS) - 0.3))
        right.set_xticks(range(len(OTHERS)), list(OTHERS))

    def remarks(self, rows: Rows) -> Iterable[str]:
        for start in STARTS:
            shares = [share for pair in OTHERS for share in carried(rows, start, pair)]
            reach = f"{min(shares):.2f} to {max(shares):.2f}"
            yield f"From the {start} start, κ carried to other pairs gives {reach} of the true W₁."


def pair_of(name: float | str) -> Pair:
    """Lines at a distance, or one of the others."""
    return OTHERS[name] if isinstance(name, str) else parallel_lines(name)


def fit(pair: Pair, settings: Settings) -> float:
    """The value of a critic of two layers of 100 after its steps, on fresh samples."""
    seed = settings["seed"]
    torch.manual_seed(seed)
    critic = MLP(widths=(100, 100)).build_critic((2,))
    if settings["start"] == "aligned":
        align(critic, pair, seed)
    methods = (Clipping(c=settings["c"]),) if settings["c"] else ()
    step = CriticStep(critic, Wasserstein(), methods, RMSprop(lr=1e-3).build(critic.parameters()))
    for index in range(settings["steps"]):
        real, fake = (s.sample(64, stream(seed, "lines", index)).float() for s in (pair.real, pair.fake))
        step(real, fake, step=index, progress=0.0, rng=stream(seed, "noise", index))
    return gap(critic, pair, seed)


@torch.no_grad()
def align(critic: nn.Module, pair: Pair, seed: int) -> None:
    """Takes the signs from all weights, and turns the critic over if its value is negative then."""
    *_, last, _ = critic.parameters()
    for weight in critic.parameters():
        weight.abs_()
    if gap(critic, pair, seed) < 0:
        last.neg_()


@torch.no_grad()
def gap(critic: nn.Module, pair: Pair, seed: int) -> float:
    """The critic's mean on the real side less that on the other."""
    real, fake = (critic(s.sample(4096, stream(seed, "value")).float()).mean() for s in (pair.real, pair.fake))
    return float(real - fake)


def lines(rows: Rows) -> list[tuple[float, float]]:
    """κ by least squares through zero, and R², of each seed."""
    found = []
    for _, part in rows.by("seed"):
        seen = Rows([row for row in part if row["pair"] in DISTANCES])
        w1, values = np.array(seen.values("w1")), np.array(seen.values("value"))
        kappa = float(values @ w1 / (w1 @ w1))
        spread = float(((values - values.mean()) ** 2).sum())
        found.append((kappa, 1 - float(((values - kappa * w1) ** 2).sum()) / spread if spread else 0.0))
    return found


def carried(rows: Rows, start: str, pair: str) -> list[float]:
    """The W₁ of another pair that κ of the lines gives, over the true one, of each seed."""
    kappas = [kappa for kappa, _ in lines(rows.where(start=start))]
    other = rows.where(start=start, pair=pair)
    return [row["value"] / kappa / row["w1"] for row, kappa in zip(other, kappas, strict=True)]
