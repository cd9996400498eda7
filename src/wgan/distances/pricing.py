"""What pairs of two sets cost: some of them, or bounds of all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from wgan.distances.problem import FAR, Problem, Solution
from wgan.sweeps import Sweep

__all__ = ["BLOCK", "Candidates", "Pricing"]

BLOCK = 1 << 22  # pairs that are priced at once
UNIT = 2.0**-24  # rounding of float32


@dataclass(frozen=True)
class Pricing:
    r"""Costs $(c(x_i, y_j) / s)^p$.

    Args:
        problem: whose costs.
        scale: $s$.
    """

    problem: Problem
    scale: float

    def powers(self, costs: Tensor) -> Tensor:
        """Of costs, in place; those far beyond what one point's share can be are cut off."""
        costs = self.problem.powers(costs.div_(self.scale))
        return costs if self.problem.p == 1 else costs.clamp_(max=FAR * max(len(self.problem.x), len(self.problem.y)))

    def pairs(self, rows: Tensor, columns: Tensor) -> Tensor:
        """The costs of some pairs, `(K,)`."""
        return self.powers(self.problem.ground.between(self.problem.x, self.problem.y, rows, columns))

    def matrix(self, x: Tensor, y: Tensor) -> Tensor:
        """The costs of all pairs of two sets."""
        return self.powers(self.problem.ground.matrix(x, y))

    def transform(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        r"""$\min_j c_{ij} - v_j$ over all pairs of two sets, in float64."""
        sweep = Sweep(len(x), max(1, BLOCK // (8 * len(y))))
        return sweep.gathered(torch.cat([self.matrix(x[rows], y).sub_(v).amin(1) for rows in sweep]))

    def lower_bounds(self, y: Tensor, order: Tensor, centre: Tensor) -> Callable[[Tensor], Tensor]:
        """What gives lower bounds of the costs to some points, in float32 where that takes less time.

        Args:
            y: points `(m, d)`.
            order: which of them, `(k,)`.
            centre: a point among them.
        """
        bounds = self.problem.ground.lower_bounds(y, order, centre)

        def lowered(x: Tensor) -> Tensor:
            costs = bounds(x)
            kept = 1.0 if costs.dtype == x.dtype else 1 - 8 * (1 + self.problem.p) * UNIT
            return costs.mul_(kept / self.scale) if self.problem.p == 1 else self.powers(costs).mul_(kept)

        return lowered


@dataclass(frozen=True)
class Candidates:
    """Pairs among which a plan is looked for, each of which is priced once.

    Args:
        pricing: of all pairs.
        flat: the pairs' places in the matrix of all, in order, `(K,)`.
        costs: theirs, `(K,)`.
    """

    pricing: Pricing
    flat: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    costs: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.float64))

    def and_these(self, rows: Tensor, columns: Tensor) -> "Candidates":
        """With more pairs, some of which may be known."""
        flat = torch.unique(torch.cat([self.flat, self.places(rows, columns)]))
        known = torch.searchsorted(flat, self.flat)
        fresh = torch.ones_like(flat, dtype=torch.bool).index_fill_(0, known, value=False).nonzero()[:, 0]
        every = Candidates(self.pricing, flat, self.costs.new_empty(len(flat)).index_copy_(0, known, self.costs))
        every.costs[fresh] = self.pricing.pairs(every.rows[fresh], every.columns[fresh])
        return every

    def __len__(self) -> int:
        return len(self.flat)

    @property
    def rows(self) -> Tensor:
        """The first points."""
        return self.flat // len(self.pricing.problem.y)

    @property
    def columns(self) -> Tensor:
        """The second points."""
        return self.flat % len(self.pricing.problem.y)

    def places(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Where pairs stand in the matrix of all."""
        return rows * len(self.pricing.problem.y) + columns

    def cost(self, plan: Solution) -> float:
        """Of a plan that moves mass between these pairs alone."""
        return float(
            (plan.mass * self.costs[torch.searchsorted(self.flat, self.places(plan.rows, plan.columns))]).sum()
        )


def rounded(potential: Tensor, like: Tensor) -> Tensor:
    """A potential as numbers like those, so much above that costs less it are no greater than without rounding."""
    if like.dtype == potential.dtype:
        return potential
    return (potential + 4 * UNIT * potential[potential.isfinite()].abs().amax()).to(like)
