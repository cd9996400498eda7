"""Types that several rooms share, with one meaning each."""

from collections.abc import Callable

from torch import Tensor, nn

__all__ = ["Bound", "Critic", "Shape"]

Shape = tuple[int, ...]
"""The shape of one sample, without the batch."""

Critic = Callable[[Tensor], Tensor]
"""A critic as losses and penalties see it, `(B, *shape) -> (B,)`."""

Bound = Callable[[nn.Module], float | None]
"""What gives the Lipschitz bound of a part of a module, or None where none is known."""
