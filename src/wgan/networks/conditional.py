"""How any network takes a condition: it stands beside the generator's latent, and beside the sample for the critic.

A condition is `(B, k)`. A generator for it is one of `k` more latent numbers; a critic one of `k` more numbers of a
row, or of `k` more channels of an image, each of one value throughout. So no family knows of conditions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wgan.types import Critic, Shape, Trace

__all__ = ["Given", "beside", "given", "judged_shape", "packed"]


def beside(x: Tensor, condition: Tensor | None) -> Tensor:
    """Latents, rows or images with a condition beside them; as they are without one.

    Args:
        x: `(m B, n)` or `(m B, C, H, W)`: a whole number of batches, one behind the other.
        condition: `(B, k)`, of each of them.

    Returns:
        `(m B, n + k)` or `(m B, C + k, H, W)`.

    Example:
        >>> beside(torch.zeros(2, 1), torch.ones(1, 2))
        tensor([[0., 1., 1.],
                [0., 1., 1.]])
        >>> beside(torch.zeros(2, 3, 8, 8), torch.ones(2, 5)).shape
        torch.Size([2, 8, 8, 8])
    """
    if condition is None:
        return x
    repeated = condition.to(x.dtype).repeat(len(x) // len(condition), 1)
    planes = repeated.view(*repeated.shape, *[1] * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])
    return torch.cat([x, planes], 1)


def packed(x: Tensor, size: int) -> Tensor:
    """Each `size` samples that follow each other as one, `(B, C, ...)` to `(B / size, size C, ...)`.

    A critic of packs sees how varied samples are. Lin, Khetan, Fanti & Oh 2018, PacGAN: The power of two samples in
    generative adversarial networks, https://arxiv.org/abs/1712.04086.

    Example:
        >>> packed(torch.arange(4).view(4, 1), 2).tolist()
        [[0, 1], [2, 3]]
    """
    return x if size == 1 else x.reshape(len(x) // size, size * x.shape[1], *x.shape[2:])


def judged_shape(shape: Shape, pac: int = 1, condition: int = 0) -> Shape:
    """The shape of what a critic judges: so many samples together, each with a condition of so many numbers.

    Example:
        >>> judged_shape((1, 8, 8), pac=2, condition=10)
        (22, 8, 8)
    """
    return (pac * (shape[0] + condition), *shape[1:])


class Given(nn.Module):
    r"""A critic of pairs with the condition held fixed, $x \mapsto D(x, c)$: a critic of samples.

    Its gradient is that in the sample alone, so that penalties and losses need not know of the condition.

    Args:
        critic: `(B, n + k) -> (B,)`, or of images.
        condition: $c$, `(B, k)`, of each batch that it is given.

    Example:
        >>> critic = nn.Sequential(nn.Linear(5, 1), nn.Flatten(0))
        >>> Given(critic, torch.ones(4, 2))(torch.zeros(8, 3)).shape
        torch.Size([8])
    """

    separable = True

    def __init__(self, critic: nn.Module, condition: Tensor) -> None:
        super().__init__()
        self.critic, self.condition = critic, condition

    def forward(self, x: Tensor) -> Tensor:
        """`(m B, n)` to `(m B,)`."""
        scores: Tensor = self.critic(beside(x, self.condition))
        return scores

    @property
    def trace(self) -> Callable[[Tensor], Trace] | None:
        """A pass of the critic that knows its slopes in the sample, where there is one."""
        whole: Callable[[Tensor], Trace] | None = getattr(self.critic, "trace", None)
        return None if whole is None else lambda x: GivenTrace(whole(beside(x, self.condition)), x.shape[1])


@dataclass(frozen=True)
class GivenTrace:
    """A pass of pairs, of which the first numbers or channels are the sample's.

    Args:
        whole: the pass.
        size: how many.
    """

    whole: Trace
    size: int

    @property
    def scores(self) -> Tensor:
        """See `Trace`."""
        return self.whole.scores

    def slopes(self, rows: slice) -> Tensor:
        """See `Trace`."""
        return self.whole.slopes(rows)[:, : self.size]

    def slopes_between(self, start: slice, end: slice, share: Tensor) -> Tensor | None:
        """See `Trace`."""
        slopes = self.whole.slopes_between(start, end, share)
        return None if slopes is None else slopes[:, : self.size]


def given(critic: nn.Module, condition: Tensor | None) -> Critic:
    """A critic of samples, whether or not there is a condition."""
    return critic if condition is None else Given(critic, condition)
