"""A transport problem, and what a solver finds."""

from dataclasses import dataclass

from torch import Tensor

from wgan.distances.costs import GroundCost
from wgan.distances.units import reach

__all__ = ["Problem", "Solution"]

FAR = 100


@dataclass(frozen=True)
class Problem:
    r"""Move the mass of one weighted set of points to another at the least total cost $c(x_i, y_j)^p$.

    Args:
        x: points `(n, d)`, float64 on the CPU.
        y: points `(m, d)`.
        x_weights: $a$, `(n,)`, sums to one.
        y_weights: $b$, `(m,)`.
        p: the power of the cost; for $p = \infty$ the greatest cost that the plan pays counts.
        ground: the cost $c$ between points.
    """

    x: Tensor
    y: Tensor
    x_weights: Tensor
    y_weights: Tensor
    p: float
    ground: GroundCost

    @property
    def on_line(self) -> bool:
        """Whether the closed form of one dimension applies."""
        return self.x.shape[1] == 1 and self.ground.norm

    @property
    def uniform(self) -> bool:
        """Whether all points weigh the same, so that a permutation is an optimal plan."""
        weight = 1 / len(self.x)
        return len(self.x) == len(self.y) and bool(
            (self.x_weights == weight).all() and (self.y_weights == weight).all()
        )

    def costs(self, scale: float | None = None) -> tuple[Tensor, float]:
        r"""$(c(x_i, y_j) / s)^p$ of all pairs, `(n, m)`, and $s$, for which the greatest cost serves if it is None.

        At a given scale powers far beyond what one point's share of the cost can be are cut off: a plan that used them
        would show in the gap.
        """
        costs = self.ground.matrix(self.x, self.y)
        if scale is None:
            scale = float(reach(costs.amax(), self.p))
            return self.powers(costs.div_(scale)), scale
        return self.powers(costs.div_(scale)).clamp_(max=FAR * max(costs.shape)), scale

    def powers(self, costs: Tensor) -> Tensor:
        """Their p-th powers, in place."""
        return costs if self.p == 1 else costs.pow_(self.p)


@dataclass(frozen=True)
class Solution:
    r"""A plan by its support, with a pair of dual potentials.

    Args:
        rows: indices $i$ of the points that give, `(K,)`.
        columns: indices $j$ of those that take.
        mass: how much, sums to one.
        u: potential on $x$, `(n,)`.
        v: potential on $y$, `(m,)`; $u_i + v_j \le (c_{ij} / s)^p$, or $[c_{ij} \ge s]$ for $p = \infty$.
        scale: $s$.
        stopped: why the solver ended before it was done; empty if it did not.
    """

    rows: Tensor
    columns: Tensor
    mass: Tensor
    u: Tensor
    v: Tensor
    scale: float = 1.0
    stopped: str = ""
