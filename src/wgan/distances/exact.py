"""Exact optimal transport between two sets of samples."""

import warnings
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from wgan.arrays import ArrayLike
from wgan.checks import Rule
from wgan.distances import assignment, bottleneck, line, simplex
from wgan.distances.costs import GroundCost, ground_cost, row_blocks
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.problem import Problem, Solution
from wgan.distances.samples import Power, as_weights, check_power, paired
from wgan.distances.units import LOW, in_own_units, power, power_mean, power_sum, reach, root
from wgan.memory import require_memory
from wgan.randomness import stream

__all__ = ["Exact", "Transport", "transport", "wasserstein"]

ASSIGNMENT_BYTES, SIMPLEX_BYTES = 16, 44  # measured peaks per pair of samples
OPTIMAL = 1e-9  # relative gap of the distance up to which a plan counts as optimal
ROUNDS = 12  # of scales at which costs are weighed
HIGH = 8  # powers above which no plan's cost tells how long its longest step has to be
PIVOTS = 10**8  # POT's own default, 1e5, is too small from some 3,000 points on


@dataclass(frozen=True)
class Transport:
    r"""An optimal plan with the proof that it is one.

    Attributes:
        problem: what was solved, its points centred and in units of `unit`.
        solution: the plan's support and the potentials.
        unit: of the problem's points and costs.
        scale: $s$, in the data's unit, the size of the plan's longest steps.
        relative: $\sum_{ij} \pi_{ij}\, (c(x_i, y_j) / s)^p$, differentiable with respect to the samples.
        relative_bound: a lower bound of it for every plan.
    """

    problem: Problem
    solution: Solution
    unit: float
    scale: float
    relative: Tensor
    relative_bound: float

    @property
    def cost(self) -> Tensor:
        r"""$\sum_{ij} \pi_{ij}\, c(x_i, y_j)^p$, the greatest $c$ for $p = \infty$; infinite beyond 1e308."""
        return self.relative * power(self.scale, self.problem.p) if self.relative > 0 else self.relative

    @property
    def bound(self) -> float:
        r"""$\sum_i a_i u_i + \sum_j b_j v_j$, a lower bound of every plan's cost."""
        return self.relative_bound * power(self.scale, self.problem.p)

    @property
    def distance(self) -> Tensor:
        r"""$W_p = \mathrm{cost}^{1/p}$."""
        return self.scale * root(self.relative, self.problem.p)

    @property
    def gap(self) -> float:
        """How much of the cost an optimal plan could save at most, relative to the cost."""
        return max(0.0, 1 - self.relative_bound / self.relative.item()) if self.relative > 0 else 0.0

    @property
    def unmoved(self) -> float:
        """How much mass of the points the plan leaves out: a solver that stops early may."""
        solution, problem = self.solution, self.problem
        given = torch.zeros_like(problem.x_weights).index_add_(0, solution.rows, solution.mass)
        taken = torch.zeros_like(problem.y_weights).index_add_(0, solution.columns, solution.mass)
        return max((given - problem.x_weights).abs().sum().item(), (taken - problem.y_weights).abs().sum().item())

    @property
    def optimal(self) -> bool:
        """Whether all mass is moved, and the cost and its lower bound agree, up to rounding."""
        rounding = 1e-13 * size(self.solution) * power(self.unit * self.solution.scale / self.scale, self.problem.p)
        closed = self.relative.item() - self.relative_bound <= optimal(self.problem.p) * self.relative.item() + rounding
        return closed and self.unmoved <= OPTIMAL

    @property
    def plan(self) -> Tensor:
        r"""$\pi$, `(n, m)`; its rows sum to the weights of x, its columns to those of y."""
        plan = torch.zeros(len(self.problem.x), len(self.problem.y), dtype=torch.float64)
        return plan.index_put_((self.solution.rows, self.solution.columns), self.solution.mass, accumulate=True)

    @property
    def potentials(self) -> tuple[Tensor, Tensor]:
        r"""$u$ `(n,)` and $v$ `(m,)` with $u_i + v_j \le c(x_i, y_j)^p$, equal where the plan moves mass.

        For $p = \infty$ it is $u_i + v_j \le [c(x_i, y_j) \ge W_\infty]$, and their value $\sum_i a_i u_i + \sum_j b_j
        v_j > 0$ proves that no plan keeps below.
        """
        p = self.problem.p
        factor = 1.0 if p == inf else power(self.unit * self.solution.scale, p)
        return self.solution.u * factor, self.solution.v * factor


