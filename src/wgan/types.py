"""Types that several rooms share, with one meaning each."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

__all__ = ["Between", "Bound", "Critic", "Points", "Shape", "Trace", "placed"]

Shape = tuple[int, ...]
"""The shape of one sample, without the batch."""

Critic = Callable[[Tensor], Tensor]
"""A critic as losses and penalties see it, `(B, *shape) -> (B,)`."""

Bound = Callable[[nn.Module], float | None]
"""What gives the Lipschitz bound of a part of a module, or None where none is known."""


class Between(NamedTuple):
    r"""Points on the segments between pairs, $(1 - \varepsilon)\, x + \varepsilon\, y$.

    Said as what they are, so that a critic whose first layer is linear needs no product for them.

    Attributes:
        start: $x$, `(N, *shape)`.
        end: $y$, of the same shape.
        share: $\varepsilon$, `(N, 1, ...)`, as many axes.

    """

    start: Tensor
    end: Tensor
    share: Tensor


Points = Tensor | Between
"""Where a penalty is taken."""


def placed(points: Points) -> Tensor:
    """The points themselves, `(N, *shape)`.

    Example:
        >>> placed(Between(torch.zeros(2, 1), torch.ones(2, 1), torch.tensor([[0.25], [0.5]]))).tolist()
        [[0.25], [0.5]]
    """
    return points if isinstance(points, Tensor) else torch.lerp(*points)


class Trace(Protocol):
    """What a critic's pass over some rows leaves behind: their scores, and the slopes there and in between."""

    @property
    def scores(self) -> Tensor:
        """`(B,)`."""

    def slopes(self, rows: slice) -> Tensor:
        r"""$\nabla D$ at the rows, of their shape, differentiable in the weights."""

    def slopes_between(self, start: slice, end: slice, share: Tensor) -> Tensor | None:
        r"""$\nabla D$ between as many rows and others, see `Between`; None where the pass does not tell."""
