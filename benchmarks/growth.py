"""How an iteration's time and a process's memory grow with batch, width, resolution, samples and critic steps.

Each point is a fresh process, so that its memory is its own. Run as `python benchmarks/growth.py --out docs/speed`.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import torch
from rounds import report

from wgan.data import TensorSource
from wgan.lipschitz import GP
from wgan.losses import Wasserstein
from wgan.networks import DCGAN
from wgan.optimizers import Adam
from wgan.recipes import Recipe
from wgan.schedules import CriticSchedule
from wgan.training import State, train

mpl.use("agg")
from matplotlib import pyplot as plt

BASE = {"batch": 16, "width": 16, "resolution": 32, "samples": 10_000, "n_critic": 1}
SWEEPS = {
    "batch": (4, 8, 16, 32, 64),
    "width": (4, 8, 16, 32, 64),
    "resolution": (16, 32, 64, 128),
    "samples": (1_000, 10_000, 100_000),
    "n_critic": (1, 2, 4, 8),
}
# The exponent that arithmetic alone would give; the width acts on both sides of a convolution.
EXPECTED = {"batch": 1, "width": 2, "resolution": 2, "samples": 0, "n_critic": 1}


def point(batch: int, width: int, resolution: int, samples: int, n_critic: int) -> dict[str, float]:
    """Milliseconds of an iteration of a DCGAN with a gradient penalty, and the process's peak memory."""
    network = DCGAN(width=width, widest=8 * width, norm="none")
    recipe = Recipe(
        name="growth", loss=Wasserstein(), lipschitz=(GP(),), generator=network, critic=network,
        generator_optimizer=Adam(), critic_optimizer=Adam(), schedule=CriticSchedule(n_critic=n_critic),
        batch=batch, iterations=10**9,
    )  # fmt: skip
    shape = (samples, 3, resolution, resolution)
    data = TensorSource(
        torch.randint(256, shape, generator=torch.Generator().manual_seed(0), dtype=torch.uint8), "noise"
    )
    loop = train(State.start(recipe, data.shape), recipe, data)
    taken = []
    next(loop)
    while len(taken) < 3 or sum(taken) < 1.5:
        began = time.perf_counter()
        next(loop)
        taken.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {"milliseconds": 1e3 * median(taken), "mebibytes": peak}


def measured(sizes: dict[str, int]) -> dict[str, float]:
    """`point` in a fresh process."""
    command = [sys.executable, __file__, "--point", json.dumps(sizes)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def exponent(rows: list[dict[str, Any]], by: str) -> float:
    """The slope of log time over log size, between the last two points."""
    (x0, y0), (x1, y1) = [(row[by], row["milliseconds"]) for row in rows[-2:]]
    return float((torch.tensor(y1 / y0).log() / torch.tensor(x1 / x0).log()).item())


def draw(found: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """One panel for each sweep."""
    figure, axes = plt.subplots(1, len(found), figsize=(3 * len(found), 2.8), sharey=True, constrained_layout=True)
    for axis, (by, rows) in zip(axes, found.items(), strict=True):
        x, y = [row[by] for row in rows], [row["milliseconds"] for row in rows]
        axis.loglog(x, y, "o-", label="time")
        axis.loglog(x, [y[-1] * (value / x[-1]) ** EXPECTED[by] for value in x], ":", label=f"exponent {EXPECTED[by]}")
        axis.set(xlabel=by, ylabel="ms per iteration" if by == "batch" else "")
        axis.set_xticks(x, [f"{value:,}" for value in x], fontsize=8)
        axis.minorticks_off()
        axis.set_ylim(5, 1000)
        axis.set_yticks([10, 100, 1000], ["10", "100", "1,000"])
        axis.legend(fontsize=7, loc="upper left")
        memory = axis.twinx()
        memory.plot(x, [row["mebibytes"] for row in rows], "s--", color="gray", markersize=3)
        memory.set_ylim(0, 1500)
        memory.set_ylabel("peak MiB" if by == "n_critic" else "", color="gray")
    figure.savefig(path, dpi=90)


def main() -> None:
    """Prints a table and draws it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--point", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="directory for the table, its numbers and the figure")
    arguments = parser.parse_args()
    if arguments.point:
        print(json.dumps(point(**json.loads(arguments.point))))
        return
    found = {by: [{by: value, **measured({**BASE, by: value})} for value in values] for by, values in SWEEPS.items()}
    lines = [
        [by, str(row[by]), f"{row['milliseconds']:.1f}", f"{row['mebibytes']:.0f}",
         f"{exponent(rows, by):.2f} (expected {EXPECTED[by]})" if row is rows[-1] else ""]
        for by, rows in found.items() for row in rows
    ]  # fmt: skip
    report(
        "growth", ["what grows", "value", "ms per iteration", "peak MiB", "last exponent"], lines, found, arguments.out
    )
    if arguments.out:
        draw(found, arguments.out / "growth.png")


if __name__ == "__main__":
    main()