def optimal(p: float) -> float:
    """The relative gap of the cost up to which a plan counts as optimal: that of the distance is a p-th of it."""
    return OPTIMAL * (p if p < inf else 1)


def size(solution: Solution) -> float:
    """Of the potentials."""
    return (solution.u.abs().amax() + solution.v.abs().amax()).item()


def transport(
    x: ArrayLike,
    y: ArrayLike,
    *,
    p: float = 1,
    cost: str | GroundCost = "euclidean",
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    max_iterations: int = PIVOTS,
) -> Transport:
    r"""Exact optimal transport between two sets of samples.

    $$W_p^p = \min_\pi \sum_{ij} \pi_{ij}\, c(x_i, y_j)^p
            = \max_{u_i + v_j \le c(x_i, y_j)^p} \sum_i a_i u_i + \sum_j b_j v_j$$

    in closed form in one dimension, as an assignment for equally many points of equal weight, by the network simplex
    otherwise. That both sides agree is checked whatever the solver says of itself.

    Peyré & Cuturi 2019, Computational Optimal Transport, https://arxiv.org/abs/1803.00567.

    Args:
        x: samples `(n, ...)`, flattened to points.
        y: samples `(m, ...)`.
        p: the power of the ground cost, at least 1; for $\infty$ the greatest cost that the plan pays is the least.
        cost: the ground cost $c$, by name or as an object.
        x_weights: $a$, `(n,)`, equal ones if None.
        y_weights: $b$, `(m,)`.
        max_iterations: pivots of the network simplex.

    Raises:
        InputError: if samples, weights or p are refused, or if the costs do not fit into the memory.

    Example:
        >>> found = transport(torch.tensor([[0.0, 0], [1, 0]]), torch.tensor([[1.0, 1], [0, 1], [0, 3]]), p=1)
        >>> found.distance.item(), found.optimal, found.plan.sum(1)
        (1.693..., True, tensor([0.5000, 0.5000], dtype=torch.float64))
    """
    check_power(p)
    a, b = paired(x, y, least=1)
    ground = ground_cost(cost)
    a, b, unit = in_own_units(a, b) if ground.norm else (a, b, 1.0)
    problem = Problem(
        a.detach().cpu(),
        b.detach().cpu(),
        as_weights(x_weights, len(a), "x_weights"),
        as_weights(y_weights, len(b), "y_weights"),
        p,
        ground,
    )
    solution, bound = solve(problem, max_iterations)
    moved = ground.pairs(a[solution.rows.to(a.device)], b[solution.columns.to(b.device)])
    mass = solution.mass.to(a.device)
    scale = float(reach(power_sum(moved.detach(), inf, mass), p))
    relative = power_sum(moved / scale, p, mass)
    bound = relative.item() if bound is None else bound * power(solution.scale / scale, p)
    result = Transport(problem, solution, unit, unit * scale, relative, bound)
    if not result.optimal:
        warnings.warn(early(result), RuntimeWarning, stacklevel=2)
    return result


def early(result: Transport) -> str:
    """What to say of a plan that may not be the best."""
    reason, advice = result.solution.stopped, "raise max_iterations"
    if not reason:
        reason, advice = "the solver ended with a gap", "float64 cannot weigh the costs finer against each other"
    if result.unmoved > OPTIMAL:
        return f"{reason}: {result.unmoved:.2g} of the mass is not moved yet; {advice}"
    return f"{reason}: the cost may be up to {result.gap:.2g} of itself too high; {advice}"


def solve(problem: Problem, max_iterations: int) -> tuple[Solution, float | None]:
    """A plan from the solver that suits the problem, and a lower bound of any plan's cost, at the solution's scale.

    The bound is None where theory alone says that the plan is optimal: on the line, for powers whose potentials no
    float holds.
    """
    if problem.on_line:
        found = line.solve(problem)
        proved = 1.0 if problem.p == inf else dual(problem, found.u, found.v)
        return found, None if problem.p > LOW else proved
    n, m = len(problem.x), len(problem.y)
    way_out = "take fewer samples (subsample=20000), or method='sliced', which needs no pairs"
    require_memory(ASSIGNMENT_BYTES * n * m, f"exact transport between {n:,} and {m:,} samples", way_out)
    if problem.p == inf:
        require_memory(SIMPLEX_BYTES * n * m, f"the network simplex between {n:,} and {m:,} samples", way_out)
        return farthest(problem, max_iterations)
    found, cost, bound = attempt(problem, None, max_iterations)
    for _ in range(ROUNDS):
        scale = None if found.stopped or closed(problem, found, cost, bound) else finer(problem, found, max_iterations)
        if scale is None:
            break
        found, cost, bound = attempt(problem, scale, max_iterations)
    return found, bound


