"""Exact W₁ between two sets of samples: ours against POT's network simplex and scipy's assignment, on the same sets.

All take turns, round by round, so that a machine whose speed drifts slows all; what is reported is the ratio within
each round. "Whole" goes from the samples to the value, "solver" begins at the matrix of costs. POT gets as many
iterations as it needs: its default ends too early from some 3,000 samples on, with a wrong value.

    python benchmarks/transport.py --data mnist noise --sizes 2000 5000 --out docs/speed
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import ot
import torch
from rounds import ratio, report
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from wgan.data import open_source
from wgan.distances import assignment, transport
from wgan.distances.costs import Euclidean
from wgan.randomness import stream


@dataclass(frozen=True)
class Contender:
    """The matrix of costs of two sets, and W₁ from that matrix."""

    costs: Callable[[Tensor, Tensor], Any]
    value: Callable[[Any], Any]


def assigned(costs: Any) -> float:  # noqa: ANN401 - an array
    """What a user of scipy writes."""
    return float(costs[linear_sum_assignment(costs)].mean())


CONTENDERS = {
    "ours": Contender(Euclidean().matrix, assignment.solve),
    "POT": Contender(
        lambda x, y: ot.dist(x.numpy(), y.numpy(), metric="euclidean"),
        lambda costs: float(ot.emd2([], [], costs, numItermax=10**9)),
    ),
    "scipy": Contender(lambda x, y: cdist(x.numpy(), y.numpy()), assigned),
}
PEERS = [name for name in CONTENDERS if name != "ours"]


def samples(data: str, size: int, step: int) -> tuple[Tensor, Tensor]:
    """Two sets of 784 numbers in [0, 1] per sample: noise, or two batches of MNIST."""
    rng = stream(0, data, size, step)
    if data == "noise":
        both = torch.rand(2 * size, 784, dtype=torch.float64, generator=rng)
    else:
        both = open_source(data).sample(2 * size, rng).flatten(1).double() / 2 + 0.5
    return both[:size], both[size:]


def one_round(x: Tensor, y: Tensor) -> dict[str, tuple[float, float, float]]:
    """Seconds of the whole, seconds of the solver and the value, for each contender."""
    found = {}
    for name, contender in CONTENDERS.items():
        began = time.perf_counter()
        costs = contender.costs(x, y)
        middle = time.perf_counter()
        value = contender.value(costs)
        end = time.perf_counter()
        whole = end - began
        if name == "ours":  # what users call, and the value, which the solver leaves to it
            began = time.perf_counter()
            value = float(transport(x, y).cost)
            whole = time.perf_counter() - began
        found[name] = whole, end - middle, value
    return found


def measure(data: str, size: int, rounds: int) -> dict[str, Any]:
    """All rounds of one case."""
    found = [one_round(*samples(data, size, step)) for step in range(rounds)]
    whole, solver, values = ({name: [one[name][part] for one in found] for name in CONTENDERS} for part in range(3))
    differences = [abs(values["ours"][step] / values[name][step] - 1) for name in PEERS for step in range(rounds)]
    taken = {"solver": solver, "whole": whole}
    ratios = {part: {name: ratio(seconds, name, "ours") for name in PEERS} for part, seconds in taken.items()}
    return {"data": data, "size": size, "seconds": taken, "ratios": ratios, "difference": max(differences)}


def row(found: dict[str, Any]) -> list[str]:
    """A line of the table."""
    ratios = ["{:.1f} ({:.1f}–{:.1f})".format(*peer) for part in found["ratios"].values() for peer in part.values()]
    ours = median(found["seconds"]["whole"]["ours"])
    return [f"{found['data']}, d = 784", f"{found['size']:,}", *ratios, f"{ours:.2f}", f"{found['difference']:.1e}"]


def main() -> None:
    """Prints a table, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000])
    parser.add_argument("--data", nargs="+", default=["noise"], help="noise, or a data source of 784 numbers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    arguments = parser.parse_args()
    one_round(*samples("noise", 300, 0))  # imports and caches
    numbers = []
    for data in arguments.data:
        for size in arguments.sizes:
            numbers.append(measure(data, size, arguments.rounds))
            print(*row(numbers[-1]), sep=" | ", flush=True)
    ratios = [f"{part}: {name} / ours (quartiles)" for part in ("solver", "whole") for name in PEERS]
    header = ["data", "n", *ratios, "our seconds, whole", "values differ by"]
    report("transport", header, [row(one) for one in numbers], numbers, arguments.out)


if __name__ == "__main__":
    main()
