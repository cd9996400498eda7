"""What comes before the first step: what cannot be trained is refused, and a critic may look at the data."""

import warnings

import torch
from torch import Tensor

from wgan.data import Conditions, FiniteSource, Source
from wgan.data.source import no_conditions
from wgan.errors import InputError
from wgan.networks import Initialises, beside, judged_shape, packed
from wgan.processes import Processes
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.recipes.refusals import refuse_mistakes
from wgan.runs.sampling import Inputs, generate
from wgan.training import State
from wgan.training.room import require_room_for_batch

__all__ = ["check", "conditions_of", "example", "fitting", "initialise"]

ALONE = Processes()
SMALLEST = 16
"""Rows of a table below which no batch is made of them."""
SEEN = 4096
"""Samples of each side from which a critic may start."""


def conditions_of(recipe: Recipe, data: Source) -> Conditions | None:
    """What the samples of a source are asked for, if the recipe has conditions.

    Raises:
        InputError: if it has, and they cannot be asked for anything.
    """
    if recipe.condition is None:
        return None
    if (found := data.conditions) is None:
        raise no_conditions(data.name)
    return found


def initialise(state: State, recipe: Recipe, data: Source) -> None:
    """Shows data and first samples to a critic that starts from them, see `wgan.networks.Initialises`.

    Raises:
        InputError: if there are too few samples for it.
    """
    if isinstance(state.critic, Initialises):
        count = data.at_most(SEEN) // recipe.pac * recipe.pac
        device = next(state.generator.parameters()).device
        real, asked = data.batch(count, stream(recipe.seed, "initialisation", "data"), recipe.condition)
        inputs = Inputs(recipe.latent, conditions_of(recipe, data))
        fake = generate(state.ema.module, inputs, count, recipe.seed)
        sides = (real, asked), (fake.cpu(), inputs.asked(count, recipe.seed))
        real, fake = (packed(beside(side, condition), recipe.pac).to(device) for side, condition in sides)
        state.critic.initialise(real, fake, stream(recipe.seed, "initialisation", "critic"))


def fitting(recipe: Recipe, data: Source) -> Recipe:
    """The recipe with a batch that a small table of mixed columns can fill, which is said."""
    rows = data.at_most(recipe.batch)
    if not recipe.data.mixed or rows >= recipe.batch or rows < SMALLEST:
        return recipe
    batch = 2 ** (rows.bit_length() - 1) // recipe.pac * recipe.pac
    warnings.warn(f"{data.name}: {rows} rows to train on; lowered batch from {recipe.batch} to {batch}", stacklevel=2)
    return recipe.replace({"batch": batch})


def check(recipe: Recipe, state: State, data: Source, processes: Processes = ALONE) -> None:
    """Refuses what could not be trained, before the first step.

    Raises:
        InputError: if there are fewer samples than a batch, the processes cannot share it, a network does not fit the
            data, or the system repeats a known mistake (see `wgan.recipes.refusals`).
    """
    for name, size in (("batch", recipe.batch), ("generator_batch", recipe.generator_batch or recipe.batch)):
        refuse_batch(name, size, recipe, data, processes)
    conditions = conditions_of(recipe, data)
    width = conditions.width if conditions else 0
    require_room_for_batch(recipe, state.generator, state.critic, data.shape, processes.count, width)
    device = next(state.generator.parameters()).device
    judged = judged_shape(data.shape, recipe.pac, width)
    for name, module, argument, expected in (
        ("generator", state.generator, torch.zeros(2, recipe.latent + width, device=device), (2, *data.shape)),
        ("critic", state.critic, torch.zeros(2, *judged, device=device), (2,)),
    ):
        given = tuple(argument.shape)
        try:
            with torch.no_grad():
                found = tuple(module(argument).shape)
        except (RuntimeError, ValueError) as error:
            raise InputError(f"the {name} cannot take a batch of shape {given}: {str(error).splitlines()[0]}") from None
        if found != expected:
            raise InputError(f"the {name} maps {given} to {found}; expected {expected} for samples of {data.name}")
    refuse_mistakes(recipe, state.generator, state.critic, judged)


def refuse_batch(name: str, size: int, recipe: Recipe, data: Source, processes: Processes) -> None:
    """Refuses a batch that cannot be drawn or divided, by the name of its field."""
    if isinstance(data, FiniteSource) and len(data) < size:
        raise InputError(
            f"{data.name} has {len(data)} samples to train on, fewer than a {name} of {size}; lower --{name}"
        )
    if size % recipe.pac:
        raise InputError(
            f"{name} is {size}, which cannot be divided into packs of {recipe.pac}; make it a multiple of "
            f"{recipe.pac}, or change --pac"
        )
    try:
        processes.shares(size // recipe.pac, recipe.accumulate)
    except InputError as error:
        raise InputError(f"{name}: {error}; change --{name} or --accumulate") from None


def example(recipe: Recipe, data: Source, device: torch.device) -> Tensor:
    """A batch of zeros in the shape of what the critic judges."""
    conditions = conditions_of(recipe, data)
    judged = judged_shape(data.shape, recipe.pac, conditions.width if conditions else 0)
    return torch.zeros(recipe.batch // recipe.pac, *judged, device=device)
