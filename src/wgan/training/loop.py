"""The training loop, which reads like Algorithm 1 of the WGAN paper.

It knows nothing of files, terminals or signals: it yields a record after each step of the generator, and whoever
calls it logs, evaluates, saves and stops.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data import Conditions, Source
from wgan.errors import InputError
from wgan.networks import Grows, beside, judged_shape, with_one_hots
from wgan.processes import Processes
from wgan.randomness import derive_seed, stream
from wgan.recipes import Recipe
from wgan.training.compiled import CompiledCriticStep
from wgan.training.ema import EMA
from wgan.training.generator import GeneratorStep
from wgan.training.precision import Bfloat16, full_scores
from wgan.training.room import require_room
from wgan.training.sampling import Sampler

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
        generator: `(B, inputs) -> (B, *shape)`, of a latent with the condition beside it.
        critic: `(B, *shape) -> (B,)`, as `judged_shape` has it.
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
        *,
        generator: nn.Module | None = None,
        critic: nn.Module | None = None,
        blocks: tuple[int, ...] = (),
        conditions: Conditions | None = None,
    ) -> "State":
        """Fresh networks and optimizers, initialised by the recipe's seed.

        Args:
            recipe: names the networks and optimizers.
            shape: of one sample.
            device: where to train.
            generator: a module of your own, instead of the recipe's.
            critic: likewise.
            blocks: of the data's units, see `wgan.data.Units`.
            conditions: what samples are asked for, where the recipe has conditions.

        Raises:
            InputError: if they do not fit into memory.
        """
        own, width = {"generator": generator, "critic": critic}, conditions.width if conditions else 0
        require_room(recipe, shape, width, device, tuple(name for name, module in own.items() if module is not None))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(recipe.seed, "initialisation"))
            generator = generator or recipe.generator.build_generator(recipe.latent + width, shape)
            generator = with_one_hots(generator, blocks, asked=conditions.states if conditions else ()).to(device)
            critic = (critic or recipe.critic.build_critic(judged_shape(shape, recipe.pac, width))).to(device)
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
    sample, critic_step, generator_step = steps(state, recipe, compiled, processes)
    device, parts = next(state.generator.parameters()).device, growing(state)
    batch = recipe.generator_batch or recipe.batch

    def rng(name: str, step: int) -> torch.Generator:
        return stream(recipe.seed, name, step, device=device)

    def latent(count: int, name: str, step: int) -> Tensor:
        return torch.randn(count, recipe.latent, generator=rng(name, step), device=device)

    with processes.averaging(state.critic_optimizer, state.generator_optimizer):
        while state.iteration < recipe.iterations:
            iteration, progress = state.iteration, state.iteration / recipe.iterations
            seed_modules(derive_seed(recipe.seed, "modules", iteration), device)
            set_learning_rates(state, recipe, progress)
            for part in parts:
                part.grow(progress)

            for _ in range(recipe.schedule.critic_steps(iteration)):
                step = state.critic_steps
                real, asked = data.batch(recipe.batch, rng("critic data", step), recipe.condition)
                fake = sample.batch(beside(latent(recipe.batch, "critic latent", step), asked))
                seen = critic_step(real, fake, asked, step=step, progress=progress, rng=rng("critic noise", step))
                state.critic_steps += 1

            real, asked = data.batch(batch, rng("generator data", iteration), recipe.condition)
            made = generator_step(
                real,
                beside(latent(batch, "generator latent", iteration), asked),
                asked,
                step=iteration,
                progress=progress,
                path_mean=state.path_length,
                rng=rng("generator noise", iteration),
            )
            state.path_length = made.path_length
            norm = torch.nn.utils.get_total_norm([w.grad for w in state.generator.parameters() if w.grad is not None])
            state.ema.update(state.generator, iteration)

            state.iteration += 1
            yield Record(*processes.means(Record(seen.loss, made.loss, seen.estimate, seen.penalty, norm)))


def steps(
    state: State, recipe: Recipe, compiled: bool, processes: Processes
) -> tuple[Sampler, CriticStep, GeneratorStep]:
    """What gives the critic its samples, and the two halves of an iteration, as the recipe has them."""
    if recipe.precision == "auto":
        raise InputError("precision is auto, which only a run decides at its start; expected float32 or bfloat16")
    shares = processes.shares(recipe.batch // recipe.pac, recipe.accumulate)
    shares.check((recipe.generator_batch or recipe.batch) // recipe.pac)
    loss = Bfloat16(recipe.loss) if recipe.precision == "bfloat16" else recipe.loss
    sample = Sampler(state.generator, recipe.precision, shares)
    critic_step = (CompiledCriticStep if compiled else CriticStep)(
        critic=state.critic,
        loss=loss,
        methods=recipe.lipschitz,
        optimizer=state.critic_optimizer,
        shares=shares,
        pac=recipe.pac,
    )
    generator_step = GeneratorStep(
        generator=state.generator,
        sample=sample,
        critic=state.critic,
        loss=loss,
        view=critic_step.view,
        optimizer=state.generator_optimizer,
        shares=shares,
        path_length=recipe.path_length,
        processes=processes,
        pac=recipe.pac,
        cross_entropy=recipe.condition.cross_entropy if recipe.condition else 0.0,
    )
    return sample, critic_step, generator_step


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
