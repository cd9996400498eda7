"""How stored bytes become a batch of images in the model's units."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.errors import InputError

__all__ = ["Pixels"]


@dataclass(frozen=True)
class Pixels:
    r"""The conversion of bytes to model units, with optional dequantisation and mirroring.

    A byte $b$ becomes the pixel value $p = (b + u) / (255 + d) \in [0, 1]$ with noise $u \sim U(0, d)$ drawn anew
    for every pixel of every batch, and then $\text{low} + (\text{high} - \text{low})\,p$. So $d$ counts grey levels:
    0 maps bytes 0..255 onto 0..1 exactly, and 1 fills the gaps between the levels, which on $[-1, 1]$ is the noise
    $U(0, 1/128)$ of the code of Gulrajani et al. (2017, https://arxiv.org/abs/1704.00028).

    Args:
        low: model value of black.
        high: model value of white.
        dequantize: width $d$ of the noise, in grey levels.
        mirror: flip each image left to right with probability one half.

    Raises:
        InputError: `low` is not below `high`, or `dequantize` is negative.

    Example:
        >>> Pixels()(torch.tensor([[[[0, 255]]]], dtype=torch.uint8), torch.Generator())
        tensor([[[[-1.,  1.]]]])
    """

    low: float = -1.0
    high: float = 1.0
    dequantize: float = 0.0
    mirror: bool = False

    def __post_init__(self) -> None:
        """Refuses an empty range and negative noise."""
        if not self.low < self.high:
            raise InputError(f"pixel range ({self.low}, {self.high}): expected low < high, such as (-1, 1)")
        if not 0 <= self.dequantize < float("inf"):
            raise InputError(f"dequantize {self.dequantize}: expected grey levels, 0 (off) or more, usually 1")

    @cached_property
    def scaling(self) -> Scaling:
        """From pixel values in [0, 1] to model units."""
        width = self.high - self.low
        return Scaling(shift=-self.low / width, scale=1 / width, unit="pixel values in [0, 1]")

    def __call__(self, stored: Tensor, rng: torch.Generator) -> Tensor:
        """Converts bytes `(B, C, H, W)` to float32 model units; `rng` draws flips, then noise."""
        if self.mirror:
            stored = self._flip(stored, rng)
        levels = stored.to(torch.float32)
        if self.dequantize:
            noise = torch.rand(stored.shape, generator=rng, device=rng.device)
            levels.add_(noise.to(stored.device), alpha=self.dequantize)
        return levels.mul_((self.high - self.low) / (255 + self.dequantize)).add_(self.low)

    @staticmethod
    def _flip(stored: Tensor, rng: torch.Generator) -> Tensor:
        coins = torch.rand((len(stored), 1, 1, 1), generator=rng, device=rng.device)
        return torch.where(coins.to(stored.device) < 0.5, stored.flip(-1), stored)
