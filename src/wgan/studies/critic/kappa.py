"""Example 1 of the WGAN paper: what a clipped critic says of two parallel lines, and what its κ is worth elsewhere."""

from collections.abc import Iterable, Sequence
from math import inf, prod
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn

from wgan.data import Pair
from wgan.data.pairs.closed_forms import parallel_lines, scaled_gaussians, translated_gaussians
from wgan.lipschitz import Clipping
from wgan.networks import MLP
from wgan.studies.check import Check
from wgan.studies.fitted import fit_critic, mean_gap, start_critic
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KappaOfLines"]

DISTANCES = (-1.0, -0.5, 0.25, 0.5, 1.0, 2.0)
OTHERS = {"shifted Gaussians": translated_gaussians(2, 1.0), "scaled Gaussians": scaled_gaussians(2)}
SLOPES = (0.0095, 0.010001)
"""0.01 = c³ · 100 · 100 is the most that a critic with c = 0.01 can reach, in float32."""

WIDTHS = ("100", "100-100", "100-100-100", "50-50", "200-200")
CLIPS = (0.003, 0.01, 0.1, 1.0)
SHARE = (0.95, 1.0001)
"""What is left of the most that the architecture and c allow."""

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
        "the W₁ of two Gaussian pairs that is read off with this κ is within 10 % of the true one. For other widths "
        "and c, κ is at least 95 % of the most that they allow, c to the number of layers times the product of the "
        "widths."
    )
    refuted_if = (
        "R² below .99, a slope outside, a W₁ that is off by more than 10 %, or less than 95 % of the greatest κ, "
        "beyond the noise between seeds."
    )
    control = "The same critic without clipping: its slope must not lie between .0095 and .01."
    caption = (
        "Left: the critic's value over θ, a dot for each seed, with κ|θ| fitted. Middle: W₁ of other pairs, read off "
        "with that κ, as a share of the true one. Right: κ as a share of the most that the widths and c allow."
    )
    deviations = (
        "The interval of κ ends at the most that c and the widths allow, a bound by theory; without this cut, that of "
        "the aligned start reached beyond it, and so beyond the criterion.",
    )
    size = (10.0, 3.8)

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds, steps = range(3 if quick else 5), (150 if quick else 600,)
        pairs, widths, c = [*DISTANCES, *OTHERS], ("100-100",), (0.01,)
        parts = {"part": ("lines",), "start": STARTS, "pair": pairs, "widths": widths, "c": c}
        free = {**parts, "start": ("unclipped",), "pair": DISTANCES[3:], "c": (0.0,)}
        return [
            *grid(**parts, steps=steps, seed=seeds),
            *grid(**{**parts, "part": ("widths",), "pair": (1.0,), "widths": WIDTHS}, steps=steps, seed=seeds),
            *grid(**{**parts, "part": ("c",), "pair": (1.0,), "c": CLIPS}, steps=steps, seed=seeds),
            *grid(control=(True,), **free, steps=steps, seed=seeds),
        ]

    def measure(self, settings: Settings) -> Measures:
        pair = pair_of(settings["pair"])
        return {"w1": pair.w1, "value": fit(pair, settings)}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for start in STARTS:
            fits = lines(rows.where(start=start, part="lines"))
            slopes, possible = [k for k, _ in fits], (-SLOPES[1], SLOPES[1])
            yield Check("slope κ", slopes, *SLOPES, claim="E1", possible=possible, factor="start", level=start)
            yield Check(
                "R² of κ|θ|", [r for _, r in fits], 0.99, claim="E1", possible=(-inf, 1.0), factor="start", level=start
            )
        for claim, pair in zip(("E8", "C6"), OTHERS, strict=True):
            yield Check(f"W₁ of {pair}, over the true one", carried(rows, "aligned", pair), 0.9, 1.1, claim=claim)
        for start in STARTS:
            what = f"share of the greatest κ from the {start} start"
            for part in ("widths", "c"):
                for level, found in rows.where(part=part, start=start).by(part):
                    yield Check(what, shares(found), *SHARE, claim="C6", factor=part, level=level)

    def control_check(self, rows: Rows) -> Check:
        slopes = [slope for slope, _ in lines(rows)]
        return Check("slope without clipping", slopes, *SLOPES)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 0.9, 1.3))
        thetas = np.linspace(min(DISTANCES), max(DISTANCES), 101)
        for index, start in enumerate(STARTS):
            seen = Rows([row for row in rows.where(start=start, part="lines") if row["pair"] in DISTANCES])
            left.plot(seen.values("pair"), seen.values("value"), "o", color=f"C{index}", alpha=0.6, label=start)
            for slope, _ in lines(rows.where(start=start, part="lines")):
                left.plot(thetas, slope * np.abs(thetas), color=f"C{index}", lw=0.6)
            for place, pair in enumerate(OTHERS):
                read = carried(rows, start, pair)
                middle.plot([place + 0.2 * index] * len(read), read, "o", color=f"C{index}", alpha=0.6)
            for place, (part, level) in enumerate(levels_of_map(rows)):
                found = shares(rows.where(start=start, part=part, **{part: level}))
                right.plot([place] * len(found), found, "o", color=f"C{index}", alpha=0.6)
        left.set(xlabel="θ", ylabel="critic's value")
        left.legend(title="weights at the start")
        middle.axhspan(0.9, 1.1, color="0.5", alpha=0.15, lw=0)
        middle.set(ylabel="W₁ read off / true W₁", xlim=(-0.5, len(OTHERS) - 0.3))
        middle.set_xticks(range(len(OTHERS)), [name.replace(" ", "\n") for name in OTHERS])
        right.axhspan(*SHARE, color="0.5", alpha=0.15, lw=0)
        named = [level if part == "widths" else f"c = {level:g}" for part, level in levels_of_map(rows)]
        right.set_xticks(range(len(named)), named, rotation=60, ha="right", fontsize=8)
        right.set(ylabel="κ / (c^layers · product of widths)", ylim=(0, 1.1))

    def remarks(self, rows: Rows) -> Iterable[str]:
        for start in STARTS:
            read = [share for pair in OTHERS for share in carried(rows, start, pair)]
            reach = f"{min(read):.2f} to {max(read):.2f}"
            yield f"From the {start} start, κ carried to other pairs gives {reach} of the true W₁."
        depths = [(level, fmean(shares(rows.where(part="widths", start="random", widths=level)))) for level in WIDTHS]
        told = ", ".join(f"{share:.3f} with {level}" for level, share in depths)
        yield f"From the random start the share of the greatest κ that is left depends on depth, not width: {told}."


