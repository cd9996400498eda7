r"""How steep a critic is: a certified upper bound of its Lipschitz constant κ, and a measured lower bound."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from wgan.errors import InputError
from wgan.lipschitz.layers import RULES
from wgan.types import Bound, Shape

__all__ = ["Bounded", "batch_norm_layers", "certified_constant", "measured_constant"]


@runtime_checkable
class Bounded(Protocol):
    """A module that knows a bound of its own Lipschitz constant."""

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float | None:
        """The bound, from those of its parts.

        Args:
            bound: gives that of a part, or None if none is known.
            shape: of the module's input, without the batch.
        """


def certified_constant(critic: nn.Module, shape: Shape) -> float | None:
    r"""An upper bound of the critic's Lipschitz constant, from the norms of its layers.

    $$\kappa \le \prod_i \|W_i\|_2 \operatorname{Lip}(a_i),$$

    with the operator norm of convolutions (`wgan.lipschitz.norms`), batch normalisation as in evaluation, and whatever
    a module of your own offers as `lipschitz_bound` (see `Bounded`). It holds for all inputs, however far from the
    data, and takes seconds where convolutions have hundreds of channels.

    Gouk et al. 2021, Regularisation of Neural Networks by Enforcing Lipschitz Continuity,
    https://arxiv.org/abs/1804.04368.

    Args:
        critic: `(B, *shape) -> (B,)`.
        shape: of a sample.

    Returns:
        The bound; None where the critic holds a module for which none is known.

    Example:
        >>> critic = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
        >>> _ = critic[0].weight.data.copy_(torch.tensor([[3.0, 4.0]]))
        >>> certified_constant(critic, (2,))
        5.0
    """
    shapes: dict[nn.Module, Shape] = {}

    def note(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if inputs and isinstance(inputs[0], Tensor):
            shapes[module] = tuple(inputs[0].shape[1:])

    def bound(module: nn.Module) -> float | None:
        seen = shapes.get(module, ())
        if isinstance(module, Bounded):
            return module.lipschitz_bound(bound, seen)
        for kind, rule in RULES.items():
            # A subclass with a forward pass of its own is another function.
            if isinstance(module, kind) and type(module).forward is kind.forward:
                return rule(module, bound, seen)
        return None

    hooks = [module.register_forward_pre_hook(note) for module in critic.modules()]
    try:
        with torch.no_grad(), evaluating(critic):
            weight = next(critic.parameters(), torch.zeros(()))
            critic(torch.zeros(2, *shape, device=weight.device, dtype=weight.dtype))
            return bound(critic)
    finally:
        for hook in hooks:
            hook.remove()


def measured_constant(critic: nn.Module, samples: Tensor, steps: int = 20, step_size: float = 0.02) -> float:
    r"""A lower bound of the critic's Lipschitz constant, the steepest slope found near the samples.

    $\max \|\nabla D(x)\|_2$ over samples, over points on segments between them, and over the paths of gradient ascent
    on $\|\nabla D\|_2$ from there (where that is flat, as between the kinks of a rectifier network, along $\nabla D$).
    The paths stay in the smallest box around the samples, because a critic's slope elsewhere means nothing to a
    distance between distributions there.

    Args:
        critic: `(B, *shape) -> (B,)`, taken as in evaluation.
        samples: real and generated, in any order, `(N, *shape)`.
        steps: of the ascent.
        step_size: of the ascent, in diagonals of the box.

    Raises:
        InputError: for fewer than two samples.

    Example:
        >>> critic = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
        >>> _ = critic[0].weight.data.copy_(torch.tensor([[3.0, 4.0]]))
        >>> measured_constant(critic, torch.eye(2))
        5.0
    """
    if len(samples) < 2:
        raise InputError(f"measured_constant: {len(samples)} sample; expected 2 or more, for the segments between them")
    low, high = samples.amin(0), samples.amax(0)
    stride = step_size * torch.linalg.vector_norm(high - low)
    points = torch.cat([samples, on_segments(samples)])
    steepest = []
    with evaluating(critic):
        for _ in range(steps + 1):
            norms, direction = slope_and_ascent(critic, points)
            steepest.append(norms.max())
            points = (points + stride * direction).clamp(low, high)
    return float(torch.stack(steepest).max())


def on_segments(samples: Tensor) -> Tensor:
    """One point between each sample and the one half the samples further, at shares spread evenly over the segments."""
    partners = samples.roll(len(samples) // 2, 0)
    shares = torch.linspace(0.01, 0.99, len(samples), device=samples.device, dtype=samples.dtype)
    return torch.lerp(samples, partners, shares.reshape(-1, *[1] * (samples.dim() - 1)))


def slope_and_ascent(critic: nn.Module, points: Tensor) -> tuple[Tensor, Tensor]:
    r"""$\|\nabla D\|$, `(B,)`, and the unit direction in which it grows, `(B, *shape)`."""

    def total_norm(x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        gradients = torch.func.grad(lambda y: critic(y).sum())(x)
        norms = torch.linalg.vector_norm(gradients.flatten(1), dim=1)
        return norms.sum(), (norms, gradients)

    growth, (norms, gradients) = torch.func.grad(total_norm, has_aux=True)(points)
    flat = (growth.flatten(1).abs().amax(1) == 0).reshape(-1, *[1] * (points.dim() - 1))
    direction = torch.where(flat, gradients, growth).detach()
    return norms.detach(), normalize(direction.flatten(1), dim=1).view_as(points)


def batch_norm_layers(module: nn.Module) -> list[str]:
    """Names of the batch-normalisation layers, which a gradient penalty forbids: they mix the samples of a batch.

    Example:
        >>> batch_norm_layers(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)))
        ['1']
    """
    kind = nn.modules.batchnorm._BatchNorm
    return [name for name, layer in module.named_modules() if isinstance(layer, kind)]


@contextmanager
def evaluating(critic: nn.Module) -> Iterator[None]:
    """The critic as in evaluation, and afterwards as it was."""
    modes = {module: module.training for module in critic.modules()}
    critic.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
