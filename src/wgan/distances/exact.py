"""Exact optimal transport between two sets of samples."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from wgan.arrays import ArrayLike
from wgan.distances import assignment, line, simplex
from wgan.distances.costs import GroundCost, ground_cost, row_blocks
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.problem import Coupling, Problem
from wgan.distances.samples import as_weights, check_power, paired, require_memory
from wgan.errors import InputError
from wgan.randomness import stream

__all__ = ["Exact", "Transport", "transport", "wasserstein"]

ASSIGNMENT_BYTES, SIMPLEX_BYTES = 16, 44  # measured peaks per pair of samples
OPTIMAL = 1e-9  # relative gap up to which a plan counts as optimal
PIVOTS = 10**8  # POT's own default, 1e5, is too small from some 3,000 points on


@dataclass(frozen=True)
class Transport:
    r"""An optimal plan with the proof that it is one.

    Attributes:
        problem: what was solved.
        coupling: the plan's support and the potentials.
        cost: $\sum_{ij} \pi_{ij}\, c(x_i, y_j)^p$, differentiable with respect to the samples.
        bound: $\sum_i a_i u_i + \sum_j b_j v_j$, a lower bound of every plan's cost.
    """

    problem: Problem
    coupling: Coupling
    cost: Tensor
    bound: float

    @property
    def distance(self) -> Tensor:
        r"""$W_p = \mathrm{cost}^{1/p}$."""
        return self.cost if self.problem.p == 1 or not self.cost > 0 else self.cost ** (1 / self.problem.p)

    @property
    def gap(self) -> float:
        """How much of the cost an optimal plan could save at most, relative to the cost."""
        return max(0.0, 1 - self.bound / self.cost.item()) if self.cost > 0 else 0.0

    @property
    def unmoved(self) -> float:
        """How much mass of the points the plan leaves out: a solver that stops early may."""
        coupling, problem = self.coupling, self.problem
        given = torch.zeros_like(problem.x_weights).index_add_(0, coupling.rows, coupling.mass)
        taken = torch.zeros_like(problem.y_weights).index_add_(0, coupling.columns, coupling.mass)
        return max((given - problem.x_weights).abs().sum().item(), (taken - problem.y_weights).abs().sum().item())

    @property
    def optimal(self) -> bool:
        """Whether all mass is moved, and the cost and its lower bound agree, up to rounding."""
        rounding = 1e-13 * (self.coupling.u.abs().amax() + self.coupling.v.abs().amax()).item()
        closed = self.cost.item() - self.bound <= OPTIMAL * self.cost.item() + rounding
        return closed and self.unmoved <= OPTIMAL

    @property
    def plan(self) -> Tensor:
        r"""$\pi$, `(n, m)`; its rows sum to the weights of x, its columns to those of y."""
        plan = torch.zeros(len(self.problem.x), len(self.problem.y), dtype=torch.float64)
        return plan.index_put_((self.coupling.rows, self.coupling.columns), self.coupling.mass, accumulate=True)

    @property
    def potentials(self) -> tuple[Tensor, Tensor]:
        r"""$u$ `(n,)` and $v$ `(m,)` with $u_i + v_j \le c(x_i, y_j)^p$, equal where the plan moves mass."""
        return self.coupling.u, self.coupling.v


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
        p: the power of the ground cost, at least 1.
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
    problem = Problem(
        a.detach().cpu(),
        b.detach().cpu(),
        as_weights(x_weights, len(a), "x_weights"),
        as_weights(y_weights, len(b), "y_weights"),
        p,
        ground_cost(cost),
    )
    coupling, bound = solve(problem, max_iterations)
    moved = problem.ground.pairs(a[coupling.rows.to(a.device)], b[coupling.columns.to(b.device)]).pow(p)
    result = Transport(problem, coupling, (coupling.mass.to(a.device) * moved).sum(), bound)
    if not result.optimal:
        warnings.warn(early(result), RuntimeWarning, stacklevel=2)
    return result


def early(result: Transport) -> str:
    """What to say of a plan that may not be the best."""
    reason = result.coupling.stopped or "the solver ended with a gap"
    if result.unmoved > OPTIMAL:
        return f"{reason}: {result.unmoved:.2g} of the mass is not moved yet; raise max_iterations"
    return f"{reason}: the cost may be up to {result.gap:.2g} of itself too high; raise max_iterations"


def solve(problem: Problem, max_iterations: int) -> tuple[Coupling, float]:
    """A plan from the solver that suits the problem, and a lower bound of any plan's cost."""
    if problem.on_line:
        found = line.solve(problem)
        return found, dual(problem, found.u, found.v)
    n, m = len(problem.x), len(problem.y)
    way_out = "take fewer samples (subsample=20000), or method='sliced', which needs no pairs"
    require_memory(ASSIGNMENT_BYTES * n * m, f"exact transport between {n:,} and {m:,} samples", way_out)
    costs = problem.costs()
    coupling = assignment.solve(costs) if problem.uniform else None
    if coupling is None:
        require_memory(SIMPLEX_BYTES * n * m, f"the network simplex between {n:,} and {m:,} samples", way_out)
        coupling = simplex.solve(costs, problem.x_weights, problem.y_weights, max_iterations)
    return coupling, dual(problem, coupling.u, lower_envelope(costs, coupling.u, coupling.v))


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
        p: the power of the ground cost, at least 1.
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

    p: float = 1
    cost: str | GroundCost = "euclidean"
    subsample: int | None = None
    seed: int = 0
    max_iterations: int = PIVOTS

    def __post_init__(self) -> None:
        check_power(self.p)
        if self.subsample is not None and self.subsample < 2:
            raise InputError(f"subsample is {self.subsample}; expected at least 2 samples of each side")

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
