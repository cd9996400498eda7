"""The command: parse, call one function, print. Everything heavy is imported where it is used."""

import json as json_text
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter, Token

from wgan.catalogue import distance_names
from wgan.errors import InputError, unknown_name
from wgan.text import paragraph, printable

if TYPE_CHECKING:
    from wgan.recipes import Recipe

__all__ = ["DataOptions", "app"]

app = App(
    name="wgan",
    help="""A critic kept Lipschitz measures how far apart two distributions are, and a generator learns from it.

    Without any argument, `wgan train` trains WGAN-GP on 1,797 real handwritten digits in about a minute.""",
    version_flags=["--version"],
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)
app.register_install_completion_command()

TOUR = {"iterations": 2500, "batch": 128, "sample_every": 500, "save_every": 500}
"""What `wgan train` without a recipe changes, to be done in about a minute."""


def place(kind: type, tokens: Sequence[Token]) -> Path:  # noqa: ARG001 - the form of a converter
    """A path, which an empty text is not: it would be the current folder."""
    if not tokens[0].value:
        raise InputError("an empty text is no path; expected one, or . for the current folder")
    return Path(tokens[0].value)


Place = Annotated[Path, Parameter(converter=place)]
Flag = Annotated[bool, Parameter(negative="")]
Switch = Annotated[bool | None, Parameter(negative="")]
Count = Annotated[int, Parameter(name=["-n", "--n"])]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """The data settings that have an option of their own, by the same name; the others are `--data.NAME`."""

    classes: str | None = None
    """Keep only these classes, such as `0,1`."""
    limit: int | None = None
    """Keep only this many samples."""
    resolution: str | None = None
    """Resize images to this height and width, such as `32` or `32,64`."""
    gray: Switch = None
    """Make images grey."""
    strict: Switch = None
    """Stop at a file that is no image instead of skipping it."""
    header: str | None = None
    """Whether the first line of a text file holds the columns' names: `yes`, `no` or `auto`, to tell by its content."""
    columns: str | None = None
    """Keep only these columns of a table, such as `age,income`."""
    drop: str | None = None
    """Leave out these columns of a table."""

    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NO_OPTIONS = DataOptions()
METHODS = f"""{", ".join(f"`{name}`" for name in distance_names())}, `critic` (takes minutes), or `all` that need no
training."""


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

    RECIPE is a name that `wgan recipes` lists, or a TOML file; without one, `wgan-gp` trains for 2,500 iterations. Any
    field of the recipe can be changed by its dotted name: `--batch 32`, `--critic.widths 100,100`,
    `--lipschitz.GP.weight 10`, `--loss Hinge`, `--data.mirror true`.

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
    if resume is None:
        tour = TOUR if recipe is None else {}
        chosen = Recipe.named("wgan-gp" if recipe is None else recipe, {**tour, **overrides}, small=small)
        outcome = start(chosen, out, device=device)
    elif recipe is not None or out is not None or small:
        extra = recipe or ("--small" if small else "--out")
        raise InputError(f"--resume {resume} brings its own recipe and directory; leave out {extra}")
    else:
        outcome = proceed(resume, overrides, device=device)
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


@app.command
def evaluate(run: Place, /, *, iteration: int | None = None, best: Flag = False, json: Flag = False) -> None:
    """Measure how far a run's samples are from data that its generator never saw.

    Parameters
    ----------
    run
        The run directory.
    iteration
        Take the checkpoint of this iteration instead of the newest.
    best
        Take the checkpoint that was the best while the run was trained, see `--evaluate_every`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.runs import Run

    opened = Run.open(run, iteration=iteration, best=best)
    found = opened.evaluate()
    if json:
        iterations = opened.checkpoint.iteration
        print(json_text.dumps({"schema": 1, "run": str(run), "iteration": iterations, "evaluation": found.to_json()}))
    else:
        print(printable(f"{opened.recipe.name} on {opened.card.name}, iteration {opened.checkpoint.iteration:,}"))
        print(found.to_text())


@app.command
def distance(
    a: str,
    b: str,
    /,
    *,
    method: Annotated[str, Parameter(help=METHODS)] = "all",
    p: float | None = None,
    n: Count = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    options: DataOptions = NO_OPTIONS,
    json: Flag = False,
) -> None:
    """Measure how far apart two data sets are, or a run and its data.

    Tables are matched by the names of their columns. Options of the data hold for both sides, but not for a run.

    Parameters
    ----------
    a
        A data set as `wgan train --data` takes it, or a run directory.
    b
        Likewise.
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

    found = compare(a, b, method, p, n, seed, confidence or None, options.given())
    print(json_text.dumps(found.to_json()) if json else found.to_text())


@app.command
def sample(
    run: Place,
    /,
    *,
    n: Count = 64,
    out: Place = Path("samples.png"),
    seed: int = 0,
    iteration: int | None = None,
    best: Flag = False,
    device: str = "cpu",
    json: Flag = False,
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
    best
        Take the checkpoint that was the best while the run was trained, see `--evaluate_every`.
    device
        `cpu`, `cuda` or `auto`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.report.export import refuse_place, write_samples
    from wgan.runs import Run
    from wgan.training.compute import resolve_device

    opened = Run.open(run, iteration=iteration, best=best, device=resolve_device(device))
    refuse_place(out, opened.card.shape)
    card = opened.card
    written = write_samples(opened.sample(n, seed=seed), out, columns=card.columns, bounds=card.scaling.bounds)
    if json:
        found = {"schema": 1, "run": str(run), "iteration": opened.checkpoint.iteration, "n": n, "out": str(written)}
        print(json_text.dumps(found))
    else:
        print(printable(f"{n} samples of iteration {opened.checkpoint.iteration:,} in {written}"))


@app.command
def recipes(name: str | None = None, /, *, json: Flag = False) -> None:
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
        text = json_text.dumps({"schema": 1, "recipe": recipe.to_table()}) if json else recipe.to_toml()
        print(paragraph(text.rstrip("\n").split("\n")))
    elif json:
        print(json_text.dumps({"schema": 1, "recipes": [asdict(entry) for entry in entries()]}))
    else:
        for entry in entries():
            print(f"{entry.name:<22}{entry.summary}\n{'':<22}{entry.paper} {entry.url}")
