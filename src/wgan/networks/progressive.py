"""Progressive growing: a network that starts at a few pixels and doubles its resolution while it trains."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from wgan.checks import Count, Share
from wgan.networks.activations import Rectifier
from wgan.networks.layers import OUTPUTS, Halved, MinibatchDeviation, Output, PixelNorm, equalized
from wgan.networks.network import Network
from wgan.networks.resolution import capped, pyramid
from wgan.types import Shape

__all__ = ["Progressive"]


@dataclass(frozen=True, kw_only=True)
class Progressive(Network):
    r"""Progressive growing of both networks, with equalised learning rates and pixel norm.

    Training alternates between a resolution that stands and one that fades in: with α rising from 0 to 1, images are
    $(1 - \alpha)\, \text{old} + \alpha\, \text{new}$. Batches stay at full resolution throughout: a generator that is
    not fully grown repeats its pixels, a critic averages them, which is the same as training on smaller images. A new
    module is fully grown; whoever trains it calls `grow` (see `wgan.networks.Grows`) before each step.

    Karras et al. 2018, Progressive Growing of GANs for Improved Quality, Stability, and Variation,
    https://arxiv.org/abs/1710.10196.

    Args:
        capacity: channels times side of the larger stages.
        widest: most channels of a stage.
        grown: share of the training after which the full resolution stands; 0 for no growth. The steps on the way,
            stand and fade for each doubling, are equally long.
        group: samples over which the critic sees the deviation; 1 for none.
        output: of the generator: `linear` (the paper's), `tanh` (data in [-1, 1]) or `sigmoid` (data in [0, 1]).

    Raises:
        InputError: for a count below 1, a share outside [0, 1], or an unknown output; when built, for a shape that is
            no image, or a resolution without a base of 3 to 7 pixels.

    Example:
        >>> generator = Progressive(widest=8).build_generator(16, (1, 32, 32))
        >>> generator.grow(0.0)
        >>> image = generator(torch.randn(1, 16))
        >>> image.shape
        torch.Size([1, 1, 32, 32])
        >>> len(image.unique())  # of 4×4 pixels
        16
    """

    size_field = "widest"

    capacity: Count = 16384
    widest: Count = 512
    grown: Share = 0.8
    group: Count = 4
    output: Output = "linear"

    def build_generator(self, latent: int, shape: Shape) -> "ProgressiveGenerator":
        """Latent vector to image."""
        channels, base, stages = pyramid(shape, "Progressive")
        widths = capped(self.capacity, self.widest, stages + 1)
        output = OUTPUTS[self.output]()
        return ProgressiveGenerator(latent, channels, base, widths, grown=self.grown, output=output)

    def build_critic(self, shape: Shape) -> "ProgressiveCritic":
        """Image to score; the last layer is linear."""
        channels, base, stages = pyramid(shape, "Progressive")
        widths = capped(self.capacity, self.widest, stages + 1)
        return ProgressiveCritic(channels, base, widths, grown=self.grown, group=self.group)


def growth(progress: float, doublings: int, grown: float) -> float:
    """How many doublings are in use, as a function of the share of training that is done.

    Each doubling takes two equal steps of the time `grown`: first the old resolution stands, then the new one fades
    in, which is the fraction of the result.

    Example:
        >>> [growth(progress, doublings=2, grown=0.5) for progress in (0, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 7 / 16, 1 / 2)]
        [0.0, 0.0, 0.5, 1.0, 1.0, 1.5, 2.0]
    """
    if progress >= grown:
        return float(doublings)
    done, within = divmod(2 * doublings * progress / grown, 2)
    return done + max(0.0, within - 1)


class Growing(nn.Module):
    """The state of growth that both sides share.

    Attributes:
        depth: doublings in use, a buffer; its fraction is α. A tensor, so that a compiled step need not be compiled
            anew for each α.
        level: the newest resolution in use.
        fading: whether it is fading in.
    """

    depth: Tensor

    def __init__(self, doublings: int, grown: float) -> None:
        super().__init__()
        self.doublings, self.grown = doublings, grown
        self.register_buffer("depth", torch.tensor(float(doublings)))
        self.register_load_state_dict_post_hook(follow_depth)  # type: ignore[no-untyped-call]
        self._follow(float(doublings))

    def grow(self, progress: float) -> None:
        """See `wgan.networks.Grows`."""
        # Rounded as the buffer rounds it, so that a module that was saved and loaded has the same level.
        depth = torch.tensor(growth(progress, self.doublings, self.grown)).item()
        self.depth.fill_(depth)
        self._follow(depth)

    def _follow(self, depth: float) -> None:
        self.level = ceil(depth)
        self.fading = depth < self.level

    def _blend(self, old: Tensor, new: Tensor) -> Tensor:
        """Exactly the old at α = 0 and the new at α = 1."""
        return torch.lerp(old, new, (self.depth - (self.level - 1)).to(new.dtype))


def follow_depth(module: Growing, _: object) -> None:
    """Brings a module to the form that its loaded state has."""
    module._follow(float(module.depth))


class ProgressiveGenerator(Growing):
    """Latent on the sphere, a block and a layer to the image for each resolution.

    Args:
        latent: dimension of the latent.
        channels: of the image.
        base: height and width of the smallest resolution.
        widths: channels of each stage from the smallest.
        grown: see `Progressive`.
        output: last layer.
    """

    def __init__(
        self,
        latent: int,
        channels: int,
        base: tuple[int, int],
        widths: list[int],
        *,
        grown: float,
        output: nn.Module,
    ) -> None:
        super().__init__(len(widths) - 1, grown)
        self.stem = nn.Sequential(
            PixelNorm(),
            nn.Unflatten(1, (latent, 1, 1)),
            equalized(nn.ConvTranspose2d(latent, widths[0], base)),
            Rectifier(0.2),
            PixelNorm(),
            *normalised_convolution(widths[0], widths[0]),
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Upsample(scale_factor=2),
                *normalised_convolution(fan_in, fan_out),
                *normalised_convolution(fan_out, fan_out),
            )
            for fan_in, fan_out in pairwise(widths)
        )
        self.to_image = nn.ModuleList(equalized(nn.Conv2d(width, channels, 1), gain=1.0) for width in widths)
        self.output = output

    def forward(self, latent: Tensor) -> Tensor:
        """`(B, latent) -> (B, channels, height, width)`."""
        features = previous = self.stem(latent)
        for block in self.blocks[: self.level]:
            previous, features = features, block(features)
        image = self.to_image[self.level](features)
        if self.fading:
            image = self._blend(enlarged(self.to_image[self.level - 1](previous), 2), image)
        full: Tensor = self.output(enlarged(image, 2 ** (self.doublings - self.level)))
        return full


class ProgressiveCritic(Growing):
    """The generator's mirror image, with the deviation of the batch as a feature of the last block.

    Args:
        channels: of the image.
        base: height and width of the smallest resolution.
        widths: channels of each stage from the smallest.
        grown: see `Progressive`.
        group: see `Progressive`.
    """

    def __init__(self, channels: int, base: tuple[int, int], widths: list[int], *, grown: float, group: int) -> None:
        super().__init__(len(widths) - 1, grown)
        self.from_image = nn.ModuleList(
            nn.Sequential(equalized(nn.Conv2d(channels, width, 1)), Rectifier(0.2)) for width in widths
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(*convolution(wide, wide), *convolution(wide, narrow), Halved())
            for narrow, wide in pairwise(widths)
        )
        deviation = [MinibatchDeviation(group)] if group > 1 else []
        self.head = nn.Sequential(
            *deviation,
            *convolution(widths[0] + len(deviation), widths[0]),
            equalized(nn.Conv2d(widths[0], widths[0], base)),
            Rectifier(0.2),
            nn.Flatten(),
            equalized(nn.Linear(widths[0], 1), gain=1.0),
            nn.Flatten(0),
        )

    def forward(self, images: Tensor) -> Tensor:
        """`(B, channels, height, width) -> (B,)`."""
        images = shrunk(images, 2 ** (self.doublings - self.level))
        features = self.from_image[self.level](images)
        for stage in reversed(range(self.level)):
            features = self.blocks[stage](features)
            if self.fading and stage == self.level - 1:
                features = self._blend(self.from_image[stage](shrunk(images, 2)), features)
        scores: Tensor = self.head(features)
        return scores


def convolution(fan_in: int, fan_out: int) -> list[nn.Module]:
    """A 3×3 convolution with equalised rate, and its rectifier."""
    return [equalized(nn.Conv2d(fan_in, fan_out, 3, padding=1)), Rectifier(0.2)]


def normalised_convolution(fan_in: int, fan_out: int) -> list[nn.Module]:
    """The same with pixel norm, for the generator."""
    return [*convolution(fan_in, fan_out), PixelNorm()]


def enlarged(images: Tensor, factor: int) -> Tensor:
    """Each pixel repeated `factor` times along both axes."""
    return images if factor == 1 else interpolate(images, scale_factor=float(factor))


def shrunk(images: Tensor, factor: int) -> Tensor:
    """The mean of each `factor` × `factor` pixels."""
    return images if factor == 1 else avg_pool2d(images, factor)
