"""One step of the critic: the same code whether a generator learns from it or it measures alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from wgan.lipschitz import LipschitzMethod
from wgan.losses import Loss
from wgan.losses.one_pass import OnePass
from wgan.networks import given, packed
from wgan.passes import Shares
from wgan.types import Between, Points

__all__ = ["CriticRecord", "CriticStep"]


class CriticRecord(NamedTuple):
    """What one critic step saw, as scalar tensors.

    Attributes:
        loss: what was minimised, without the penalties.
        estimate: the divergence that the loss stands for.
        penalty: the sum of the penalties that acted in this step.
    """

    loss: Tensor
    estimate: Tensor
    penalty: Tensor

    def detach(self) -> "CriticRecord":
        """The same without gradient."""
        return CriticRecord(*(term.detach() for term in self))


@dataclass(frozen=True)
class CriticStep:
    """Loss and penalties, their gradient, the optimizer's step, the projection.

    Args:
        critic: `(B, *shape) -> (B,)`; of packs, or with a condition beside each sample, as `judged_shape` has it.
        loss: what it minimises.
        methods: how it is kept Lipschitz; already applied through their `parametrize`.
        optimizer: over the critic's parameters.
        shares: this process's rows of a batch, one piece for each pass.
        pac: how many samples it judges together.
    """

    critic: nn.Module
    loss: Loss
    methods: Sequence[LipschitzMethod]
    optimizer: torch.optim.Optimizer
    shares: Shares = Shares()  # noqa: RUF009 - frozen
    pac: int = 1

    def __call__(
        self,
        real: Tensor,
        fake: Tensor,
        condition: Tensor | None = None,
        *,
        step: int,
        progress: float,
        rng: torch.Generator,
    ) -> CriticRecord:
        """Takes one step.

        Args:
            real: `(B, *shape)`.
            fake: `(B, *shape)`, without gradient.
            condition: `(B, k)`, of both; None without.
            step: how many critic steps came before; it decides when lazy penalties act.
            progress: share of the training that is done, from 0 to 1.
            rng: the random stream of this step's views and penalties.
        """
        real, fake = self.view(real, progress, rng), self.view(fake, progress, rng)
        points = [m.points(real, fake, rng) if step % m.every == 0 else None for m in self.methods]
        self.optimizer.zero_grad(set_to_none=True)
        record = self.descend_in_passes(real, fake, points, None if condition is None else packed(condition, self.pac))
        self.optimizer.step()
        self.project()
        return record

    def descend_in_passes(
        self, real: Tensor, fake: Tensor, points: list[Points | None], condition: Tensor | None
    ) -> CriticRecord:
        """Leaves the mean gradient over the pieces of the batches in the critic's parameters."""
        reals, fakes, passes = self.shares.of(real), self.shares.of(fake), self.shares.passes

        def parted(at: Points | None) -> list[Any]:  # the batches' own parts where it is one of them
            if isinstance(at, Between):
                return [Between(*part) for part in zip(*map(parted, at), strict=True)]
            return reals if at is real else fakes if at is fake else self.shares.of_any(at, len(real))

        pieces = [parted(at) for at in points]
        conditions = self.shares.of_any(condition, len(real))
        records = [self.descend(reals[i], fakes[i], [at[i] for at in pieces], conditions[i]) for i in range(passes)]
        self.shares.average_gradients(self.critic.parameters())
        return CriticRecord(*(self.shares.mean(terms) for terms in zip(*records, strict=True)))

    def descend(
        self, real: Tensor, fake: Tensor, points: list[Points | None], condition: Tensor | None
    ) -> CriticRecord:
        """Adds the gradient of the objective to what the critic's parameters hold."""
        total, record = self.objective(real, fake, points, condition)
        total.backward()  # type: ignore[no-untyped-call]
        return record.detach()

    def objective(
        self, real: Tensor, fake: Tensor, points: list[Points | None], condition: Tensor | None
    ) -> tuple[Tensor, CriticRecord]:
        """What is minimised, loss and penalties; a pure function, but for statistics that the critic keeps."""
        taken = [(method, at) for method, at in zip(self.methods, points, strict=True) if at is not None]
        critic = OnePass(given(self.critic, condition), [at for method, at in taken if method.takes_slopes])
        value = self.loss.critic_value(critic, real, fake)
        if not taken:
            return value.loss, CriticRecord(value.loss, value.estimate, torch.zeros_like(value.loss))
        penalty = reduce(torch.add, [method.penalty(critic, at) * method.every for method, at in taken])
        return value.loss + penalty, CriticRecord(value.loss, value.estimate, penalty)

    def view(self, samples: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """What the critic sees of `samples`, through every method's view in turn, in packs."""
        for method in self.methods:
            samples = method.view(samples, progress, rng)
        return packed(samples, self.pac)

    def project(self) -> None:
        """Brings the critic back into every method's constraint."""
        for method in self.methods:
            method.project(self.critic)
