"""Activations that sort: 1-Lipschitz, and they keep the gradient's norm where a rectifier loses it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from wgan.errors import InputError

__all__ = ["GroupSort", "MaxMin"]


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

    def __init__(self, size: int | None = None) -> None:
        super().__init__()
        if size is not None and size < 2:
            raise InputError(f"GroupSort: size is {size}; expected groups of 2 channels or more")
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, ...)` to the same shape."""
        return in_groups(x, self.size or x.shape[1], "GroupSort").sort(dim=2).values.flatten(1, 2)

    def lipschitz_bound(self, bound: Callable[[nn.Module], float | None], shape: tuple[int, ...]) -> float:  # noqa: ARG002
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

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, ...)` to the same shape."""
        first, second = in_groups(x, 2, "MaxMin").unbind(2)
        return torch.stack([torch.maximum(first, second), torch.minimum(first, second)], 2).flatten(1, 2)

    def lipschitz_bound(self, bound: Callable[[nn.Module], float | None], shape: tuple[int, ...]) -> float:  # noqa: ARG002
        """1: to sort is to permute."""
        return 1.0


def in_groups(x: Tensor, size: int, name: str) -> Tensor:
    """`(B, C, ...) -> (B, C / size, size, ...)`."""
    if x.shape[1] % size:
        raise InputError(f"{name}: {x.shape[1]} channels; expected a multiple of {size}, so choose such a width")
    return x.reshape(len(x), -1, size, *x.shape[2:])
