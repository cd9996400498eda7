"""The front door to training: a recipe and data in, a run directory out; or a run directory in, to go on."""

import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wgan.data import DataSettings, FiniteSource, Source, open_source
from wgan.data.tables.arrays import from_array
from wgan.errors import InputError
from wgan.networks import Initialises
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.recipes.refusals import refuse_mistakes
from wgan.runs.checkpoint import Papers, load_metrics, load_state
from wgan.runs.directory import lengthen, mend, new_run, read_run, refuse_strange, to_text
from wgan.runs.environment import DataCard, Environment, bits_now
from wgan.runs.files import writing
from wgan.runs.journal import EMPTY
from wgan.runs.lengthening import refuse_course, same_but_longer
from wgan.runs.lock import locked
from wgan.runs.manifest import readable
from wgan.runs.outcome import Outcome
from wgan.runs.run import Run, generate
from wgan.runs.session import ADVICE, Session
from wgan.training import State
from wgan.training.compute import compiles, resolve_device, suitable_threads, using_threads
from wgan.training.distributed import Processes, joined
from wgan.training.room import require_room_for_batch

__all__ = ["proceed", "resume", "start", "train"]

Samples = Tensor | NDArray[Any] | Source

ALONE = Processes()
SEEN = 4096
"""Samples of each side from which a critic may start."""


