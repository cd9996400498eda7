"""The default estimate on pairs with a closed form of W₁, in 2, 16 and 128 dimensions; finished pairs are not repeated.

python benchmarks/closed_forms.py --json docs/measure-closed-forms.json
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from wgan.critic import estimate
from wgan.data import Pair
from wgan.data.pairs.closed_forms import cones, scaled_gaussians, shell, translated_gaussians

PAIRS = [make(dim) for dim in (128, 16, 2) for make in (scaled_gaussians, cones, translated_gaussians, shell)]


def measure(pair: Pair) -> dict[str, Any]:
    cpu = time.process_time()
    found = estimate(pair.real, pair.fake)
    row = {"pair": pair.name, "dim": pair.real.shape[0], "w1": pair.w1, "value": found.value, "critic": found.name}
    return row | {"interval": found.interval, "upper": found.upper, "cpu_seconds": round(time.process_time() - cpu, 1)}


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["| pair | D | W₁ | value / W₁ | interval / W₁ | critic | CPU s |", "|---|--:|--:|--:|--:|---|--:|"]
    for row in sorted(rows, key=lambda row: (row["dim"], row["pair"])):
        low, value, high = (end / row["w1"] for end in (row["interval"][0], row["value"], row["interval"][1]))
        lines.append(
            f"| {row['pair']} | {row['dim']} | {row['w1']:.3f} | {value:.3f} | {low:.3f} to {high:.3f} "
            f"| {row['critic']} | {row['cpu_seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="finished pairs, read and appended to")
    arguments = parser.parse_args()
    rows = json.loads(arguments.json.read_text()) if arguments.json.exists() else []
    for pair in PAIRS:
        if pair.name not in {row["pair"] for row in rows}:
            rows.append(measure(pair))
            arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
