"""One step of the generator, and the samples that it gives to the critic."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wgan.networks import PathLength, StyleBased
from wgan.networks.path_length import path_lengths
from wgan.training.distributed import Processes

__all__ = ["GeneratorStep"]

View = Callable[..., Tensor]


@dataclass(frozen=True)
class GeneratorStep:
    """The generator's half of an iteration.

    Args:
        generator: `(B, latent) -> (B, *shape)`.
        sample: the same, perhaps compiled or in another precision.
        critic: `(B, *shape) -> (B,)`.
        loss: `(critic, real, fake) -> scalar`, which the generator minimises.
        optimizer: over the generator's parameters.
        path_length: its regularisation.
        processes: who trains.
        passes: micro-batches of each.
    """

    generator: nn.Module
    sample: Callable[[Tensor], Tensor]
    critic: nn.Module
    loss: Callable[..., Tensor]
    optimizer: torch.optim.Optimizer
    path_length: PathLength | None
    processes: Processes
    passes: int

    @torch.no_grad()
    def samples(self, latent: Tensor) -> Tensor:
        """A batch for the critic; zeros in the rows of other processes."""
        shares = self.processes.shares(len(latent), self.passes)
        pieces = [shares.whole(self.sample(part), index) for index, part in enumerate(shares.of(latent))]
        return pieces[0] if len(pieces) == 1 else torch.stack(pieces).sum(0)

    def __call__(
        self, real: Tensor, latent: Tensor, iteration: int, path_mean: Tensor, view: View, noise: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Takes one step; the loss without the penalty, and the running mean of the path lengths.

        Args:
            real: `(B, *shape)`.
            latent: `(B, latent)`.
            iteration: how many steps came before; it decides when a lazy penalty acts.
            path_mean: the running mean so far.
            view: what the critic sees of samples.
            noise: the random stream of this step.
        """
        shares = self.processes.shares(len(latent), self.passes)
        self.optimizer.zero_grad(set_to_none=True)
        parts = zip(shares.of(latent), shares.of(view(real, noise=noise)), strict=True)
        drawn, losses = noise.get_state(), []
        with frozen(self.critic):
            for index, (part, seen) in enumerate(parts):
                noise.set_state(drawn)  # a batch is seen alike, in however many parts it comes
                fake = shares.of(view(shares.whole(self.sample(part), index), noise=noise))[index]
                loss = self.loss(self.critic, seen, fake) / self.passes
                loss.backward()  # type: ignore[no-untyped-call]
                losses.append(loss.detach())
        if self.path_length is not None and iteration % self.path_length.every == 0:
            path_mean = self._straighten(self.path_length, latent, path_mean, real, noise)
        self.optimizer.step()
        return torch.stack(losses).sum(), path_mean

    def _straighten(
        self, method: PathLength, latent: Tensor, mean: Tensor, real: Tensor, noise: torch.Generator
    ) -> Tensor:
        """Adds the gradient of the path-length penalty; the new running mean."""
        assert isinstance(self.generator, StyleBased)  # see wgan.recipes.refusals
        directions = torch.randn(real.shape, generator=noise, device=real.device, dtype=real.dtype)
        shares = self.processes.shares(len(latent))
        (rows,), (along,) = shares.of(latent), shares.of(directions)
        lengths = path_lengths(self.generator, rows[:: method.shrink], along[:: method.shrink])
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
