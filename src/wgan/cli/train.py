"""`wgan train`."""

import json as json_text
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from wgan.cli.app import app
from wgan.cli.options import NO_OPTIONS, DataOptions, Flag, Place
from wgan.errors import InputError, unknown_name

if TYPE_CHECKING:
    from wgan.data import Source
    from wgan.recipes import Recipe

__all__ = ["train"]

TOUR = {"iterations": 2500, "batch": 128, "sample_every": 500, "save_every": 500}
"""What `wgan train` without a recipe changes, to be done in about a minute."""


@app.command(usage="Usage: wgan train [RECIPE] [OPTIONS] [--FIELD VALUE ...]")
def train(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)],
    data: str | None = None,
    options: DataOptions = NO_OPTIONS,
    out: Place | None = None,
    resume: Place | None = None,
    iterations: int | None = None,
    seed: int | None = None,
    small: Flag = False,
    device: str = "auto",
    json: Flag = False,
) -> None:
    """Train a generator on real data.

    RECIPE is a name that `wgan recipes` lists, or a TOML file; without one, `wgan-gp` trains for 2,500 iterations, or
    `table` where a file holds words, dates or empty cells. Any
    field of the recipe can be changed by its dotted name: `--batch 32`, `--critic.widths 100,100`,
    `--lipschitz.GP.weight 10`, `--loss Hinge`, `--data.mirror true`, `--evaluate-every 500`.

    Parameters
    ----------
    data
        `digits`, `mnist`, `gaussians25`, …, a folder or zip of images, or a .npy, .npz, .csv or .parquet file.
    out
        The run directory, which must not exist yet; by default a new one below `runs/`.
    resume
        Continue the run in this directory, exactly as if it had never stopped.
    iterations
        Generator steps; with `--resume`, the new total.
    seed
        Root of all random numbers: the same command twice gives the same bits.
    small
        Smaller networks and fewer iterations, to try the recipe on two cores in minutes.
    device
        `cpu`, `cuda` or `auto`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    recipe, fields = split_words(words)
    given = {"data.source": data, "iterations": iterations, "seed": seed}
    given |= {f"data.{name}": value for name, value in options.given().items()}
    overrides = {**fields, **{name: value for name, value in given.items() if value is not None}}
    from wgan.recipes import Recipe
    from wgan.runs import proceed, start

    refuse_unknown(fields, Recipe)
    if resume is None and recipe is None:
        chosen, source = suitable(overrides, small=small)
        outcome = start(chosen, out, source=source, device=device)
    elif resume is None:
        outcome = start(Recipe.named(str(recipe), overrides, small=small), out, device=device)
    elif recipe is not None or out is not None or small:
        extra = recipe or ("--small" if small else "--out")
        raise InputError(f"--resume {resume} brings its own recipe and directory; leave out {extra}")
    else:
        outcome = proceed(resume, overrides, device=device)
    if outcome.leads:
        print(json_text.dumps(outcome.to_json()) if json else outcome.to_text())


def suitable(overrides: Mapping[str, Any], *, small: bool) -> tuple["Recipe", "Source | None"]:
    """The recipe for data of which no recipe was named, and the data if it had to be opened to tell."""
    from wgan.data import open_as_it_is
    from wgan.data.opening import is_table
    from wgan.recipes import Recipe

    numbers = Recipe.named("wgan-gp", {**TOUR, **overrides}, small=small)
    if not is_table(numbers.data.source):
        return numbers, None
    source = open_as_it_is(numbers.data)
    if not source.scaling.blocks:
        return numbers, source
    warnings.warn(f"{source.name}: its cells are not all numbers, so the recipe table learns them", stacklevel=2)
    return Recipe.named("table", overrides, small=small), source


def split_words(words: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """The recipe, if one is named, and the recipe's fields by dotted name.

    Example:
        >>> split_words(["wgan", "--critic.widths", "100,100", "--batch=32"])
        ('wgan', {'critic.widths': '100,100', 'batch': '32'})
    """
    recipe, rest = (words[0], words[1:]) if words and not words[0].startswith("--") else (None, words)
    fields, tokens = {}, iter(rest)
    for token in tokens:
        if not token.startswith("--"):
            raise InputError(f"unexpected argument {token!r}; expected one recipe, then --FIELD VALUE pairs")
        name, equals, value = token.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if name in fields:
            raise InputError(f"--{name} is given twice; expected one value")
        try:
            fields[name] = value if equals else next(tokens)
        except StopIteration:
            raise InputError(f"{token} has no value; expected {token} VALUE") from None
    return recipe, fields


def refuse_unknown(names: Iterable[str], recipe: "type[Recipe]") -> None:
    """Refuses what is neither a field of the recipe nor an option, with the nearest of both."""
    options = [name for argument in app["train"].assemble_argument_collection() for name in argument.names]
    known = [*(f"--{field.name}" for field in dataclass_fields(recipe)), *options]
    for name in names:
        if (option := f"--{name.partition('.')[0]}") not in known:
            raise unknown_name("option", option, filter(lambda name: name.startswith("--"), known))
