r"""Optimal transport for $p = \infty$: the least length that no mass has to exceed.

A plan that keeps to pairs of cost up to $t$ exists or not; the least such $t$ is one of the costs, found by bisection.
Whether it exists is a transport problem again, with cost 1 for the pairs beyond $t$ and 0 for all others, and where it
does not, that problem's potentials prove it.

Garfinkel & Rao 1971, The bottleneck transportation problem, https://doi.org/10.1002/nav.3800180404.
"""

import torch
from torch import Tensor

from wgan.distances import simplex
from wgan.distances.problem import Solution

__all__ = ["solve"]

MISPLACED = 1e-12  # mass that may stay behind by rounding


@torch.no_grad()
def solve(costs: Tensor, x_weights: Tensor, y_weights: Tensor, max_iterations: int) -> Solution:
    r"""A plan whose greatest cost is the least, that cost as its scale, and potentials of $[c_{ij} \ge s]$.

    Args:
        costs: $c$, `(n, m)`.
        x_weights: `(n,)`, sums to one.
        y_weights: `(m,)`.
        max_iterations: pivots of each of the network simplex's problems.
    """

    def beyond(pairs: Tensor) -> Solution:
        return simplex.solve(pairs.double(), x_weights, y_weights, max_iterations)

    def misplaced(found: Solution, level: Tensor) -> float:
        return float(found.mass[costs[found.rows, found.columns] > level].sum())

    levels = candidates(costs[x_weights > 0][:, y_weights > 0])
    first, last = 0, len(levels) - 1
    while first < last:
        middle = (first + last) // 2
        if misplaced(beyond(costs > levels[middle]), levels[middle]) <= MISPLACED:
            last = middle
        else:
            first = middle + 1
    plan, proof = beyond(costs > levels[first]), beyond(costs >= levels[first])
    kept = costs[plan.rows, plan.columns] <= levels[first]
    support = plan.rows[kept], plan.columns[kept], plan.mass[kept]
    return Solution(*support, proof.u, proof.v, float(levels[first]) or 1.0, plan.stopped or proof.stopped)


def candidates(costs: Tensor) -> Tensor:
    """Costs from the greatest that some point cannot avoid, sorted, each once."""
    unavoidable = torch.maximum(costs.amin(0).amax(), costs.amin(1).amax())
    levels: Tensor = torch.unique(costs[costs >= unavoidable])
    return levels
