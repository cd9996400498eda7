"""What comes before the first step: what cannot be trained is refused, and a critic may look at the data."""

import warnings

import torch
from torch import Tensor

from wgan.data import FiniteSource, Source
from wgan.errors import InputError
from wgan.networks import Initialises
from wgan.processes import Processes
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.recipes.refusals import refuse_mistakes
from wgan.runs.sampling import generate
from wgan.training import State
from wgan.training.room import require_room_for_batch

__all__ = ["check", "example", "fitting", "initialise"]

ALONE = Processes()
SMALLEST = 16
"""Rows of a table below which no batch is made of them."""
SEEN = 4096
"""Samples of each side from which a critic may start."""


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


def fitting(recipe: Recipe, data: Source) -> Recipe:
    """The recipe with a batch that a small table of mixed columns can fill, which is said."""
    rows = data.at_most(recipe.batch)
    if not recipe.data.mixed or rows >= recipe.batch or rows < SMALLEST:
        return recipe
    batch = 2 ** (rows.bit_length() - 1)
    warnings.warn(f"{data.name}: {rows} rows to train on; lowered batch from {recipe.batch} to {batch}", stacklevel=2)
    return recipe.replace({"batch": batch})


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
