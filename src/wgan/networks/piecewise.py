"""Networks of linear layers and piecewise linear activations, whose slopes are products of weights and masks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, singledispatch
from itertools import takewhile

import torch
from torch import Tensor, nn

from wgan.errors import InputError
from wgan.networks.activations import GroupSort, MaxMin, Rectifier, in_groups, rectified

__all__ = ["PiecewiseLinear", "pull_back"]

AFFINE = (nn.Flatten, nn.Linear)


@singledispatch
def pull_back(layer: nn.Module, gradient: Tensor, at: Tensor) -> Tensor:  # noqa: ARG001
    """A gradient taken backwards through a piecewise linear layer; a kind of your own joins by `pull_back.register`.

    Args:
        layer: what it passes.
        gradient: with respect to the layer's output.
        at: its input; a constant, which no gradient flows to.
    """
    raise AssertionError(f"{type(layer).__name__} is not known to be piecewise linear")


@pull_back.register
def _(layer: nn.Flatten, gradient: Tensor, at: Tensor) -> Tensor:  # noqa: ARG001
    return gradient.reshape(at.shape)


@pull_back.register
def _(layer: nn.Linear, gradient: Tensor, at: Tensor) -> Tensor:  # noqa: ARG001
    return gradient @ layer.weight


@pull_back.register
def _(layer: Rectifier, gradient: Tensor, at: Tensor) -> Tensor:
    return rectified(gradient, at, layer.slope)


@pull_back.register
def _(layer: nn.ReLU, gradient: Tensor, at: Tensor) -> Tensor:  # noqa: ARG001
    return rectified(gradient, at, 0.0)


@pull_back.register
def _(layer: nn.LeakyReLU, gradient: Tensor, at: Tensor) -> Tensor:
    return rectified(gradient, at, layer.negative_slope)


@pull_back.register
def _(layer: MaxMin, gradient: Tensor, at: Tensor) -> Tensor:  # noqa: ARG001
    first, second = in_groups(at, 2, "MaxMin").unbind(2)
    larger, smaller = in_groups(gradient, 2, "MaxMin").unbind(2)
    share = (1 + (first - second).sign()) / 2  # equal channels have the same of both
    return torch.stack([torch.lerp(smaller, larger, share), torch.lerp(larger, smaller, share)], 2).flatten(1, 2)


@pull_back.register
def _(layer: GroupSort, gradient: Tensor, at: Tensor) -> Tensor:
    size = layer.size or at.shape[1]
    places = in_groups(at, size, "GroupSort").sort(dim=2).indices.argsort(2)
    return in_groups(gradient, size, "GroupSort").gather(2, places).flatten(1, 2)


UNKNOWN = pull_back.dispatch(object)


def known(layer: nn.Module) -> bool:
    """Whether `pull_back` knows the layer's kind."""
    return pull_back.dispatch(type(layer)) is not UNKNOWN


@dataclass(frozen=True)
class PiecewiseTrace:
    """A pass through piecewise linear layers.

    Args:
        layers: in their order.
        inputs: what each of them was given, without gradient.
        scores: what the last one gave.
    """

    layers: Sequence[nn.Module]
    inputs: Sequence[Tensor]
    scores: Tensor

    def slopes(self, rows: slice) -> Tensor:
        """See `Trace`."""
        gradient = torch.ones_like(self.scores[rows])
        for layer, at in zip(reversed(self.layers), reversed(self.inputs), strict=True):
            gradient = pull_back(layer, gradient, at if isinstance(layer, nn.Linear) else at[rows])
        return gradient

    def slopes_between(self, start: slice, end: slice, share: Tensor) -> Tensor:
        """See `Trace`; what the affine layers before the first activation give is between what they gave."""
        affine = sum(1 for _ in takewhile(lambda layer: isinstance(layer, AFFINE), self.layers[:-1]))
        first = self.inputs[affine]
        with torch.no_grad():
            at = torch.lerp(first[start], first[end], share.view(-1, *[1] * (first.dim() - 1)))
            rest = passed(self.layers[affine:], at)
        before = [x[start] for x in self.inputs[:affine]]  # an affine layer's slope is the same everywhere
        return PiecewiseTrace(self.layers, [*before, *rest.inputs], rest.scores).slopes(slice(None))


def passed(layers: Sequence[nn.Module], x: Tensor) -> PiecewiseTrace:
    """The pass of `x` through the layers."""
    inputs = []
    for layer in layers:
        inputs.append(x.detach())
        x = layer(x)
    return PiecewiseTrace(layers, inputs, x)


class PiecewiseLinear(nn.Sequential):
    r"""A critic that knows its slopes: a sequence of linear layers and piecewise linear activations.

    With weights $W_i$ and masks $m_i$, the slopes of the activations, which are constant almost everywhere,

    $$\nabla D = ((W_3 \odot m_2) W_2 \odot m_1) W_1,$$

    which is a network of its own: one plain backward pass gives the weights' gradients of a gradient penalty.

    Args:
        layers: kinds that `pull_back` knows, of torch's `nn.Flatten`, `nn.Linear`, `nn.ReLU` and `nn.LeakyReLU`.

    Raises:
        InputError: for any other layer.

    Example:
        >>> critic = PiecewiseLinear(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1), nn.Flatten(0))
        >>> _ = critic[0].weight.data.copy_(torch.tensor([[3.0, 0.0], [0.0, 4.0]])), critic[2].weight.data.fill_(1.0)
        >>> critic.trace(torch.tensor([[1.0, 1.0], [1.0, -1.0]])).slopes(slice(None)).tolist()
        [[3.0, 4.0], [3.0, 0.0]]
    """

    separable = True

    def __init__(self, *layers: nn.Module) -> None:
        for layer in layers:
            if not known(layer):
                raise InputError(
                    f"PiecewiseLinear: cannot hold {type(layer).__name__}; expected layers that pull_back knows, such "
                    "as nn.Linear and nn.ReLU, so use nn.Sequential"
                )
        super().__init__(*layers)

    @property
    def trace(self) -> Callable[[Tensor], PiecewiseTrace] | None:
        """A pass that knows its slopes, of points `(B, *shape)`.

        None once a layer was put in that `pull_back` does not know, such as dropout.
        """
        return partial(passed, list(self)) if all(map(known, self)) else None
