"""Transport over all pairs at once: which solver finds the plan, and at what scale it weighs the costs."""

from dataclasses import replace
from math import inf

import torch
from torch import Tensor

from wgan.distances import assignment, bottleneck, simplex
from wgan.distances.costs import row_blocks
from wgan.distances.problem import Problem, Solution
from wgan.distances.units import power_mean, reach
from wgan.memory import require_memory

__all__ = [
    "ASSIGNMENT_BYTES",
    "OPTIMAL",
    "SIMPLEX_BYTES",
    "WAY_OUT",
    "closed",
    "dual",
    "lower_envelope",
    "optimal",
    "size",
    "solve",
]

ASSIGNMENT_BYTES, SIMPLEX_BYTES = 16, 44  # measured peaks per pair of samples
OPTIMAL = 1e-9  # relative gap of the distance up to which a plan counts as optimal
ROUNDS = 12  # of scales at which costs are weighed
HIGH = 8  # powers above which no plan's cost tells how long its longest step has to be
WAY_OUT = "take fewer samples (subsample=20000), or method='sliced', which needs no pairs"


def solve(problem: Problem, max_iterations: int, *, simplex_allowed: bool = True) -> tuple[Solution, float] | None:
    """A plan, and a lower bound of any plan's cost, at the solution's scale.

    Args:
        problem: of finite power.
        max_iterations: pivots of the network simplex.
        simplex_allowed: whether to go on with the network simplex where a permutation is not found; None if not.
    """
    first = attempt(problem, None, max_iterations, simplex_allowed=simplex_allowed)
    if first is None:
        return None
    found, cost, bound = first
    for _ in range(ROUNDS):
        scale = None if found.stopped or closed(problem, found, cost, bound) else finer(problem, found, max_iterations)
        if scale is None or (after := attempt(problem, scale, max_iterations)) is None:
            break
        found, cost, bound = after
    return found, bound


def attempt(
    problem: Problem, scale: float | None, max_iterations: int, *, simplex_allowed: bool = True
) -> tuple[Solution, float, float] | None:
    """A plan, its cost and a bound, by a solver that sees costs of the scale as one."""
    costs, scale = problem.costs(scale)
    n, m = len(problem.x), len(problem.y)
    found = assignment.solve(costs) if problem.uniform else None
    if found is None and not simplex_allowed:
        return None
    if found is None:
        require_memory(SIMPLEX_BYTES * n * m, f"the network simplex between {n:,} and {m:,} samples", WAY_OUT)
        found = simplex.solve(costs, problem.x_weights, problem.y_weights, max_iterations)
    cost = float((found.mass * costs[found.rows, found.columns]).sum())
    return replace(found, scale=scale), cost, dual(problem, found.u, lower_envelope(costs, found.u, found.v))


def closed(problem: Problem, found: Solution, cost: float, bound: float) -> bool:
    """Whether the bound proves the plan, and both are far above the rounding of the potentials."""
    return cost > 1e-12 * size(found) and cost - bound <= optimal(problem.p) * cost


def finer(problem: Problem, found: Solution, max_iterations: int) -> float | None:
    """A scale nearer to the plan's own lengths than the present one; None if there is none."""
    lengths = problem.ground.between(problem.x, problem.y, found.rows, found.columns)
    length = power_mean(lengths, problem.p, found.mass).item()
    if length == 0:
        return None
    if problem.p > HIGH:
        costs = problem.ground.matrix(problem.x, problem.y)
        scale = bottleneck.solve(costs, problem.x_weights, problem.y_weights, max_iterations).scale
    else:
        scale = reach(torch.tensor(length), problem.p).item()
    return scale if 0 < scale < found.scale / 2 or (problem.p > HIGH and 0 < scale < found.scale) else None


def dual(problem: Problem, u: Tensor, v: Tensor) -> float:
    """The value of a pair of potentials."""
    return float((problem.x_weights * u).sum() + (problem.y_weights * v).sum())


def lower_envelope(costs: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """The potential `v` lowered where, with `u`, it hurts a constraint: no solver has to be believed."""
    for rows in row_blocks(*costs.shape):
        v = torch.minimum(v, (costs[rows] - u[rows, None]).amin(0))
    return v


def optimal(p: float) -> float:
    """The relative gap of the cost up to which a plan counts as optimal: that of the distance is a p-th of it."""
    return OPTIMAL * (p if p < inf else 1)


def size(solution: Solution) -> float:
    """Of the potentials."""
    return (solution.u.abs().amax() + solution.v.abs().amax()).item()
