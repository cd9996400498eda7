"""The same steps, compiled: no second copy of the maths, only another way to differentiate it.

Torch's compiler knows a gradient of a gradient through `torch.func` alone. So a step with a gradient penalty is one
compiled function that returns the weights' gradients; a step without one is a compiled objective with the ordinary
backward pass, which also knows batch normalisation.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad

from wgan.critic import CriticRecord, CriticStep

__all__ = ["Compiled", "CompiledCriticStep"]


class Compiled:
    """A function or module as one graph for each kind of argument; what the compiler refuses stays eager.

    Args:
        function: what to compile.
        eager: what to call instead where that fails; by default the function itself.

    Example:
        >>> double = Compiled(lambda x: 2 * x)
        >>> double(torch.ones(2))
        tensor([2., 2.])
    """

    def __init__(self, function: Callable[..., Any], eager: Callable[..., Any] | None = None) -> None:
        self.function: Callable[..., Any] = torch.compile(function, fullgraph=True, dynamic=False)
        self.eager = eager or function
        self.failed = False

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 - the function's own
        """The function's value; the first failure is told in one line, and the last."""
        if not self.failed:
            try:
                return self.function(*arguments)
            except RuntimeError as error:  # the base of whatever the compiler raises; a true one comes again below
                self.failed = True
                reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            value = self.eager(*arguments)
            warnings.warn(f"goes on without the compiler, which refused a step ({reason})", stacklevel=2)
            return value
        return self.eager(*arguments)


@dataclass(frozen=True)
class CompiledCriticStep(CriticStep):
    """A `CriticStep` whose objective and gradients are compiled, at the first call for each kind of step."""

    def descend(self, real: Tensor, fake: Tensor, points: list[Tensor | None]) -> CriticRecord:
        """See `CriticStep.descend`."""
        if all(at is None for at in points):
            total, record = self._plain(real, fake, points)
            total.backward()
            return CriticRecord(*record).detach()
        return self._doubly(real, fake, points)  # type: ignore[no-any-return]

    @cached_property
    def _plain(self) -> Compiled:
        return Compiled(self.objective)

    @cached_property
    def _doubly(self) -> Callable[..., Any]:
        return Differentiated(self, super().descend)


class Differentiated:
    """`CriticStep.descend` for an objective that itself holds gradients, as one compiled function of the weights."""

    def __init__(self, step: CriticStep, eager: Callable[..., CriticRecord]) -> None:
        module = Objective(step)

        def of_weights(weights: dict[str, Tensor], *batches: Any) -> Any:  # noqa: ANN401 - the objective's own
            return functional_call(module, weights, batches)

        self.eager = eager
        self.weights = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
        self.gradients = Compiled(grad(of_weights, has_aux=True), lambda *arguments: None)  # noqa: ARG005

    def __call__(self, real: Tensor, fake: Tensor, points: list[Tensor | None]) -> CriticRecord:
        """Adds the gradients to what the critic's parameters hold."""
        weights = {name: weight.detach() for name, weight in self.weights.items()}
        found = self.gradients(weights, real, fake, points)
        if found is None:
            return self.eager(real, fake, points)
        gradients, record = found
        for name, weight in self.weights.items():
            gradient = like(gradients[name], weight)
            for hook in (weight._backward_hooks or {}).values():  # those that a backward pass would have called
                changed = hook(gradient)
                gradient = gradient if changed is None else changed
            weight.grad = gradient if weight.grad is None else weight.grad + gradient
        return CriticRecord(*record)


class Objective(nn.Module):
    """The objective as a module that owns the critic, so that its weights can be given from outside."""

    def __init__(self, step: CriticStep) -> None:
        super().__init__()
        self.critic = step.critic
        self.step = step

    def forward(self, real: Tensor, fake: Tensor, points: list[Tensor | None]) -> tuple[Tensor, CriticRecord]:
        """See `CriticStep.objective`."""
        return self.step.objective(real, fake, points)


def like(gradient: Tensor, weight: Tensor) -> Tensor:
    """The gradient in the weight's memory layout, which the fused optimizers take for granted without a check."""
    return gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