def levels_of_map(rows: Rows) -> list[tuple[str, float | str]]:
    """What is varied, and its level."""
    return [(part, level) for part in ("widths", "c") for level in rows.where(part=part).levels(part)]


def layers(widths: str) -> tuple[int, ...]:
    """The numbers in "100-100"."""
    return tuple(int(width) for width in widths.split("-"))


def greatest(settings: Settings) -> float:
    r"""The steepest slope along one coordinate, $c^L \prod_i n_i$ with hidden widths $n_i$ and $L$ layers."""
    widths = layers(settings["widths"])
    return float(settings["c"] ** (len(widths) + 1) * prod(widths))


def shares(rows: Rows) -> list[float]:
    """κ on the lines at distance one over the greatest, of each seed."""
    return [row["value"] / row["w1"] / greatest(row.settings) for row in rows]


def pair_of(name: float | str) -> Pair:
    """Lines at a distance, or one of the others."""
    return OTHERS[name] if isinstance(name, str) else parallel_lines(name)


def fit(pair: Pair, settings: Settings) -> float:
    """The value of a critic after its steps, on fresh samples."""
    methods = (Clipping(c=settings["c"]),) if settings["c"] else ()
    seed = settings["seed"]
    critic = start_critic(MLP(widths=layers(settings["widths"])), (2,), methods, seed)
    if settings["start"] == "aligned":
        align(critic, pair, seed)
    fit_critic(critic, pair.real, pair.fake, methods, steps=settings["steps"], seed=seed)
    return mean_gap(critic, pair.real, pair.fake, seed)


@torch.no_grad()
def align(critic: nn.Module, pair: Pair, seed: int) -> None:
    """Takes the signs from all weights, and turns the critic over if its value is negative then."""
    *_, last, _ = critic.parameters()
    for weight in critic.parameters():
        weight.abs_()
    if mean_gap(critic, pair.real, pair.fake, seed) < 0:
        last.neg_()


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
    kappas = [kappa for kappa, _ in lines(rows.where(start=start, part="lines"))]
    other = rows.where(start=start, part="lines", pair=pair)
    return [row["value"] / kappa / row["w1"] for row, kappa in zip(other, kappas, strict=True)]
