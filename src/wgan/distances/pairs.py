"""Pairs of points, and which of them are kept, by one process or by several that look for them together."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from wgan.sweeps import Sweep

__all__ = ["Givers", "Pairs", "pooled"]


class Pairs(NamedTuple):
    """Some pairs: their first and second points, and costs less the second point's potential, all `(K,)`."""

    rows: Tensor
    columns: Tensor
    costs: Tensor

    @classmethod
    def none(cls) -> "Pairs":
        """No pairs."""
        none = torch.empty(0, dtype=torch.int64)
        return cls(none, none, none.double())

    def where(self, chosen: Tensor) -> "Pairs":
        """Some of them."""
        return Pairs(*(part[chosen] for part in self))


def pooled(pairs: Sequence[Pairs], sweep: Sweep) -> Pairs:
    """All that a pass has found."""
    return Pairs(*(sweep.pooled(torch.cat(part)) for part in zip(*pairs, strict=True)))


class Givers:
    """For each column the row whose pair is the cheapest against both potentials, if a bound of one is negative."""

    def __init__(self, columns: int) -> None:
        self.least = torch.zeros(columns, dtype=torch.float64)
        self.rows = torch.zeros(columns, dtype=torch.int64)

    def see(self, gifts: Pairs) -> None:
        """Keeps those that are cheaper than what was seen; of equally cheap ones that of the first row."""
        costs, least = gifts.costs.double(), self.least[gifts.columns]
        better = gifts.where((costs < least) | (costs == least) & (costs < 0) & (gifts.rows < self.rows[gifts.columns]))
        self.least[better.columns] = better.costs.double()
        self.rows[better.columns] = better.rows

    def shared(self, sweep: Sweep) -> "Givers":
        """Those of the whole pass, as if one process had seen them all."""
        whole = Givers(len(self.least))
        for least, rows in zip(sweep.each(self.least), sweep.each(self.rows), strict=True):
            whole.see(Pairs(rows, torch.arange(len(rows)), least))
        return whole

    @property
    def pairs(self) -> tuple[Tensor, Tensor]:
        """The first and second points."""
        columns = (self.least < 0).nonzero()[:, 0]
        return self.rows[columns], columns
