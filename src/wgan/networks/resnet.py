"""The residual networks of WGAN-GP and SNGAN."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import prod, sqrt
from typing import Annotated

import torch
from torch import nn

from wgan.checks import Count, choice
from wgan.networks.activations import Rectifier
from wgan.networks.layers import NORMS, OUTPUTS, Halved, Layer, Norm, Output, Residual, SumPool
from wgan.networks.network import Network
from wgan.networks.resolution import doubling, pyramid
from wgan.types import Shape

__all__ = ["ResNet"]

POOLS: dict[str, Callable[[], nn.Module]] = {
    "mean": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "sum": SumPool,
}


@dataclass(frozen=True, kw_only=True)
class ResNet(Network):
    """Pre-activation residual blocks with 3×3 convolutions, nearest upsampling and mean pooling.

    The generator has an up-block for each doubling of the resolution. The critic has down-blocks until the shorter
    side is 5 to 8 pixels, two plain blocks and a global pool. At 32 pixels and with the defaults this is WGAN-GP's
    network for CIFAR-10; SNGAN's is `ResNet(width=256, widest=256)` against `ResNet(pool="sum")`, and its network for
    larger images has `width=64, widest=1024`.

    Gulrajani et al. 2017, Improved Training of Wasserstein GANs, appendix F, https://arxiv.org/abs/1704.00028;
    Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, https://arxiv.org/abs/1802.05957.

    Args:
        width: channels at the generator's full resolution and after the critic's first block; twice as many at each
            stage below.
        widest: most channels of a stage.
        norm: of the generator: `batch`, `layer` or `none`.
        critic_norm: of the critic, likewise; a gradient penalty forbids `batch`.
        pool: over the critic's last features, `mean` or `sum`.
        output: of the generator: `tanh` (data in [-1, 1]), `sigmoid` (data in [0, 1]) or `linear`.

    Raises:
        InputError: for a width below 1, or an unknown normalisation, pool or output; when built, for a shape that is
            no image, or a resolution without a base of 3 to 7 pixels.

    Example:
        >>> import torch
        >>> network = ResNet(width=8)
        >>> network.build_generator(128, (3, 32, 64))(torch.zeros(2, 128)).shape
        torch.Size([2, 3, 32, 64])
        >>> network.build_critic((3, 32, 64))(torch.zeros(2, 3, 32, 64)).shape
        torch.Size([2])
    """

    critic_norm_field = "critic_norm"
    size_field = "widest"

    width: Count = 128
    widest: Count = 128
    norm: Norm = "batch"
    critic_norm: Norm = "none"
    pool: Annotated[str, choice("pool", tuple(POOLS))] = "mean"
    output: Output = "tanh"

    def build_generator(self, latent: int, shape: Shape) -> nn.Sequential:
        """Latent vector to image."""
        channels, base, stages = pyramid(shape, "ResNet")
        widths = doubling(self.width, self.widest, stages + 1)
        return channels_last(
            initialised(nn.Linear(latent, widths[0] * prod(base))),
            nn.Unflatten(1, (widths[0], *base)),
            *(up_block(fan_in, fan_out, self.norm) for fan_in, fan_out in pairwise(widths)),
            *activated(widths[-1], self.norm),
            convolution(widths[-1], channels, gain=1.0),
            OUTPUTS[self.output](),
        )

    def build_critic(self, shape: Shape) -> nn.Sequential:
        """Image to score; the last layer is linear."""
        channels, base, stages = pyramid(shape, "ResNet")
        downs = stages if min(base) > 4 else max(1, stages - 1)
        widths = doubling(self.width, self.widest, downs)[::-1]
        last = widths[-1]
        return channels_last(
            first_block(channels, widths[0], self.critic_norm),
            *(down_block(fan_in, fan_out, self.critic_norm) for fan_in, fan_out in pairwise(widths)),
            plain_block(last, self.critic_norm),
            plain_block(last, self.critic_norm),
            *activated(last, self.critic_norm),
            POOLS[self.pool](),
            initialised(nn.Linear(last, 1)),
            nn.Flatten(0),
        )


def channels_last(*layers: nn.Module) -> nn.Sequential:
    """The layers, their channels last in memory, where plain 3×3 convolutions are faster (`benchmarks/layout.py`)."""
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def up_block(fan_in: int, fan_out: int, norm: str) -> Residual:
    """Doubles the resolution."""
    branch = [
        *activated(fan_in, norm),
        nn.Upsample(scale_factor=2),
        convolution(fan_in, fan_out),
        *activated(fan_out, norm),
        convolution(fan_out, fan_out),
    ]
    # A 1×1 convolution commutes with nearest upsampling and costs a quarter before it.
    skip = [convolution(fan_in, fan_out, size=1, gain=1.0), nn.Upsample(scale_factor=2)]
    return Residual(nn.Sequential(*branch), nn.Sequential(*skip))


def down_block(fan_in: int, fan_out: int, norm: str) -> Residual:
    """Halves the resolution."""
    branch = [
        *activated(fan_in, norm),
        convolution(fan_in, fan_in),
        *activated(fan_in, norm),
        convolution(fan_in, fan_out),
        Halved(),
    ]
    return Residual(nn.Sequential(*branch), pooled_skip(fan_in, fan_out))


def first_block(channels: int, width: int, norm: str) -> Residual:
    """The critic's first block, which halves the resolution; a rectifier before it would cut the image's darks."""
    branch = [convolution(channels, width), *activated(width, norm), convolution(width, width), Halved()]
    return Residual(nn.Sequential(*branch), pooled_skip(channels, width))


def plain_block(width: int, norm: str) -> Residual:
    """Keeps shape and width."""
    return Residual(
        nn.Sequential(
            *activated(width, norm), convolution(width, width), *activated(width, norm), convolution(width, width)
        )
    )


def pooled_skip(fan_in: int, fan_out: int) -> nn.Sequential:
    """The skip of a block that halves the resolution; as in `up_block`, the 1×1 convolution is on the cheap side."""
    return nn.Sequential(Halved(), convolution(fan_in, fan_out, size=1, gain=1.0))


def activated(channels: int, norm: str) -> list[nn.Module]:
    """Normalisation and rectifier."""
    return [NORMS[norm](channels), Rectifier()]


def convolution(fan_in: int, fan_out: int, size: int = 3, gain: float = sqrt(2)) -> nn.Conv2d:
    """A convolution that keeps the resolution."""
    return initialised(nn.Conv2d(fan_in, fan_out, size, padding=size // 2), gain)


def initialised(layer: Layer, gain: float = 1.0) -> Layer:
    """Both papers' initialisation: Glorot's uniform, times √2 inside the blocks; biases zero."""
    nn.init.xavier_uniform_(layer.weight, gain)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
