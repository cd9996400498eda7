"""One pass of a critic over both batches, for the loss and for the penalties that ask for slopes where it went."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import type_before_parametrizations

from wgan.types import Critic, Points, Trace

__all__ = ["OnePass", "is_separable", "scores_of_both"]

# Torch's layers that treat every sample of a batch alone and draw nothing at random.
SEPARABLE = {
    *(nn.Sequential, nn.Identity, nn.Flatten, nn.Unflatten, nn.Linear, nn.Conv1d, nn.Conv2d),
    *(nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    *(nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.SiLU, nn.ELU, nn.GELU, nn.Softplus, nn.Sigmoid, nn.LayerNorm, nn.GroupNorm),
}


def is_separable(module: nn.Module) -> bool:
    """Whether a module is known to treat every sample alone: a class of ours says so by `separable = True`."""
    if not (known_separable(type(module)) or known_separable(type_before_parametrizations(module))):
        return False
    return all(is_separable(child) for name, child in module.named_children() if name != "parametrizations")


def known_separable(kind: type) -> bool:
    """Whether modules of a kind do, as far as that is up to them and not to their parts."""
    return kind in SEPARABLE or getattr(kind, "separable", False)


def scores_of_both(critic: Critic, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The scores of two batches: in one pass where that is known to be the same, else in two.

    A critic with batch statistics, or any layer that we do not know, sees the batches one after the other.
    """
    return (critic if isinstance(critic, OnePass) else OnePass(critic)).both(real, fake)


class Twice:
    """A pass whose slopes come by double backward.

    Args:
        critic: `(B, *shape) -> (B,)`.
        points: `(B, *shape)`.
    """

    def __init__(self, critic: Critic, points: Tensor) -> None:
        self.points = points.requires_grad_()
        self.scores = critic(self.points)

    @cached_property
    def gradients(self) -> Tensor:
        """At all points."""
        return torch.autograd.grad(self.scores.sum(), self.points, create_graph=True)[0]

    def slopes(self, rows: slice) -> Tensor:
        """See `Trace`."""
        return self.gradients[rows]

    def slopes_between(self, start: slice, end: slice, share: Tensor) -> None:
        """See `Trace`."""


class OnePass:
    """A critic during one step, which remembers where it went for the loss.

    Args:
        critic: `(B, *shape) -> (B,)`.
        wanted: where penalties will ask for slopes.

    Example:
        >>> critic, real, fake = (lambda x: (x * x).sum(1)), torch.ones(1, 2), torch.zeros(1, 2)
        >>> seen = OnePass(critic, [real])
        >>> _ = seen.both(real, fake)
        >>> seen.remembered(real), seen.remembered(fake)  # of a function that may mix the samples, nothing
        (None, None)
    """

    def __init__(self, critic: Critic, wanted: Sequence[Points] = ()) -> None:
        self.critic, self.wanted = critic, wanted
        self.passed: tuple[Trace, Tensor, Tensor] | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """`(B, *shape) -> (B,)`."""
        return self.critic(x)

    @property
    def trace(self) -> Callable[[Tensor], Trace] | None:
        """That of the critic."""
        return getattr(self.critic, "trace", None)

    def both(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """The scores of two batches."""
        if not (isinstance(self.critic, nn.Module) and is_separable(self.critic)):
            return self.critic(real), self.critic(fake)
        traced = self.traced(real, fake) if self.wanted else None
        if traced is None:
            return split(self.critic(torch.cat([real, fake])), real, fake)
        trace = traced(torch.cat([real, fake]))
        self.passed = trace, real, fake
        return split(trace.scores, real, fake)

    def traced(self, real: Tensor, fake: Tensor) -> Callable[[Tensor], Trace] | None:
        """A pass that tells the slopes that are wanted; None where it is in another precision, or tells too few."""
        if torch.compiler.is_compiling() or torch.is_autocast_enabled(real.device.type):
            return None
        if self.trace is not None:
            return self.trace
        # Where one side alone is asked for, a gradient through the pass of both costs more than another pass.
        both = all(any(at is side for at in self.wanted) for side in (real, fake))
        return partial(Twice, self.critic) if both else None

    def remembered(self, points: Points) -> Tensor | None:
        r"""$\nabla D$, differentiable in the weights, where it follows from the pass that was."""
        if self.passed is None:
            return None
        trace, real, fake = self.passed
        rows = {id(real): slice(len(real)), id(fake): slice(len(real), None)}
        if isinstance(points, Tensor):
            return trace.slopes(rows[id(points)]) if id(points) in rows else None
        if id(points.start) in rows and id(points.end) in rows:
            return trace.slopes_between(rows[id(points.start)], rows[id(points.end)], points.share)
        return None


def split(scores: Tensor, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The scores of each side."""
    real_scores, fake_scores = torch.split(scores, [len(real), len(fake)])
    return real_scores, fake_scores
