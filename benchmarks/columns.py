"""What makes column generation fast: the parts of its third round, each beside what it could be instead.

The pass over all pairs in float64 instead of float32 with proof; the network simplex from nothing instead of from what
is known, and other solvers of the same sparse assignment.

    python benchmarks/columns.py --size 20000 --out docs/speed
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from alone import measured, samples
from rounds import report

from wgan.distances.costs import Euclidean
from wgan.distances.generation import ADDED, Effort, Generation, restricted
from wgan.distances.problem import Problem

DATA = ("law:2", "law:16")


class Round:
    """The third round of a problem: the sparse problem, and the potentials that are known."""

    def __init__(self, data: str, n: int) -> None:
        x, y = samples(data, n)
        weights = torch.full((n,), 1 / n, dtype=torch.float64)
        self.problem = Problem(x, y, weights, weights, 1, Euclidean())
        self.pricing, self.screen, self.candidates, found, _ = Generation(self.problem, Effort()).start()
        self.u, self.v = found.u, found.v
        for _ in range(2):
            found = restricted(self.candidates, self.u, self.v)
            self.u, self.v = found.u, found.v
            _, rows, columns = self.screen.underpriced(self.u, self.v, 1e-12, ADDED)
            self.candidates = self.candidates.and_these(rows, columns)


def screened(at: Round) -> None:
    """Our pass."""
    at.screen.underpriced(at.u, at.v, 1e-12, ADDED)


def in_double(at: Round) -> None:
    """The least of all pairs, in float64."""
    at.pricing.transform(at.problem.x, at.problem.y, at.v)


def known(at: Round) -> None:
    """The simplex as we start it."""
    restricted(at.candidates, at.u, at.v)


def nothing(at: Round) -> None:
    """The same without potentials."""
    restricted(at.candidates, torch.zeros_like(at.u), torch.zeros_like(at.v))


def lapmod(at: Round) -> None:
    """The sparse method of Jonker and Volgenant."""
    import lap

    pairs = at.candidates
    starts = np.searchsorted(pairs.rows.numpy(), np.arange(len(at.u) + 1)).astype(np.int32)
    lap.lapmod(len(at.u), pairs.costs.numpy(), starts, pairs.columns.numpy().astype(np.int32))


def ortools(at: Round) -> None:
    """OR-tools' assignment by cost scaling, of costs that are rounded to a billionth of the greatest."""
    from ortools.graph.python import linear_sum_assignment

    costs = at.candidates.costs
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    rows, columns = (side.numpy().astype(np.int32) for side in (at.candidates.rows, at.candidates.columns))
    solver.add_arcs_with_cost(rows, columns, (costs / costs.max() * 1e9).round().long().numpy())
    solver.solve()


PARTS: dict[str, Callable[[Round], None]] = {
    "pass: ours": screened, "pass: all pairs in float64": in_double, "sparse: simplex from what is known": known,
    "sparse: simplex from nothing": nothing, "sparse: lapmod": lapmod, "sparse: OR-tools": ortools,
}  # fmt: skip


def row(data: str, size: int, name: str, found: dict[str, Any]) -> list[str]:
    """A line of the table."""
    taken = found.get("failed") or f"{found['processor']:.2f}"
    return [data, f"{size:,}", name, taken, f"{found['candidates']:,}" if "candidates" in found else ""]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--point", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=20000)
    parser.add_argument("--data", nargs="+", default=DATA, help="law:D, gauss:D or mnist")
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a part is stopped")
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    arguments = parser.parse_args()
    if arguments.point:
        case = json.loads(arguments.point)
        at = Round(case["data"], case["n"])
        used = time.process_time()
        PARTS[case["name"]](at)
        print(json.dumps({"processor": time.process_time() - used, "candidates": len(at.candidates)}))
        return
    found = [
        (data, name, measured(__file__, arguments.limit, data=data, n=arguments.size, name=name))
        for data in arguments.data
        for name in PARTS
    ]
    rows = [row(data, arguments.size, name, one) for data, name, one in found]
    report("columns", ["data", "n", "part of a round", "processor s", "candidate pairs"], rows, found, arguments.out)


if __name__ == "__main__":
    main()
