"""Batches taken in passes, by one process or several: whose rows are whose, and the rule by which passes average."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wgan.errors import InputError

__all__ = ["Shares"]


@dataclass(frozen=True)
class Shares:
    """The rows of a batch that one process computes on, pass by pass; all of them in one pass, by default.

    Args:
        count: processes.
        rank: which of them this is, from 0.
        passes: over how many micro-batches each takes its rows.

    Example:
        >>> shares = Shares(count=2, rank=1, passes=2)
        >>> shares.of(torch.arange(8))
        [tensor([4, 5]), tensor([6, 7])]
    """

    count: int = 1
    rank: int = 0
    passes: int = 1

    @property
    def parts(self) -> int:
        """Micro-batches of all processes together."""
        return self.count * self.passes

    def check(self, batch: int) -> None:
        """Refuses a batch whose rows cannot be divided evenly.

        Raises:
            InputError: naming the batch and what would fit.
        """
        if batch % self.parts or batch < 2 * self.parts:
            raise InputError(
                f"a batch of {batch} cannot be shared by {self.count} processes in {self.passes} passes each; "
                f"expected a multiple of {self.parts}, with 2 or more samples a pass"
            )

    def of(self, rows: Tensor, batch: int | None = None) -> list[Tensor]:
        """This process's rows, a tensor for each pass; a whole number of batches one behind the other is shared alike.

        Args:
            rows: `(k · batch, ...)`.
            batch: rows of one batch; all by default.
        """
        if self.parts == 1:
            return [rows]
        parts = rows.view(-1, self.parts, (batch or len(rows)) // self.parts, *rows.shape[1:])
        return [parts[:, self.rank * self.passes + index].flatten(0, 1) for index in range(self.passes)]

    def of_any(self, rows: Tensor | None, batch: int | None = None) -> list[Tensor] | list[None]:
        """The same of rows that there may be none of: then nothing for each pass."""
        return [None] * self.passes if rows is None else self.of(rows, batch)

    def whole(self, piece: Tensor, index: int) -> Tensor:
        """A batch with `piece` in the rows of pass `index` and zeros elsewhere, `(batch, ...)`."""
        if self.parts == 1:
            return piece
        before = self.rank * self.passes + index
        zeros = [piece.new_zeros(count * len(piece), *piece.shape[1:]) for count in (before, self.parts - before - 1)]
        return torch.cat([zeros[0], piece, zeros[1]])

    def average_gradients(self, weights: Iterable[nn.Parameter]) -> None:
        """Makes the sum of the passes' gradients, which the weights hold, their mean."""
        if self.passes > 1:
            torch._foreach_div_([weight.grad for weight in weights if weight.grad is not None], self.passes)

    def mean(self, values: Sequence[Tensor]) -> Tensor:
        """The mean of a scalar over the passes."""
        return values[0] if len(values) == 1 else torch.stack(list(values)).mean()
