"""Which precision a run trains in, where its recipe leaves that to the machine."""

import time
import warnings
from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.passes import Shares
from wgan.processes import Processes
from wgan.recipes import Recipe
from wgan.training.precision import Bfloat16, full_scores

__all__ = ["with_precision"]

ROUNDS = 5
LONG = 0.1  # seconds after which no further round is begun
GAIN = 1.1  # by which bfloat16 must be faster


def with_precision(recipe: Recipe, critic: nn.Module, batch: Tensor, processes: Processes) -> Recipe:
    """The recipe with its precision decided, where it is `auto`, by a few of the critic's steps in each; that is said.

    Where a processor has no bfloat16 it takes several times as long as float32, and where it has, less.

    Args:
        recipe: how to train.
        critic: what `State.start` made of it, to which `full_scores` is applied where need be.
        batch: in the shape of what the critic judges.
        processes: who trains; the first one decides.
    """
    if recipe.precision == "auto":
        recipe = recipe.replace({"precision": processes.first(lambda: faster(recipe, critic, batch))})
        if recipe.precision == "bfloat16":
            full_scores(critic)
    return recipe


def faster(recipe: Recipe, critic: nn.Module, batch: Tensor) -> str:
    """The precision in which copies of the critic train faster."""
    with torch.random.fork_rng(devices=[]):
        full, half = least_seconds([trial(recipe, deepcopy(critic), batch, half=half) for half in (False, True)])
    chosen = "bfloat16" if full > GAIN * half else "float32"
    warnings.warn(
        f"precision auto: a critic's step takes {1e3 * full:.3g} ms in float32 and {1e3 * half:.3g} ms in bfloat16 "
        f"here, so this run trains in {chosen}",
        stacklevel=2,
    )
    return chosen


def trial(recipe: Recipe, critic: nn.Module, batch: Tensor, *, half: bool) -> Callable[[], object]:
    """A step of the critic, which ends when its numbers are there."""
    if half:
        full_scores(critic)
    loss, optimizer = Bfloat16(recipe.loss) if half else recipe.loss, recipe.critic_optimizer.build(critic.parameters())
    step = CriticStep(critic, loss, recipe.lipschitz, optimizer, Shares(passes=recipe.accumulate))
    rng = torch.Generator(batch.device)
    real, fake = torch.randn(2, *batch.shape, generator=rng, device=batch.device)
    return lambda: float(step(real, fake, step=0, progress=0.0, rng=rng).loss)


def least_seconds(steps: list[Callable[[], object]]) -> list[float]:
    """Of each, taken in turns, after a first one, which may be slow."""
    for step in steps:
        step()
    taken: list[list[float]] = []
    began = time.perf_counter()
    while not taken or (len(taken) < ROUNDS and time.perf_counter() - began < LONG):
        taken.append([seconds(step) for step in steps])
    return [min(times) for times in zip(*taken, strict=True)]


def seconds(step: Callable[[], object]) -> float:
    """How long a step takes."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began
