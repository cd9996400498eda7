"""Fully connected networks, for samples of any shape."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import Annotated

from torch import nn

from wgan.checks import Rule, choice
from wgan.networks.activations import GroupSort, MaxMin, Rectifier
from wgan.networks.layers import OUTPUTS, Widths
from wgan.networks.network import Network
from wgan.networks.piecewise import PiecewiseLinear
from wgan.types import Shape

__all__ = ["MLP"]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "ReLU": Rectifier,
    "LeakyReLU": partial(Rectifier, 0.01),
    "Tanh": nn.Tanh,
    "SiLU": nn.SiLU,
    "Softplus": nn.Softplus,
    "MaxMin": MaxMin,
    "GroupSort": GroupSort,
    "GroupSort16": partial(GroupSort, 16),
}
PIECEWISE = ("ReLU", "LeakyReLU", "MaxMin", "GroupSort")
Activation = Annotated[str, choice("activation", tuple(ACTIVATIONS))]


@dataclass(frozen=True, kw_only=True)
class MLP(Network):
    """A multilayer perceptron on each side.

    The defaults are the toy networks of Gulrajani et al. 2017 (https://arxiv.org/abs/1704.00028).

    Args:
        widths: width of each hidden layer.
        activation: between the layers, one of `ReLU`, `LeakyReLU`, `Tanh`, `SiLU`, `Softplus`,
            `MaxMin`, `GroupSort` (one group of all channels) or `GroupSort16` (groups of 16, the surest to be fitted).
        output: of the generator: `linear`, `tanh` (data in [-1, 1]), `sigmoid` (data in [0, 1]), or `auto` for `tanh`
            of images and `linear` of vectors.

    Raises:
        InputError: for no layers, a width below 1, or an unknown activation or output.

    Example:
        >>> import torch
        >>> network = MLP(widths=(100, 100))
        >>> network.build_generator(2, (1, 8, 8))(torch.zeros(5, 2)).shape
        torch.Size([5, 1, 8, 8])
        >>> network.build_critic((1, 8, 8))(torch.zeros(5, 1, 8, 8)).shape
        torch.Size([5])
    """

    size_field = "widths"

    widths: Annotated[Widths, Rule("at least one hidden layer", len)] = (512, 512, 512)
    activation: Activation = "ReLU"
    output: Annotated[str, choice("output of a generator", (*OUTPUTS, "auto"))] = "linear"

    def build_generator(self, latent: int, shape: Shape) -> nn.Sequential:
        """Latent vector to sample."""
        output = {"auto": "tanh" if len(shape) == 3 else "linear"}.get(self.output, self.output)
        return nn.Sequential(*self._layers(latent, prod(shape)), OUTPUTS[output](), nn.Unflatten(1, shape))

    def build_critic(self, shape: Shape) -> nn.Sequential:
        """Sample to score; the last layer is linear. It knows its slopes where its activation is piecewise linear."""
        layers = nn.Flatten(), *self._layers(prod(shape), 1), nn.Flatten(0)
        return (PiecewiseLinear if self.activation in PIECEWISE else nn.Sequential)(*layers)

    def _layers(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [*hidden_layers(inputs, self.widths, self.activation), nn.Linear(self.widths[-1], outputs)]


def hidden_layers(inputs: int, widths: tuple[int, ...], activation: str) -> list[nn.Module]:
    """A linear layer of each width and its activation."""
    return [
        layer
        for fan_in, fan_out in pairwise((inputs, *widths))
        for layer in (nn.Linear(fan_in, fan_out), ACTIVATIONS[activation]())
    ]
