"""A recipe: everything about a system, in one TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import tomli_w

from wgan.catalogue import recipe_names, shipped
from wgan.checks import BelowShare, Checked, Count, Few, Line, Name, Natural, Rule, Share, choice
from wgan.data import Conditioning, DataSettings
from wgan.errors import InputError, shown, unknown_name
from wgan.lipschitz import LipschitzMethod
from wgan.losses import Loss, PathLength
from wgan.networks import CriticNetwork, Network
from wgan.optimizers import Optimizer
from wgan.recipes.fields import override, read_fields, to_table
from wgan.schedules import CriticSchedule

__all__ = ["Recipe"]

LARGEST = 1 << 20
"""Bytes of a recipe's file."""

Precision = Annotated[str, choice("precision", ("float32", "bfloat16", "auto"))]
Compile = Annotated[str, choice("way to compile", ("off", "on"))]
Batch = Annotated[Count, Rule("2 or more samples, for a mean over them", lambda batch: batch >= 2)]
Tracker = Annotated[str, choice("tracker", ("trackio", "wandb"))]
Seed = Annotated[int, Rule("a whole number of 63 bits", lambda seed: -(2**63) < seed < 2**63)]


@dataclass(frozen=True, kw_only=True)
class Recipe(Checked):
    """A system: what is trained, on what, how and for how long.

    Args:
        name: of the system.
        summary: one line about it.
        paper: authors, year and title.
        url: of the paper.
        data: which data, and how it is prepared.
        loss: of the critic and the generator.
        lipschitz: how the critic is kept Lipschitz; methods compose.
        path_length: the regularisation of a generator that works through styles; none by default.
        generator: family of the generator.
        critic: family of the critic; any that builds one, such as `Funnel`, which has no generator.
        generator_optimizer: its optimizer.
        critic_optimizer: its optimizer.
        schedule: critic steps per generator step.
        latent: dimension of the standard normal latent.
        condition: how samples are asked for by class or category, see `wgan.data.Conditioning`; none by default.
        pac: how many samples the critic judges together, see `wgan.networks.packed`.
        batch: samples per critic step.
        generator_batch: samples per generator step; none for `batch`.
        accumulate: micro-batches in which a batch is taken, to fit a memory that the whole would not. Their mean
            gradient is that of the whole batch wherever losses and penalties are means over samples or pairs; not
            for c-transforms, batch normalisation and minibatch deviation, which then see micro-batches.
        precision: `float32`, or `bfloat16` for the passes of both networks; penalties stay in float32. `auto` measures
            at a run's start which is faster here, and the run's recipe holds what was decided.
        iterations: generator steps.
        final_lr: share of both learning rates that is left at the end, reached linearly.
        ema: decay of the generator's exponential moving average; 0 for none.
        seed: root of all random streams.
        compile: whether the critic's steps with a penalty are compiled, `on` or `off`.
        save_every: iterations between checkpoints.
        sample_every: iterations between sample grids.
        evaluate_every: iterations between evaluations of the generator's moving average on held-out data, which change
            no bit of the training; 0 for none.
        metrics: what is evaluated, by short names; `all` for whatever the data allow.
        best: the metric by which the best checkpoint is kept; none for `w1` where it is measured, else the first.
        patience: evaluations without a better value of that metric after which training stops; 0 for no end.
        tracker: also show the run in `trackio` or `wandb`.

    Raises:
        InputError: for a count below 1, a share outside [0, 1], or an unknown way to compile or tracker.
    """

    name: Name
    summary: Line = ""
    paper: Line = ""
    url: Line = ""
    iterations: Count = 10_000
    batch: Batch = 64
    generator_batch: Batch | None = None
    accumulate: Count = 1
    precision: Precision = "float32"
    latent: Count = 128
    pac: Few = 1
    ema: BelowShare = 0.999
    final_lr: Share = 1.0
    seed: Seed = 0
    compile: Compile = "off"
    save_every: Count = 1000
    sample_every: Count = 1000
    evaluate_every: Natural = 0
    metrics: tuple[Name, ...] = ("w1",)
    best: Name | None = None
    patience: Natural = 0
    tracker: Tracker | None = None
    loss: Loss
    lipschitz: tuple[LipschitzMethod, ...] = ()
    path_length: PathLength | None = None
    generator: Network
    critic: CriticNetwork
    generator_optimizer: Optimizer
    critic_optimizer: Optimizer
    schedule: CriticSchedule = field(default_factory=CriticSchedule)
    condition: Conditioning | None = None
    data: DataSettings = field(default_factory=DataSettings)

    @classmethod
    def named(cls, recipe: str | Path, overrides: Mapping[str, Any] | None = None, *, small: bool = False) -> "Recipe":
        """The recipe of that name, or in that TOML file.

        Args:
            recipe: such as `wgan-gp` or `runs/mnist/recipe.toml`.
            overrides: values by dotted field name, such as `{"critic_optimizer.lr": 1e-4}`.
            small: whether to apply the file's table `[small]` first, overrides with which two cores train it in
                minutes.

        Raises:
            InputError: for an unknown recipe, field or class, a value that does not fit, or `small` without a table.

        Example:
            >>> recipe = Recipe.named("wgan", {"lipschitz.Clipping.c": 0.1})
            >>> recipe.lipschitz
            (Clipping(every=1, c=0.1),)
        """
        loaded = _load(recipe)
        reductions = loaded.pop("small", None)
        if small and not isinstance(reductions, Mapping):
            found = "no table [small]" if reductions is None else f"{shown(reductions)} for a table [small]"
            raise InputError(f"recipe {recipe} has {found}; leave out --small, or lower fields by name")
        table: Mapping[str, Any] = loaded
        for path, value in {**(reductions if small else {}), **(overrides or {})}.items():
            table = override(table, path, value)
        return read_fields(cls, {"name": Path(recipe).stem, **table})

    def replace(self, overrides: Mapping[str, Any]) -> "Recipe":
        """This recipe with some fields changed, by dotted name."""
        table: Mapping[str, Any] = to_table(self)
        for path, value in overrides.items():
            table = override(table, path, value)
        return read_fields(type(self), table)

    def differences(self, other: "Recipe") -> list[str]:
        """Names of the fields in which two recipes differ."""
        return [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]

    def to_table(self) -> dict[str, Any]:
        """The complete recipe as plain values, every default written out."""
        return to_table(self)

    def to_toml(self) -> str:
        """The complete recipe as the text of a TOML file."""
        return tomli_w.dumps(self.to_table())


def _load(recipe: str | Path) -> dict[str, Any]:
    path = Path(recipe)
    if path.suffix != ".toml":
        if str(recipe) not in recipe_names():
            raise unknown_name("recipe", str(recipe), recipe_names())
        return shipped(str(recipe))
    return read_toml(path)


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file.

    Raises:
        InputError: for whatever is no file of a moderate size, or no TOML.
    """
    name = f"recipe {path}"
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{name} is no file; expected a TOML file, or one of {', '.join(recipe_names())}")
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except (OSError, ValueError) as error:  # the latter for a path with a zero byte
        problem = getattr(error, "strerror", None) or error
        raise InputError(f"{name}: {problem}; expected a TOML file, or one of {', '.join(recipe_names())}") from None
    if content is None:
        raise InputError(f"{name} has more than {LARGEST:,} bytes; expected a recipe of a page")
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is one, as is that of a number too long for Python
        raise InputError(f"{name} is not valid TOML: {' '.join(str(error).split())[:200]}") from None
