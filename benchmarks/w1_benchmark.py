r"""The continuous W₁ benchmark: the default estimate in all 28 cells, beside the best published values.

python benchmarks/w1_benchmark.py --draws 3 --json w1.json            measures what the file does not hold yet
python benchmarks/w1_benchmark.py --json w1.json --markdown table.md  and writes the table

The published potentials cannot be drawn again, so each draw has funnels of its own. One setting serves all cells.
Korotin, Kolesov & Burnaev 2022, https://arxiv.org/abs/2206.07767.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from wgan.critic import CriticEstimate, estimate
from wgan.data import Pair
from wgan.data.pairs.funnels import funnel_pair
from wgan.randomness import stream

PROBES = 4096
# Of each cell: the true W₁ of the published draw, and the best cosine and L2 of any published solver.
PUBLISHED: dict[tuple[int, int], tuple[float, float, float]] = {
    (2, 4): (0.817, 0.859, 0.069), (2, 16): (0.466, 0.826, 0.143),
    (2, 64): (0.230, 0.676, 0.340), (2, 256): (0.134, 0.546, 0.555),
    (4, 4): (1.39, 0.960, 0.060), (4, 16): (1.00, 0.903, 0.165),
    (4, 64): (0.710, 0.817, 0.297), (4, 256): (0.492, 0.655, 0.537),
    (8, 4): (1.88, 0.966, 0.065), (8, 16): (1.59, 0.925, 0.171),
    (8, 64): (1.26, 0.827, 0.345), (8, 256): (1.01, 0.678, 0.617),
    (16, 4): (1.94, 0.971, 0.059), (16, 16): (1.74, 0.921, 0.157),
    (16, 64): (1.55, 0.785, 0.457), (16, 256): (1.40, 0.607, 0.790),
    (32, 4): (1.82, 0.983, 0.035), (32, 16): (1.67, 0.941, 0.118),
    (32, 64): (1.54, 0.740, 0.496), (32, 256): (1.41, 0.563, 0.871),
    (64, 4): (1.41, 0.959, 0.083), (64, 16): (1.36, 0.947, 0.110),
    (64, 64): (1.32, 0.834, 0.311), (64, 256): (1.28, 0.656, 0.679),
    (128, 4): (1.14, 0.931, 0.130), (128, 16): (1.07, 0.916, 0.155),
    (128, 64): (1.04, 0.641, 0.727), (128, 256): (1.04, 0.612, 0.731),
}  # fmt: skip


def gradient(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    points = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(critic(points).sum(), points)
    return slope.double()


def agreement(pair: Pair, found: CriticEstimate) -> tuple[float, float]:
    """Mean cosine and mean squared difference between the critic's gradient and the optimal one, at real samples."""
    x = pair.real.sample(PROBES, stream(0, "probes"))
    true, fitted = gradient(pair.potential, x), gradient(found.critic, x)
    return float(cosine_similarity(true, fitted).mean()), float((true - fitted).square().sum(1).mean())


def measure(dim: int, count: int, draw: int) -> dict[str, Any]:
    pair = funnel_pair(dim, count, draw)
    begin, cpu = time.perf_counter(), time.process_time()
    found = estimate(pair.real, pair.fake, seed=draw)
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu
    cosine, l2 = agreement(pair, found)
    return {
        "dim": dim, "funnels": count, "draw": draw, "w1": pair.w1, "value": found.value, "interval": found.interval,
        "upper": found.upper, "cosine": cosine, "l2": l2, "critic": found.name, "converged": found.converged,
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu_seconds, 1),
    }  # fmt: skip


def table(rows: list[dict[str, Any]]) -> str:
    cells = defaultdict(list)
    for row in rows:
        cells[row["dim"], row["funnels"]].append(row)
    lines = [
        "| D | N | draws | W₁ | value / W₁ | cosine | published | L2 | published | critic | CPU s |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|",
    ]
    for (dim, count), draws in sorted(cells.items()):
        mean = {key: sum(row[key] for row in draws) / len(draws) for key in ("w1", "cosine", "l2", "cpu_seconds")}
        ratio = sum(row["value"] / row["w1"] for row in draws) / len(draws)
        _, cosine, l2 = PUBLISHED[dim, count]
        names = ", ".join(sorted({row["critic"] for row in draws}))
        lines.append(
            f"| {dim} | {count} | {len(draws)} | {mean['w1']:.3f} | {ratio:.3f} | {mean['cosine']:.3f} | {cosine:.3f} "
            f"| {mean['l2']:.3f} | {l2:.3f} | {names} | {mean['cpu_seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=0, help="draws of every cell to measure")
    parser.add_argument("--json", type=Path, required=True, help="finished cells, read and appended to")
    parser.add_argument("--cells", default="", help="only these, such as 2x4,128x256")
    parser.add_argument("--markdown", type=Path, help="where to write the table")
    arguments = parser.parse_args()
    rows = json.loads(arguments.json.read_text()) if arguments.json.exists() else []
    done = {(row["dim"], row["funnels"], row["draw"]) for row in rows}
    wanted = [tuple(map(int, cell.split("x"))) for cell in arguments.cells.split(",") if cell] or list(PUBLISHED)
    for draw in range(arguments.draws):
        for dim, count in wanted:
            if (dim, count, draw) not in done:
                rows.append(measure(dim, count, draw))
                arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
                print(json.dumps(rows[-1]), flush=True)
    if arguments.markdown:
        arguments.markdown.write_text(table(rows))


if __name__ == "__main__":
    main()
