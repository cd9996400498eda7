"""What makes the numbers of a generator a row of a table: states by Gumbel softmax, positions by tanh."""

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor, nn

__all__ = ["OneHots", "with_one_hots"]


class OneHots(nn.Module):
    r"""The first numbers of a row are divided into blocks, of which each becomes shares of one whole; the rest is tanh.

    Of a block $a$ the shares are $\operatorname{softmax}((a + g) / \tau)$ with Gumbel noise
    $g = -\log(-\log u)$, so that their largest is that of a draw from $\operatorname{softmax}(a)$, and a gradient
    passes. The noise is of torch's global generator.

    Jang, Gu & Poole 2017, https://arxiv.org/abs/1611.01144; its use for tables: Xu et al. 2019,
    https://arxiv.org/abs/1907.00503.

    Args:
        blocks: numbers in each block; equal ones that follow each other are taken together.
        temperature: τ.

    Example:
        >>> OneHots((2, 2))(torch.zeros(3, 5)).shape
        torch.Size([3, 5])
    """

    def __init__(self, blocks: Sequence[int], temperature: float = 0.2) -> None:
        super().__init__()
        self.blocks, self.temperature = tuple(blocks), temperature
        self.groups = [(size, sum(1 for _ in equal)) for size, equal in groupby(self.blocks)]

    @property
    def states(self) -> int:
        """How many numbers of noise a row takes."""
        return sum(self.blocks)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, width)` to the same shape."""
        return self.drawn(x, torch.rand_like(x[:, : self.states]))

    def drawn(self, x: Tensor, uniform: Tensor) -> Tensor:
        """The same with the noise given, `(B, states)` in [0, 1)."""
        states = self.states
        noise = uniform.clamp(1e-20).log().neg().log().neg()
        tempered = (x[:, :states] + noise) / self.temperature
        parts = torch.split(tempered, [size * count for size, count in self.groups], 1)
        shares = [
            part.view(-1, count, size).softmax(2).flatten(1)
            for part, (size, count) in zip(parts, self.groups, strict=True)
        ]
        return torch.cat([*shares, x[:, states:].tanh()], 1)


def with_one_hots(generator: nn.Module, blocks: Sequence[int]) -> nn.Module:
    """A generator of rows in the model's units, from one of free numbers; the same where there are no blocks."""
    made = isinstance(generator, nn.Sequential) and len(generator) and isinstance(generator[-1], OneHots)
    return generator if made or not blocks else nn.Sequential(generator, OneHots(blocks))
