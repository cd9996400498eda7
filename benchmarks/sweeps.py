"""Two processes of one thread each against one of one thread, on a pass over all pairs of exact transport.

The ideal is half the time of one. What is shared is the look for pairs that cost less than their potentials, with the
exchange of what was found. Beside the time on the clock stands that of the processor, for the slower process, which
other work on the machine prolongs less; what waits for another process takes none. Passes are short and take turns.
Run as `python benchmarks/sweeps.py --rounds 5`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rounds import ratio, report

from wgan import together
from wgan.distances.costs import Euclidean
from wgan.distances.generation import ADDED, ROUNDING, Effort, Generation
from wgan.distances.problem import Problem
from wgan.processes import Processes
from wgan.randomness import stream

CASES = {"d = 2": (20000, 2), "d = 16": (10000, 16), "d = 784": (5000, 784)}
"""Points of a side and their dimensions: two samples of one Gaussian law, the hardest to tell apart."""
COUNTS = {"one process": 1, "two processes": 2}


def problem(n: int, d: int) -> Problem:
    """Two samples of one law."""
    x, y = (torch.randn(n, d, generator=stream(0, side), dtype=torch.float64) for side in "xy")
    return Problem(x, y, torch.full((n,), 1 / n).double(), torch.full((n,), 1 / n).double(), 1, Euclidean())


def work(name: str, seconds: float) -> None:
    """Passes for a while, in as many processes as there are; prints the median of both clocks for one pass."""
    with together() as processes:
        _, screen, _, u, v = Generation(problem(*CASES[name]), Effort()).start()
        taken: list[tuple[float, float]] = []
        screen.underpriced(u, v, ROUNDING, ADDED)
        while processes.greatest(int(len(taken) < 3 or sum(wall for wall, _ in taken) < seconds)):
            processes.wait()
            began = time.perf_counter(), time.process_time()
            screen.underpriced(u, v, ROUNDING, ADDED)
            processes.wait()
            taken.append((time.perf_counter() - began[0], busiest(time.process_time() - began[1], processes)))
        if processes.leads:
            print(json.dumps([median(clock) for clock in zip(*taken, strict=True)]))


def busiest(seconds: float, processes: Processes) -> float:
    """The greatest of the processes' times."""
    return processes.greatest(round(1e6 * seconds)) / 1e6


def measured(name: str, count: int, seconds: float) -> list[float]:
    """`work` in fresh processes of one thread."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"] if count > 1 else []
    command = [sys.executable, *launcher, __file__, "--work", name, "--seconds", str(seconds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return [float(number) for number in json.loads(found)]


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
    for case, (n, _) in CASES.items():
        wall: dict[str, list[float]] = {setting: [] for setting in COUNTS}
        busy: dict[str, list[float]] = {setting: [] for setting in COUNTS}
        for _ in range(arguments.rounds):
            for setting, count in COUNTS.items():
                for clock, found in zip((wall, busy), measured(case, count, arguments.seconds), strict=True):
                    clock[setting].append(found)
        shares = {
            name: [found / 2 for found in ratio(clock, *COUNTS)] for name, clock in (("wall", wall), ("busy", busy))
        }
        rows.append({"case": f"{n:,} points, {case}", "wall": wall, "busy": busy, "shares": shares})
    lines = [
        [row["case"], *(f"{1e3 * median(row[clock][setting]):.0f}" for clock in ("wall", "busy") for setting in COUNTS),
         *("{:.2f} ({:.2f}–{:.2f})".format(*row["shares"][clock]) for clock in ("wall", "busy"))]
        for row in rows
    ]  # fmt: skip
    header = ["samples", *(f"{setting}, ms" for setting in COUNTS), *(f"{setting}, CPU ms" for setting in COUNTS),
              "share of the ideal", "by the processor's clock"]  # fmt: skip
    report("sweeps", header, lines, rows, arguments.out)


if __name__ == "__main__":
    main()
