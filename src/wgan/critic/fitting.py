"""Fitting one critic to two sides of samples, until samples it has not seen say that it stands still."""

import copy
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.critic.candidates import Candidate, start
from wgan.critic.relocation import relocate_idle
from wgan.critic.samples import Sides, Split
from wgan.critic.step import CriticStep
from wgan.errors import InputError
from wgan.losses import Wasserstein
from wgan.networks import FunnelCritic
from wgan.passes import Shares
from wgan.processes import Processes, present
from wgan.randomness import derive_seed, stream
from wgan.sweeps import Sweep

__all__ = ["Fitting", "Look", "Mean", "StopRule", "mean_gap", "scores_of"]

USES = 4  # of a sample, before an infinite source is drawn from again


@dataclass(frozen=True, kw_only=True)
class StopRule:
    """How a critic learns, and when it stands still.

    The learning rate stays while looks show progress, and falls where they no longer do.

    Args:
        batch: samples of each side per step.
        every: steps between two looks at the samples to check.
        patience: looks without progress before the learning rate falls.
        progress: relative gain of the checked value that counts as progress.
        decay: factor by which it falls.
        least: share of the learning rate at which the fit counts as converged.
        most_steps: where it stops unconverged.

    Raises:
        InputError: if a count is below 1, or a share is not between 0 and 1.
    """

    batch: int = 2048
    every: int = 100
    patience: int = 3
    progress: float = 2e-3
    decay: float = 0.4
    least: float = 1 / 32
    most_steps: int = 6000

    def __post_init__(self) -> None:
        for name in ("batch", "every", "patience", "most_steps"):
            if getattr(self, name) < 1:
                raise InputError(f"StopRule: {name} is {getattr(self, name)}; expected 1 or more")
        for name in ("progress", "decay", "least"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"StopRule: {name} is {getattr(self, name)}; expected a share between 0 and 1")


class Mean(NamedTuple):
    """A mean with its standard error."""

    value: float
    error: float


class Look(NamedTuple):
    """One look at a fit.

    Attributes:
        critic: name of the critic.
        step: critic steps taken.
        fitted: the mean value on the batches since the last look, in the samples' units.
        checked: the value on the samples to check.
    """

    critic: str
    step: int
    fitted: float
    checked: float


@torch.no_grad()
def mean_gap(critic: nn.Module, sides: Sides, rows: int = 4096) -> Mean:
    r"""$\mathbb{E}_P f - \mathbb{E}_Q f$ over all samples, with its standard error."""
    scores = [scores_of(critic, side, rows).double() for side in sides]
    variance = sum(float(s.var()) / len(s) for s in scores)
    return Mean(float(scores[0].mean() - scores[1].mean()), float(variance**0.5))


def scores_of(critic: nn.Module, side: Tensor, rows: int = 4096) -> Tensor:
    """The critic's scores of all samples, which several processes share."""
    sweep = Sweep(len(side), rows)
    return sweep.gathered(torch.cat([critic(side[part]) for part in sweep]))


def sharing(batch: int) -> tuple[Processes, Shares]:
    """Who takes which rows of a batch: all processes an equal part, or each all of it, with a line."""
    processes = present()
    if processes.count == 1:
        return processes, Shares()
    try:
        return processes, processes.shares(batch)
    except InputError as error:
        warnings.warn(f"{error}; each process takes all of it, which is no faster than one", stacklevel=2)
        return Processes(), Shares()


def following(side: Tensor, first: int, count: int) -> Tensor:
    """`count` samples from the one at `first` on, round and round; they come in random order and need no drawing."""
    first %= len(side)
    some = side[first : first + count]
    return some if len(some) == count else torch.cat([some, side[: count - len(some)]])


