"""Two processes of one thread each against one of one thread, on what `wgan distance` shares among them.

That is a pass over all pairs of exact transport, the look for pairs that cost less than their potentials with the
exchange of what was found, and a step of the critic's fit. The ideal is half the time of one. Beside the time on the
clock stands that of the processor, for the busier process, which other work on the machine prolongs less; what waits
for another process takes none. Measurements are short and take turns. Run as `python benchmarks/sweeps.py --rounds 5`.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rounds import in_processes, ratio, report

from wgan import together
from wgan.critic.candidates import Candidate, funnels, plain
from wgan.critic.fitting import Fitting, StopRule
from wgan.critic.samples import gather
from wgan.data import open_source
from wgan.distances.costs import Euclidean
from wgan.distances.generation import ADDED, ROUNDING, Effort, Generation
from wgan.distances.problem import Problem
from wgan.processes import Processes
from wgan.randomness import stream

COUNTS = {"one process": 1, "two processes": 2}
Step = Callable[[], object]


@contextmanager
def screened(n: int, d: int) -> Iterator[Step]:
    """A pass over all pairs of two samples of one law, the hardest to tell apart."""
    x, y = (torch.randn(n, d, generator=stream(0, side), dtype=torch.float64) for side in "xy")
    weights = torch.full((n,), 1 / n, dtype=torch.float64)
    start = Generation(Problem(x, y, weights, weights, 1, Euclidean()), Effort()).start()
    yield lambda: start.screen.underpriced(start.plan.u, start.plan.v, ROUNDING, ADDED)


@contextmanager
def fitted(candidate: Candidate, d: int) -> Iterator[Step]:
    """Ten steps of a critic on a pair of the benchmark."""
    split = gather(open_source(f"funnels:{d}:64"), open_source(f"funnels:{d}:64:fake"), 1 << 15, 0)
    fit = Fitting(candidate, split, StopRule())
    with fit.processes.averaging(fit.step.optimizer):
        yield lambda: [fit._step() for _ in range(10)]


CASES: dict[str, Callable[[], AbstractContextManager[Step]]] = {
    "pass, 20,000 points, d = 2": partial(screened, 20000, 2),
    "pass, 10,000 points, d = 16": partial(screened, 10000, 16),
    "pass, 5,000 points, d = 784": partial(screened, 5000, 784),
    "10 steps, GroupSort, d = 16": partial(fitted, plain(1 << 15)[-1], 16),
    "10 steps, 512 funnels, d = 128": partial(fitted, funnels(512, -1), 128),
    "10 steps, 64 funnels, d = 16": partial(fitted, funnels(64, -1), 16),
}


def work(name: str, seconds: float) -> None:
    """Works for a while, in as many processes as there are; prints the median of both clocks."""
    with together() as processes, CASES[name]() as step:
        taken: list[tuple[float, float]] = []
        step()
        while processes.greatest(int(len(taken) < 3 or sum(wall for wall, _ in taken) < seconds)):
            processes.wait()
            began = time.perf_counter(), time.process_time()
            step()
            processes.wait()
            taken.append((time.perf_counter() - began[0], busiest(time.process_time() - began[1], processes)))
        if processes.leads:
            print(json.dumps([median(clock) for clock in zip(*taken, strict=True)]))


def busiest(seconds: float, processes: Processes) -> float:
    """The greatest of the processes' times."""
    return processes.greatest(round(1e6 * seconds)) / 1e6


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="directory for the table and its numbers")
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.seconds)
        return
    rows: list[dict[str, Any]] = []
    for case in CASES:
        wall: dict[str, list[float]] = {setting: [] for setting in COUNTS}
        busy: dict[str, list[float]] = {setting: [] for setting in COUNTS}
        for _ in range(arguments.rounds):
            for setting, count in COUNTS.items():
                seconds = in_processes(__file__, case, arguments.seconds, count)
                wall[setting].append(seconds[0])
                busy[setting].append(seconds[1])
        clocks = {"wall": wall, "busy": busy}
        shares = {name: [found / 2 for found in ratio(clock, *COUNTS)] for name, clock in clocks.items()}
        rows.append({"case": case, **clocks, "shares": shares})
    lines = [
        [row["case"], *(f"{1e3 * median(row[clock][setting]):.0f}" for clock in ("wall", "busy") for setting in COUNTS),
         *("{:.2f} ({:.2f}–{:.2f})".format(*row["shares"][clock]) for clock in ("wall", "busy"))]
        for row in rows
    ]  # fmt: skip
    header = ["what", *(f"{setting}, ms" for setting in COUNTS), *(f"{setting}, CPU ms" for setting in COUNTS),
              "share of the ideal", "by the processor's clock"]  # fmt: skip
    report("sweeps", header, lines, rows, arguments.out)


if __name__ == "__main__":
    main()
