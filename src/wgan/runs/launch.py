"""The front door to training: a recipe and data in, a run directory out; or a run directory in, to go on."""

import sys
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from wgan.data import DataSettings, Source, open_source
from wgan.data.tables.arrays import from_array
from wgan.data.tables.frames import from_native
from wgan.errors import InputError, WganError
from wgan.processes import joined
from wgan.recipes import Recipe
from wgan.runs.checkpoint import Papers, load_state
from wgan.runs.directory import lengthen, mend, new_run, read_run, refuse_strange, to_text
from wgan.runs.environment import DataCard, Environment, bits_now
from wgan.runs.files import writing
from wgan.runs.journal import EMPTY
from wgan.runs.judging import Judging, deciding
from wgan.runs.lengthening import refuse_course, same_but_longer
from wgan.runs.listeners import Event, Listener, listeners_of
from wgan.runs.lock import locked
from wgan.runs.manifest import readable
from wgan.runs.outcome import Outcome
from wgan.runs.preparation import check, conditions_of, example, fitting, initialise
from wgan.runs.run import Run
from wgan.runs.sealed import load_history, load_metrics
from wgan.runs.session import ADVICE, Session
from wgan.text import paragraph
from wgan.training import State
from wgan.training.choosing import with_precision
from wgan.training.compute import compiles, resolve_device, suitable_threads, using_threads

__all__ = ["events", "proceed", "resume", "start", "train"]

Samples = Tensor | NDArray[Any] | Source

Listen = Listener | Iterable[Listener]


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
    listen: Listen = (),
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
        listen: a function, or several, that hear each record and each evaluation as a `wgan.runs.Event`, such as
            `wgan.runs.tracking("trackio")`; one that raises hears no more, and the run goes on.
        fields: recipe fields of one word, such as `iterations=2000` or `seed=1`.

    Raises:
        InputError: for anything that cannot be trained, before the first step.
        Diverged: at NaN or infinity.
        Interrupted: after SIGINT, SIGTERM or SIGHUP, once the state is saved.

    Example:
        >>> import tempfile, torch
        >>> samples = torch.randn(400, 2)
        >>> run = train("wgan-gp", samples, tempfile.mkdtemp() + "/run", iterations=2, quiet=True)
        >>> run.sample(5).shape
        torch.Size([5, 2])
    """
    complete, source = described(recipe, data, small, {**(overrides or {}), **fields})
    own = {"generator": generator, "critic": critic}
    return start(complete, out, source=source, **own, device=device, quiet=quiet, listen=listen).run


def events(
    recipe: str | Path | Recipe = "wgan-gp",
    data: str | Samples | None = None,
    out: str | Path | None = None,
    *,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = True,
    small: bool = False,
    overrides: Mapping[str, Any] | None = None,
    listen: Listen = (),
    **fields: Any,  # noqa: ANN401 - the recipe's own fields
) -> Iterator[Event]:
    """Trains as `train` does, as far as it is asked on, and yields each record and each evaluation.

    Records come in groups of up to 50, so that training never waits for a device. Whoever leaves early can `resume`
    the run from its last checkpoint. Arguments and errors are those of `train`, but that it says nothing.

    Example:
        >>> import tempfile, torch
        >>> found = events("wgan-gp", torch.randn(400, 2), tempfile.mkdtemp() + "/run", iterations=4, evaluate_every=2)
        >>> [(event.iteration, event.evaluation is not None) for event in found]
        [(1, False), (2, False), (2, True), (3, False), (4, False), (4, True)]
    """
    complete, source = described(recipe, data, small, {**(overrides or {}), **fields})
    heard: deque[Event] = deque()
    everyone = (heard.append, *listeners_of(listen, None))
    own = {"generator": generator, "critic": critic}
    with begun(complete, out, source=source, **own, device=device, quiet=quiet, listen=everyone) as session:
        with closing(session.steps()) as steps:
            try:
                for _ in steps:
                    yield from drained(heard)
            except WganError:
                yield from drained(heard)
                raise
        yield from drained(heard)


def drained(heard: deque[Event]) -> Iterator[Event]:
    """What was heard, oldest first, forgetting it."""
    while heard:
        yield heard.popleft()


def described(
    recipe: str | Path | Recipe, data: str | Samples | None, small: bool, chosen: dict[str, Any]
) -> tuple[Recipe, Source | None]:
    """The complete recipe, and the data where it is not the recipe's."""
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
    return complete, None if data is None or isinstance(data, (str, Path)) else as_source(data, complete.data)


def resume(
    out: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
    listen: Listen = (),
) -> Run:
    """Continues a run in place, exactly as if it had never stopped, and returns it.

    Args:
        out: the run directory.
        overrides: fields by dotted name; they must be what the run has, but for `iterations`, which may grow, and for
            what watches the training: `evaluate_every`, `metrics`, `best`, `patience`, `tracker`.
        source: the data, where the run was given samples instead of a name.
        generator: the module of a run that trained one of your own, with any weights.
        critic: likewise.
        device: `cpu`, `cuda` or `auto`.
        quiet: whether to say nothing on stderr.
        listen: as for `train`.

    Raises:
        InputError: if the recipe or the data changed, or the run lost its patience and is given no more.
        NoIntactCheckpoint: if every checkpoint is damaged.
        Diverged: at NaN or infinity.
        Interrupted: after SIGINT, SIGTERM or SIGHUP, once the state is saved.
    """
    own = {"generator": generator, "critic": critic}
    return proceed(out, overrides, source=source, **own, device=device, quiet=quiet, listen=listen).run


