"""Activations: one that rectifies, and those that sort and so keep the gradient's norm where a rectifier loses it."""

import torch
from torch import Tensor, nn

from wgan.errors import InputError
from wgan.types import Bound, Shape

__all__ = ["GroupSort", "MaxMin", "Rectifier"]


class Rectifier(nn.Module):
    r"""The (leaky) rectified linear unit, $\max(x, s\,x)$, as the product of $x$ with its slope.

    The same values and gradients as torch's, to the bit. But the slope is a constant to autograd, so that the second
    derivative, which a gradient penalty asks for, is absent where torch's is a tensor of zeros that goes through the
    whole backward pass.

    Args:
        slope: $s$, below zero.

    Raises:
        InputError: if the slope is not between 0 and 1.

    Example:
        >>> Rectifier(0.2)(torch.tensor([-1.0, 2.0]))
        tensor([-0.2000,  2.0000])
    """

    separable = True

    def __init__(self, slope: float = 0.0) -> None:
        super().__init__()
        if not 0 <= slope <= 1:
            raise InputError(f"Rectifier: slope is {slope}; expected a number from 0 to 1")
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape."""
        return rectified(x, x.detach(), self.slope)

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        """1."""
        return 1.0


def rectified(x: Tensor, at: Tensor, slope: float) -> Tensor:
    """The product of `x` with the rectifier's slope at `at`, by torch's derivatives of its own rectifiers."""
    if slope:
        return torch.ops.aten.leaky_relu_backward(x, at, slope, False)  # type: ignore[no-any-return]
    return torch.ops.aten.threshold_backward(x, at, 0)  # type: ignore[no-any-return]


class GroupSort(nn.Module):
    r"""Sorts groups of neighbouring channels.

    Its Jacobian is a permutation, so that it changes no gradient's norm. Between orthogonal layers it makes networks
    that can approximate every 1-Lipschitz function; sorting all channels at once (one group) is the most expressive,
    pairs (`MaxMin`) the fastest.

    Anil, Lucas & Grosse 2019, Sorting out Lipschitz function approximation, https://arxiv.org/abs/1811.05381.

    Args:
        size: channels per group; None for one group of all.

    Raises:
        InputError: for groups below 2 channels; when called, for channels that do not divide into groups.

    Example:
        >>> GroupSort()(torch.tensor([[3.0, 1.0, 2.0, 0.0]]))
        tensor([[0., 1., 2., 3.]])
    """

    separable = True

    def __init__(self, size: int | None = None) -> None:
        super().__init__()
        if size is not None and size < 2:
            raise InputError(f"GroupSort: size is {size}; expected groups of 2 channels or more")
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, ...)` to the same shape."""
        return in_groups(x, self.size or x.shape[1], "GroupSort").sort(dim=2).values.flatten(1, 2)

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        """1: to sort is to permute."""
        return 1.0


class MaxMin(nn.Module):
    r"""Sorts pairs of neighbouring channels, $(a, b) \mapsto (\max(a, b), \min(a, b))$.

    Anil, Lucas & Grosse 2019, https://arxiv.org/abs/1811.05381.

    Raises:
        InputError: when called, for an odd number of channels.

    Example:
        >>> MaxMin()(torch.tensor([[3.0, 1.0, 0.0, 2.0]]))
        tensor([[3., 1., 2., 0.]])
    """

    separable = True

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, ...)` to the same shape."""
        first, second = in_groups(x, 2, "MaxMin").unbind(2)
        return torch.stack([torch.maximum(first, second), torch.minimum(first, second)], 2).flatten(1, 2)

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        """1: to sort is to permute."""
        return 1.0


def in_groups(x: Tensor, size: int, name: str) -> Tensor:
    """`(B, C, ...) -> (B, C / size, size, ...)`."""
    if x.shape[1] % size:
        raise InputError(f"{name}: {x.shape[1]} channels; expected a multiple of {size}, so choose such a width")
    return x.reshape(x.shape[0], -1, size, *x.shape[2:])
