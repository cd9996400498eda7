"""How often the interval of the critic's estimate covers a known distance, over repeated draws of the samples.

python benchmarks/coverage.py --draws 100 --json docs/measure-coverage.json
"""

import argparse
import json
from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import Any

from wgan.critic import StopRule, estimate
from wgan.data import Pair
from wgan.data.pairs.closed_forms import cones, parallel_lines, scaled_gaussians, shell, translated_gaussians
from wgan.data.pairs.funnels import funnel_pair
from wgan.randomness import stream

RULE = StopRule(batch=128, every=25, most_steps=50)
ROUNDING = 1e-6  # where all samples of a side have one score, the interval has no width below
PAIRS = [
    parallel_lines(0.5),
    shell(16),
    cones(2),
    translated_gaussians(2),
    translated_gaussians(16),
    translated_gaussians(128),
    scaled_gaussians(2),
    scaled_gaussians(16),
    funnel_pair(4, 4),
]


def measure(pair: Pair, n: int, draws: int) -> Iterator[dict[str, Any]]:
    """Estimates from `n` samples of each side, anew for each draw."""
    for draw in range(draws):
        real, fake = (s.sample(n, stream(draw, s.name, "coverage")) for s in (pair.real, pair.fake))
        found = estimate(real, fake, rule=RULE, seed=draw)
        low, high = found.interval
        yield {"value": found.value, "low": low, "high": high, "covers": low - ROUNDING <= pair.w1 <= high}


def summary(pair: Pair, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage with its standard error, mean relative error and width."""
    count = len(rows)
    share = sum(row["covers"] for row in rows) / count
    return {
        "pair": pair.name,
        "w1": pair.w1,
        "draws": count,
        "covers": share,
        "error": sqrt(max(share * (1 - share), 1 / count**2) / count),
        "bias": sum(row["value"] for row in rows) / count / pair.w1 - 1,
        "width": sum(row["high"] - row["low"] for row in rows) / count / pair.w1,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = ["| pair | W₁ | draws | covered | mean error | mean width / W₁ |", "|---|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {r['pair']} | {r['w1']:.3f} | {r['draws']} | {r['covers']:.0%} ± {r['error']:.0%} "
        f"| {r['bias']:+.1%} | {r['width']:.1%} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--samples", type=int, default=2000, help="of each side")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for pair in PAIRS:
        rows.append(summary(pair, list(measure(pair, arguments.samples, arguments.draws))))
        print(json.dumps(rows[-1]), flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps({"samples": arguments.samples, "pairs": rows}, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
