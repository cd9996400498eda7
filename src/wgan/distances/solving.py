"""Which solver finds the plan of a transport problem, and what bounds the result."""

from math import inf

from wgan.distances import bottleneck, dense, generation, line
from wgan.distances.dense import ASSIGNMENT_BYTES, OPTIMAL, SIMPLEX_BYTES, WAY_OUT, closed, dual, lower_envelope
from wgan.distances.generation import PLANE, Effort
from wgan.distances.problem import Problem, Solution
from wgan.distances.units import LOW
from wgan.memory import available_memory, require_memory
from wgan.processes import present

__all__ = ["solve"]

MANY = 1 << 20
"""Pairs from which on it takes less time to take those alone that matter than to run the network simplex over all."""
MANY_PLANE = 1 << 24
"""Pairs from which on the same takes less time than an assignment does, in so few dimensions that neighbours count."""
MANY_ROUGH = 1 << 27
"""Likewise in any number of dimensions, where less than the optimum is enough. Which way is quicker below that hangs on
the data: an assignment took 1.4 times as long in 16 dimensions, and half the time or less between digits."""


def solve(problem: Problem, max_iterations: int, effort: Effort) -> tuple[Solution, float | None]:
    """A plan from the solver that suits the problem, and a lower bound of any plan's cost, at the solution's scale.

    The bound is None where theory alone says that the plan is optimal: on the line, for powers whose potentials no
    float holds.
    """
    if problem.on_line:
        found = line.solve(problem)
        proved = 1.0 if problem.p == inf else dual(problem, found.u, found.v)
        return found, None if problem.p > LOW else proved
    processes = present()
    processes.require_equal("samples", problem.x, problem.y, problem.x_weights, problem.y_weights)
    pairs, room = len(problem.x) * len(problem.y), processes.least(available_memory())
    many = problem.p <= LOW and pairs >= MANY
    enough = MANY_PLANE if problem.x.shape[1] <= PLANE else MANY_ROUGH if effort.tolerance > OPTIMAL else inf
    few = problem.uniform and effort.seconds is None and pairs < enough and ASSIGNMENT_BYTES * pairs <= room
    if many and not few:
        found, cost, bound = generation.solve(problem, effort)
        if effort.limited or found.stopped or closed(problem, found, cost, bound) or SIMPLEX_BYTES * pairs > room:
            return found, bound
    allowed = not many or SIMPLEX_BYTES * pairs <= room
    whole = processes.first(lambda: among_all_pairs(problem, max_iterations, simplex_allowed=allowed))
    if whole is None:
        found, _, bound = generation.solve(problem, effort)
        return found, bound
    return whole


def among_all_pairs(problem: Problem, max_iterations: int, *, simplex_allowed: bool) -> tuple[Solution, float] | None:
    """The same by a solver that holds all pairs; None where that would need the network simplex, and may not."""
    refuse_too_many(problem)
    if problem.p == inf:
        return farthest(problem, max_iterations)
    return dense.solve(problem, max_iterations, simplex_allowed=simplex_allowed)


def refuse_too_many(problem: Problem) -> None:
    """Refuses a problem whose pairs do not fit into the memory.

    Raises:
        InputError: with the way out.
    """
    n, m = len(problem.x), len(problem.y)
    require_memory(ASSIGNMENT_BYTES * n * m, f"exact transport between {n:,} and {m:,} samples", WAY_OUT)
    if problem.p == inf:
        require_memory(SIMPLEX_BYTES * n * m, f"the network simplex between {n:,} and {m:,} samples", WAY_OUT)


def farthest(problem: Problem, max_iterations: int) -> tuple[Solution, float]:
    r"""A plan for $p = \infty$, and 1 as its bound where the potentials prove it."""
    costs = problem.ground.matrix(problem.x, problem.y)
    found = bottleneck.solve(costs, problem.x_weights, problem.y_weights, max_iterations)
    return found, float(dual(problem, found.u, lower_envelope((costs >= found.scale).double(), found.u, found.v)) > 0)
