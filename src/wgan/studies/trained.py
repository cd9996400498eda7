"""Systems trained in memory, as studies need them: no folder, no figures, the same loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from wgan.data import Source, open_source
from wgan.data.source import FiniteSource
from wgan.errors import InputError
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.training import State, train

__all__ = ["Trained", "held_out", "train_system"]

Look = Callable[[State], None]


@dataclass
class Trained:
    """A system after its training.

    Attributes:
        recipe: what was trained.
        source: what it learned from.
        state: networks and optimizers.
        history: the fields of every record by name, a number for each iteration.
        diverged: whether a number that is not finite ended it.
    """

    recipe: Recipe
    source: Source
    state: State
    history: Mapping[str, list[float]] = field(default_factory=dict)
    diverged: bool = False

    @torch.no_grad()
    def sample(self, count: int, seed: int = 0, *, averaged: bool = True) -> Tensor:
        """Generated samples in the user's units, `(count, *shape)`, float64; images in [0, 1].

        Args:
            count: how many.
            seed: of the latents.
            averaged: whether to take the moving average of the generator.
        """
        generator = self.state.ema.module if averaged else self.state.generator
        return self.source.scaling.decode(generated(generator, self.recipe.latent, count, seed))


def generated(generator: nn.Module, latent: int, count: int, seed: int) -> Tensor:
    """Samples in the model's units."""
    latents = torch.randn(count, latent, generator=stream(seed, "study latent"))
    return torch.cat([generator(part) for part in batches(latents)])


def batches(rows: Tensor, size: int = 250) -> list[Tensor]:
    """Rows in parts that fit into any memory."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def train_system(
    recipe: str,
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    seed: int,
    iterations: int,
    small: bool = False,
    every: int = 0,
    look: Look | None = None,
    generator: nn.Module | None = None,
    critic: nn.Module | None = None,
) -> Trained:
    """Trains a recipe on a source.

    Args:
        recipe: its name.
        source: what to learn from.
        overrides: recipe fields by dotted name.
        seed: of everything random.
        iterations: generator steps.
        small: whether to start from the recipe's small form.
        every: iterations between looks; 0 for none.
        look: is called with the state at 0, `every`, 2 `every`, ... iterations.
        generator: a module of your own.
        critic: likewise.

    Raises:
        InputError: for a recipe that does not exist or fit.
    """
    fields = {**(overrides or {}), "seed": seed, "iterations": iterations}
    complete = Recipe.named(recipe, fields, small=small)
    state = State.start(complete, tuple(source.shape), generator=generator, critic=critic)
    made = Trained(complete, source, state, {})
    history: dict[str, list[float]] = {}
    if look and every:
        look(state)
    for record in train(state, complete, source):
        for name, value in record._asdict().items():
            history.setdefault(name, []).append(float(value))
        if not all(values[-1] == values[-1] and abs(values[-1]) < float("inf") for values in history.values()):
            made.diverged = True
            break
        if look and every and state.iteration % every == 0:
            look(state)
    made.history = history
    return made


def held_out(name: str, **settings: Any) -> tuple[FiniteSource, FiniteSource]:  # noqa: ANN401 - settings of data
    """Both parts of a data set: what is learned from, and what is not.

    Raises:
        InputError: if it is not at hand, with what to do.
    """
    train_part, test_part = open_source(name, **settings).split()
    if not isinstance(train_part, FiniteSource) or not isinstance(test_part, FiniteSource):
        raise InputError(f"{name} is endless; expected a finite data set")
    return train_part, test_part
