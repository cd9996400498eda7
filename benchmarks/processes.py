"""Two processes with one thread each against one process with two threads, on the same batch.

The ideal is half the time of one process with one thread. What the exchange of gradients takes of an iteration, the
wait for the slower process with it, stands beside. Run as `python benchmarks/processes.py --rounds 3`.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rounds import in_processes, ratio, report

from wgan.data import TensorSource
from wgan.lipschitz import GP
from wgan.losses import Wasserstein
from wgan.networks import DCGAN, MLP, Network
from wgan.optimizers import Adam
from wgan.processes import Processes, joined
from wgan.recipes import Recipe
from wgan.schedules import CriticSchedule
from wgan.training import State, train

CASES: dict[str, tuple[Network, tuple[int, ...], int]] = {
    "DCGAN-32, width 64": (DCGAN(width=64, norm="none"), (3, 32, 32), 32),
    "MLP 3×512 at 784": (MLP(widths=(512, 512, 512)), (1, 28, 28), 256),
}
# Threads of each process, processes.
SETTINGS = {"one thread": (1, 1), "two threads": (2, 1), "two processes": (1, 2)}


class Timed(Processes):
    """Processes that note how long they exchange gradients."""

    taken = 0.0

    def average_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """See `Processes.average_gradients`."""
        began = time.perf_counter()
        super().average_gradients(optimizer)
        Timed.taken += time.perf_counter() - began


def work(name: str, seconds: float) -> None:
    """Trains for a while, in as many processes as there are; prints the median seconds of an iteration and exchange."""
    network, shape, batch = CASES[name]
    recipe = Recipe(
        name="processes", loss=Wasserstein(), lipschitz=(GP(),), generator=network, critic=network,
        generator_optimizer=Adam(), critic_optimizer=Adam(), schedule=CriticSchedule(n_critic=1),
        batch=batch, iterations=10**9,
    )  # fmt: skip
    pixels = torch.randint(256, (2000, *shape), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    data = TensorSource(pixels, "noise")
    with joined(torch.device("cpu")) as (present, _):
        processes = Timed(present.count, present.rank)
        exchanges: list[float] = []
        loop, taken = train(State.start(recipe, data.shape), recipe, data, processes=processes), []
        next(loop)
        while processes.greatest(int(len(taken) < 3 or sum(taken) < seconds)):
            began, Timed.taken = time.perf_counter(), 0.0
            next(loop)
            taken.append(time.perf_counter() - began)
            exchanges.append(Timed.taken)
        if processes.leads:
            print(json.dumps([median(taken), median(exchanges)]))


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="directory for the table and its numbers")
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.seconds)
        return
    rows: list[dict[str, Any]] = []
    for case in CASES:
        taken: dict[str, list[float]] = {setting: [] for setting in SETTINGS}
        exchanges: list[float] = []
        for _ in range(arguments.rounds):
            for setting, (threads, count) in SETTINGS.items():
                iteration, exchange = in_processes(__file__, case, arguments.seconds, count, threads)
                taken[setting].append(iteration)
            exchanges.append(exchange)  # of the setting with two processes, which is the last
        rows.append({
            "case": case, "seconds": taken, "exchange": median(exchanges),
            "of two threads": ratio(taken, "two threads", "two processes"),
            "of the ideal": [found / 2 for found in ratio(taken, "one thread", "two processes")],
        })  # fmt: skip
    lines = [
        [row["case"], *(f"{1e3 * median(row['seconds'][setting]):.0f}" for setting in SETTINGS),
         f"{1e3 * row['exchange']:.0f}",
         *("{:.2f} ({:.2f}–{:.2f})".format(*row[key]) for key in ("of two threads", "of the ideal"))]
        for row in rows
    ]  # fmt: skip
    header = ["networks", *(f"{setting}, ms" for setting in SETTINGS), "of it exchanges, ms",
              "two threads / two processes", "share of the ideal"]  # fmt: skip
    report("processes", header, lines, rows, arguments.out)


if __name__ == "__main__":
    main()
