r"""Optimal transport between equally many points of equal weight: an assignment, found on a shortlist of pairs.

An optimal permutation uses $n$ of $n^2$ pairs, and almost all others are out of the question. Entropic transport, cheap
in float32 and far from exact, gives potentials under which the pairs in question have the smallest reduced costs
$c_{ij} - u_i - v_j$. Jonker and Volgenant's method solves the assignment on a shortlist of these, shortest paths give
its exact potentials, and all $n^2$ pairs are then priced with them: a pair of negative reduced cost joins the
shortlist, and once there is none, the permutation is optimal among all pairs, and the potentials prove it.

Gottschlich & Schuhmacher 2014, The shortlist method, https://doi.org/10.1371/journal.pone.0110214;
Jonker & Volgenant 1987, https://doi.org/10.1007/BF02278710; Cuturi 2013, https://arxiv.org/abs/1306.0895.
"""

from dataclasses import dataclass

import lap
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.distances.costs import row_blocks
from wgan.distances.problem import Solution

__all__ = ["solve"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEW = 256  # points up to which all pairs are on the list
SOME = 1024  # up to which they are too where a shortlist does not pay
AT_ONCE = 256  # rows that are relaxed at once
CANDIDATES = 25  # pairs per point on the first shortlist
SWEEPS = 8  # of Sinkhorn's iteration at each temperature
TEMPERATURES = (0.1, 0.025)  # in standard deviations of the cost
PARTNERS = 8.0  # more than these per point, and too many pairs are in question for a shortlist
ADDED = 16  # pairs of negative reduced cost that join the shortlist, at most, per point and round
ROUNDS = 12
IN_CACHE = 32  # rows that are worked on at once


@dataclass(frozen=True)
class Assignment:
    """An assignment of rows to columns with potentials."""

    partner: Integers
    u: Floats
    v: Floats

    def solution(self) -> Solution:
        """The plan of equal masses."""
        n = len(self.partner)
        mass = torch.full((n,), 1 / n, dtype=torch.float64)
        partner, u, v = map(torch.from_numpy, (self.partner, self.u, self.v))
        return Solution(torch.arange(n), partner, mass, u, v)


@torch.no_grad()
def solve(costs: Tensor) -> Solution | None:
    """An optimal permutation with its potentials, or None where a shortlist does not pay.

    That is so in few dimensions, where every point has many near neighbours that could be its partner, and in heavy
    tails, beside whose costs all points of the bulk look alike.

    Args:
        costs: `(n, n)`, float64 on the CPU.
    """
    if len(costs) <= FEW:
        return of_few(costs)
    start = entropic(costs)
    if start is None:
        return of_few(costs) if len(costs) <= SOME else None
    shortlist, v = start
    slack = rounding(costs)
    for _ in range(ROUNDS):
        found = shortlist_optimum(costs, shortlist, v, slack)
        if found is None:
            return None
        new = underpriced(costs, found, slack)
        if not len(new):
            return found.solution()
        shortlist, v = merged(shortlist, new), found.v
    return None


@torch.no_grad()
def of_few(costs: Tensor) -> Solution | None:
    """An optimal permutation without a shortlist; None as above."""
    partner = torch.from_numpy(lap.lapjvr(costs.numpy())[2].astype(np.int64))
    found = all_potentials(costs, partner, rounding(costs))
    return None if found is None else found.solution()


def all_potentials(costs: Tensor, partner: Tensor, slack: float) -> Assignment | None:
    """As `with_potentials`, over all pairs and from the least cost of each column."""
    n = len(costs)
    matched, owner = costs[torch.arange(n), partner], partner.argsort()
    v = costs.amin(0)
    u, changed = matched - v[partner], torch.arange(n)
    for _ in range(n + 1):
        lower = v.clone()
        for rows in torch.split(changed, AT_ONCE):
            lower = torch.minimum(lower, costs[rows].sub_(u[rows, None]).amin(0))
        fallen = (lower < v - slack).nonzero()[:, 0]
        if not len(fallen):
            return Assignment(partner.numpy(), u.numpy(), v.numpy())
        v[fallen], changed = lower[fallen], owner[fallen]
        u[changed] = matched[changed] - v[fallen]
    return None


def entropic(costs: Tensor) -> tuple[Integers, Floats] | None:
    """The first shortlist, as sorted flat indices, and the potential that it comes from."""
    single = costs.float()
    n = len(single)
    some = torch.arange(0, n, max(1, n // 64))
    spread = single[some].std().item()
    v = single.new_zeros(n)
    kernel = torch.empty_like(single)
    for temperature in TEMPERATURES:
        v, partners = sinkhorn(single, v, temperature * spread + 1e-30, kernel, some)
        if partners <= PARTNERS:
            return nearest(single, v, kernel, some), v.double().numpy()
    return None


def sinkhorn(costs: Tensor, v: Tensor, epsilon: float, kernel: Tensor, some: Tensor) -> tuple[Tensor, float]:
    """The potential after some sweeps, and how many partners a point then has: 1 / sum of squared shares."""
    scaled = v / epsilon
    for some_costs, part in zip(torch.split(costs, IN_CACHE), torch.split(kernel, IN_CACHE), strict=True):
        torch.sub(scaled, some_costs, alpha=1 / epsilon, out=part)
        # Below e^-60 an entry counts for nothing, and denormal numbers are slow.
        part.sub_(part.amax(1, keepdim=True)).clamp_(min=-60).exp_()
    right = torch.ones_like(v)
    for _ in range(SWEEPS):
        right = 1 / ((1 / (kernel @ right)) @ kernel)
    shares = kernel[some] * right
    shares /= shares.sum(1, keepdim=True)
    return v + epsilon * right.log(), (1 / shares.square().sum(1)).mean().item()


def nearest(costs: Tensor, v: Tensor, reduced: Tensor, some: Tensor) -> Integers:
    """Flat indices of the smallest reduced costs: about `CANDIDATES` per row, and at least one in each row and column.

    The diagonal is among them, so that a full assignment exists.
    """
    n = len(costs)
    for some_costs, part in zip(torch.split(costs, IN_CACHE), torch.split(reduced, IN_CACHE), strict=True):
        torch.sub(some_costs, v, out=part)
        part.sub_(part.amin(1, keepdim=True))
    sample = reduced[some].flatten()
    limit = sample.kthvalue(min(CANDIDATES * len(some), len(sample))).values
    limits = torch.maximum(limit, reduced.amin(0))
    below = [np.flatnonzero(reduced[rows] <= limits) + rows.start * n for rows in row_blocks(n, n)]
    return merged(np.arange(n) * (n + 1), *below)


def merged(*indices: Integers) -> Integers:
    """All indices, sorted, each once."""
    together = np.sort(np.concatenate(indices), kind="stable")
    first: Integers = together[np.append(True, np.diff(together) > 0)]
    return first


def shortlist_optimum(costs: Tensor, shortlist: Integers, v: Floats, slack: float) -> Assignment | None:
    """The optimal assignment among the pairs of the shortlist; None if rounding stands in the way.

    Args:
        costs: of all pairs, `(n, n)`.
        shortlist: sorted flat indices.
        v: a potential near the optimal one, from which the search is short.
        slack: what sums of a few costs may be off by.
    """
    n = len(costs)
    rows, columns = np.divmod(shortlist, n)
    cost = costs.view(-1).numpy()[shortlist]
    firsts = np.searchsorted(rows, np.arange(n + 1)).astype(np.int32)
    reduced = cost - v[columns]
    reduced -= np.minimum.reduceat(reduced, firsts[:-1])[rows]
    partner, _ = lap.lapmod(n, reduced / (reduced.max() or 1), firsts, columns.astype(np.int32), return_cost=False)
    return with_potentials(costs, cost, rows, columns, np.asarray(partner, np.int64), v, slack)


def with_potentials(
    costs: Tensor, cost: Floats, rows: Integers, columns: Integers, partner: Integers, v: Floats, slack: float
) -> Assignment | None:
    r"""Potentials of an optimal assignment $\sigma$, by Bellman and Ford's shortest paths over the shortlist.

    $u_i = c_{i \sigma(i)} - v_{\sigma(i)}$, and $v_j$ falls to $\min_i c_{ij} - u_i$ until nothing changes; only rows
    whose $u_i$ has just changed are looked at again. It would never end only if a cycle of exchanges lowered the cost.
    """
    n = len(partner)
    matched = costs.numpy()[np.arange(n), partner]
    firsts, owner = np.searchsorted(rows, np.arange(n + 1)), np.argsort(partner)
    v, u, changed = v.copy(), matched - v[partner], np.arange(n)
    for _ in range(n + 1):
        pairs = ranges(firsts[changed], firsts[changed + 1])
        lower = v.copy()
        np.minimum.at(lower, columns[pairs], cost[pairs] - u[rows[pairs]])
        fallen = np.flatnonzero(lower < v - slack)
        if not len(fallen):
            return Assignment(partner, u, v)
        v[fallen], changed = lower[fallen], owner[fallen]
        u[changed] = matched[changed] - v[fallen]
    return None


def ranges(starts: Integers, ends: Integers) -> Integers:
    """All integers from each start to its end, without it."""
    lengths = ends - starts
    found: Integers = np.arange(lengths.sum()) + np.repeat(starts - np.append(0, lengths.cumsum()[:-1]), lengths)
    return found


def underpriced(costs: Tensor, found: Assignment, slack: float) -> Integers:
    """Flat indices of pairs whose reduced cost is negative, the most negative ones of each row."""
    n = len(costs)
    u, v = torch.from_numpy(found.u), torch.from_numpy(found.v) - 2 * slack
    new = []
    for rows in row_blocks(n, n):
        reduced = torch.sub(costs[rows], u[rows, None]).sub_(v)
        hurt = (reduced.amin(1) < 0).nonzero().squeeze(1)
        lowest = reduced[hurt].topk(min(ADDED, n), largest=False)
        flat = (hurt[:, None] + rows.start) * n + lowest.indices
        new.append(flat[lowest.values < 0].numpy())
    return np.concatenate(new)


def rounding(costs: Tensor) -> float:
    """What sums of a few costs may be off by in float64."""
    return 1e-14 * costs.amax().item()
