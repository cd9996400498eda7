"""StyleGAN2: a mapping network, and a synthesis network whose convolutions it modulates."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d

from wgan.checks import Count, Few, Positive
from wgan.networks.activations import rectified
from wgan.networks.layers import (
    OUTPUTS,
    Lowpass,
    MinibatchDeviation,
    Output,
    PixelNorm,
    Residual,
    equalized,
)
from wgan.networks.network import Network
from wgan.networks.noise import LatentKeys, pixel_noise
from wgan.networks.resolution import capped, pyramid
from wgan.types import Bound, Shape

__all__ = ["StyleGAN2"]


@dataclass(frozen=True, kw_only=True)
class StyleGAN2(Network):
    """A generator with a style per layer and images summed over the resolutions, against a residual critic.

    All learning rates are equalised. The path-length penalty finds `mapping` and `synthesis` on the generator (see
    `wgan.networks.StyleBased`); it and the lazy R1 penalty belong to the training. Noise inputs are a function of the
    latent (see `wgan.networks.noise`). Style mixing is `synthesis` with one style per layer. At 1024 pixels and with
    the defaults this is configuration F of the paper.

    Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN, https://arxiv.org/abs/1912.04958.

    Args:
        capacity: channels times side of the larger stages.
        widest: most channels of a stage.
        style: dimension of the style $w$.
        mapping_layers: depth of the mapping network.
        mapping_rate: its learning rate, relative to the rest.
        noise: whether layers receive noise.
        group: samples over which the critic sees the deviation; 1 for none.
        output: of the generator: `linear` (the paper's), `tanh` (data in [-1, 1]) or `sigmoid` (data in [0, 1]).

    Raises:
        InputError: for a count below 1, or an unknown output; when built, for a shape that is no image, or a
            resolution without a base of 3 to 7 pixels.

    Example:
        >>> generator = StyleGAN2(widest=8, style=16).build_generator(16, (3, 32, 32))
        >>> latent = torch.randn(2, 16)
        >>> style = generator.mapping(latent)
        >>> bool((generator.synthesis(style, latent) == generator(latent)).all())
        True
    """

    size_field = "widest"

    capacity: Count = 32768
    widest: Count = 512
    style: Count = 512
    mapping_layers: Few = 8
    mapping_rate: Positive = 0.01
    noise: bool = True
    group: Count = 4
    output: Output = "linear"

    def build_generator(self, latent: int, shape: Shape) -> "StyleGenerator":
        """Latent vector to image."""
        channels, base, stages = pyramid(shape, "StyleGAN2")
        sizes = [latent] + [self.style] * self.mapping_layers
        mapping = nn.Sequential(PixelNorm(), *(dense(i, o, self.mapping_rate) for i, o in pairwise(sizes)))
        widths = capped(self.capacity, self.widest, stages + 1)
        synthesis = Synthesis(channels, base, widths, self.style, noise=self.noise, output=OUTPUTS[self.output]())
        return StyleGenerator(latent, mapping, synthesis)

    def build_critic(self, shape: Shape) -> nn.Sequential:
        """Image to score; the last layer is linear."""
        channels, base, stages = pyramid(shape, "StyleGAN2")
        widths = capped(self.capacity, self.widest, stages + 1)
        last = widths[0]
        deviation = [MinibatchDeviation(self.group)] if self.group > 1 else []
        return nn.Sequential(
            activated(nn.Conv2d(channels, widths[-1], 1)),
            *(down_block(wide, narrow) for wide, narrow in pairwise(widths[::-1])),
            *deviation,
            activated(nn.Conv2d(last + len(deviation), last, 3, padding=1)),
            nn.Flatten(),
            dense(last * prod(base), last),
            equalized(nn.Linear(last, 1), gain=1.0),
            nn.Flatten(0),
        )


class StyleGenerator(nn.Module):
    """Mapping and synthesis.

    Args:
        latent: dimension of the latent.
        mapping: `(B, latent) -> (B, style)`.
        synthesis: style and keys of the noise to image.
    """

    def __init__(self, latent: int, mapping: nn.Sequential, synthesis: "Synthesis") -> None:
        super().__init__()
        self.map, self.synthesise = mapping, synthesis
        self.keys = LatentKeys(latent)

    def forward(self, latent: Tensor) -> Tensor:
        """`(B, latent) -> (B, channels, height, width)`."""
        return self.synthesis(self.mapping(latent), latent)

    def mapping(self, latent: Tensor) -> Tensor:
        """`(B, latent) -> (B, style)`."""
        style: Tensor = self.map(latent)
        return style

    def synthesis(self, style: Tensor, latent: Tensor) -> Tensor:
        """The image of a style, `(B, style)`, or of a style for each layer, `(B, layers, style)`."""
        image: Tensor = self.synthesise(style, self.keys(latent))
        return image


class Synthesis(nn.Module):
    """A learnt constant, and for each resolution modulated convolutions and a contribution to the image.

    Args:
        channels: of the image.
        base: height and width of the constant.
        widths: channels of each stage from the smallest.
        style: dimension of the style.
        noise: whether layers receive noise.
        output: last layer.

    Attributes:
        styles: how many styles the network takes; layers that make the image share the next layer's.
    """

    def __init__(
        self, channels: int, base: tuple[int, int], widths: list[int], style: int, *, noise: bool, output: nn.Module
    ) -> None:
        super().__init__()
        self.constant = nn.Parameter(torch.randn(1, widths[0], *base))
        layers = [StyledLayer(widths[0], widths[0], style, noise=noise)]
        for fan_in, fan_out in pairwise(widths):
            layers += [
                StyledLayer(fan_in, fan_out, style, up=True, noise=noise),
                StyledLayer(fan_out, fan_out, style, noise=noise),
            ]
        self.layers = nn.ModuleList(layers)
        self.to_image = nn.ModuleList(
            ModulatedConv(width, channels, 1, style, demodulate=False, bias=True) for width in widths
        )
        self.enlarge = nn.Upsample(scale_factor=2, mode="bilinear")
        self.output = output
        self.styles = len(layers) + 1

    def forward(self, style: Tensor, keys: Tensor) -> Tensor:
        """`(B, style)` or `(B, styles, style)`, and the keys of the noise `(B, 2)`, to `(B, channels, H, W)`."""
        styles = style.unsqueeze(1).expand(-1, self.styles, -1) if style.dim() == 2 else style
        features = self.layers[0](self.constant.expand(styles.shape[0], -1, -1, -1), styles[:, 0], keys, 0)
        image: Tensor = self.to_image[0](features, styles[:, 1])
        pixel = prod(features.shape[2:])
        for stage in range(1, len(self.to_image)):
            for layer in (2 * stage - 1, 2 * stage):
                features = self.layers[layer](features, styles[:, layer], keys, pixel)
                pixel += prod(features.shape[2:])
            image = self.enlarge(image) + self.to_image[stage](features, styles[:, 2 * stage + 1])
        full: Tensor = self.output(image)
        return full


class StyledLayer(nn.Module):
    """Modulated 3×3 convolution, noise with a learnt strength, bias and leaky ReLU."""

    def __init__(self, fan_in: int, fan_out: int, style: int, *, up: bool = False, noise: bool = True) -> None:
        super().__init__()
        self.convolution = ModulatedConv(fan_in, fan_out, 3, style, up=up)
        self.strength = nn.Parameter(torch.zeros(())) if noise else None
        self.bias = nn.Parameter(torch.zeros(fan_out, 1, 1))
        self.activation = ScaledLeakyReLU()

    def forward(self, x: Tensor, style: Tensor, keys: Tensor, pixel: int) -> Tensor:
        """Features `(B, C, H, W)`, style `(B, style)` and the number of the first pixel of noise to features."""
        x = self.convolution(x, style)
        if self.strength is not None:
            x = x + self.strength * pixel_noise(keys, pixel, (x.shape[2], x.shape[3])).to(x.dtype)
        activated: Tensor = self.activation(x + self.bias)
        return activated


class ModulatedConv(nn.Module):
    r"""A convolution whose input channels are scaled by a style, and its outputs brought back to unit variance.

    $$w'_{ijk} = s_i\, w_{ijk}, \qquad w''_{ijk} = w'_{ijk} \Big/ \sqrt{\textstyle\sum_{i,k} w'^2_{ijk} + 10^{-8}},$$

    computed by scaling the features before and after one convolution with the weights $w$ that the batch shares.

    Args:
        fan_in: channels in.
        fan_out: channels out.
        size: of the kernel.
        style: dimension of the style; $s$ is an affine function of it, 1 on average at the start.
        up: whether to double the resolution, by a transposed convolution and a low-pass filter.
        demodulate: whether the second step is taken.
        bias: whether a bias is added.
    """

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        size: int,
        style: int,
        *,
        up: bool = False,
        demodulate: bool = True,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.affine = equalized(nn.Linear(style, fan_in), gain=1.0)
        nn.init.ones_(self.affine.bias)
        self.weight = nn.Parameter(torch.randn(fan_out, fan_in, size, size))
        self.bias = nn.Parameter(torch.zeros(fan_out, 1, 1)) if bias else None
        self.rate = 1 / sqrt(fan_in * size**2)
        self.demodulate = demodulate
        self.smooth = Lowpass(padding=1, gain=4.0) if up else None

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """`(B, fan_in, H, W)` and `(B, style)` to `(B, fan_out, H', W')`."""
        scale, weight = self.affine(style), self.rate * self.weight
        x = x * scale[:, :, None, None]
        if self.smooth is None:
            x = conv2d(x, weight, padding=weight.shape[-1] // 2)
        else:
            x = self.smooth(conv_transpose2d(x, weight.transpose(0, 1), stride=2))
        if self.demodulate:
            variance = scale.square() @ weight.square().sum((2, 3)).T
            x = x * torch.rsqrt(variance + 1e-8)[:, :, None, None]
        return x if self.bias is None else x + self.bias


class ScaledLeakyReLU(nn.Module):
    """Leaky ReLU times a gain, √2 by default, which keeps the variance of a normal input."""

    separable = True

    def __init__(self, gain: float = sqrt(2)) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return self.gain * rectified(x, x.detach(), 0.2)

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float:  # noqa: ARG002
        """The gain."""
        return self.gain


def activated(convolution: nn.Conv2d, gain: float = sqrt(2)) -> nn.Sequential:
    """A convolution with equalised rate and its activation."""
    return nn.Sequential(equalized(convolution, gain=1.0), ScaledLeakyReLU(gain))


def dense(fan_in: int, fan_out: int, rate: float = 1.0) -> nn.Sequential:
    """A linear layer with equalised rate and its activation."""
    return nn.Sequential(equalized(nn.Linear(fan_in, fan_out), gain=1.0, rate=rate), ScaledLeakyReLU())


def down_block(fan_in: int, fan_out: int) -> Residual:
    r"""A residual block that halves the resolution; both sides divided by $\sqrt 2$, to keep the variance."""
    branch = nn.Sequential(
        activated(nn.Conv2d(fan_in, fan_in, 3, padding=1)),
        Lowpass(padding=2),
        activated(nn.Conv2d(fan_in, fan_out, 3, stride=2), gain=1.0),
    )
    skip = nn.Sequential(
        Lowpass(padding=1, stride=2), equalized(nn.Conv2d(fan_in, fan_out, 1, bias=False), gain=sqrt(0.5))
    )
    return Residual(branch, skip)
