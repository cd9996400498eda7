"""Fitting one critic to two sides of samples, until samples it has not seen say that it stands still."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.critic.samples import Sides, Split
from wgan.critic.step import CriticStep
from wgan.lipschitz import LipschitzMethod
from wgan.losses import Wasserstein
from wgan.optimizers import Adam, Optimizer
from wgan.randomness import stream

__all__ = ["Fitting", "Look", "Mean", "StopRule", "mean_gap"]


@dataclass(frozen=True, kw_only=True)
class StopRule:
    """When a critic's fit stands still.

    Args:
        every: critic steps between two looks at the samples to check.
        patience: looks without progress before the learning rate falls.
        progress: relative gain of the checked value that counts as progress.
        decay: factor of the learning rate at each fall.
        falls: how often the rate falls before the fit counts as converged.
        most_steps: where it stops unconverged.
    """

    every: int = 50
    patience: int = 3
    progress: float = 1e-3
    decay: float = 0.3
    falls: int = 4
    most_steps: int = 10_000


class Mean(NamedTuple):
    """A mean with its standard error."""

    value: float
    error: float


class Look(NamedTuple):
    """One look at a fit.

    Attributes:
        critic: name of the critic.
        step: critic steps taken.
        fitted: the value on the last batch, in the samples' units.
        checked: the value on the samples to check.
    """

    critic: str
    step: int
    fitted: float
    checked: float


@torch.no_grad()
def mean_gap(critic: nn.Module, sides: Sides, rows: int = 4096) -> Mean:
    r"""$\mathbb{E}_P f - \mathbb{E}_Q f$ over all samples, with its standard error."""
    scores = [torch.cat([critic(part) for part in torch.split(side, rows)]).double() for side in sides]
    error = sum(float(s.var()) / len(s) if len(s) > 1 else float("inf") for s in scores) ** 0.5
    return Mean(float(scores[0].mean() - scores[1].mean()), error)


class Fitting:
    """A critic on its way to the optimum.

    Args:
        name: of the critic.
        critic: `(B, *shape) -> (B,)`.
        methods: how it is kept Lipschitz, already applied through their `parametrize`.
        samples: what it is fitted on.
        rule: when to stop.
        optimizer: of its parameters.
        batch: samples of each side per step.
        seed: of the batches and penalties.
    """

    def __init__(
        self,
        name: str,
        critic: nn.Module,
        methods: Sequence[LipschitzMethod],
        samples: Split,
        rule: StopRule,
        optimizer: Optimizer | None = None,
        batch: int = 1024,
        seed: int = 0,
    ) -> None:
        self.name, self.critic, self.samples, self.rule, self.batch, self.seed = (
            name,
            critic,
            samples,
            rule,
            batch,
            seed,
        )
        self.steps, self.stale, self.falls = 0, 0, 0
        parameters = list(critic.parameters())
        self.converged = not parameters
        self.best = mean_gap(critic, samples.check).value
        self.kept = copy.deepcopy(critic.state_dict())
        self.looks = [Look(name, 0, float("nan"), self.best * float(samples.scale))]
        if parameters:
            optimizer = optimizer or Adam(lr=0.03, betas=(0.9, 0.99))
            self.step = CriticStep(critic, Wasserstein(), methods, optimizer.build(parameters))

    @property
    def stopped(self) -> bool:
        """Whether there is nothing more to do."""
        return self.converged or self.steps >= self.rule.most_steps

    def advance(self, looks: int) -> None:
        """Takes steps up to that many more looks, or until it stops."""
        for _ in range(looks):
            if self.stopped:
                break
            self._look(torch.stack([self._step() for _ in range(self.rule.every)]).mean())
        self.critic.load_state_dict(self.kept) if self.stopped else None

    def _step(self) -> Tensor:
        chance = stream(self.seed, "batch", self.steps)
        real, fake = (side[torch.randint(len(side), (self.batch,), generator=chance)] for side in self.samples.fit)
        progress = self.steps / self.rule.most_steps
        record = self.step(real, fake, self.steps, progress, chance)
        self.steps += 1
        return record.estimate

    def _look(self, fitted: Tensor) -> None:
        checked = mean_gap(self.critic, self.samples.check).value
        scale = float(self.samples.scale)
        self.looks.append(Look(self.name, self.steps, float(fitted) * scale, checked * scale))
        self.stale = 0 if checked > self.best + self.rule.progress * abs(self.best) else self.stale + 1
        if checked > self.best:
            self.best, self.kept = checked, copy.deepcopy(self.critic.state_dict())
        if self.stale >= self.rule.patience:
            self._slow_down()

    def _slow_down(self) -> None:
        self.stale, self.falls = 0, self.falls + 1
        self.converged = self.falls > self.rule.falls
        self.critic.load_state_dict(self.kept)
        for group in self.step.optimizer.param_groups:
            group["lr"] *= self.rule.decay
