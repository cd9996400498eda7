"""What makes the numbers of a generator a row of a table: states by Gumbel softmax, positions by tanh."""

from collections.abc import Callable, Sequence
from itertools import groupby

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, softmax

__all__ = ["OneHots", "answered", "answers", "with_one_hots"]


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
        asked: of each number of a condition, which state it asks for; none where there are no conditions.

    Example:
        >>> OneHots((2, 2))(torch.zeros(3, 5)).shape
        torch.Size([3, 5])
    """

    asked: Tensor

    def __init__(self, blocks: Sequence[int], temperature: float = 0.2, asked: Sequence[int] = ()) -> None:
        super().__init__()
        self.register_buffer("asked", torch.tensor(asked, dtype=torch.long), persistent=False)
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
        return torch.cat([self.blockwise(tempered, softmax), x[:, states:].tanh()], 1)

    def blockwise(self, states: Tensor, function: Callable[..., Tensor]) -> Tensor:
        """A function of each block, over the last axis, `(B, states)` to the same shape."""
        parts = torch.split(states, [size * count for size, count in self.groups], 1)
        found = [
            function(part.view(-1, count, size), 2).flatten(1)
            for part, (size, count) in zip(parts, self.groups, strict=True)
        ]
        return torch.cat(found, 1)

    def misses(self, x: Tensor, condition: Tensor) -> Tensor:
        r"""$-\log$ of the probability that each row has the state that it was asked for, `(B,)`.

        Args:
            x: `(B, width)`, as `forward` takes it.
            condition: `(B, k)`, one-hot.
        """
        shares = self.blockwise(x[:, : self.states], log_softmax)
        return -shares.gather(1, self.asked[condition.argmax(1)][:, None]).squeeze(1)


def with_one_hots(generator: nn.Module, blocks: Sequence[int], asked: Sequence[int] = ()) -> nn.Module:
    """A generator of rows in the model's units, from one of free numbers; the same where there are no blocks."""
    made = isinstance(generator, nn.Sequential) and len(generator) and isinstance(generator[-1], OneHots)
    return generator if made or not blocks else nn.Sequential(generator, OneHots(blocks, asked=asked))


def answers(generator: nn.Module) -> bool:
    """Whether a generator tells how probably its rows hold what they were asked for."""
    ends = generator[-1] if isinstance(generator, nn.Sequential) and len(generator) else None
    return isinstance(ends, OneHots) and len(ends.asked) > 0


def answered(generator: nn.Module, inputs: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of a generator that `answers`, and `OneHots.misses` of them."""
    assert isinstance(generator, nn.Sequential)
    ends = generator[-1]
    assert isinstance(ends, OneHots)
    free = generator[:-1](inputs)
    return ends(free), ends.misses(free, condition)
