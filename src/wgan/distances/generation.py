r"""Exact transport between many points, of whose pairs few can matter: column generation.

A plan is found among some candidate pairs alone. Its potential $v$ then prices all pairs, block by block: with
$u_i = \min_j c_{ij} - v_j$ the dual value $\sum_i a_i u_i + \sum_j b_j v_j$ is a lower bound of every plan's cost, and
the pairs that are cheaper than their potentials become candidates. Once there are none, the plan is optimal among all
pairs. The first candidates come from the potentials of a smaller problem, between some of the points.

Dantzig & Wolfe 1960, https://doi.org/10.1287/opre.8.1.101; Mérigot 2011, A multiscale approach to optimal transport,
https://doi.org/10.1111/j.1467-8659.2011.02032.x.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from wgan.distances import dense
from wgan.distances.dense import OPTIMAL, dual
from wgan.distances.line import staircase
from wgan.distances.pricing import BLOCK, Candidates, Pricing
from wgan.distances.problem import Problem, Solution
from wgan.distances.screening import Screen
from wgan.memory import require_memory
from wgan.processes import present
from wgan.randomness import stream

__all__ = ["INTERRUPTED", "PLANE", "TIME_UP", "Effort", "solve"]

TIME_UP = "time was up"
INTERRUPTED = "stopped by Ctrl-C"

FEW = 800  # points of a side up to which all pairs are taken at once
FEWER = 0.9  # of the points are distinct: from there on equal ones are merged
PLANE = 4  # dimensions up to which neighbours are merged for it
PART = 6  # how many times smaller the problem is from which the first potentials come
ROUGH = 1e-3  # the gap to which that one is solved
CANDIDATES = 16  # of each point at first
ADDED = 10  # of each point and round, at most
PROJECTIONS = 4  # sorted along random lines, which make sure that a plan exists
ROUNDS = 200
PATIENCE = 3  # rounds that go on once the gap is nothing but noise
PIVOTS = 10**9
ROUNDING = 1e-12  # of potentials, relative to costs of the size of one
NOISE = 1e-12  # of a gap: the simplex itself leaves pairs as they are that are cheaper by twice that
PAIR_BYTES, CACHE_BYTES = 160, 40 * BLOCK  # measured peaks

Tell = Callable[[float, float], None]


@dataclass(frozen=True)
class Effort:
    """How far to go.

    Args:
        tolerance: relative gap of the distance at which to stop.
        seconds: after which to stop, once there are both bounds; None for no end.
        tell: hears both bounds of the distance after each round, in the problem's unit.
        stop: says after each round whether to be content with the bounds of that round.
    """

    tolerance: float = OPTIMAL
    seconds: float | None = None
    tell: Tell | None = None
    stop: Callable[[], bool] | None = None

    @property
    def limited(self) -> bool:
        """Whether less than the optimum is enough."""
        return self.tolerance > OPTIMAL or self.seconds is not None


@torch.no_grad()
def solve(problem: Problem, effort: Effort) -> tuple[Solution, float, float]:
    """A plan, its cost, and a lower bound of any plan's cost, at the solution's scale.

    Raises:
        InputError: if even the candidate pairs do not fit into the memory.
    """
    n, m = len(problem.x), len(problem.y)
    pairs = (n + m) * (CANDIDATES + PROJECTIONS + 4 * ADDED)
    task = f"transport between {n:,} and {m:,} samples"
    present().agreed(lambda: require_memory(PAIR_BYTES * pairs + CACHE_BYTES, task, "take fewer samples"))
    heavy = problem.x_weights > 0, problem.y_weights > 0
    if not (heavy[0].all() and heavy[1].all()):
        return with_weightless(problem, heavy, effort)
    if distinct(problem.x) + distinct(problem.y) < FEWER * (n + m):
        return with_equal_points(problem, effort)
    return Generation(problem, effort).run()


def distinct(points: Tensor) -> int:
    """How many points there are, without a copy of them."""
    return len({hash(point.tobytes()) for point in points.numpy()})


def with_equal_points(problem: Problem, effort: Effort) -> tuple[Solution, float, float]:
    """The same where many points are equal: each place is solved for once, with the weight of all its points."""
    (x, x_place), (y, y_place) = (torch.unique(side, dim=0, return_inverse=True) for side in (problem.x, problem.y))
    a = torch.zeros(len(x), dtype=torch.float64).index_add_(0, x_place, problem.x_weights)
    b = torch.zeros(len(y), dtype=torch.float64).index_add_(0, y_place, problem.y_weights)
    found, cost, bound = Generation(replace(problem, x=x, y=y, x_weights=a, y_weights=b), effort).run()
    entries, rows, mass = shared_out(found.rows, found.mass, x_place, problem.x_weights)
    parts, columns, mass = shared_out(found.columns[entries], mass, y_place, problem.y_weights)
    u, v = found.u[x_place], found.v[y_place]
    return replace(found, rows=rows[parts], columns=columns, mass=mass, u=u, v=v), cost, bound


def shared_out(places: Tensor, mass: Tensor, place: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Which entry of a plan between places goes to which point, and how much of it.

    Args:
        places: of the entries, `(K,)`.
        mass: of the entries.
        place: of the points, `(n,)`.
        weights: of the points; at each place they sum to the mass of its entries.
    """
    entries, points = places.argsort(stable=True), place.argsort(stable=True)
    stairs = staircase(mass[entries], weights[points])
    some = stairs.mass > 0
    return entries[stairs.rows[some]], points[stairs.columns[some]], stairs.mass[some]


