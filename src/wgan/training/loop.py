"""The training loop, which reads like Algorithm 1 of the WGAN paper.

It knows nothing of files, terminals or signals: it yields a record after each step of the generator, and whoever
calls it logs, evaluates, saves and stops.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data import Source
from wgan.networks import Grows
from wgan.randomness import derive_seed, stream
from wgan.recipes import Recipe
from wgan.training.compiled import Compiled, CompiledCriticStep
from wgan.training.ema import EMA

__all__ = ["Record", "State", "train"]


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
    """

    generator: nn.Module
    critic: nn.Module
    ema: EMA
    generator_optimizer: torch.optim.Optimizer
    critic_optimizer: torch.optim.Optimizer
    iteration: int = 0
    critic_steps: int = 0

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
            generator = (generator or recipe.generator.generator(recipe.latent, shape)).to(device)
            critic = (critic or recipe.critic.critic(shape)).to(device)
            for method in recipe.lipschitz:
                method.parametrize(critic)
        return cls(
            generator=generator,
            critic=critic,
            ema=EMA(generator, recipe.ema),
            generator_optimizer=recipe.generator_optimizer.build(generator.parameters()),
            critic_optimizer=recipe.critic_optimizer.build(critic.parameters()),
        )


def train(state: State, recipe: Recipe, data: Source, *, compiled: bool = False) -> Iterator[Record]:
    """Trains `state` in place until the recipe's iterations are done, a record per generator step.

    Every random number is a function of (seed, stream, step), so a state that was saved and loaded goes on exactly
    as if it had never stopped. Modules that draw from torch's global generator (dropout) are covered: it is seeded
    at the start of each iteration.

    Args:
        state: where training stands.
        recipe: how to train.
        data: what to learn, on the state's device.
        compiled: whether the steps are compiled, which takes a while at the first of each kind.
    """
    step_of = CompiledCriticStep if compiled else CriticStep
    critic_step = step_of(state.critic, recipe.loss, recipe.lipschitz, state.critic_optimizer)
    generator: Callable[..., Tensor] = state.generator
    generator_loss: Callable[..., Tensor] = recipe.loss.generator_loss
    if compiled:
        generator, generator_loss = Compiled(generator), Compiled(generator_loss)
    weights = list(state.generator.parameters())
    device = weights[0].device

    def generate(batch: int, stage: str, step: int) -> Tensor:
        noise = stream(recipe.seed, f"{stage} latent", step, device=device)
        fake: Tensor = generator(torch.randn(batch, recipe.latent, generator=noise, device=device))
        return fake

    while state.iteration < recipe.iterations:
        iteration, progress = state.iteration, state.iteration / recipe.iterations
        seed_modules(derive_seed(recipe.seed, "modules", iteration), device)
        set_learning_rates(state, recipe, progress)
        grow(state, progress)

        for _ in range(recipe.schedule.critic_steps(iteration)):
            step = state.critic_steps
            real = data.sample(recipe.batch, stream(recipe.seed, "critic data", step, device=device))
            with torch.no_grad():
                fake = generate(recipe.batch, "critic", step)
            noise = stream(recipe.seed, "critic noise", step, device=device)
            critic_record = critic_step(real, fake, step, progress, noise)
            state.critic_steps += 1

        batch = recipe.generator_batch or recipe.batch
        noise = stream(recipe.seed, "generator noise", iteration, device=device)
        real = critic_step.view(
            data.sample(batch, stream(recipe.seed, "generator data", iteration, device=device)), progress, noise
        )
        fake = critic_step.view(generate(batch, "generator", iteration), progress, noise)
        state.generator_optimizer.zero_grad(set_to_none=True)
        with frozen(state.critic):
            loss = generator_loss(state.critic, real, fake)
            loss.backward()  # type: ignore[no-untyped-call]
        gradient_norm = torch.nn.utils.get_total_norm([w.grad for w in weights if w.grad is not None])
        state.generator_optimizer.step()
        state.ema.update(state.generator, iteration)

        state.iteration += 1
        yield Record(critic_record.loss, loss.detach(), critic_record.estimate, critic_record.penalty, gradient_norm)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Within it, gradients flow through the module and none is taken for its parameters."""
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    try:
        for weight in weights:
            weight.requires_grad_(False)
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)


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


def grow(state: State, progress: float) -> None:
    """Brings networks that grow, and their moving average, to the form of this share of the training."""
    for network in (state.generator, state.critic, state.ema.module):
        for part in network.modules():
            if isinstance(part, Grows):
                part.grow(progress)
