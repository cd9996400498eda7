"""Fully connected networks for rows of tables, each of whose layers sees what all before it saw."""

from dataclasses import dataclass
from math import prod
from typing import Annotated

import torch
from torch import Tensor, nn

from wgan.checks import BelowShare, Rule, Share
from wgan.networks.activations import Rectifier
from wgan.networks.layers import OUTPUTS, Output, Widths
from wgan.networks.network import Network
from wgan.networks.piecewise import PiecewiseLinear
from wgan.types import Shape

__all__ = ["ConcatMLP"]


class Concatenated(nn.Module):
    """Appends to its input what a branch makes of it, `(B, n)` to `(B, n + m)`.

    Args:
        branch: `(B, n) -> (B, m)`.
    """

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        """`(B, n)` to `(B, n + m)`."""
        return torch.cat([self.branch(x), x], 1)


@dataclass(frozen=True, kw_only=True)
class ConcatMLP(Network):
    """The generator of CTGAN, with a leaky multilayer perceptron as critic.

    Each block of the generator is a linear layer, batch norm and a rectifier, whose output stands beside its input.
    Xu et al. 2019, Modeling Tabular Data using Conditional GAN, https://arxiv.org/abs/1907.00503.

    Args:
        widths: width of each hidden layer.
        slope: of the critic's rectifiers below zero.
        dropout: share of the critic's hidden units that is left out of each pass.
        output: of the generator: `linear`, `tanh` (data in [-1, 1]) or `sigmoid` (data in [0, 1]).

    Example:
        >>> network = ConcatMLP(widths=(64, 64))
        >>> network.build_generator(8, (20,))(torch.zeros(5, 8)).shape
        torch.Size([5, 20])
        >>> network.build_critic((20,))(torch.zeros(5, 20)).shape
        torch.Size([5])
    """

    size_field = "widths"

    widths: Annotated[Widths, Rule("at least one hidden layer", len)] = (256, 256, 256)
    slope: Share = 0.2
    dropout: BelowShare = 0.0
    output: Output = "linear"

    def build_generator(self, latent: int, shape: Shape) -> nn.Sequential:
        """Latent vector to sample."""
        layers, inputs = [], latent
        for width in self.widths:
            layers.append(Concatenated(nn.Sequential(nn.Linear(inputs, width), nn.BatchNorm1d(width), Rectifier())))
            inputs += width
        return nn.Sequential(*layers, nn.Linear(inputs, prod(shape)), OUTPUTS[self.output](), nn.Unflatten(1, shape))

    def build_critic(self, shape: Shape) -> nn.Sequential:
        """Sample to score; it knows its slopes where no unit is left out."""
        layers: list[nn.Module] = [nn.Flatten()]
        inputs, left_out = prod(shape), [nn.Dropout(self.dropout)] * (self.dropout > 0)
        for width in self.widths:
            layers += [nn.Linear(inputs, width), Rectifier(self.slope), *left_out]
            inputs = width
        return (nn.Sequential if left_out else PiecewiseLinear)(*layers, nn.Linear(inputs, 1), nn.Flatten(0))
