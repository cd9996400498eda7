"""Example 1 of the WGAN paper, measured: what a clipped critic says of two parallel lines, and what its κ is worth.

Critics of two hidden layers of 100 ReLU units, weights clipped to [-c, c] with c = 0.01, learn to tell the line
{0} × [0, 1] from {θ} × [0, 1]. Their value should be κ|θ|, with κ = c³ · 100 · 100 = 0.01 where every unit takes part.
Then κ, as found on the lines, is carried to other pairs whose distance is known. Run with

    python examples/parallel_lines.py --out docs/measure-lines
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

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

C = 0.01
STARTS = {"random": "the usual random one", "aligned": "all weights towards a greater value"}
DISTANCES = (-1.0, -0.5, 0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Row:
    """What one critic made of one pair."""

    pair: str
    start: str
    seed: int
    w1: float
    value: float

    @property
    def kappa(self) -> float:
        """Value per unit of distance."""
        return self.value / self.w1


def fit(pair: Pair, start: str, seed: int, steps: int) -> float:
    """The value of a clipped critic when it no longer grows, on fresh samples."""
    torch.manual_seed(seed)
    critic, method = MLP(widths=(100, 100)).build_critic((2,)), Clipping(c=C)
    if start == "aligned":
        align(critic, pair, seed)
    step = CriticStep(critic, Wasserstein(), (method,), RMSprop(lr=1e-3).build(critic.parameters()))
    for index in range(steps):
        real, fake = (s.sample(64, stream(seed, "lines", index)).float() for s in (pair.real, pair.fake))
        step(real, fake, step=index, progress=index / steps, rng=stream(seed, "noise", index))
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


def measure(start: str, seed: int, steps: int) -> list[Row]:
    """One critic for each distance of the lines, and for each other pair."""
    lines = {f"lines, θ = {theta:g}": parallel_lines(theta) for theta in DISTANCES}
    others = {
        "Gaussians moved along the diagonal by 1": translated_gaussians(2, 1.0),
        "Gaussians of deviation 1 and 2": scaled_gaussians(2),
    }
    return [
        Row(name, start, seed, pair.w1, fit(pair, start, seed, steps)) for name, pair in {**lines, **others}.items()
    ]


def slope(rows: list[Row]) -> tuple[float, float]:
    """κ of the lines by least squares through zero, and R²."""
    lines = [row for row in rows if row.pair.startswith("lines")]
    distances, values = np.array([row.w1 for row in lines]), np.array([row.value for row in lines])
    kappa = (values @ distances) / (distances @ distances)
    return float(kappa), float(1 - ((values - kappa * distances) ** 2).sum() / ((values - values.mean()) ** 2).sum())


def report(rows: list[Row]) -> str:
    """Both tables in Markdown."""
    lines = ["| start | seed | κ | R² |", "|---|--:|--:|--:|"]
    carried = ["| start | pair | W₁ | value / κ of the lines |", "|---|---|--:|--:|"]
    for start, meaning in STARTS.items():
        of_start = [row for row in rows if row.start == start]
        found: dict[str, list[float]] = {}
        for seed in sorted({row.seed for row in of_start}):
            group = [row for row in of_start if row.seed == seed]
            kappa, fitted = slope(group)
            lines.append(f"| {meaning} | {seed} | {kappa:.5f} | {fitted:.4f} |")
            for row in group:
                found.setdefault(f"{row.pair} | {row.w1:.3f}", []).append(row.value / kappa)
        carried += [
            f"| {meaning} | {pair} | {min(values):.3f} to {max(values):.3f} |"
            for pair, values in found.items()
            if not pair.startswith("lines")
        ]
    return "\n".join([*lines, "", *carried]) + "\n"


def figure(rows: list[Row], path: Path) -> None:
    """Values over θ, with κ|θ|."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    drawing, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    thetas = np.linspace(min(DISTANCES), max(DISTANCES), 101)
    for (start, meaning), colour in zip(STARTS.items(), ("tab:blue", "tab:orange"), strict=True):
        group = [row for row in rows if row.start == start and row.pair.startswith("lines")]
        axes.plot(
            [float(row.pair.split("= ")[1]) for row in group], [row.value for row in group], "o", ms=4, color=colour,
            label=meaning,
        )  # fmt: skip
        axes.plot(thetas, slope(group)[0] * np.abs(thetas), color=colour, lw=1)
    axes.set(xlabel="θ, in units of the plane", ylabel="critic's value")
    axes.legend(title="weights at the start", frameon=False, fontsize=8)
    drawing.savefig(path, dpi=110)
    plt.close(drawing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--out", type=Path, help="name of a .json and a .png file, without the suffix")
    arguments = parser.parse_args()
    rows = [row for start in STARTS for seed in range(arguments.seeds) for row in measure(start, seed, arguments.steps)]
    print(report(rows))
    if arguments.out:
        arguments.out.with_suffix(".json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        figure(rows, arguments.out.with_suffix(".png"))


if __name__ == "__main__":
    main()
