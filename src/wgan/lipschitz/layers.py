"""Lipschitz bounds of torch's own layers, one rule for each kind."""

from collections.abc import Callable
from math import ceil, prod, sqrt
from typing import Any

import torch
from torch import nn

from wgan.lipschitz.norms import CONVOLUTIONS, convolution_norm_bound, stride_of
from wgan.types import Bound, Shape

__all__ = ["RULES", "Rule"]

# What bounds a module, from its parts and its input's shape.
Rule = Callable[[Any, Bound, Shape], float | None]


def constant(value: float) -> Rule:
    """Layers that are all as steep."""
    return lambda layer, bound, shape: value  # noqa: ARG005


def sequential(layer: nn.Sequential, bound: Bound, shape: Shape) -> float | None:  # noqa: ARG001
    """The product of the parts."""
    bounds = [bound(part) for part in layer]
    known = [value for value in bounds if value is not None]
    return prod(known) if len(known) == len(bounds) else None


def linear(layer: nn.Linear, bound: Bound, shape: Shape) -> float:  # noqa: ARG001
    """The largest singular value."""
    return float(torch.linalg.matrix_norm(layer.weight.double(), 2))


def convolution(layer: nn.modules.conv._ConvNd, bound: Bound, shape: Shape) -> float | None:  # noqa: ARG001
    """The norm of the operator; none where the border is made of the image instead of zeros."""
    if layer.padding_mode != "zeros":
        return None
    return convolution_norm_bound(layer.weight, stride_of(layer), layer.groups)


def batch_norm(layer: nn.modules.batchnorm._BatchNorm, bound: Bound, shape: Shape) -> float | None:  # noqa: ARG001
    """The largest scale, as in evaluation; in training a sample's output depends on its whole batch."""
    if layer.running_var is None:
        return None
    scale = torch.rsqrt(layer.running_var + layer.eps)
    return float((scale * layer.weight if layer.affine else scale).abs().max())


def average_pool(layer: Any, bound: Bound, shape: Shape) -> float | None:  # noqa: ANN401, ARG001
    r"""That of a convolution with a constant kernel, $1 / \sqrt{\prod k}$ for windows that do not overlap."""
    padded = any(sizes(layer.padding, shape))
    if layer.ceil_mode or (padded and not layer.count_include_pad):
        return None
    windows = zip(sizes(layer.kernel_size, shape), sizes(layer.stride, shape), strict=True)
    return sqrt(prod(ceil(k / s) / k for k, s in windows))


def max_pool(layer: Any, bound: Bound, shape: Shape) -> float | None:  # noqa: ANN401, ARG001
    """The root of how many windows one value can win."""
    if set(sizes(layer.dilation, shape)) != {1}:
        return None
    windows = zip(sizes(layer.kernel_size, shape), sizes(layer.stride, shape), strict=True)
    return sqrt(prod(ceil(k / s) for k, s in windows))


def global_average(layer: Any, bound: Bound, shape: Shape) -> float | None:  # noqa: ANN401, ARG001
    r"""The mean over all pixels, $1 / \sqrt{HW}$; none for other adaptive pools."""
    return 1 / sqrt(prod(shape[1:])) if set(sizes(layer.output_size, shape)) == {1} else None


def sizes(value: int | tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    """A layer's setting for each axis of the image."""
    return (value,) * (len(shape) - 1) if isinstance(value, int) else tuple(value)


RULES: dict[type[nn.Module], Rule] = {
    nn.Sequential: sequential,
    nn.Linear: linear,
    **dict.fromkeys(CONVOLUTIONS, convolution),
    **dict.fromkeys((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d), batch_norm),
    **dict.fromkeys((nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), average_pool),
    **dict.fromkeys((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), max_pool),
    **dict.fromkeys((nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d), global_average),
    **dict.fromkeys((nn.Identity, nn.Flatten, nn.Unflatten, nn.ReLU, nn.Tanh, nn.Softplus), constant(1.0)),
    nn.LeakyReLU: lambda layer, bound, shape: max(1.0, abs(layer.negative_slope)),  # noqa: ARG005
    nn.PReLU: lambda layer, bound, shape: max(1.0, float(layer.weight.abs().max())),  # noqa: ARG005
    nn.ELU: lambda layer, bound, shape: max(1.0, abs(layer.alpha)),  # noqa: ARG005
    nn.Sigmoid: constant(0.25),
    nn.SiLU: constant(1.09984),
    nn.GELU: constant(1.12905),
}
