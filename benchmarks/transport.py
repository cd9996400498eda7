"""Exact W₁ between two sets of samples: ours against POT's network simplex, on the same sets.

The two take turns, round by round, so that a machine whose speed drifts slows both; what is reported is the ratio of
each round, and its median. "Whole" goes from the samples to the value, "solver" begins at the matrix of costs. POT gets
as many iterations as it needs: its default ends too early from some 3,000 samples on, with a wrong value.

    python benchmarks/transport.py --sizes 2000 5000 --data noise mnist --rounds 5 --json transport.json
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import ot
import torch
from torch import Tensor

from wgan.data import open_source
from wgan.distances import assignment, transport
from wgan.distances.costs import Euclidean
from wgan.randomness import stream

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True)
class Seconds:
    """How long each of the two took, from the samples and from the costs on."""

    whole: float
    solver: float


@dataclass(frozen=True)
class Round:
    """One turn of each."""

    ours: Seconds
    pot: Seconds
    difference: float
    """Of the two values, relative."""


def samples(data: str, size: int, step: int) -> tuple[Tensor, Tensor]:
    """Two sets of 784 numbers in [0, 1] per sample: noise, or two batches of MNIST."""
    generator = stream(0, data, size, step)
    if data == "noise":
        both = torch.rand(2 * size, 784, dtype=torch.float64, generator=generator)
    else:
        both = open_source(data).sample(2 * size, generator).flatten(1).double() / 2 + 0.5
    return both[:size], both[size:]


def one_round(x: Tensor, y: Tensor, clock: Callable[[], float]) -> Round:
    """Both on the same sets."""
    start = clock()
    ours = transport(x, y)
    whole = clock() - start
    costs = Euclidean().matrix(x, y)
    start = clock()
    assignment.solve(costs)
    solver = clock() - start
    start = clock()
    matrix = ot.dist(x.numpy(), y.numpy(), metric="euclidean")
    middle = clock()
    value = ot.emd2([], [], matrix, numItermax=10**9)
    end = clock()
    difference = abs(ours.cost.item() - float(value)) / float(value)
    return Round(Seconds(whole, solver), Seconds(end - start, end - middle), difference)


def summary(rounds: list[Round]) -> dict[str, object]:
    """Medians, spread and ratios."""
    whole = [r.pot.whole / r.ours.whole for r in rounds]
    solver = [r.pot.solver / r.ours.solver for r in rounds]
    return {
        "ours": {"whole": median(r.ours.whole for r in rounds), "solver": median(r.ours.solver for r in rounds)},
        "pot": {"whole": median(r.pot.whole for r in rounds), "solver": median(r.pot.solver for r in rounds)},
        "times as fast, whole": {"median": median(whole), "lowest": min(whole), "highest": max(whole)},
        "times as fast, solver": {"median": median(solver), "lowest": min(solver), "highest": max(solver)},
        "largest relative difference": max(r.difference for r in rounds),
        "rounds": [asdict(r) for r in rounds],
    }


def line(name: str, result: dict[str, object]) -> str:
    """The result of one case in words."""
    whole, solver = result["times as fast, whole"], result["times as fast, solver"]
    parts = [
        f"{part} {ratio['median']:.1f}× ({ratio['lowest']:.1f}-{ratio['highest']:.1f}), "
        f"{result['ours'][part]:.2f} s against {result['pot'][part]:.2f} s"
        for part, ratio in (("whole", whole), ("solver", solver))
    ]
    return f"{name}: {'; '.join(parts)}; values differ by {result['largest relative difference']:.1e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000])
    parser.add_argument("--data", nargs="+", default=["noise"], help="noise, or a data source of 784 numbers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: for machines that others use too")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results: dict[str, dict[str, object]] = {}
    one_round(*samples("noise", 300, 0), CLOCKS[arguments.clock])  # imports and caches
    for data in arguments.data:
        for size in arguments.sizes:
            sets = [samples(data, size, step) for step in range(arguments.rounds)]
            name = f"{data}, n = {size:,}, d = 784"
            results[name] = summary([one_round(*pair, CLOCKS[arguments.clock]) for pair in sets])
            print(line(name, results[name]), flush=True)
    if arguments.json:
        machine = {"machine": platform.processor() or platform.machine(), "threads": arguments.threads}
        arguments.json.write_text(json.dumps({"schema": 1, **machine, "clock": arguments.clock, "results": results}))


if __name__ == "__main__":
    main()
