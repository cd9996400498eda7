"""A transport problem, and what a solver finds."""

from dataclasses import dataclass

from torch import Tensor

from wgan.distances.costs import GroundCost

__all__ = ["Coupling", "Problem"]


@dataclass(frozen=True)
class Problem:
    r"""Move the mass of one weighted set of points to another at the least total cost $c(x_i, y_j)^p$.

    Args:
        x: points `(n, d)`, float64 on the CPU.
        y: points `(m, d)`.
        x_weights: $a$, `(n,)`, sums to one.
        y_weights: $b$, `(m,)`.
        p: the power of the cost.
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
        return self.x.shape[1] == 1 and self.ground.on_line

    @property
    def uniform(self) -> bool:
        """Whether all points weigh the same, so that a permutation is an optimal plan."""
        weight = 1 / len(self.x)
        return len(self.x) == len(self.y) and bool(
            (self.x_weights == weight).all() and (self.y_weights == weight).all()
        )

    def costs(self) -> Tensor:
        """$c(x_i, y_j)^p$ of all pairs, `(n, m)`."""
        costs = self.ground.matrix(self.x, self.y)
        return costs if self.p == 1 else costs.pow_(self.p)


@dataclass(frozen=True)
class Coupling:
    r"""A plan by its support, with a pair of dual potentials.

    Args:
        rows: indices $i$ of the points that give, `(K,)`.
        columns: indices $j$ of those that take.
        mass: how much, sums to one.
        u: potential on $x$, `(n,)`.
        v: potential on $y$, `(m,)`; $u_i + v_j \le c_{ij}^p$.
        stopped: why the solver ended before it was done; empty if it did not.
    """

    rows: Tensor
    columns: Tensor
    mass: Tensor
    u: Tensor
    v: Tensor
    stopped: str = ""
