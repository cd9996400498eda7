"""The training loop, which reads like Algorithm 1 of the WGAN paper.

It knows nothing of files, terminals or signals: it yields a record after each step of the generator, and whoever
calls it logs, evaluates, saves and stops.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data import Source
from wgan.networks import Grows
from wgan.randomness import derive_seed, stream
from wgan.recipes import Recipe
from wgan.training.compiled import CompiledCriticStep
from wgan.training.distributed import Processes
from wgan.training.ema import EMA
from wgan.training.generator import GeneratorStep
from wgan.training.precision import Bfloat16, autocast, full_scores

__all__ = ["Record", "State", "train"]

ALONE = Processes()


class Record(NamedTuple):
    """What one iteration saw, as scalar tensors without gradient; the critic's are of its last step."""

    critic_loss: Tensor
    generator_loss: Tensor
    estimate: Tensor
    penalty: Tensor
    gradient_norm: Tensor


@dataclass
class State:
    """Everything that training changes.

    Attributes:
        generator: `(B, latent) -> (B, *shape)`.
        critic: `(B, *shape) -> (B,)`.
        ema: the generator's moving average.
        generator_optimizer: over the generator's parameters.
        critic_optimizer: over the critic's parameters.
        iteration: generator steps taken.
        critic_steps: critic steps taken.
        path_length: running mean of the generator's path lengths, scalar.
    """

    generator: nn.Module
    critic: nn.Module
    ema: EMA
    generator_optimizer: torch.optim.Optimizer
    critic_optimizer: torch.optim.Optimizer
    iteration: int = 0
    critic_steps: int = 0
    path_length: Tensor = field(default_factory=lambda: torch.zeros(()))

    @classmethod
    def start(
        cls,
        recipe: Recipe,
        shape: tuple[int, ...],
        device: torch.device | str = "cpu",
        generator: nn.Module | None = None,
        critic: nn.Module | None = None,
    ) -> "State":
        """Fresh networks and optimizers, initialised by the recipe's seed.

        Args:
            recipe: names the networks and optimizers.
            shape: of one sample.
            device: where to train.
            generator: a module of your own, instead of the recipe's.
            critic: likewise.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(recipe.seed, "initialisation"))
            generator = (generator or recipe.generator.build_generator(recipe.latent, shape)).to(device)
            critic = (critic or recipe.critic.build_critic(shape)).to(device)
            for method in recipe.lipschitz:
                method.parametrize(critic)
        if recipe.precision == "bfloat16":
            full_scores(critic)
        return cls(
            generator=generator,
            critic=critic,
            ema=EMA(generator, recipe.ema),
            generator_optimizer=recipe.generator_optimizer.build(generator.parameters()),
            critic_optimizer=recipe.critic_optimizer.build(critic.parameters()),
            path_length=torch.zeros((), device=device),
        )


def train(
    state: State, recipe: Recipe, data: Source, *, compiled: bool = False, processes: Processes = ALONE
) -> Iterator[Record]:
    """Trains `state` in place until the recipe's iterations are done, a record per generator step.

    Every random number is a function of (seed, stream, step), so a state that was saved and loaded goes on exactly
    as if it had never stopped. Modules that draw from torch's global generator (dropout) are covered: it is seeded
    at the start of each iteration.

    Args:
        state: where training stands.
        recipe: how to train.
        data: what to learn, on the state's device.
        compiled: whether the critic's steps with a penalty are compiled, which takes a while at the first.
        processes: who trains; each calls this with an equal state.
    """
    critic_step, generator_step = steps(state, recipe, compiled, processes)
    device, parts = next(state.generator.parameters()).device, growing(state)

    def chance(name: str, step: int) -> torch.Generator:
        return stream(recipe.seed, name, step, device=device)

    def latent(batch: int, name: str, step: int) -> Tensor:
        return torch.randn(batch, recipe.latent, generator=chance(name, step), device=device)

    with processes.averaging(state.critic_optimizer, state.generator_optimizer):
        while state.iteration < recipe.iterations:
            iteration, progress = state.iteration, state.iteration / recipe.iterations
            seed_modules(derive_seed(recipe.seed, "modules", iteration), device)
            set_learning_rates(state, recipe, progress)
            for part in parts:
                part.grow(progress)

            for _ in range(recipe.schedule.critic_steps(iteration)):
                step = state.critic_steps
                real = data.sample(recipe.batch, chance("critic data", step))
                fake = generator_step.samples(latent(recipe.batch, "critic latent", step))
                seen = critic_step(real, fake, step, progress, chance("critic noise", step))
                state.critic_steps += 1

            batch = recipe.generator_batch or recipe.batch
            real, noise = data.sample(batch, chance("generator data", iteration)), chance("generator noise", iteration)
            loss, state.path_length = generator_step(
                real,
                latent(batch, "generator latent", iteration),
                iteration,
                state.path_length,
                partial(critic_step.view, progress=progress),
                noise,
            )
            norm = torch.nn.utils.get_total_norm([w.grad for w in state.generator.parameters() if w.grad is not None])
            state.ema.update(state.generator, iteration)

            state.iteration += 1
            yield Record(*processes.means(Record(seen.loss, loss, seen.estimate, seen.penalty, norm)))


def steps(state: State, recipe: Recipe, compiled: bool, processes: Processes) -> tuple[CriticStep, GeneratorStep]:
    """The two halves of an iteration, as the recipe has them."""
    batch, passes = recipe.batch, recipe.accumulate
    loss = Bfloat16(recipe.loss) if recipe.precision == "bfloat16" else recipe.loss

    def sample(latent: Tensor) -> Tensor:
        with autocast(latent.device, recipe.precision):
            samples: Tensor = state.generator(latent).float()
        return samples

    critic_step = (CompiledCriticStep if compiled else CriticStep)(
        state.critic, loss, recipe.lipschitz, state.critic_optimizer, processes.shares(batch, passes).of
    )
    return critic_step, GeneratorStep(
        state.generator,
        sample,
        state.critic,
        loss.generator_loss,
        state.generator_optimizer,
        recipe.path_length,
        processes,
        passes,
    )


def seed_modules(seed: int, device: torch.device) -> None:
    """Seeds torch's global generator of the device, which modules such as dropout draw from.

    `torch.manual_seed` would seed the generator of every device there is, and takes 200 times as long.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def set_learning_rates(state: State, recipe: Recipe, progress: float) -> None:
    """Brings both optimizers to the learning rate of this share of the training."""
    share = 1 + (recipe.final_lr - 1) * progress
    for optimizer, chosen in (
        (state.generator_optimizer, recipe.generator_optimizer),
        (state.critic_optimizer, recipe.critic_optimizer),
    ):
        for group in optimizer.param_groups:
            group["lr"] = chosen.lr * share


def growing(state: State) -> list[Grows]:
    """The parts of the networks, and of the moving average, whose form changes with the share of the training."""
    networks = (state.generator, state.critic, state.ema.module)
    return [part for network in networks for part in network.modules() if isinstance(part, Grows)]
