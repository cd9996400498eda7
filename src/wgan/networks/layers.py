"""Layers that several networks share."""

from collections.abc import Callable
from math import sqrt
from typing import Annotated, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d
from torch.nn.utils.parametrize import register_parametrization

from wgan.checks import Count, Rule, choice
from wgan.types import Bound, Shape

__all__ = [
    "NORMS",
    "OUTPUTS",
    "Halved",
    "Layer",
    "Lowpass",
    "MinibatchDeviation",
    "Norm",
    "Output",
    "PixelNorm",
    "Residual",
    "SumPool",
    "Widths",
    "equalized",
    "fan_in",
]

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d, nn.ConvTranspose2d)

OUTPUTS: dict[str, type[nn.Module]] = {"linear": nn.Identity, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "layer": lambda channels: nn.GroupNorm(1, channels),
    "none": lambda channels: nn.Identity(),  # noqa: ARG005
}
# What families take as fields.
Output = Annotated[str, choice("output of a generator", tuple(OUTPUTS))]
Norm = Annotated[str, choice("normalisation", tuple(NORMS))]
Widths = Annotated[tuple[Count, ...], Rule("1,000 layers at most", lambda widths: len(widths) <= 1000)]


class Residual(nn.Module):
    r"""A residual block, $x \mapsto \text{skip}(x) + \text{branch}(x)$.

    He et al. 2016, https://arxiv.org/abs/1512.03385.

    Args:
        branch: what is learnt on top of the skip.
        skip: the identity by default; else of the branch's output shape.
    """

    separable = True

    def __init__(self, branch: nn.Module, skip: nn.Module | None = None) -> None:
        super().__init__()
        self.branch = branch
        self.skip = skip or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to the shape of the branch's output."""
        total: Tensor = self.skip(x) + self.branch(x)
        return total

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float | None:  # noqa: ARG002
        """The sum of both sides' bounds."""
        skip, branch = bound(self.skip), bound(self.branch)
        return None if skip is None or branch is None else skip + branch


class PixelNorm(nn.Module):
    r"""Divides the channels of each pixel by their root mean square, $a_c / \sqrt{\tfrac1C \sum_j a_j^2 + 10^{-8}}$.

    On a latent vector it is the projection onto the sphere of radius $\sqrt d$.

    Karras et al. 2018, section 4.2, https://arxiv.org/abs/1710.10196.

    Example:
        >>> PixelNorm()(torch.full((1, 2), 5.0))
        tensor([[1., 1.]])
    """

    separable = True

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, ...)` to the same shape."""
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


class MinibatchDeviation(nn.Module):
    r"""Appends a channel that tells the critic how varied the batch is.

    Its value is the standard deviation of each feature over a group of samples, averaged over the features. A group's
    samples are $B / G$ apart; where `group` does not divide the batch, the next smaller divisor is taken.

    Karras et al. 2018, section 3, https://arxiv.org/abs/1710.10196.

    Args:
        group: samples per group $G$.

    Example:
        >>> batch = torch.tensor([0.0, 2.0]).reshape(2, 1, 1, 1)  # of standard deviation 1
        >>> MinibatchDeviation()(batch).flatten(1)
        tensor([[0., 1.],
                [2., 1.]])
    """

    def __init__(self, group: int = 4) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W) -> (B, C + 1, H, W)`."""
        batch, _, height, width = x.shape
        size = next(size for size in range(min(self.group, batch), 0, -1) if batch % size == 0)
        groups = x.reshape(size, batch // size, -1)
        deviation = (groups.var(0, correction=0) + 1e-8).sqrt().mean(1)
        return torch.cat([x, deviation.repeat(size).reshape(batch, 1, 1, 1).expand(-1, 1, height, width)], 1)


class Halved(nn.Module):
    r"""The mean of each 2×2 pixels, as `nn.AvgPool2d(2)`, whose values and gradients it has to the bit.

    Written as what repeating pixels is transposed to, it is linear to autograd too. Torch's own pooling gives a second
    derivative of zeros, which a gradient penalty then pushes through the whole backward pass before it.

    Example:
        >>> Halved()(torch.arange(4.0).view(1, 1, 2, 2)).item()
        1.5
    """

    separable = True

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W) -> (B, C, H // 2, W // 2)`."""
        if torch.compiler.is_exporting():  # other programs know pooling, and not what repeating is transposed to
            return avg_pool2d(x, 2)
        size = [*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2]
        even = x[:, :, : 2 * size[2], : 2 * size[3]]
        return torch.ops.aten.upsample_nearest2d_backward(even, even.shape[2:], size) / 4  # type: ignore[no-any-return]

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        """½, attained by images of such blocks."""
        return 0.5


