"""Optimal transport between any weighted sets, by the network simplex of POT."""

import warnings

import numpy as np
import torch
from torch import Tensor

from wgan.distances.costs import row_blocks
from wgan.distances.problem import Solution

__all__ = ["solve"]


def solve(costs: Tensor, x_weights: Tensor, y_weights: Tensor, max_iterations: int) -> Solution:
    """An optimal plan with its potentials.

    The network simplex for transport is due to Bonneel et al. 2011, Displacement interpolation using Lagrangian mass
    transport, https://doi.org/10.1145/2070781.2024192; POT: https://pythonot.github.io.

    Args:
        costs: `(n, m)`.
        x_weights: `(n,)`, sums to one.
        y_weights: `(m,)`.
        max_iterations: after so many pivots the solver stops, and the result says so.
    """
    import ot  # takes most of a second, and most uses need no simplex

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its warnings come back as text in the log
        plan, log = ot.emd(
            x_weights.numpy(), y_weights.numpy(), costs.numpy(), numItermax=max_iterations, log=True, center_dual=False
        )
    rows, columns = np.nonzero(plan)
    u, v = feasible(costs, torch.from_numpy(log["u"]), x_weights)
    stopped = "" if log["warning"] is None else f"the network simplex stopped early, after {max_iterations:,} pivots"
    mass = torch.from_numpy(plan[rows, columns])
    return Solution(torch.from_numpy(rows), torch.from_numpy(columns), mass, u, v, stopped=stopped)


def feasible(costs: Tensor, u: Tensor, x_weights: Tensor) -> tuple[Tensor, Tensor]:
    """The c-transforms of the solver's potential, which hurt no constraint, also at points without weight."""
    u = torch.where(x_weights > 0, u, -torch.inf)
    v = torch.full((costs.shape[1],), torch.inf, dtype=costs.dtype)
    for rows in row_blocks(*costs.shape):
        v = torch.minimum(v, (costs[rows] - u[rows, None]).amin(0))
    return torch.cat([(costs[rows] - v).amin(1) for rows in row_blocks(*costs.shape)]), v
