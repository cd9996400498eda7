"""Exact optimal transport between two sets of samples."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from wgan.arrays import ArrayLike
from wgan.checks import BelowShare, Positive, Rule
from wgan.distances.costs import GroundCost, ground_cost
from wgan.distances.dense import OPTIMAL, size
from wgan.distances.generation import INTERRUPTED, TIME_UP, Effort
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.problem import Problem, Solution
from wgan.distances.samples import Power, as_weights, check_power, paired
from wgan.distances.solving import solve
from wgan.distances.units import in_own_units, power, power_sum, reach, root
from wgan.errors import InputError
from wgan.randomness import stream

__all__ = ["Exact", "Transport", "transport", "wasserstein"]

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
        tolerance: relative gap of the distance with which whoever asked is content.
    """

    problem: Problem
    solution: Solution
    unit: float
    scale: float
    relative: Tensor
    relative_bound: float
    tolerance: float = OPTIMAL

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
        return self.within(OPTIMAL, rounding) and self.unmoved <= OPTIMAL

    @property
    def enough(self) -> bool:
        """Whether the bounds are as near to each other as was asked for."""
        return self.optimal or (self.within(self.tolerance) and self.unmoved <= OPTIMAL)

    def within(self, tolerance: float, rounding: float = 0.0) -> bool:
        """Whether an optimal plan's distance is at most this share of the present one less."""
        allowed = tolerance * (self.problem.p if self.problem.p < inf else 1)
        return self.relative.item() - self.relative_bound <= allowed * self.relative.item() + rounding

    @property
    def least(self) -> float:
        r"""The lower bound of $W_p$, of which `distance` is the upper one."""
        return self.scale * root(torch.tensor(max(self.relative_bound, 0.0)).double(), self.problem.p).item()

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


def transport(
    x: ArrayLike,
    y: ArrayLike,
    *,
    p: float = 1,
    cost: str | GroundCost = "euclidean",
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    max_iterations: int = PIVOTS,
    tolerance: float = OPTIMAL,
    seconds: float | None = None,
    tell: Callable[[float, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Transport:
    r"""Exact optimal transport between two sets of samples.

    $$W_p^p = \min_\pi \sum_{ij} \pi_{ij}\, c(x_i, y_j)^p
            = \max_{u_i + v_j \le c(x_i, y_j)^p} \sum_i a_i u_i + \sum_j b_j v_j$$

    in closed form in one dimension, as an assignment for equally many points of equal weight, by the network simplex
    otherwise. Where pairs are too many for that, or less than the optimum is enough, by column generation, which never
    holds all pairs and has both bounds after each round (see `wgan.distances.generation`). That both sides agree is
    checked whatever the solver says of itself.

    Peyré & Cuturi 2019, Computational Optimal Transport, https://arxiv.org/abs/1803.00567.

    Args:
        x: samples `(n, ...)`, flattened to points.
        y: samples `(m, ...)`.
        p: the power of the ground cost, at least 1; for $\infty$ the greatest cost that the plan pays is the least.
        cost: the ground cost $c$, by name or as an object.
        x_weights: $a$, `(n,)`, equal ones if None.
        y_weights: $b$, `(m,)`.
        max_iterations: pivots of the network simplex.
        tolerance: relative gap between the distance and its lower bound that is enough, where pairs are too many to be
            taken at once.
        seconds: after which the bounds of that time are given, in the same case; None for no end.
        tell: hears the lower and the upper bound of $W_p$ after each round, in the same case.
        stop: says after each round whether to give the bounds of that round, in the same case.

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
    told = None if tell is None else lambda *ends: tell(*(unit * end for end in ends))
    effort = Effort(tolerance, seconds, told, stop)
    solution, bound = solve(problem, max_iterations, effort)
    moved = ground.between(a, b, solution.rows.to(a.device), solution.columns.to(b.device))
    mass = solution.mass.to(a.device)
    scale = float(reach(power_sum(moved.detach(), inf, mass), p))
    relative = power_sum(moved / scale, p, mass)
    bound = relative.item() if bound is None else bound * power(solution.scale / scale, p)
    result = Transport(problem, solution, unit, unit * scale, relative, bound, tolerance)
    if not result.enough and seconds is None:
        warnings.warn(early(result), RuntimeWarning, stacklevel=2)
    return result


def early(result: Transport) -> str:
    """What to say of a plan that may not be the best."""
    reason, advice = result.solution.stopped, "raise max_iterations"
    if reason in (TIME_UP, INTERRUPTED):
        return f"{reason}: between {result.least:.6g} and {result.distance.item():.6g}, optimal to {result.gap:.1g}"
    if not reason:
        reason, advice = "the solver ended with a gap", "float64 cannot weigh the costs finer against each other"
    if result.unmoved > OPTIMAL:
        return f"{reason}: {result.unmoved:.2g} of the mass is not moved yet; {advice}"
    return f"{reason}: the cost may be up to {result.gap:.2g} of itself too high; {advice}"


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
        tolerance: see `transport`.
        seconds: likewise.
        tell: likewise.
        stop: likewise.

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
    tolerance: BelowShare = OPTIMAL
    seconds: Positive | None = None
    tell: Callable[[float, float], None] | None = field(default=None, repr=False, compare=False)
    stop: Callable[[], bool] | None = field(default=None, repr=False, compare=False)

    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """$W_p$, with the gap that is left."""
        return self.solved(self.some(x, "x"), self.some(y, "y"))

    def measure_weighted(self, x: Tensor, y: Tensor, x_weights: Tensor, y_weights: Tensor) -> Measured:
        """$W_p$ of weighted points."""
        if self.subsample is not None:
            raise InputError("exact: a subsample of weighted points is none of equal ones; leave out subsample")
        return self.solved(x, y, x_weights, y_weights)

    def solved(
        self, x: Tensor, y: Tensor, x_weights: Tensor | None = None, y_weights: Tensor | None = None
    ) -> Measured:
        """The distance, with the gap that is left."""
        found = transport(
            x,
            y,
            p=self.p,
            cost=self.cost,
            x_weights=x_weights,
            y_weights=y_weights,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
            seconds=self.seconds,
            tell=self.tell,
            stop=self.stop,
        )
        state = f"optimal to {found.gap:.1g}" if found.enough else early(found)
        return Measured(found.distance, f"between the samples, {state}")

    def some(self, points: Tensor, side: str) -> Tensor:
        """A random subset of a side."""
        if self.subsample is None or self.subsample >= len(points):
            return points
        chosen = torch.randperm(len(points), generator=stream(self.seed, "subsample", side))[: self.subsample]
        return points[chosen.to(points.device)]