class SumPool(nn.Module):
    """The sum over all pixels, `(B, C, H, W) -> (B, C)`."""

    separable = True

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W) -> (B, C)`."""
        return x.sum((2, 3))

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        r"""$\sqrt{H W}$, attained by a constant image."""
        return sqrt(shape[1] * shape[2])


class Lowpass(nn.Module):
    r"""Convolves each channel with the binomial filter $\tfrac18 [1, 3, 3, 1]$ along both axes.

    Zhang 2019, Making Convolutional Networks Shift-Invariant Again, https://arxiv.org/abs/1904.11486.

    Args:
        padding: zeros on each side; the output has `2 padding - 3` pixels more, before the stride.
        stride: 1, or 2 to halve the resolution without aliasing.
        gain: what the filter sums to.
    """

    separable = True

    weight: Tensor

    def __init__(self, padding: int, stride: int = 1, gain: float = 1.0) -> None:
        super().__init__()
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("weight", gain * taps.outer(taps)[None, None], persistent=False)
        self.padding, self.stride, self.gain = padding, stride, gain

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to the same number of channels."""
        channels = x.shape[1]
        weight = self.weight.to(x.dtype).expand(channels, 1, 4, 4)
        return conv2d(x, weight, stride=self.stride, padding=self.padding, groups=channels)

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        r"""The gain over the stride, attained by a constant image.

        Along one axis the filter's response to the frequency ω is $\cos^3 \tfrac\omega2$, and taking every second pixel
        folds ω and ω + π onto each other: $\tfrac12(\cos^6 + \sin^6) \le \tfrac12$ is the squared norm.
        """
        return self.gain / self.stride


class Scale(nn.Module):
    """Multiplies a weight by a constant each time it is used."""

    separable = True

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return self.factor * x


def fan_in(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> int:
    """How many weights one output channel has."""
    return (layer.weight[:, 0] if isinstance(layer, nn.ConvTranspose2d) else layer.weight[0]).numel()


def equalized(layer: Layer, gain: float = sqrt(2), rate: float = 1.0) -> Layer:
    r"""A layer whose weights are stored as $\mathcal N(0, 1)$ and used times $\text{gain} / \sqrt{\text{fan in}}$.

    Every weight then has the same dynamic range, so that an optimizer with normalised steps learns all layers at the
    same speed; $\text{rate}$ times that speed, in units of the layer's output.

    Karras et al. 2018, section 4.1, https://arxiv.org/abs/1710.10196.

    Args:
        layer: changed in place; its bias starts at zero.
        gain: of He's initialisation, √2 after a rectifier.
        rate: relative learning rate.

    Example:
        >>> layer = equalized(nn.Linear(200, 300))
        >>> round(layer.weight.std().item() * sqrt(200 / 2), 1)  # He's standard deviation, in use
        1.0
        >>> round(layer.parametrizations.weight.original.std().item(), 1)  # as stored
        1.0
    """
    nn.init.normal_(layer.weight, std=1 / rate)
    register_parametrization(layer, "weight", Scale(rate * gain / sqrt(fan_in(layer))))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
        if rate != 1:
            register_parametrization(layer, "bias", Scale(rate))
    return layer
