"""What the faster ways to train do to the samples: exact W₁ at the end, for several seeds of each way.

Every way trains each recipe from the same seeds on the handwritten digits that come with the package. A way is as good
as the plain one where their means differ by less than the seeds do. Run as
`python benchmarks/quality.py --out docs/speed`.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from rounds import report

from wgan.recipes import Recipe
from wgan.runs import start

PLAIN = "eager"
WAYS: dict[str, Mapping[str, Any]] = {
    PLAIN: {"compile": "off"},
    "compiled": {"compile": "on"},
    "penalty every 2 steps": {"compile": "off", "every": 2},
    "penalty every 4 steps": {"compile": "off", "every": 4},
    "bfloat16": {"compile": "off", "precision": "bfloat16", "recipes": ["wgan-gp"]},  # slow where it is emulated
}
RECIPES = {"wgan-gp": "GP", "wgan-lp": "LP", "dragan": "DRAGAN"}
"""And their penalties."""


def trained(name: str, way: str, seed: int, iterations: int) -> tuple[float, float, float]:
    """W₁ of the run, that between two batches of data, and the CPU seconds it took."""
    fields = {"batch": 128, "seed": seed, "iterations": iterations, "data.source": "digits", **WAYS[way]}
    every = fields.pop("every", None)
    fields.pop("recipes", None)
    if every:
        fields[f"lipschitz.{RECIPES[name]}.every"] = every
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        run = start(Recipe.named(name, fields), Path(folder) / "run", device="cpu", quiet=True).run
        taken = time.process_time() - began
        found = run.evaluate()
    return found["w1"].value, found["w1"].floor, taken


def measure(name: str, way: str, seeds: int, iterations: int) -> dict[str, Any]:
    """All seeds of a recipe trained one way."""
    found = [trained(name, way, seed, iterations) for seed in range(seeds)]
    return {
        "recipe": name, "way": way, "w1": [w1 for w1, _, _ in found], "baseline": found[0][1],
        "seconds": [taken for _, _, taken in found],
    }  # fmt: skip


def rows_of(found: list[dict[str, Any]]) -> list[list[str]]:
    """Means, spreads over the seeds, and how far each way is from the plain one in units of its spread."""
    rows = []
    for one in found:
        plain = next(other["w1"] for other in found if other["recipe"] == one["recipe"] and other["way"] == PLAIN)
        away = (mean(one["w1"]) - mean(plain)) / stdev(plain)
        values = [f"{mean(one['w1']):.3f}", f"{stdev(one['w1']):.3f}", f"{away:+.1f}", f"{one['baseline']:.3f}"]
        rows.append([one["recipe"], one["way"], *values, f"{mean(one['seconds']):.0f}"])
    return rows


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4, help="at least 2")
    parser.add_argument("--iterations", type=int, default=1500)
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    arguments = parser.parse_args()
    if arguments.seeds < 2:
        parser.error(f"--seeds is {arguments.seeds}; expected 2 or more, for there is no spread over one")
    torch.set_num_threads(1)
    found = []
    for name in arguments.recipes:
        for way in WAYS:
            if name in WAYS[way].get("recipes", RECIPES):
                found.append(measure(name, way, arguments.seeds, arguments.iterations))
                print(*rows_of(found)[-1], sep=" | ", flush=True)
    header = [
        "recipe", "way", "exact W₁, mean", "spread over seeds", "away from eager, in its spreads",
        "two batches of data", "CPU seconds a run",
    ]  # fmt: skip
    report("quality", header, rows_of(found), found, arguments.out)


if __name__ == "__main__":
    main()
