"""The command: parse, call one function, print. Everything heavy is imported where it is used."""

import json as json_text
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from wgan.errors import InputError, WganError

__all__ = ["app", "main"]

app = App(
    name="wgan",
    help="""A critic kept Lipschitz measures how far apart two distributions are, and a generator learns from it.

    Without any argument, `wgan train` trains WGAN-GP on 1,797 real handwritten digits in about a minute.""",
    version_flags=["--version"],
    help_format="markdown",
)
app.register_install_completion_command()

TOUR = {"iterations": 2500, "batch": 128, "sample_every": 500, "save_every": 500}
"""What `wgan train` without a recipe changes, to be done in about a minute."""


@app.command(usage="Usage: wgan train [RECIPE] [OPTIONS] [--FIELD VALUE ...]")
def train(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)],
    data: str | None = None,
    classes: str | None = None,
    limit: int | None = None,
    resolution: str | None = None,
    gray: Annotated[bool, Parameter(negative="")] = False,
    strict: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    resume: Path | None = None,
    iterations: int | None = None,
    seed: int | None = None,
    small: Annotated[bool, Parameter(negative="")] = False,
    device: str = "auto",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train a generator on real data.

    RECIPE is a name that `wgan recipes` lists, or a TOML file; without one, `wgan-gp` trains for 2,500 iterations. Any
    field of the recipe can be changed by its dotted name: `--batch 32`, `--critic.widths 100,100`,
    `--lipschitz.GP.weight 10`, `--loss Hinge`.

    Parameters
    ----------
    data
        `digits`, `mnist`, `gaussians25`, …, a folder or zip of images, or a .npy, .npz, .csv or .parquet file.
    classes
        Keep only these classes, such as `0,1`.
    limit
        Keep only this many samples.
    resolution
        Resize images to this height and width, such as `32` or `32,64`.
    gray
        Make images grey.
    strict
        Stop at a file that is no image instead of skipping it.
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
    given = {
        "data.source": data,
        "data.classes": classes,
        "data.limit": limit,
        "data.resolution": resolution,
        "data.gray": gray or None,
        "data.strict": strict or None,
        "iterations": iterations,
        "seed": seed,
    }
    overrides = {**fields, **{name: value for name, value in given.items() if value is not None}}
    from wgan.recipes import Recipe
    from wgan.runs import resume as resume_run
    from wgan.runs import start

    if resume is None:
        tour = {} if recipe else TOUR
        chosen = Recipe.named(recipe or "wgan-gp", {**tour, **overrides}, small=small)
        outcome = start(chosen, out, device=device)
    elif recipe is not None or out is not None or small:
        extra = recipe or ("--small" if small else "--out")
        raise InputError(f"--resume {resume} brings its own recipe and directory; leave out {extra}")
    else:
        outcome = resume_run(resume, overrides, device=device)
    if outcome.leads:
        print(json_text.dumps(outcome.to_json()) if json else outcome.to_text())


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
        try:
            fields[name.replace("-", "_")] = value if equals else next(tokens)
        except StopIteration:
            raise InputError(f"{token} has no value; expected {token} VALUE") from None
    return recipe, fields


@app.command
def evaluate(
    run: Path, /, *, iteration: int | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """Measure how far a run's samples are from data that its generator never saw.

    Parameters
    ----------
    run
        The run directory.
    iteration
        Take the checkpoint of this iteration instead of the newest.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.runs import Run

    opened = Run.open(run, iteration=iteration)
    found = opened.evaluate()
    if json:
        iterations = opened.checkpoint.iteration
        print(json_text.dumps({"schema": 1, "run": str(run), "iteration": iterations, "evaluation": found.to_json()}))
    else:
        print(f"{opened.recipe.name} on {opened.card.name}, iteration {opened.checkpoint.iteration:,}")
        print(found.to_text())


@app.command
def distance(
    a: str,
    b: str,
    /,
    *,
    method: str = "all",
    p: float | None = None,
    n: Annotated[int, Parameter(name=["-n", "--n"])] = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Measure how far apart two data sets are, or a run and its data.

    Parameters
    ----------
    a
        A data set as `wgan train --data` takes it, or a run directory.
    b
        Likewise.
    method
        `exact`, `sliced`, `max-sliced`, `sinkhorn`, `gaussian`, `energy`, `mmd`, `tv`, `kl`, `reverse-kl`, `js`,
        `critic` (takes minutes), or `all` that need no training.
    p
        The power of the ground cost, for the transport distances.
    n
        At most this many samples of each side.
    confidence
        The level of each distance's interval; 0 leaves them out, which takes a tenth of the time.
    seed
        Of the draw.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.comparison import compare

    found = compare(a, b, method, p, n, seed, confidence or None)
    print(json_text.dumps(found.to_json()) if json else found.to_text())


@app.command
def sample(
    run: Path,
    /,
    *,
    n: Annotated[int, Parameter(name=["-n", "--n"])] = 64,
    out: Path = Path("samples.png"),
    seed: int = 0,
    iteration: int | None = None,
    device: str = "cpu",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Draw samples from the generator of a run.

    Parameters
    ----------
    run
        The run directory.
    n
        How many.
    out
        A .png (one grid), a .npy or .csv file (numbers in the data's own units), or a folder (one PNG per image).
    seed
        Of the latents.
    iteration
        Take the checkpoint of this iteration instead of the newest.
    device
        `cpu`, `cuda` or `auto`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.report.export import write_samples
    from wgan.runs import Run
    from wgan.runs.environment import resolve_device

    opened = Run.open(run, iteration=iteration, device=resolve_device(device))
    written = write_samples(opened.sample(n, seed=seed), out)
    if json:
        found = {"schema": 1, "run": str(run), "iteration": opened.checkpoint.iteration, "n": n, "out": str(written)}
        print(json_text.dumps(found))
    else:
        print(f"{n} samples of iteration {opened.checkpoint.iteration:,} in {written}")


@app.command
def recipes(name: str | None = None, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the named systems, or print one as TOML to copy and edit.

    Parameters
    ----------
    name
        Of one recipe.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.catalogue import entries

    if name is not None:
        from wgan.recipes import Recipe

        recipe = Recipe.named(name)
        print(json_text.dumps({"schema": 1, "recipe": recipe.to_table()}) if json else recipe.to_toml(), end="")
        return
    if json:
        print(json_text.dumps({"schema": 1, "recipes": [asdict(entry) for entry in entries()]}))
        return
    for entry in entries():
        print(f"{entry.name:<22}{entry.summary}\n{'':<22}{entry.paper} {entry.url}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 1 our bug, 2 bad input, 3 diverged, 4 no checkpoint, 128 + signal."""
    warnings.showwarning = lambda message, *_: print(f"wgan: {message}", file=sys.stderr)
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        fail(" ".join(str(error).split()), 2)
    except WganError as error:
        fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        fail("stopped at once; a run goes on from its last checkpoint with --resume", 130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def fail(message: str, code: int) -> None:
    """One line on stderr, and out."""
    print(f"wgan: {message}", file=sys.stderr)
    sys.exit(code)
