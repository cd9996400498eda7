"""Passes over rows that several processes share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor

from wgan.processes import Processes, present

__all__ = ["Sweep"]

T = TypeVar("T")


@dataclass(frozen=True)
class Sweep:
    """A pass over rows, a block at a time, whose blocks the processes take in turn.

    The blocks are the same for any number of processes, and so is every number that is computed of one. Where there
    are fewer blocks than processes, each takes all of them.

    Args:
        rows: how many.
        step: rows of a block.
        processes: who shares it; those at hand by default.

    Example:
        >>> list(Sweep(5, 2)), list(Sweep(5, 2, Processes(count=2, rank=1)))
        ([slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)], [slice(2, 4, None)])
    """

    rows: int
    step: int = 1
    processes: Processes = field(default_factory=present)

    @property
    def shared(self) -> bool:
        """Whether there is a block for each process."""
        return self.processes.count > 1 and self.rows > (self.processes.count - 1) * self.step

    def blocks(self, rank: int) -> list[slice]:
        """Those of one of the processes."""
        first, stride = (rank, self.processes.count) if self.shared else (0, 1)
        starts = range(first * self.step, self.rows, stride * self.step)
        return [slice(start, min(start + self.step, self.rows)) for start in starts]

    def __iter__(self) -> Iterator[slice]:
        """The rows of this process's blocks."""
        return iter(self.blocks(self.processes.rank))

    def of(self, parts: Sequence[T]) -> list[T]:
        """This process's, of as many parts as there are rows."""
        return [part for rows in self for part in parts[rows]]

    def each(self, values: Tensor) -> list[Tensor]:
        """What each process has found, `(k, ...)` with its own k."""
        return self.processes.each(values) if self.shared else [values]

    def pooled(self, values: Tensor) -> Tensor:
        """All of it, in an order of its own."""
        return torch.cat(self.each(values)) if self.shared else values

    def gathered(self, values: Tensor) -> Tensor:
        """What was found of each of this process's rows, `(k, ...)`, of all rows in their order."""
        if not self.shared:
            return values
        order = [torch.arange(self.rows)[rows] for rank in range(self.processes.count) for rows in self.blocks(rank)]
        return torch.empty_like(found := self.pooled(values)).index_copy_(0, torch.cat(order).to(found.device), found)
