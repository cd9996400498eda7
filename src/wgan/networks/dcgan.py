"""DCGAN, the first convolutional network that trained stably."""

from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from wgan.checks import Count
from wgan.networks.activations import Rectifier
from wgan.networks.layers import NORMS, OUTPUTS, Norm, Output
from wgan.networks.network import Network
from wgan.networks.resolution import doubling, pyramid
from wgan.types import Shape

__all__ = ["DCGAN"]


@dataclass(frozen=True, kw_only=True)
class DCGAN(Network):
    """Strided convolutions without pooling, one stage for each doubling of the resolution.

    The generator goes from a small base to the image by transposed 4×4 convolutions with ReLU, the critic mirrors it
    with leaky ReLU (slope 0.2); its first layer has no normalisation. At 64 pixels and with the defaults this is the
    network of the paper; the WGAN paper's ablation with a constant number of filters is
    `DCGAN(norm="none", widest=64)`.

    Radford, Metz & Chintala 2016, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
    Networks, https://arxiv.org/abs/1511.06434.

    Args:
        width: channels at half the image's resolution; twice as many at each stage below.
        widest: most channels of a stage; equal to `width`, all stages have as many.
        norm: `batch`, `layer` (what a gradient penalty can live with) or `none`, which gives the convolutions biases.
        output: of the generator: `tanh` (data in [-1, 1]), `sigmoid` (data in [0, 1]) or `linear`.

    Raises:
        InputError: for a width below 1, or an unknown normalisation or output; when built, for a shape that is no
            image, or a resolution without a base of 3 to 7 pixels.

    Example:
        >>> import torch
        >>> network = DCGAN(width=8)
        >>> network.build_generator(100, (1, 28, 28))(torch.zeros(5, 100)).shape
        torch.Size([5, 1, 28, 28])
        >>> network.build_critic((1, 28, 28))(torch.zeros(5, 1, 28, 28)).shape
        torch.Size([5])
    """

    critic_norm_field = "norm"
    size_field = "widest"

    width: Count = 64
    widest: Count = 512
    norm: Norm = "batch"
    output: Output = "tanh"

    def build_generator(self, latent: int, shape: Shape) -> nn.Sequential:
        """Latent vector to image."""
        channels, base, stages = pyramid(shape, "DCGAN")
        widths = doubling(self.width, self.widest, stages)
        layers = [
            nn.Unflatten(1, (latent, 1, 1)),
            nn.ConvTranspose2d(latent, widths[0], base, bias=self._bias),
            *self._rectify(widths[0]),
        ]
        for fan_in, fan_out in pairwise(widths):
            layers += [nn.ConvTranspose2d(fan_in, fan_out, 4, 2, 1, bias=self._bias), *self._rectify(fan_out)]
        last = nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1, bias=self._bias)
        return nn.Sequential(*layers, last, OUTPUTS[self.output]()).apply(initialise)

    def build_critic(self, shape: Shape) -> nn.Sequential:
        """Image to score; the last layer is linear."""
        channels, base, stages = pyramid(shape, "DCGAN")
        widths = doubling(self.width, self.widest, stages)[::-1]
        layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 4, 2, 1, bias=self._bias), Rectifier(0.2)]
        for fan_in, fan_out in pairwise(widths):
            layers += [
                nn.Conv2d(fan_in, fan_out, 4, 2, 1, bias=self._bias),
                NORMS[self.norm](fan_out),
                Rectifier(0.2),
            ]
        last = nn.Conv2d(widths[-1], 1, base, bias=self._bias)
        return nn.Sequential(*layers, last, nn.Flatten(0)).apply(initialise)

    @property
    def _bias(self) -> bool:
        # A normalisation cancels the bias before it; without either, the network would be homogeneous: D(0) = 0.
        return self.norm == "none"

    def _rectify(self, channels: int) -> list[nn.Module]:
        return [NORMS[self.norm](channels), Rectifier()]


def initialise(module: nn.Module) -> None:
    """The paper's initialisation: weights from N(0, 0.02), scales of the normalisation from N(1, 0.02)."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, std=0.02)
    elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
        nn.init.normal_(module.weight, mean=1.0, std=0.02)
    if isinstance(bias := getattr(module, "bias", None), nn.Parameter):
        nn.init.zeros_(bias)
