"""Whole iterations of the small image systems, eager against compiled, and what compiling costs first.

Run as `python benchmarks/small_recipes.py --out docs/speed`.
"""

import argparse
import time
from pathlib import Path

import torch
from rounds import Step, milliseconds, ratio, report, take_turns, training

from wgan.recipes import Recipe

SYSTEMS = ("wgan-gp-resnet", "r1", "wgan-gp-dcgan", "r3gan")


def iterations(name: str, *, compiled: bool) -> Step:
    """A loop over noise with the shape of MNIST at 32 pixels; a call is one iteration."""
    recipe = Recipe.named(name, {"iterations": 10**9}, small=True)
    return training(recipe, (1, 32, 32), compiled=compiled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--systems", nargs="+", default=SYSTEMS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows, numbers = [], []
    for name in arguments.systems:
        eager, compiled = iterations(name, compiled=False), iterations(name, compiled=True)
        began = time.perf_counter()
        compiled()
        first = time.perf_counter() - began
        taken = take_turns({"eager": eager, "compiled": compiled}, arguments.rounds, repeats=4)
        middle, low, high = ratio(taken, "eager", "compiled")
        eager_ms, compiled_ms = milliseconds(taken, "eager"), milliseconds(taken, "compiled")
        rows.append(
            [name, f"{eager_ms:.0f}", f"{compiled_ms:.0f}", f"{middle:.2f} ({low:.2f}–{high:.2f})", f"{first:.0f}"]
        )
        numbers.append({"system": name, "first": first, "seconds": taken, "ratio": [middle, low, high]})
    header = ["system", "eager, ms", "compiled, ms", "eager / compiled (quartiles)", "first compiled iteration, s"]
    report("small_recipes", header, rows, numbers, arguments.out)


if __name__ == "__main__":
    main()