class Fitting:
    """A candidate on its way to the optimum.

    Args:
        candidate: what is fitted.
        samples: what to.
        rule: how, and until when.
        seed: of the initialisation, the batches and the penalties.

    Attributes:
        critic: `(B, *shape) -> (B,)`, in the samples' normalised units.
        best: the greatest checked value so far, in these units.
        steps: how many were taken.
        converged: whether it stands still.
        looks: what was seen on the way.
    """

    def __init__(self, candidate: Candidate, samples: Split, rule: StopRule, seed: int = 0) -> None:
        self.candidate, self.samples, self.rule = candidate, samples, rule
        self.seed = derive_seed(seed, candidate.name)
        self.critic = start(candidate, samples.fit, seed)
        self.steps, self.stale, self.rate = 0, 0, 1.0
        self.pool, self.turn = samples.fit, 0
        self.batch = min(rule.batch, *map(len, samples.fit))
        self.processes, shares = sharing(self.batch)
        self.best, self.looks = float("-inf"), list[Look]()
        parameters = [weight for weight in self.critic.parameters() if weight.requires_grad]
        self.converged = not parameters
        self._look(float("nan"))
        if parameters:
            optimizer = candidate.optimizer.build(parameters)
            self.step = CriticStep(self.critic, Wasserstein(), candidate.methods, optimizer, shares)

    @property
    def stopped(self) -> bool:
        """Whether there is nothing more to do."""
        return self.converged or self.steps >= self.rule.most_steps

    def advance(self, steps: int) -> None:
        """Takes that many steps, up to the next look, or fewer if it stops."""
        end = self.steps + steps
        while self.steps < end and not self.stopped:
            with self.processes.averaging(self.step.optimizer):
                fitted = torch.stack([self._step() for _ in range(self.rule.every)]).mean()
            self._look(float(self.processes.mean(fitted)))
            if isinstance(self.critic, FunnelCritic) and self.rate**2 > self.rule.least:
                relocate_idle(self.critic, self.step.optimizer, self.pool, stream(self.seed, "idle", self.steps))

    def finish(self) -> None:
        """Goes on until it stops, and takes the critic that was best."""
        self.advance(self.rule.most_steps)
        self.critic.load_state_dict(self.kept)

    def _step(self) -> Tensor:
        count, fewest = self.batch, min(map(len, self.pool))
        turn = self.steps * count // (USES * fewest)
        if turn > self.turn:
            self.pool, self.turn = self.samples.renew(turn), turn
        real, fake = (following(side, self.steps * count, count) for side in self.pool)
        if self.candidate.noise:
            real, fake = (self.with_noise(side, name) for side, name in ((real, "real"), (fake, "fake")))
        rng = stream(self.seed, "penalty", self.steps)
        record = self.step(real, fake, step=self.steps, progress=self.steps / self.rule.most_steps, rng=rng)
        self.steps += 1
        return record.estimate

    def with_noise(self, side: Tensor, name: str) -> Tensor:
        """A batch of one side as the candidate sees it."""
        rng = stream(self.seed, "noise", name, self.steps, device=side.device)
        return side + self.candidate.noise * torch.randn(
            side.shape, generator=rng, dtype=side.dtype, device=side.device
        )

    def _look(self, fitted: float) -> None:
        present().require_equal("critics", *self.critic.state_dict().values())
        checked, scale = mean_gap(self.critic, self.samples.check).value, float(self.samples.scale)
        self.looks.append(Look(self.candidate.name, self.steps, fitted * scale, checked * scale))
        self.stale = 0 if checked > self.best + self.rule.progress * abs(self.best) else self.stale + 1
        if checked > self.best:
            self.best, self.kept = checked, copy.deepcopy(self.critic.state_dict())
        if self.steps:
            self._slow_down()

    def _slow_down(self) -> None:
        if self.stale >= self.rule.patience:
            self.stale = 0
            self.rate *= self.rule.decay
            self.converged = self.rate < self.rule.least
            for group in self.step.optimizer.param_groups:
                group["lr"] *= self.rule.decay
