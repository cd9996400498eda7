"""What pairs of two sets cost: some of them, or bounds of all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from wgan.distances.problem import FAR, Problem
from wgan.sweeps import Sweep

__all__ = ["BLOCK", "Pricing"]

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
        x, y, costs = self.problem.x, self.problem.y, self.problem.x.new_empty(len(rows))
        some = max(1, BLOCK // (8 * x.shape[1]))
        for start in range(0, len(rows), some):  # into one tensor: small ones among large ones scatter the memory
            part = slice(start, start + some)
            costs[part] = self.powers(self.problem.ground.pairs(x[rows[part]], y[columns[part]]))
        return costs

    def matrix(self, x: Tensor, y: Tensor) -> Tensor:
        """The costs of all pairs of two sets."""
        return self.powers(self.problem.ground.matrix(x, y))

    def transform(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        r"""$\min_j c_{ij} - v_j$ over all pairs of two sets, in float64."""
        sweep = Sweep(len(x), max(1, BLOCK // (8 * len(y))))
        return sweep.gathered(torch.cat([self.matrix(x[rows], y).sub_(v).amin(1) for rows in sweep]))

    def lower_bounds(self, y: Tensor, centre: Tensor) -> Callable[[Tensor], Tensor]:
        """What gives lower bounds of the costs between some points and these, in float32 where that takes less time.

        Args:
            y: points `(m, d)`.
            centre: a point among them; what is near to zero rounds less, where the cost is a norm of the difference.
        """
        norm = self.problem.ground.norm
        bounds = self.problem.ground.lower_bounds(y - centre if norm else y)

        def lowered(x: Tensor) -> Tensor:
            costs = bounds(x - centre if norm else x)
            kept = 1.0 if costs.dtype == x.dtype else 1 - 8 * (1 + self.problem.p) * UNIT
            return costs.mul_(kept / self.scale) if self.problem.p == 1 else self.powers(costs).mul_(kept)

        return lowered


def rounded(potential: Tensor, like: Tensor) -> Tensor:
    """A potential as numbers like those, so much above that costs less it are no greater than without rounding."""
    if like.dtype == potential.dtype:
        return potential
    return (potential + 4 * UNIT * potential[potential.isfinite()].abs().amax()).to(like)
