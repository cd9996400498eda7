"""R3GAN, a modern residual network without normalisation or tricks."""

from dataclasses import dataclass
from itertools import pairwise
from math import gcd, sqrt

import torch
from torch import Tensor, nn

from wgan.checks import Count, Few
from wgan.networks.activations import Rectifier
from wgan.networks.layers import OUTPUTS, Layer, Lowpass, Output, Residual, fan_in
from wgan.networks.network import Network
from wgan.networks.resolution import Pyramid, capped, pyramid
from wgan.types import Shape

__all__ = ["R3GAN"]

SLOPE = 0.2
GAIN = sqrt(2 / (1 + SLOPE**2))  # He's, for leaky ReLU


@dataclass(frozen=True, kw_only=True)
class R3GAN(Network):
    r"""Stages of residual bottlenecks with grouped convolutions, the same on both sides, without normalisation.

    A block is $x + W_3\, \phi(W_2 * \phi(W_1 x))$ with leaky ReLU φ, a wide grouped 3×3 convolution $W_2$ and 1×1
    convolutions around it. Fix-up initialisation replaces normalisation: $W_3 = 0$, and $W_1$, $W_2$ are scaled by
    $L^{-1/4}$ for $L$ blocks. Resampling is bilinear. At 32 pixels the defaults are the paper's network for CIFAR-10,
    at 256 that for FFHQ.

    Huang et al. 2024, The GAN is dead; long live the GAN! A Modern Baseline GAN, https://arxiv.org/abs/2501.05441;
    Zhang, Dauphin & Ma 2019, Fixup Initialization, https://arxiv.org/abs/1901.09321.

    Args:
        capacity: channels times side of the larger stages.
        widest: most channels of a stage.
        blocks: residual blocks per stage.
        expansion: of the channels within a block.
        group: channels per group of the grouped convolution.
        output: of the generator: `linear` (the paper's), `tanh` (data in [-1, 1]) or `sigmoid` (data in [0, 1]).

    Raises:
        InputError: for a count below 1, or an unknown output; when built, for a shape that is no image, or a
            resolution without a base of 3 to 7 pixels.

    Example:
        >>> network = R3GAN(widest=8)
        >>> network.build_generator(64, (3, 32, 32))(torch.zeros(2, 64)).shape
        torch.Size([2, 3, 32, 32])
        >>> network.build_critic((3, 32, 32))(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2])
    """

    size_field = "widest"

    capacity: Count = 24576
    widest: Count = 768
    blocks: Few = 2
    expansion: Count = 2
    group: Count = 16
    output: Output = "linear"

    def build_generator(self, latent: int, shape: Shape) -> nn.Sequential:
        """Latent vector to image."""
        sizes, widths = self._stages(shape)
        layers = [Basis(latent, widths[0], sizes.base), *self._blocks(widths[0], len(widths))]
        for wide, narrow in pairwise(widths):
            layers += [
                *projection(wide, narrow),
                nn.Upsample(scale_factor=2, mode="bilinear"),
                *self._blocks(narrow, len(widths)),
            ]
        return nn.Sequential(
            *layers, scaled(nn.Conv2d(widths[-1], sizes.channels, 1, bias=False)), OUTPUTS[self.output]()
        )

    def build_critic(self, shape: Shape) -> nn.Sequential:
        """Image to score; the last layer is linear."""
        sizes, widths = self._stages(shape)
        layers: list[nn.Module] = [scaled(nn.Conv2d(sizes.channels, widths[-1], 1, bias=False))]
        for narrow, wide in pairwise(widths[::-1]):
            layers += [
                *self._blocks(narrow, len(widths)),
                Lowpass(padding=1, stride=2),
                *projection(narrow, wide),
            ]
        last = widths[0]
        return nn.Sequential(
            *layers,
            *self._blocks(last, len(widths)),
            scaled(nn.Conv2d(last, last, sizes.base, groups=last, bias=False)),
            nn.Flatten(),
            scaled(nn.Linear(last, 1, bias=False)),
            nn.Flatten(0),
        )

    def _stages(self, shape: Shape) -> tuple[Pyramid, list[int]]:
        sizes = pyramid(shape, "R3GAN")
        return sizes, capped(self.capacity, self.widest, sizes.doublings + 1)

    def _blocks(self, width: int, stages: int) -> list[nn.Module]:
        gain = GAIN * (self.blocks * stages) ** -0.25
        return [bottleneck(width, self.expansion * width, self.group, gain) for _ in range(self.blocks)]


class Basis(nn.Module):
    r"""Learnt images of the smallest resolution, mixed by the latent: $b_c \cdot (A z)_c$ for channel $c$.

    Args:
        latent: dimension of the latent.
        channels: number of images.
        size: height and width.
    """

    def __init__(self, latent: int, channels: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.images = nn.Parameter(torch.randn(channels, *size))
        self.mix = scaled(nn.Linear(latent, channels, bias=False))

    def forward(self, latent: Tensor) -> Tensor:
        """`(B, latent) -> (B, C, h, w)`."""
        images: Tensor = self.images * self.mix(latent)[:, :, None, None]
        return images


def bottleneck(width: int, inner: int, group: int, gain: float) -> Residual:
    """The residual block; where `group` does not divide the inner width, groups are their greatest common divisor."""
    groups = inner // gcd(inner, group)
    return Residual(
        nn.Sequential(
            scaled(nn.Conv2d(width, inner, 1), gain),
            Rectifier(SLOPE),
            scaled(nn.Conv2d(inner, inner, 3, padding=1, groups=groups), gain),
            Rectifier(SLOPE),
            scaled(nn.Conv2d(inner, width, 1, bias=False), gain=0.0),
        )
    )


def projection(before: int, after: int) -> list[nn.Module]:
    """A 1×1 convolution where the width changes."""
    return [scaled(nn.Conv2d(before, after, 1, bias=False))] if before != after else []


def scaled(layer: Layer, gain: float = 1.0) -> Layer:
    r"""A layer with weights from $\mathcal N(0, \text{gain}^2 / \text{fan in})$ and a bias of zero."""
    nn.init.normal_(layer.weight, std=gain / sqrt(fan_in(layer)))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
