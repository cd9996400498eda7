"""How stored pictures become a batch of images in the model's units."""

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from wgan.data.scaling import Scaling
from wgan.errors import InputError

__all__ = ["Pixels"]


@dataclass(frozen=True)
class Pixels:
    r"""The conversion of stored pictures to model units, with optional dequantisation and mirroring.

    A byte $b$ becomes the pixel value $p = (b + u) / (255 + d) \in [0, 1]$ with noise $u \sim U(0, d)$ drawn anew
    for every pixel of every batch, and then $\text{low} + (\text{high} - \text{low})\,p$. So $d$ counts grey levels:
    0 maps bytes 0..255 onto 0..1 exactly, and 1 fills the gaps between the levels, which on $[-1, 1]$ is the noise
    $U(0, 1/128)$ of the code of Gulrajani et al. (2017, https://arxiv.org/abs/1704.00028). Of deeper pictures, with
    `levels` $(m, M)$, a value $v$ becomes $p = (v - m + u) / (M - m + d)$; they keep their own unit.

    Args:
        low: model value of black.
        high: model value of white.
        dequantize: width $d$ of the noise, in grey levels.
        mirror: flip each image left to right with probability one half.
        levels: what is black and what is white in pictures of more than 8 bits; None for bytes.

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
    # Not in the text, which fingerprints of data are made of: the scaling says the same.
    levels: tuple[float, float] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuses an empty range and negative noise."""
        if not self.low < self.high:
            raise InputError(f"pixel range ({self.low}, {self.high}): expected low < high, such as (-1, 1)")
        if not 0 <= self.dequantize < float("inf"):
            raise InputError(f"dequantize {self.dequantize}: expected grey levels, 0 (off) or more, usually 1")

    @cached_property
    def scaling(self) -> Scaling:
        """From pixel values in [0, 1], or from the deeper pictures' own values, to model units."""
        width = self.high - self.low
        if self.levels:
            black, white = self.levels
            span = (white - black) / width
            return Scaling(black - self.low * span, span, unit="values of the pictures", bounds=self.levels)
        return Scaling(shift=-self.low / width, scale=1 / width, unit="pixel values in [0, 1]", bounds=(0.0, 1.0))

    def __call__(self, stored: Tensor, rng: torch.Generator) -> Tensor:
        """Converts pictures `(B, C, H, W)` to float32 model units; `rng` draws flips, then noise."""
        if self.mirror:
            stored = self._flip(stored, rng)
        if self.levels is None:
            levels = self._noisy(stored.to(torch.float32), rng)
            return levels.mul_((self.high - self.low) / (255 + self.dequantize)).add_(self.low)
        # In double precision, for deep values may be far from zero and close together.
        black, white = self.levels
        levels = self._noisy(stored.double() - black, rng).div_(white - black + self.dequantize)
        return levels.mul_(self.high - self.low).add_(self.low).to(torch.float32)

    def _noisy(self, levels: Tensor, rng: torch.Generator) -> Tensor:
        if not self.dequantize:
            return levels
        noise = torch.rand(levels.shape, generator=rng, device=rng.device)
        return levels.add_(noise.to(levels.device), alpha=self.dequantize)

    @staticmethod
    def _flip(stored: Tensor, rng: torch.Generator) -> Tensor:
        coins = torch.rand((len(stored), 1, 1, 1), generator=rng, device=rng.device)
        return torch.where(coins.to(stored.device) < 0.5, stored.flip(-1), stored)
