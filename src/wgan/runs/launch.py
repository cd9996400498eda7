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
from wgan.lipschitz.views import FadingView
from wgan.networks import Initialises, Progressive
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.recipes.refusals import refuse_mistakes
from wgan.runs.checkpoint import load_state, newest_intact, write_atomically
from wgan.runs.environment import SAME_BITS, describe, resolve_device, suitable_threads, using_threads, worth_compiling
from wgan.runs.run import DataCard, Run, generate, read_json, read_run, write_card
from wgan.runs.session import Outcome, Session
from wgan.training import State
from wgan.training.distributed import Processes, joined
from wgan.training.room import require_room_for_batch

__all__ = ["resume", "start", "train"]

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
        out: the run directory, which must not exist; by default a new one below `runs/`.
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
        Interrupted: after SIGINT or SIGTERM, once the state is saved.

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
    with joined(resolve_device(device)) as (processes, target):
        data, held_out = (open_source(recipe.data) if source is None else source).split()
        state = State.start(recipe, data.shape, target, generator=generator, critic=critic)
        check(recipe, state, data, processes)
        initialise(state, recipe, data)
        path = processes.first(lambda: new_directory(out, data.name))
        batch = example(data, recipe.batch, target)
        compiled = worth_compiling(recipe, (state.generator, state.critic), batch)
        with using_threads(suitable_threads(state.critic, batch)):
            if processes.leads:
                write_atomically(path / "recipe.toml", recipe.to_toml())
                environment = describe(torch.get_num_threads(), target, processes.count)
                own = {"own_generator": generator is not None, "own_critic": critic is not None}
                write_card(path, {**environment, "compiled": compiled, **own}, DataCard.of(data))
            return Session(path, recipe, state, data.to(target), held_out, quiet, compiled, processes).train()


def resume(
    out: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> Outcome:
    """Continues a run in place, exactly as if it had never stopped.

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
    """
    path = Path(out)
    recipe, card = read_run(path)
    recipe = lengthened(recipe, recipe.replace(overrides or {}), path)
    found = newest_intact(path / "checkpoints") if saved_once(path) else None
    environment = read_json(path / "env.json")
    data, held_out = (open_source(recipe.data) if source is None else source).split()
    if data.fingerprint() != card.fingerprint:
        raise InputError(
            f"the data of {path} changed: {card.name} had the fingerprint {card.fingerprint}, "
            f"now it has {data.fingerprint()}; bring the old data back, or start a new run"
        )
    with ExitStack() as stack:
        processes, target = stack.enter_context(joined(resolve_device(device)))
        state = State.start(recipe, data.shape, target, generator=generator, critic=critic)
        check(recipe, state, data, processes)
        if found is not None:
            load_state(state, found)
            for line in found.skipped:
                warnings.warn(f"{line}; going on from iteration {found.iteration:,}", stacklevel=2)
        stack.enter_context(using_threads(environment["threads"]))
        now = describe(torch.get_num_threads(), target, processes.count)
        if changed := [f"{key} {environment[key]} → {now[key]}" for key in SAME_BITS if environment[key] != now[key]]:
            warnings.warn(f"results will not be bitwise those of one sitting: {', '.join(changed)}", stacklevel=2)
        if processes.leads:
            write_atomically(path / "recipe.toml", recipe.to_toml())
        if found is None:
            initialise(state, recipe, data)
        compiled = environment["compiled"]
        return Session(path, recipe, state, data.to(target), held_out, quiet, compiled, processes).train()


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


def saved_once(path: Path) -> bool:
    """Whether a run ever saved a checkpoint; one that was killed before that begins again."""
    return any((path / "checkpoints").glob("[0-9]*"))


def lengthened(saved: Recipe, asked: Recipe, path: Path) -> Recipe:
    """The recipe to go on with: the saved one, but for more iterations.

    Raises:
        InputError: if any other field differs, or more iterations would change those already taken.
    """
    changed = [name for name in saved.differences(asked) if name != "iterations"]
    if changed:
        raise InputError(
            f"{path} was trained with another {', '.join(changed)}; resume without changing it, or start a new run"
        )
    if asked.iterations < saved.iterations:
        raise InputError(f"{path} has {saved.iterations} iterations, asked for {asked.iterations}; expected more")
    if asked.iterations > saved.iterations and (course := course_of(saved)) is not None:
        raise InputError(
            f"{path} {course} over {saved.iterations} iterations, so it cannot be lengthened; start a new run"
        )
    return asked


def course_of(recipe: Recipe) -> str | None:
    """What a recipe spreads over all of its iterations, so that more of them would change those already taken."""
    if recipe.final_lr != 1:
        return "lowers its learning rate"
    if any(isinstance(method, FadingView) for method in recipe.lipschitz):
        return "sharpens what the critic sees"
    return "grows its networks" if isinstance(recipe.generator, Progressive) else None


def check(recipe: Recipe, state: State, data: Source, processes: Processes = ALONE) -> None:
    """Refuses what could not be trained, before the first step.

    Raises:
        InputError: if there are fewer samples than a batch, the processes cannot share it, a network does not fit the
            data, or the system repeats a known mistake (see `wgan.recipes.refusals`).
    """
    batch = max(recipe.batch, recipe.generator_batch or 0)
    for size in (recipe.batch, recipe.generator_batch or recipe.batch):
        processes.shares(size, recipe.accumulate)
    if isinstance(data, FiniteSource) and len(data) < batch:
        raise InputError(
            f"{data.name} has {len(data)} samples to train on, fewer than a batch of {batch}; lower --batch"
        )
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


def example(data: Source, count: int, device: torch.device) -> Tensor:
    """A batch of zeros in the shape of the data."""
    return torch.zeros(count, *data.shape, device=device)


def new_directory(out: str | Path | None, name: str) -> Path:
    """Makes the run directory; without `out`, the first free one of `runs/NAME`, `runs/NAME-2` and so on.

    Raises:
        InputError: if `out` exists or cannot be made.
    """
    path = Path("runs") / Path(name.replace(":", "-")).stem if out is None else Path(out)
    count = 1
    while out is None and path.exists():
        count += 1
        path = path.with_name(f"{path.name.removesuffix(f'-{count - 1}')}-{count}")
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        raise InputError(f"{path} exists; continue it with --resume {path}, or choose another --out") from None
    except OSError as error:
        raise InputError(f"cannot make the run directory {path}: {error.strerror}; choose another --out") from None
    return path


def as_source(data: Samples, settings: DataSettings) -> Source:
    """Samples as a source: uint8 images of rank 3 or 4, or the rows of a table."""
    if isinstance(data, Source):
        return data
    array = data.detach().cpu().numpy() if isinstance(data, Tensor) else np.asarray(data)
    return from_array("samples", array, settings).source(settings)