def start(recipe: Recipe, out: str | Path | None = None, **options: Any) -> Outcome:  # noqa: ANN401 - those of `begun`
    """Starts a run in a new directory and trains it to the end; the arguments are those of `train`.

    Under `torchrun` the processes train together: each computes on its share of the batch, the first writes the files.
    """
    with begun(recipe, out, **options) as session:
        return session.train()


def proceed(out: str | Path, overrides: Mapping[str, Any] | None = None, **options: Any) -> Outcome:  # noqa: ANN401 - those of `continued`
    """Continues a run in place; the arguments are those of `resume`."""
    with continued(out, overrides, **options) as session:
        return session.train()


@contextmanager
def begun(
    recipe: Recipe,
    out: str | Path | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
    listen: Listen = (),
) -> Iterator[Session]:
    """A new run in its directory, before its first step; the arguments are those of `train`."""
    listeners = listeners_of(listen, recipe.tracker)
    own = {"generator": generator, "critic": critic}
    with joined(resolve_device(device)) as (processes, target), ExitStack() as stack:
        opened = open_source(recipe.data) if source is None else source
        if processes.leads and not quiet and (lines := opened.overview()):
            print(paragraph(lines), file=sys.stderr)
        data, held_out = opened.split()
        recipe = fitting(recipe, data)
        conditions = conditions_of(recipe, data)
        state = State.start(recipe, data.shape, target, **own, blocks=data.scaling.blocks, conditions=conditions)
        check(recipe, state, data, processes)
        judging = Judging.of(recipe, data, held_out)
        initialise(state, recipe, data)
        compiled = compiles(recipe)
        batch = example(recipe, data, target)
        stack.enter_context(using_threads(suitable_threads(state.critic, batch)))
        recipe = with_precision(recipe, state.critic, batch, processes)
        card = DataCard.of(data, held_out, conditions=conditions)
        environment = Environment.here(
            card, bits_now(target, processes.count), compiled=compiled, own=(generator is not None, critic is not None)
        )
        papers = Papers(to_text(recipe), environment.to_json(), EMPTY)
        path = processes.first(lambda: stack.enter_context(new_run(out, data.name, state, papers)))
        parts = data.to(target), held_out
        yield Session(path, recipe, state, *parts, papers, judging, listeners, quiet, compiled, processes)


@contextmanager
def continued(
    out: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    source: Source | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
    device: str = "auto",
    quiet: bool = False,
    listen: Listen = (),
) -> Iterator[Session]:
    """A run where it stands; the arguments are those of `resume`."""
    path, own = Path(out), {"generator": generator, "critic": critic}
    with joined(resolve_device(device)) as (processes, target), ExitStack() as stack:
        refuse_strange(path)
        if processes.leads:
            with writing(f"write to {path}", ADVICE):
                stack.enter_context(locked(path))
        contents = read_run(path)
        saved, environment, found = contents.recipe, contents.environment, contents.found
        recipe = same_but_longer(saved, saved.replace(overrides or {}), path)
        listeners = listeners_of(listen, recipe.tracker)
        data, held_out = (open_source(recipe.data) if source is None else source).split()
        environment.data.refuse_others(data, held_out, path)
        judging = Judging.of(recipe, data, held_out, load_history(found, deciding(saved)))
        judging.refuse_exhausted(path, found.iteration)
        conditions = conditions_of(recipe, data)
        with readable(found.path):
            state = State.start(recipe, data.shape, target, **own, blocks=data.scaling.blocks, conditions=conditions)
        if recipe.iterations > saved.iterations:
            refuse_course(saved, state, path)
        check(recipe, state, data, processes)
        load_state(state, found)
        stack.enter_context(using_threads(environment.threads))
        if changed := environment.changes(bits_now(target, processes.count)):
            warnings.warn(f"results will not be bitwise those of one sitting: {', '.join(changed)}", stacklevel=2)
        papers = Papers(to_text(recipe), found.manifest.environment, load_metrics(found), judging.history)
        if processes.leads:
            with writing(f"write to {path}", ADVICE):
                mend(path, found)
                if recipe != saved:
                    lengthen(path, papers.recipe)
        parts = data.to(target), held_out
        yield Session(path, recipe, state, *parts, papers, judging, listeners, quiet, environment.compiled, processes)


def as_source(data: Samples, settings: DataSettings) -> Source:
    """Samples as a source: uint8 images of rank 3 or 4, or the rows of a table or data frame."""
    if isinstance(data, Source):
        return data
    if settings.mixed:
        if (table := from_native(data, "samples", settings)) is None:
            raise InputError(f"samples of type {type(data).__name__} have no columns; hand over a data frame")
        return table.source(settings)
    array = data.detach().cpu().numpy() if isinstance(data, Tensor) else np.asarray(data)
    return from_array("samples", array, settings).source(settings)