def train(
    recipe: str | Path | Recipe = "wgan-gp",
    data: str | Samples | None = None,
    out: str | Path | None = None,
    *,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
    small: bool = False,
    overrides: Mapping[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - the recipe's own fields
) -> Run:
    """Trains a generator and returns its run.

    Args:
        recipe: a name that `wgan recipes` lists, a TOML file, or a `Recipe`.
        data: a name, a path, a `Source`, or samples `(N, *shape)`; by default the recipe's.
        out: the run directory, which must not exist or be empty; by default a new one below `runs/`.
        generator: a module of your own, `(B, latent) -> (B, *shape)`, instead of the recipe's.
        critic: a module of your own, `(B, *shape) -> (B,)`.
        device: `cpu`, `cuda` or `auto`.
        quiet: whether to say nothing on stderr.
        small: whether to take the recipe's small form, with which two cores train it in minutes.
        overrides: recipe fields by dotted name, such as `{"critic_optimizer.lr": 1e-4}`.
        fields: recipe fields of one word, such as `iterations=2000` or `seed=1`.

    Raises:
        InputError: for anything that cannot be trained, before the first step.
        Diverged: at NaN or infinity.
        Interrupted: after SIGINT, SIGTERM or SIGHUP, once the state is saved.

    Example:
        >>> import tempfile
        >>> samples = torch.randn(400, 2)
        >>> run = train("wgan-gp", samples, tempfile.mkdtemp() + "/run", iterations=2, quiet=True)
        >>> run.sample(5).shape
        torch.Size([5, 2])
    """
    chosen = {**(overrides or {}), **fields}
    if isinstance(data, (str, Path)):
        chosen["data.source"] = str(data)
    if isinstance(recipe, Recipe):
        if small:
            raise InputError(
                f"small is for a recipe's name or file, and this is a complete Recipe; "
                f"pass Recipe.named({recipe.name!r}, small=True)"
            )
        complete = recipe.replace(chosen)
    else:
        complete = Recipe.named(recipe, chosen, small=small)
    source = None if data is None or isinstance(data, (str, Path)) else as_source(data, complete.data)
    return start(complete, out, source=source, generator=generator, critic=critic, device=device, quiet=quiet).run


def resume(
    out: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> Run:
    """Continues a run in place, exactly as if it had never stopped, and returns it.

    Args:
        out: the run directory.
        overrides: fields by dotted name; they must be what the run has, but for `iterations`, which may grow.
        source: the data, where the run was given samples instead of a name.
        generator: the module of a run that trained one of your own, with any weights.
        critic: likewise.
        device: `cpu`, `cuda` or `auto`.
        quiet: whether to say nothing on stderr.

    Raises:
        InputError: if the recipe or the data changed.
        NoIntactCheckpoint: if every checkpoint is damaged.
        Diverged: at NaN or infinity.
        Interrupted: after SIGINT, SIGTERM or SIGHUP, once the state is saved.
    """
    return proceed(out, overrides, source=source, generator=generator, critic=critic, device=device, quiet=quiet).run


def start(
    recipe: Recipe,
    out: str | Path | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> Outcome:
    """Starts a run in a new directory and trains it to the end; the arguments are those of `train`.

    Under `torchrun` the processes train together: each computes on its share of the batch, the first writes the files.
    """
    with joined(resolve_device(device)) as (processes, target), ExitStack() as stack:
        data, held_out = (open_source(recipe.data) if source is None else source).split()
        state = State.start(recipe, data.shape, target, generator=generator, critic=critic)
        check(recipe, state, data, processes)
        initialise(state, recipe, data)
        batch = example(data, recipe.batch, target)
        compiled = compiles(recipe)
        stack.enter_context(using_threads(suitable_threads(state.critic, batch)))
        own = generator is not None, critic is not None
        card = DataCard.of(data, held_out)
        environment = Environment.here(card, bits_now(target, processes.count), compiled=compiled, own=own)
        papers = Papers(to_text(recipe), environment.to_json(), EMPTY)
        path = processes.first(lambda: stack.enter_context(new_run(out, data.name, state, papers)))
        return Session(path, recipe, state, data.to(target), held_out, papers, quiet, compiled, processes).train()


def proceed(
    out: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> Outcome:
    """Continues a run in place; the arguments are those of `resume`."""
    path = Path(out)
    with joined(resolve_device(device)) as (processes, target), ExitStack() as stack:
        refuse_strange(path)
        if processes.leads:
            with writing(f"write to {path}", ADVICE):
                stack.enter_context(locked(path))
        contents = read_run(path)
        saved, environment, found = contents.recipe, contents.environment, contents.found
        recipe = same_but_longer(saved, saved.replace(overrides or {}), path)
        data, held_out = (open_source(recipe.data) if source is None else source).split()
        environment.data.refuse_others(data, held_out, path)
        with readable(found.path):
            state = State.start(recipe, data.shape, target, generator=generator, critic=critic)
        if recipe.iterations > saved.iterations:
            refuse_course(saved, state, path)
        check(recipe, state, data, processes)
        load_state(state, found)
        stack.enter_context(using_threads(environment.threads))
        if changed := environment.changes(bits_now(target, processes.count)):
            warnings.warn(f"results will not be bitwise those of one sitting: {', '.join(changed)}", stacklevel=2)
        papers = Papers(to_text(recipe), found.manifest.environment, load_metrics(found))
        if processes.leads:
            with writing(f"write to {path}", ADVICE):
                mend(path, found)
                if recipe != saved:
                    lengthen(path, papers.recipe)
        compiled = environment.compiled
        return Session(path, recipe, state, data.to(target), held_out, papers, quiet, compiled, processes).train()


def initialise(state: State, recipe: Recipe, data: Source) -> None:
    """Shows data and first samples to a critic that starts from them, see `wgan.networks.Initialises`.

    Raises:
        InputError: if there are too few samples for it.
    """
    if isinstance(state.critic, Initialises):
        count = data.at_most(SEEN)
        device = next(state.generator.parameters()).device
        real = data.sample(count, stream(recipe.seed, "initialisation", "data")).to(device)
        fake = generate(state.ema.module, recipe.latent, count, recipe.seed)
        state.critic.initialise(real, fake, stream(recipe.seed, "initialisation", "critic"))


def check(recipe: Recipe, state: State, data: Source, processes: Processes = ALONE) -> None:
    """Refuses what could not be trained, before the first step.

    Raises:
        InputError: if there are fewer samples than a batch, the processes cannot share it, a network does not fit the
            data, or the system repeats a known mistake (see `wgan.recipes.refusals`).
    """
    for name, size in (("batch", recipe.batch), ("generator_batch", recipe.generator_batch or recipe.batch)):
        refuse_batch(name, size, recipe.accumulate, data, processes)
    require_room_for_batch(recipe, state.generator, state.critic, data.shape, processes.count)
    device = next(state.generator.parameters()).device
    real = example(data, 2, device)
    for name, module, argument, expected in (
        ("generator", state.generator, torch.zeros(2, recipe.latent, device=device), tuple(real.shape)),
        ("critic", state.critic, real, (2,)),
    ):
        given = tuple(argument.shape)
        try:
            with torch.no_grad():
                found = tuple(module(argument).shape)
        except (RuntimeError, ValueError) as error:
            raise InputError(f"the {name} cannot take a batch of shape {given}: {str(error).splitlines()[0]}") from None
        if found != expected:
            raise InputError(f"the {name} maps {given} to {found}; expected {expected} for samples of {data.name}")
    refuse_mistakes(recipe, state.generator, state.critic, tuple(data.shape))


def refuse_batch(name: str, size: int, passes: int, data: Source, processes: Processes) -> None:
    """Refuses a batch that cannot be drawn or divided, by the name of its field."""
    if isinstance(data, FiniteSource) and len(data) < size:
        raise InputError(
            f"{data.name} has {len(data)} samples to train on, fewer than a {name} of {size}; lower --{name}"
        )
    try:
        processes.shares(size, passes)
    except InputError as error:
        raise InputError(f"{name}: {error}; change --{name} or --accumulate") from None


def example(data: Source, count: int, device: torch.device) -> Tensor:
    """A batch of zeros in the shape of the data."""
    return torch.zeros(count, *data.shape, device=device)


def as_source(data: Samples, settings: DataSettings) -> Source:
    """Samples as a source: uint8 images of rank 3 or 4, or the rows of a table."""
    if isinstance(data, Source):
        return data
    array = data.detach().cpu().numpy() if isinstance(data, Tensor) else np.asarray(data)
    return from_array("samples", array, settings).source(settings)