def farthest(problem: Problem, max_iterations: int) -> tuple[Solution, float]:
    r"""A plan for $p = \infty$, and 1 as its bound where the potentials prove it."""
    costs = problem.ground.matrix(problem.x, problem.y)
    found = bottleneck.solve(costs, problem.x_weights, problem.y_weights, max_iterations)
    return found, float(dual(problem, found.u, lower_envelope((costs >= found.scale).double(), found.u, found.v)) > 0)


def attempt(problem: Problem, scale: float | None, max_iterations: int) -> tuple[Solution, float, float]:
    """A plan, its cost and a bound, by a solver that sees costs of the scale as one."""
    costs, scale = problem.costs(scale)
    n, m = len(problem.x), len(problem.y)
    found = assignment.solve(costs) if problem.uniform else None
    if found is None:
        way_out = "take fewer samples (subsample=20000), or method='sliced', which needs no pairs"
        require_memory(SIMPLEX_BYTES * n * m, f"the network simplex between {n:,} and {m:,} samples", way_out)
        found = simplex.solve(costs, problem.x_weights, problem.y_weights, max_iterations)
    cost = float((found.mass * costs[found.rows, found.columns]).sum())
    return replace(found, scale=scale), cost, dual(problem, found.u, lower_envelope(costs, found.u, found.v))


def closed(problem: Problem, found: Solution, cost: float, bound: float) -> bool:
    """Whether the bound proves the plan, and both are far above the rounding of the potentials."""
    return cost > 1e-12 * size(found) and cost - bound <= optimal(problem.p) * cost


def finer(problem: Problem, found: Solution, max_iterations: int) -> float | None:
    """A scale nearer to the plan's own lengths than the present one; None if there is none."""
    lengths = problem.ground.pairs(problem.x[found.rows], problem.y[found.columns])
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


def wasserstein(x: ArrayLike, y: ArrayLike, p: float = 1) -> float:
    r"""The exact Wasserstein distance $W_p$ of two sets of samples, as a number.

    Args:
        x: samples `(n, ...)`, flattened to points.
        y: samples `(m, ...)`.
        p: the power of the ground cost, at least 1.

    Example:
        >>> wasserstein(torch.zeros(4, 2), torch.ones(4, 2)) == 2**0.5
        True
    """
    with torch.no_grad():
        return transport(x, y, p=p).distance.item()


@dataclass(frozen=True)
class Exact(DistanceMethod):
    r"""The exact Wasserstein distance $W_p$ between the two sets of samples.

    See `transport`. Of the distributions behind the samples it is an estimate from above: two sets drawn from one
    distribution are apart as well (`compare_halves` tells how far).

    Args:
        p: the power of the ground cost, at least 1; for $\infty$ the greatest cost that the plan pays is the least.
        cost: the ground cost, by name or as an object.
        subsample: use so many random samples of each side at most; all if None.
        seed: of that choice.
        max_iterations: pivots of the network simplex.

    Example:
        >>> Exact(p=2)(torch.zeros(4, 2), torch.ones(4, 2)).item() == 2**0.5
        True
    """

    name: ClassVar[str] = "exact"
    unit: ClassVar[str] = "of the data"

    p: Power = 1
    cost: str | GroundCost = "euclidean"
    subsample: Annotated[int, Rule("at least 2 samples of each side", lambda value: value >= 2)] | None = None
    seed: int = 0
    max_iterations: int = PIVOTS

    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """$W_p$, with the gap that is left."""
        found = transport(
            self.some(x, "x"), self.some(y, "y"), p=self.p, cost=self.cost, max_iterations=self.max_iterations
        )
        state = f"optimal to {found.gap:.1g}" if found.optimal else early(found)
        return Measured(found.distance, f"between the samples, {state}")

    def some(self, points: Tensor, side: str) -> Tensor:
        """A random subset of a side."""
        if self.subsample is None or self.subsample >= len(points):
            return points
        chosen = torch.randperm(len(points), generator=stream(self.seed, "subsample", side))[: self.subsample]
        return points[chosen.to(points.device)]
