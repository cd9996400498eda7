r"""Optimal transport on the line, in closed form."""

from math import inf
from typing import NamedTuple

import torch
from torch import Tensor

from wgan.distances.problem import Problem, Solution
from wgan.distances.units import ROUNDING, power_sum, reach

__all__ = ["Staircase", "solve", "staircase"]


class Staircase(NamedTuple):
    """The monotone plan between sorted points: `mass` from point `rows` to point `columns`."""

    rows: Tensor
    columns: Tensor
    mass: Tensor


def staircase(x_weights: Tensor, y_weights: Tensor) -> Staircase:
    """The monotone plan of two weighted sets that are sorted already; at most `n + m - 1` steps.

    Both weights sum to one. Between two neighbours among the levels of either distribution function, one point of each
    side is the quantile.

    Example:
        >>> staircase(torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75]))
        Staircase(rows=tensor([0, 0, 1]), columns=tensor([0, 1, 1]), mass=tensor([0.2500, 0.2500, 0.5000]))
    """
    x_levels, y_levels = x_weights.cumsum(0)[:-1], y_weights.cumsum(0)[:-1]
    levels, order = torch.cat([x_levels, y_levels]).sort(stable=True)
    steps_right = torch.cat([order.new_zeros(1), (order >= len(x_levels)).long().cumsum(0)])
    ends = torch.cat([levels.new_zeros(1), levels, levels.new_ones(1)])
    rows = torch.arange(len(levels) + 1) - steps_right
    return Staircase(rows, steps_right, ends.diff().clamp_(min=0))


@torch.no_grad()
def solve(problem: Problem) -> Solution:
    r"""The monotone plan, which is optimal for $|x - y|^p$, $p \ge 1$, and its potentials.

    Along the staircase one side moves at a time, so that $u_i + v_j = c_{ij}$ on it gives each potential as a sum of
    differences of costs; off it the cost's Monge property makes them feasible.
    """
    x, x_order = problem.x[:, 0].sort()
    y, y_order = problem.y[:, 0].sort()
    stairs = staircase(problem.x_weights[x_order], problem.y_weights[y_order])
    lengths = (x[stairs.rows] - y[stairs.columns]).abs()
    plan = x_order[stairs.rows], y_order[stairs.columns], stairs.mass
    if problem.p == inf:
        longest = float(reach(power_sum(lengths, inf, stairs.mass), inf))
        return Solution(*plan, *farthest(problem, x[stairs.rows], y[stairs.columns], stairs.mass), longest)
    scale = float(reach(lengths.amax(), problem.p))
    cost = (lengths / scale).pow(problem.p)
    down = stairs.rows.diff() > 0
    # Moving down changes u by the cost's difference, moving right changes v by it.
    rise = cost.diff()
    start = torch.zeros(1, dtype=cost.dtype)
    u, v = torch.empty_like(x), torch.empty_like(y)
    u[x_order[stairs.rows]] = cost[0] + torch.cat([start, (rise * down).cumsum(0)])
    v[y_order[stairs.columns]] = torch.cat([start, (rise * ~down).cumsum(0)])
    return Solution(*plan, u, v, scale)


def farthest(problem: Problem, given: Tensor, taken: Tensor, mass: Tensor) -> tuple[Tensor, Tensor]:
    """Potentials which prove that some mass has to go as far as the longest step of the monotone plan.

    The points on the near side of that step weigh more than those that they could reach by shorter ways.
    """
    step = torch.where(mass > ROUNDING, (given - taken).abs(), -1).argmax()
    side = 1 if given[step] < taken[step] else -1
    u = (side * problem.x[:, 0] <= side * given[step]).to(given)
    v = -(side * problem.y[:, 0] < side * taken[step]).to(given)
    return u, v
