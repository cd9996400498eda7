"""The critic's steps with a penalty, compiled: no second copy of the maths, another way to differentiate it.

Torch's compiler knows a gradient of a gradient through `torch.func` alone, so that such a step is one compiled function
that returns the weights' gradients. Steps without a penalty, and the generator's, stay as they are.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad

from wgan.critic import CriticRecord, CriticStep
from wgan.types import Points

__all__ = ["CompiledCriticStep"]


@dataclass(frozen=True)
class CompiledCriticStep(CriticStep):
    """A `CriticStep` whose penalised steps are compiled, at the first call for each kind of batch.

    What the compiler refuses goes on eager, with one line that says so.
    """

    def descend(
        self, real: Tensor, fake: Tensor, points: list[Points | None], condition: Tensor | None
    ) -> CriticRecord:
        """See `CriticStep.descend`."""
        if all(at is None for at in points) or self._gradients.refusal:
            return super().descend(real, fake, points, condition)
        record = self._gradients(real, fake, points, condition)
        if record is None:
            record = super().descend(
                real, fake, points, condition
            )  # where an error that is not the compiler's comes again
            warnings.warn(
                f"goes on without the compiler, which refused a step ({self._gradients.refusal})", stacklevel=2
            )
        return record

    @cached_property
    def _gradients(self) -> "Gradients":
        return Gradients(self)


class Gradients:
    """What `CriticStep.descend` does, as one compiled function of the weights."""

    def __init__(self, step: CriticStep) -> None:
        module = Objective(step)

        def of_weights(weights: dict[str, Tensor], *batches: Any) -> Any:  # noqa: ANN401 - the objective's own
            return functional_call(module, weights, batches)

        self.weights = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
        self.compiled = torch.compile(grad(of_weights, has_aux=True), fullgraph=True, dynamic=False)
        self.refusal = ""

    def __call__(
        self, real: Tensor, fake: Tensor, points: list[Points | None], condition: Tensor | None
    ) -> CriticRecord | None:
        """Adds the gradients to what the critic's parameters hold; None, and why, where the compiler refuses."""
        try:
            weights = {name: weight.detach() for name, weight in self.weights.items()}
            gradients, record = self.compiled(weights, real, fake, points, condition)
        except RuntimeError as error:  # the base of whatever the compiler raises
            self.refusal = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            return None
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

    def forward(
        self, real: Tensor, fake: Tensor, points: list[Points | None], condition: Tensor | None
    ) -> tuple[Tensor, CriticRecord]:
        """See `CriticStep.objective`."""
        return self.step.objective(real, fake, points, condition)


def like(gradient: Tensor, weight: Tensor) -> Tensor:
    """The gradient in the weight's memory layout, which the fused optimizers take for granted without a check."""
    return gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
