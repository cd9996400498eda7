"""The Sinkhorn divergence of two sets of samples: ours beside POT, geomloss and ott, at one temperature and tolerance.

The cost is the Euclidean distance. All but geomloss, which takes a fixed number of steps, stop where a millionth of the
mass is misplaced, or after 10,000 steps. What is left of the error is seen against ours at a thousandth of that.

    pip install --no-deps geomloss ott-jax jax jaxlib jaxopt lineax equinox jaxtyping wadler-lindig opt_einsum ml_dtypes
    python benchmarks/entropic.py --out docs/speed
"""

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any

import torch
from alone import Solver, cost_of, measured, samples
from rounds import report
from torch import Tensor

DATA = ("gauss:2", "law:16", "heavy:3", "mnist")
TOLERANCE, STEPS = 1e-6, 10_000


def ours(epsilon: float) -> Solver:
    """With both sides' costs kept where they fit into the memory."""
    from wgan.distances import Sinkhorn

    return lambda x, y: {"value": Sinkhorn(epsilon=epsilon, tolerance=TOLERANCE, iterations=STEPS)(x, y).item()}


def reference(epsilon: float) -> Solver:
    """What the others are compared with."""
    from wgan.distances import Sinkhorn

    return lambda x, y: {"value": Sinkhorn(epsilon=epsilon, tolerance=TOLERANCE / 1000, iterations=STEPS)(x, y).item()}


def pot(epsilon: float) -> Solver:
    """POT's iteration in logarithms, three times."""
    import numpy as np
    import ot

    def entropic(x: Tensor, y: Tensor) -> float:
        n, m = len(x), len(y)
        costs = ot.dist(x.numpy(), y.numpy(), metric="euclidean")
        plan, log = ot.sinkhorn(
            [], [], costs, epsilon, method="sinkhorn_log", stopThr=TOLERANCE, numItermax=STEPS, log=True, warn=False
        )
        f, g = (epsilon * (log[name] - np.log(1 / count)) for name, count in (("log_u", n), ("log_v", m)))
        return float(f.mean() + g.mean() - epsilon * (plan.sum() - 1))

    return lambda x, y: {"value": entropic(x, y) - entropic(x, x) / 2 - entropic(y, y) / 2}


def geomloss(epsilon: float) -> Solver:
    """geomloss, all pairs at once."""
    from geomloss import SamplesLoss

    loss = SamplesLoss("sinkhorn", p=1, blur=epsilon, scaling=0.9, debias=True, backend="tensorized")
    return lambda x, y: {"value": float(loss(x, y))}


def ott(epsilon: float) -> Solver:
    """ott, compiled before, in float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    from jax import numpy as jnp
    from ott.geometry import costs, pointcloud
    from ott.tools import sinkhorn_divergence

    def solve(x: Tensor, y: Tensor) -> dict[str, Any]:
        found = sinkhorn_divergence.sinkhorn_divergence(
            pointcloud.PointCloud, jnp.asarray(x.numpy()), jnp.asarray(y.numpy()), cost_fn=costs.Euclidean(),
            epsilon=epsilon, solve_kwargs={"threshold": TOLERANCE, "max_iterations": STEPS},
        )  # fmt: skip
        return {"value": float(found[0])}

    return solve


CONTENDERS = {"reference": reference, "ours": ours, "POT": pot, "geomloss": geomloss, "ott": ott}


def rows_of(case: dict[str, Any], turns: list[dict[str, dict[str, Any]]]) -> list[list[str]]:
    """A line of the table for each contender."""
    lines, start = [], [case["data"], f"{case['n']:,}", f"{case['relative']:g}"]
    truth = turns[0]["reference"]
    for name in list(turns[0])[1:]:
        found = [turn[name] for turn in turns]
        if reasons := [one["failed"] for one in found if "failed" in one]:
            lines.append([*start, name, reasons[0], *[""] * 4])
            continue
        ratio = median(one["processor"] / turn["ours"]["processor"] for one, turn in zip(found, turns, strict=True))
        off = abs(found[0]["value"] / truth["value"] - 1) if "value" in truth else float("nan")
        lines.append([
            *start, name, f"{median(one['seconds'] for one in found):.2f}",
            f"{median(one['processor'] for one in found):.2f}", f"{ratio:.1f}",
            f"{max(one['mebibytes'] for one in found):,.0f}", f"{off:.0e}",
        ])  # fmt: skip
    return lines


def main() -> None:
    """Prints a table, a case as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--point", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000])
    parser.add_argument("--data", nargs="+", default=DATA, help="gauss:D, law:D, heavy:D or mnist")
    parser.add_argument("--relative", type=float, nargs="+", default=[0.05, 0.01], help="temperature in mean costs")
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS)[1:], choices=CONTENDERS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=30, help="seconds after which a contender is stopped")
    parser.add_argument("--title", default="entropic")
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    arguments = parser.parse_args()
    if arguments.point:
        case = json.loads(arguments.point)
        x, y = samples(case["data"], min(case["n"], 1000))
        epsilon = case["relative"] * float(torch.cdist(x, y).mean())
        print(json.dumps(cost_of(CONTENDERS[case["name"]], case["data"], case["n"], epsilon)))
        return
    found = []
    for data in arguments.data:
        for n in arguments.sizes:
            for relative in arguments.relative:
                case = {"data": data, "n": n, "relative": relative}
                names = ["reference", *arguments.contenders]
                turns = [
                    {name: measured(__file__, arguments.limit, name=name, **case) for name in names}
                    for _ in range(arguments.rounds)
                ]
                found.append({**case, "turns": turns})
                for row in rows_of(case, turns):
                    print(*row, sep=" | ", flush=True)
    header = ["data", "n", "temperature", "solver", "seconds", "processor s", "times ours", "MiB", "off by"]
    report(arguments.title, header, [row for one in found for row in rows_of(one, one["turns"])], found, arguments.out)


if __name__ == "__main__":
    main()
