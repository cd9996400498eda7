"""How far apart one column is in two groups of rows, for many ways to group them at once."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from wgan.comparison.columns import pooled_ranks

__all__ = ["Coded", "Grouped", "Ordered"]


class Grouped(ABC):
    """One column of all rows, of whichever group."""

    @abstractmethod
    def apart(self, groups: Tensor) -> Tensor:
        """Its distance in each way to group the rows, from 0 to 0.5.

        Args:
            groups: `(R, N)`, one over the rows of its group for a row of the first, minus that for one of the second.
        """


class Ordered(Grouped):
    r"""Amounts: $W_1$ between their ranks among all rows.

    Where cells are empty, $W_1$ of the filled ones counts with the smaller share of filled cells, and half of what the
    shares differ by is added.

    Args:
        values: `(N,)`, NaN for an empty cell.
    """

    def __init__(self, values: Tensor) -> None:
        filled = (~values.isnan()).nonzero()[:, 0]
        ranks = pooled_ranks(values[filled, None])[:, 0] if len(filled) else values.new_empty(0)
        ordered, order = ranks.sort(stable=True)
        self.order, self.gaps, self.hollow = filled[order], ordered.diff(), len(filled) < len(values)

    def apart(self, groups: Tensor) -> Tensor:
        """See `Grouped.apart`."""
        some = groups[:, self.order]
        if not self.hollow:
            return some.cumsum(1)[:, :-1].abs() @ self.gaps
        sides = some.clamp(min=0), (-some).clamp(min=0)
        shares = torch.stack([side.sum(1) for side in sides])
        one, other = (
            side.cumsum(1) / share[:, None].clamp(min=1e-300) for side, share in zip(sides, shares, strict=True)
        )
        between = (one - other)[:, :-1].abs() @ self.gaps
        return torch.where(shares.amin(0) > 0, shares.amin(0) * between, 0) + (shares[0] - shares[1]).abs() / 2


class Coded(Grouped):
    """Categories: half the total variation between their shares, of which an empty cell is one more.

    Args:
        codes: `(N,)`, 0, 1, 2, …, NaN for an empty cell.
        count: how many there are.
    """

    def __init__(self, codes: Tensor, count: int) -> None:
        self.states = one_hot(codes.nan_to_num(count).long(), count + 1).double()

    def apart(self, groups: Tensor) -> Tensor:
        """See `Grouped.apart`."""
        return (groups @ self.states).abs().sum(1) / 4