def with_weightless(problem: Problem, heavy: tuple[Tensor, Tensor], effort: Effort) -> tuple[Solution, float, float]:
    """The same where some points have no weight: the rest is solved, and the potentials are extended to them."""
    rows, columns = (side.nonzero()[:, 0] for side in heavy)
    found, cost, bound = solve(part(problem, rows, columns), effort)
    pricing = Pricing(problem, found.scale)
    v = pricing.transform(problem.y, problem.x[rows], found.u)
    u = pricing.transform(problem.x, problem.y, v)
    return replace(found, rows=rows[found.rows], columns=columns[found.columns], u=u, v=v), cost, bound


def part(problem: Problem, rows: Tensor, columns: Tensor) -> Problem:
    """The problem between some of the points, their weights scaled to one."""
    a, b = problem.x_weights[rows], problem.y_weights[columns]
    return replace(problem, x=problem.x[rows], y=problem.y[columns], x_weights=a / a.sum(), y_weights=b / b.sum())


def coarse(problem: Problem) -> Problem:
    """A smaller problem: between the means of neighbours in few dimensions, else between some of the points.

    Neighbours together weigh as much as they do apart, so that what one side has more of than the other in some region
    is still there; of samples of one law that is all there is to see. In many dimensions a mean is far from its points.
    """
    sides = []
    flat = problem.ground.norm and problem.x.shape[1] <= PLANE
    for name, points, weights in (("x", problem.x, problem.x_weights), ("y", problem.y, problem.y_weights)):
        count = min(len(points), max(FEW, len(points) // PART))
        if flat and count < len(points):
            sides.append(merged(points, weights, count))
            continue
        rng = stream(0, "column generation", name, len(points))
        order = torch.randperm(len(points), generator=rng)[:count]
        sides.append((points[order], weights[order] / weights[order].sum()))
    (x, a), (y, b) = sides
    return replace(problem, x=x, y=y, x_weights=a, y_weights=b)


def merged(points: Tensor, weights: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The means of neighbours, with what they weigh together."""
    order = torch.from_numpy(KDTree(points.numpy(), leafsize=1).indices).long()
    group = torch.empty_like(order)
    group[order] = torch.arange(len(points)) * count // len(points)
    mass = weights.new_zeros(count).index_add_(0, group, weights)
    means = points.new_zeros(count, points.shape[1]).index_add_(0, group, weights[:, None] * points)
    return means / mass[:, None], mass / mass.sum()


class Start(NamedTuple):
    """Where the rounds begin.

    Attributes:
        pricing: what pairs cost.
        screen: what looks through all of them.
        candidates: the first.
        plan: some plan, with potentials that no pair contradicts.
        cost: of the plan.
    """

    pricing: Pricing
    screen: Screen
    candidates: Candidates
    plan: Solution
    cost: float


class Generation:
    """One problem on its way to the optimum."""

    def __init__(self, problem: Problem, effort: Effort) -> None:
        self.problem, self.effort, self.began = problem, effort, time.monotonic()

    def run(self) -> tuple[Solution, float, float]:
        """Rounds until the bounds meet, no pair is left, or time is up."""
        pricing, screen, candidates, found, cost = self.start()
        u, v = found.u, found.v
        best = dual(self.problem, u, v), u, v
        self.tell(pricing.scale, best[0], cost)
        met, settled, stopped = False, 0, self.cut_short()
        for _ in range(ROUNDS if stopped != INTERRUPTED else 0):  # one round is worth the time
            found = present().first(partial(restricted, candidates, u, v))
            u, v = found.u, found.v
            cost = candidates.cost(found)
            size = 1 + float(u.abs().amax() + v.abs().amax())
            low, rows, columns = screen.underpriced(u, v, ROUNDING * size, ADDED)
            value = dual(self.problem, low, v)
            best = (value, low, v) if value > best[0] else best
            self.tell(pricing.scale, best[0], cost)
            more = candidates.and_these(rows, columns)
            met, stopped = cost - best[0] <= self.effort.tolerance * self.problem.p * cost, self.cut_short()
            settled = settled + 1 if cost - best[0] <= NOISE * size else 0
            done = met or len(more) == len(candidates) or settled == PATIENCE
            if stopped or present().greatest(int(done)):
                break
            candidates = more
        bound, u, v = best
        above = min(bound, cost)  # a bound beyond what a plan costs is one by rounding
        return replace(found, u=u, v=v, stopped="" if met else stopped), cost, above

    def tell(self, scale: float, bound: float, cost: float) -> None:
        """Tells both bounds of the distance, in the problem's unit."""
        if self.effort.tell is not None:
            self.effort.tell(*(scale * max(end, 0.0) ** (1 / self.problem.p) for end in (bound, cost)))

    def cut_short(self) -> str:
        """Why to end before the optimum, in any of the processes; empty for no reason."""
        late = self.effort.seconds is not None and time.monotonic() - self.began > self.effort.seconds
        interrupted = self.effort.stop is not None and self.effort.stop()
        return ("", TIME_UP, INTERRUPTED)[present().greatest(2 if interrupted else int(late))]

    def start(self) -> Start:
        """From the potentials of a smaller problem, and from plans along lines."""
        x, y = self.problem.x, self.problem.y
        rough, points = self.smaller()
        pricing = Pricing(self.problem, rough.scale)
        v = Screen(pricing, y, points).cheapest(rough.u, 1)[0]
        screen = Screen(pricing, x, y)
        u, i, j = screen.cheapest(v, CANDIDATES)
        _, k, h = Screen(pricing, y, x).cheapest(u, CANDIDATES)
        plans = [replace(plan, u=u, v=v, scale=pricing.scale) for plan in self.monotone_plans()]
        rows, columns = [i, h, *(plan.rows for plan in plans)], [j, k, *(plan.columns for plan in plans)]
        candidates = Candidates(pricing).and_these(torch.cat(rows), torch.cat(columns))
        best = min(plans, key=candidates.cost)
        return Start(pricing, screen, candidates, best, candidates.cost(best))

    def smaller(self) -> tuple[Solution, Tensor]:
        """The plan between fewer points, and those of the first side."""
        small = coarse(self.problem)
        if max(len(small.x), len(small.y)) <= FEW:
            found = present().first(lambda: dense.solve(small, PIVOTS))
            assert found is not None
            return found[0], small.x
        return Generation(small, Effort(tolerance=ROUGH)).run()[0], small.x

    def monotone_plans(self) -> Iterator[Solution]:
        """The plans that are monotone along some lines, without potentials."""
        rng, none = stream(0, "column generation", "lines"), torch.empty(0)
        for _ in range(PROJECTIONS):
            line = torch.randn(self.problem.x.shape[1], generator=rng, dtype=torch.float64)
            i, j = (self.problem.x @ line).argsort(), (self.problem.y @ line).argsort()
            stairs = staircase(self.problem.x_weights[i], self.problem.y_weights[j])
            some = stairs.mass > 0
            yield Solution(i[stairs.rows[some]], j[stairs.columns[some]], stairs.mass[some], none, none)


def restricted(candidates: Candidates, u: Tensor, v: Tensor) -> Solution:
    """The optimal plan among candidate pairs with its potentials, by the network simplex of POT.

    The simplex is given what the pairs cost less the potentials that are known: which plan is optimal does not hang on
    that, and pairs that cost next to nothing are tried first. A start from near the optimum takes a tenth of the time.
    """
    import ot
    from scipy.sparse import coo_array

    problem, rows, columns = candidates.pricing.problem, candidates.rows, candidates.columns
    costs = candidates.costs - u[rows] - v[columns]
    raised = 1 - costs.amin().clamp(max=0)  # for a cost of zero would be no entry of a sparse matrix
    matrix = coo_array(((costs + raised).numpy(), (rows.numpy(), columns.numpy())), shape=(len(u), len(v)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plan, log = ot.emd(
            problem.x_weights.numpy(),
            problem.y_weights.numpy(),
            matrix,
            numItermax=PIVOTS,
            log=True,
            center_dual=False,
        )
    plan = plan.tocoo()
    i, j = (torch.from_numpy(np.asarray(part, np.int64)) for part in (plan.row, plan.col))
    u, v = u + torch.from_numpy(np.asarray(log["u"])) - raised, v + torch.from_numpy(np.asarray(log["v"]))
    return Solution(i, j, torch.from_numpy(np.asarray(plan.data)), u, v, scale=candidates.pricing.scale)
