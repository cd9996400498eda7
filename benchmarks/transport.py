"""Exact W₁ between two sets of samples: ours beside POT, scipy and approximations, from the samples to the value.

Every contender runs in a process of its own, and they take turns. A value that is not optimal, or not proved to be, is
shown by how much it is above ours. POT gets as many iterations as it needs: its default ends too early from some 3,000
samples on, with a wrong value.

    pip install --no-deps geomloss
    python benchmarks/transport.py --out docs/speed
    python benchmarks/transport.py --sizes 20000 50000 100000 --contenders ours bsp --tolerance 1e-5 \
        --title transport_large --out docs/speed
"""

import argparse
import json
from math import log
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from alone import Solver, cost_of, measured
from rounds import report
from torch import Tensor

mpl.use("agg")
from matplotlib import pyplot as plt

DATA = ("gauss:2", "law:2", "gauss:16", "law:16", "mnist")


def ours(tolerance: float) -> Solver:
    """With both bounds."""
    import ot  # noqa: F401 - which is loaded when many samples first need it, a second that POT's own rows leave out

    from wgan.distances import transport

    def solve(x: Tensor, y: Tensor) -> dict[str, Any]:
        found = transport(x, y, tolerance=tolerance)
        return {"value": found.distance.item(), "gap": found.gap}

    return solve


def dense(_: float) -> Solver:
    """POT's network simplex over all pairs."""
    import ot

    def solve(x: Tensor, y: Tensor) -> dict[str, Any]:
        return {"value": float(ot.emd2([], [], ot.dist(x.numpy(), y.numpy(), metric="euclidean"), numItermax=10**9))}

    return solve


def lazy(_: float) -> Solver:
    """POT's network simplex that computes costs when it needs them."""
    import ot

    def solve(x: Tensor, y: Tensor) -> dict[str, Any]:
        found = ot.emd2_lazy(x.numpy(), y.numpy(), metric="euclidean", numItermax=10**9, return_matrix=False)
        return {"value": float(found[0] if isinstance(found, tuple) else found)}

    return solve


def bsp(_: float) -> Solver:
    """POT's matching by binary space partitions, an approximation from above."""
    import ot

    def solve(x: Tensor, y: Tensor) -> dict[str, Any]:
        order = ot.compute_bspot_bijection(x.numpy(), y.numpy(), p=1)[1]
        return {"value": float((x - y[order]).norm(dim=1).mean())}

    return solve


def assignment(_: float) -> Solver:
    """What a user of scipy writes."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    def solve(x: Tensor, y: Tensor) -> dict[str, Any]:
        costs = cdist(x.numpy(), y.numpy())
        return {"value": float(costs[linear_sum_assignment(costs)].mean())}

    return solve


def entropic(_: float) -> Solver:
    """geomloss, whose blur makes it an approximation."""
    from geomloss import SamplesLoss

    loss = SamplesLoss("sinkhorn", p=1, blur=0.01, scaling=0.9, debias=False, backend="tensorized")
    return lambda x, y: {"value": float(loss(x, y))}


CONTENDERS = {
    "ours": ours, "POT emd2": dense, "POT emd2_lazy": lazy, "scipy": assignment, "POT bsp": bsp, "geomloss": entropic,
}  # fmt: skip


USUAL = [name for name in CONTENDERS if name != "POT emd2_lazy"]  # which takes minutes from 1,000 images on


def rows_of(data: str, n: int, turns: list[dict[str, dict[str, Any]]]) -> list[list[str]]:
    """A line of the table for each contender."""
    lines = []
    for name in turns[0]:
        found = [turn[name] for turn in turns]
        if reasons := [one["failed"] for one in found if "failed" in one]:
            lines.append([data, f"{n:,}", name, reasons[0], *[""] * 5])
            continue
        pairs = [(one, turn["ours"]) for one, turn in zip(found, turns, strict=True)]
        ratio = median(one["processor"] / own["processor"] for one, own in pairs)
        above = found[0]["value"] / turns[0]["ours"]["value"] - 1
        lines.append([
            data, f"{n:,}", name, f"{median(one['seconds'] for one in found):.1f}",
            f"{median(one['processor'] for one in found):.1f}", f"{ratio:.1f}",
            f"{max(one['mebibytes'] for one in found):,.0f}", f"{above:.1e}" if name != "ours" else "",
            f"{found[0]['gap']:.0e}" if "gap" in found[0] else "none",
        ])  # fmt: skip
    return lines


def exponent(rows: list[tuple[int, float]]) -> float:
    """The slope of the logarithms between the first and the last point."""
    (x0, y0), (x1, y1) = rows[0], rows[-1]
    return log(y1 / y0) / log(x1 / x0)


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """Our time and memory against the number of samples."""
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3), constrained_layout=True)
    for axis, key, label in zip(
        axes, ("processor", "peak"), ("processor seconds", "peak MiB of the process"), strict=True
    ):
        for data in dict.fromkeys(row["data"] for row in found):
            turns = [(row["n"], row["turns"][0]["ours"]) for row in found if row["data"] == data]
            points = [(n, turn[key]) for n, turn in turns if "failed" not in turn]
            text = f"{data}, exponent {exponent(points):.2f}" if key == "processor" else data
            axis.loglog(*zip(*points, strict=True), "o-", markersize=3, label=text)
        axis.set(xlabel="samples of each side", ylabel=label)
        axis.legend(fontsize=7)
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def main() -> None:
    """Prints a table, a case as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--point", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000])
    parser.add_argument("--data", nargs="+", default=DATA, help="gauss:D, law:D or mnist")
    parser.add_argument("--contenders", nargs="+", default=USUAL, choices=CONTENDERS)
    parser.add_argument("--tolerance", type=float, default=1e-9, help="of ours: relative gap at which it is content")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a contender is stopped")
    parser.add_argument("--title", default="transport")
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    arguments = parser.parse_args()
    if arguments.point:
        case = json.loads(arguments.point)
        print(json.dumps(cost_of(CONTENDERS[case["name"]], case["data"], case["n"], case["tolerance"])))
        return
    found = []
    for data in arguments.data:
        for n in arguments.sizes:
            case = {"data": data, "n": n, "tolerance": arguments.tolerance}
            turns = [
                {name: measured(__file__, arguments.limit, name=name, **case) for name in arguments.contenders}
                for _ in range(arguments.rounds)
            ]
            found.append({**case, "turns": turns})
            for row in rows_of(data, n, turns):
                print(*row, sep=" | ", flush=True)
    header = ["data", "n", "solver", "seconds", "processor s", "times ours", "MiB", "above ours", "proved gap"]
    rows = [row for one in found for row in rows_of(one["data"], one["n"], one["turns"])]
    report(arguments.title, header, rows, found, arguments.out)
    if arguments.out and arguments.contenders == ["ours"]:
        draw(found, arguments.out / f"{arguments.title}.png")


if __name__ == "__main__":
    main()
