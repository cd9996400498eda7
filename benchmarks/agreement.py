"""How long compiled training follows eager training in single precision, for every recipe with a penalty.

Both start from the same weights and draw the same numbers, so that rounding alone tells them apart. Adam without
momentum turns a gradient that is nothing but rounding, where the eager one cancels to zero, into a full step; plain
descent does not. Losses agree while neither is further apart than 10⁻⁴ of its greatest magnitude.
Run as `python benchmarks/agreement.py --out docs/speed`.
"""

import argparse
import warnings
from pathlib import Path
from typing import Any

import torch
from rounds import report
from torch import Tensor

from wgan.data import TensorSource
from wgan.errors import InputError
from wgan.recipes import Recipe, recipe_names
from wgan.training import State, train

STEPS = 20
CLOSE = 1e-4
SHAPE = (1, 16, 16)
DESCENT = {"type": "SGD", "lr": 1e-4}
WAYS: dict[str, dict[str, Any]] = {
    "its own optimizers": {},
    "plain descent": {"generator_optimizer": DESCENT, "critic_optimizer": DESCENT},
}
RECIPES = [Recipe.named(name) for name in recipe_names()]
PENALISED = [one.name for one in RECIPES if one.condition is None and any(way.penalises for way in one.lipschitz)]
"""Whose steps can be compiled, and which learn images of no class."""


def small(name: str) -> Recipe:
    """The recipe with its own losses, methods and optimizers, and networks that compile in seconds."""
    fields: dict[str, Any] = {"batch": 16, "latent": 8, "generator_batch": None, "iterations": STEPS}
    for side in ("generator", "critic"):
        family = Recipe.named(name).to_table()[side]["type"]
        fields |= {f"{side}.width": 8} if family == "DCGAN" else {f"{side}.widths": [32, 32]} if family == "MLP" else {}
    try:
        return Recipe.named(name, fields, small=True)
    except InputError:  # a recipe without a small form is small
        return Recipe.named(name, fields)


def losses(recipe: Recipe, *, compiled: bool) -> Tensor:
    """The critic's loss and the generator's, `(STEPS, 2)`."""
    torch._dynamo.reset()
    pixels = torch.randint(256, (500, *SHAPE), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    data = TensorSource(pixels, "noise")
    records = train(State.start(recipe, data.shape), recipe, data, compiled=compiled)
    return torch.stack([torch.stack([record.critic_loss, record.generator_loss]) for record in records])


def together(path: Tensor, other: Tensor) -> int:
    """Iterations until the losses part."""
    apart = ((path - other).abs() > CLOSE * path.abs().amax(0)).any(1)
    return int(apart.nonzero()[0]) if apart.any() else len(path)


def main() -> None:
    """Prints a table, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    still = [name for name in PENALISED if name != "progressive"]  # which grows
    parser.add_argument("--recipes", nargs="+", choices=still, default=still, metavar="RECIPE")
    parser.add_argument("--out", type=Path, help="directory for the table and its numbers")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning, module="wgan.recipes")
    numbers = []
    for name in arguments.recipes:
        paths = {way: [losses(small(name).replace(fields), compiled=on) for on in (False, True)]
                 for way, fields in WAYS.items()}  # fmt: skip
        numbers.append({"recipe": name, **{way: together(*both) for way, both in paths.items()}})
        print(*numbers[-1].values(), sep=" | ", flush=True)
    rows = [[str(cell) for cell in row.values()] for row in numbers]
    header = ["recipe", *(f"{way}: iterations together, of {STEPS}" for way in WAYS)]
    report("agreement", header, rows, numbers, arguments.out)


if __name__ == "__main__":
    main()
