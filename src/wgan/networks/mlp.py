"""Fully connected networks, for samples of any shape."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod

from torch import nn

from wgan.errors import InputError
from wgan.networks.activations import GroupSort, MaxMin, Rectifier
from wgan.networks.layers import OUTPUTS, check_name
from wgan.networks.network import Network

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
        >>> network.generator(2, (1, 8, 8))(torch.zeros(5, 2)).shape
        torch.Size([5, 1, 8, 8])
        >>> network.critic((1, 8, 8))(torch.zeros(5, 1, 8, 8)).shape
        torch.Size([5])
    """

    widths: tuple[int, ...] = (512, 512, 512)
    activation: str = "ReLU"
    output: str = "linear"

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1:
            raise InputError(f"MLP: widths are {self.widths}; expected at least one hidden layer of width 1 or more")
        check_name("activation", self.activation, ACTIVATIONS)
        check_name("output of a generator", self.output, [*OUTPUTS, "auto"])

    def generator(self, latent: int, shape: tuple[int, ...]) -> nn.Sequential:
        """Latent vector to sample."""
        output = {"auto": "tanh" if len(shape) == 3 else "linear"}.get(self.output, self.output)
        return nn.Sequential(*self._layers(latent, prod(shape)), OUTPUTS[output](), nn.Unflatten(1, shape))

    def critic(self, shape: tuple[int, ...]) -> nn.Sequential:
        """Sample to score; the last layer is linear."""
        return nn.Sequential(nn.Flatten(), *self._layers(prod(shape), 1), nn.Flatten(0))

    def _layers(self, inputs: int, outputs: int) -> list[nn.Module]:
        return [*hidden_layers(inputs, self.widths, self.activation), nn.Linear(self.widths[-1], outputs)]


def hidden_layers(inputs: int, widths: tuple[int, ...], activation: str) -> list[nn.Module]:
    """A linear layer of each width and its activation."""
    return [
        layer
        for fan_in, fan_out in pairwise((inputs, *widths))
        for layer in (nn.Linear(fan_in, fan_out), ACTIVATIONS[activation]())
    ]
