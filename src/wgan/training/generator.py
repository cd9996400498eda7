"""One step of the generator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan.losses import Loss, PathLength
from wgan.losses.path_length import path_lengths
from wgan.networks import StyleBased, given, packed
from wgan.passes import Shares
from wgan.processes import Processes
from wgan.training.sampling import Sampler

__all__ = ["GeneratorRecord", "GeneratorStep"]

View = Callable[[Tensor, float, torch.Generator], Tensor]


class GeneratorRecord(NamedTuple):
    """What one step of the generator saw, as scalar tensors without gradient.

    Attributes:
        loss: what was minimised, without the penalty and the cross-entropy of conditions.
        path_length: the running mean of the path lengths.
    """

    loss: Tensor
    path_length: Tensor


@dataclass(frozen=True)
class GeneratorStep:
    """The generator's half of an iteration: the loss's gradient, its regularisation's, the optimizer's step.

    Args:
        generator: `(B, inputs) -> (B, *shape)`, of a latent with the condition beside it.
        sample: the same, perhaps in another precision.
        critic: as `CriticStep` has it.
        loss: what the generator minimises.
        view: what the critic sees of samples, at a share of the training.
        optimizer: over the generator's parameters.
        shares: this process's rows of a batch, one piece for each pass.
        path_length: the regularisation of a generator with styles.
        processes: who trains.
        pac: how many samples the critic judges together.
        cross_entropy: weight of the conditions' in the loss.
    """

    generator: nn.Module
    sample: Sampler
    critic: nn.Module
    loss: Loss
    view: View
    optimizer: torch.optim.Optimizer
    shares: Shares
    path_length: PathLength | None
    processes: Processes
    pac: int = 1
    cross_entropy: float = 0.0

    def __call__(
        self,
        real: Tensor,
        latent: Tensor,
        condition: Tensor | None = None,
        *,
        step: int,
        progress: float,
        path_mean: Tensor,
        rng: torch.Generator,
    ) -> GeneratorRecord:
        """Takes one step.

        Args:
            real: `(B, *shape)`.
            latent: `(B, inputs)`, with the condition beside it.
            condition: `(B, k)`, of both; None without.
            step: how many steps came before; it decides when a lazy penalty acts.
            progress: share of the training that is done, from 0 to 1.
            path_mean: the running mean of the path lengths so far.
            rng: the random stream of this step.
        """
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.descend_in_passes(real, latent, condition, progress, rng)
        if self.path_length is not None and step % self.path_length.every == 0:
            directions = torch.randn(real.shape, generator=rng, device=real.device, dtype=real.dtype)
            path_mean = self.straighten(self.path_length, latent, directions, path_mean)
        self.optimizer.step()
        return GeneratorRecord(loss, path_mean)

    def descend_in_passes(
        self, real: Tensor, latent: Tensor, condition: Tensor | None, progress: float, rng: torch.Generator
    ) -> Tensor:
        """Leaves the mean gradient over the pieces of the batches in the generator's parameters; the mean loss."""
        reals, latents = self.shares.of(self.view(real, progress, rng)), self.shares.of(latent)
        drawn, losses, conditions = rng.get_state(), [], self.shares.of_any(condition)
        with frozen(self.critic):
            for index, (seen, piece, asked) in enumerate(zip(reals, latents, conditions, strict=True)):
                rng.set_state(drawn)  # a batch is seen alike, in however many parts it comes
                made, missed = self.made(piece, asked)
                fake = self.view(self.shares.whole(made, index), progress, rng)
                losses.append(self.descend(seen, self.shares.of(fake)[index], asked, missed))
        self.shares.average_gradients(self.generator.parameters())
        return self.shares.mean(losses)

    def made(self, latent: Tensor, condition: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Samples, and the cross-entropy of their conditions, if it has a weight."""
        if condition is None or not self.cross_entropy:
            return self.sample(latent), None
        samples, misses = self.sample.answered(latent, condition)
        return samples, self.cross_entropy * misses.mean()

    def descend(self, real: Tensor, fake: Tensor, condition: Tensor | None, missed: Tensor | None) -> Tensor:
        """Adds the gradient of the loss to what the generator's parameters hold; the loss."""
        critic = given(self.critic, None if condition is None else packed(condition, self.pac))
        loss = self.loss.generator_loss(critic, real, fake)
        (loss if missed is None else loss + missed).backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def straighten(self, method: PathLength, latent: Tensor, directions: Tensor, mean: Tensor) -> Tensor:
        """Adds the gradient of the path-length penalty; the new running mean."""
        assert isinstance(self.generator, StyleBased)  # see wgan.recipes.refusals
        shares = replace(self.shares, passes=1)
        rows, along = (part[:: method.shrink] for whole in (latent, directions) for part in shares.of(whole))
        style = self.generator.mapping(rows)
        lengths = path_lengths(self.generator.synthesis(style, rows), style, along)
        mean = method.follow(mean, self.processes.mean(lengths.detach().mean()))
        (method.every * method.penalty(lengths, mean)).backward()  # type: ignore[no-untyped-call]
        return mean


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
