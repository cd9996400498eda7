r"""Which pairs of two sets cost less than their potentials: looked for in float32, proved in float64.

Of all pairs $(i, j)$ few cost less than $u_i + v_j$. A block of pairs at a time is bounded from below in float32, with
what rounding can do taken off, and whatever could be cheaper is priced again in float64. In few dimensions most pairs
are never looked at: the points lie in cells, and cells whose points are all too far apart are passed over, as in a
search for nearest neighbours, of which this is the weighted form.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import torch
from scipy.spatial import KDTree
from torch import Tensor

from wgan.distances.costs import row_blocks
from wgan.distances.pairs import Givers, Pairs, pooled
from wgan.distances.pricing import BLOCK, Pricing, rounded
from wgan.sweeps import Sweep
from wgan.threads import each

__all__ = ["Screen"]

CELL = 64  # points of a cell
ROWS = 256  # points that ask together which cells are near
FLAT = 24  # dimensions up to which they ask
FEW = 32  # cells up to which all are looked into
FIRST = 8  # cells that are looked into where nothing is known yet
GROUPS = 128  # that a row's pairs are divided into, at least
PARTS = 16  # of a pass, at least, so that threads and processes have equal shares
CLEAR = 8  # slacks; a row that is contradicted by so much is one of the next round, and its bound may stay rough
MOST = 48  # pairs in question up to which a row is settled


@dataclass(frozen=True)
class Cells:
    """Points by neighbourhood.

    Attributes:
        order: their indices, a cell of `CELL` after the other; the last one is filled up with one of its own.
        low: the least coordinates of each cell, `(cells, d)`.
        high: the greatest.
    """

    order: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, points: Tensor, *, near: bool) -> "Cells":
        """The points of a set, in the order of a tree where neighbours shall be together."""
        order = torch.arange(len(points))
        if near:
            order = torch.from_numpy(KDTree(points.numpy(), leafsize=CELL).indices).long()
        order = torch.cat([order, order[-1:].expand(-len(points) % CELL)])
        cells = points[order if near else order[:CELL]].view(-1, CELL, points.shape[1])
        return cls(order, cells.amin(1), cells.amax(1))


class Block(NamedTuple):
    """Some rows and columns of all pairs, and lower bounds `(R, C)` of their costs less the columns' potentials."""

    rows: Tensor
    columns: Tensor
    lower: Tensor


class Found(NamedTuple):
    """What a look at some rows has shown.

    Attributes:
        rows: which, `(R,)`.
        low: below which none of their pairs costs, less the columns' potentials; at most the rows' own, `(R,)`.
        pairs: some that cost less than that.
        open: rows that float32 cannot judge.
        gifts: the cheapest pair of each column against both potentials, where a bound of it is negative; for its cost
            that bound.
    """

    rows: Tensor
    low: Tensor
    pairs: Pairs
    open: Tensor
    gifts: Pairs


class Ranked(NamedTuple):
    """The cheapest pairs of each row of a block: its columns are divided into groups, and these ranked.

    Attributes:
        members: the pairs of the best groups, `(R, size, K)`.
        groups: which they are, `(R, K)`.
        least: the cheapest of each, `(R, K)`.
        rest: below which no pair of another group is, `(R,)`.
        total: how many groups there are.
    """

    members: Tensor
    groups: Tensor
    least: Tensor
    rest: Tensor
    total: int

    @classmethod
    def of(cls, lower: Tensor, best: int) -> "Ranked":
        """Ranks the groups by their cheapest pairs; columns that follow each other are not in one."""
        size = CELL
        while size > 1 and lower.shape[1] // size < GROUPS:
            size //= 2
        grouped = lower.view(len(lower), size, -1)
        least = grouped.amin(1)
        count = least.shape[1]
        order = least.topk(min(best + 1, count), dim=1, largest=False)
        rest = order.values[:, best] if count > best else least.new_full((len(least),), inf)
        groups = order.indices[:, :best]
        members = grouped.gather(2, groups[:, None].expand(-1, size, -1))
        return cls(members, groups, order.values[:, :best], rest, count)

    def below(self, limit: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The pairs below a limit of each row, and whether these are all.

        Returns:
            Their rows, their columns, both as places in the block, and `(R,)`. Of rows with many pairs below the limit
            only the cheapest of each group is given.
        """
        below = self.members < limit[:, None, None]
        settled = (self.rest >= limit) & (below.sum((1, 2)) <= MOST)
        few = settled.nonzero()[:, 0]
        row, member, rank = below[few].nonzero().T
        many = (~settled).nonzero()[:, 0]
        wide, best = (self.least[many] < limit[many, None]).nonzero().T
        cheapest = self.members[many].argmin(1)[wide, best]
        rows = torch.cat([few[row], many[wide]])
        ranks, members = torch.cat([rank, best]), torch.cat([member, cheapest])
        return rows, members * self.total + self.groups[rows, ranks], settled


class Screen:
    """Looks through the pairs of two sets.

    Args:
        pricing: what they cost.
        x: points `(n, d)`.
        y: points `(m, d)`.
    """

    def __init__(self, pricing: Pricing, x: Tensor, y: Tensor) -> None:
        self.pricing, self.x, self.y = pricing, x, y
        self.near = pricing.problem.ground.norm and x.shape[1] <= FLAT and len(y) > FEW * CELL
        self.rows, self.columns = Cells.of(x, near=self.near), Cells.of(y, near=self.near)
        self.costs = pricing.lower_bounds(y, self.columns.order, y.mean(0))
        most = max(1, BLOCK * max(1, x.shape[1] // 196) // len(self.columns.order))
        self.most = min(most, -(-len(x) // PARTS))

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """The first points, by those that are looked at together."""
        return torch.split(self.rows.order[: len(self.x)], ROWS if self.near else self.most)

    def cheapest(self, v: Tensor, best: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of each first point some of the pairs that cost least, less `v`, and a bound of that of the cheapest one.

        Returns:
            Bounds `(n,)`, and the first and second points of the pairs.
        """
        potential = self.potential(v)

        def look(rows: Tensor) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
            return [ranked(block) for block in self.blocks(rows, potential, best)]

        def ranked(block: Block) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            order = Ranked.of(block.lower, best)
            row, column, _ = order.below(torch.full((len(block.rows),), inf))
            return block.rows, order.least[:, 0].double(), block.rows[row], block.columns[column]

        sweep = Sweep(len(self.parts))
        seen = [found for part in each(look, sweep.of(self.parts)) for found in part]
        rows, least, i, j = (sweep.pooled(torch.cat(part)) for part in zip(*seen, strict=True))
        return torch.empty_like(least).index_copy_(0, rows, least), i, j

    def underpriced(self, u: Tensor, v: Tensor, slack: float, best: int) -> tuple[Tensor, Tensor, Tensor]:
        """Lowers `u` to what no pair contradicts, and finds pairs that did, by more than the slack.

        Of each first point these are some of the cheapest, of each second point it is the cheapest.

        Returns:
            The lowered potential, and the first and second points of the pairs.
        """
        potential, low, givers = self.potential(v), u.clone(), Givers(len(v))
        new, unsettled, sweep = [Pairs.none()], [u.new_empty(0, dtype=torch.int64)], Sweep(len(self.parts))

        def look(rows: Tensor) -> list[Found]:
            return [self.look(block, u, v, slack, best) for block in self.blocks(rows, potential, best, u)]

        for found in (found for part in each(look, sweep.of(self.parts)) for found in part):
            low[found.rows] = found.low
            new.append(found.pairs)
            unsettled.append(found.open)
            givers.see(found.gifts)
        mine = torch.cat(sweep.of(self.parts))
        low[sweep.pooled(mine)] = sweep.pooled(low[mine])
        given = self.priced(*givers.shared(sweep).pairs, v)
        hidden = self.settle(sweep.pooled(torch.cat(unsettled)).sort().values, low, v, best)
        pairs = [pooled(new, sweep), *(pairs.where(pairs.costs < u[pairs.rows] - slack) for pairs in (given, hidden))]
        return low, torch.cat([part.rows for part in pairs]), torch.cat([part.columns for part in pairs])

    def settle(self, rows: Tensor, low: Tensor, v: Tensor, best: int) -> Pairs:
        """Lowers `low` to what no pair of some rows contradicts, in float64, and returns their cheapest pairs."""
        parts = torch.split(rows, max(1, 4 * BLOCK // len(v)))
        new, sweep = [Pairs.none()], Sweep(len(parts))
        for some in sweep.of(parts):
            least, pairs = self.settled(some, v, best)
            low[some] = torch.minimum(least, low[some])
            new.append(pairs)
        mine = torch.cat(sweep.of(parts))
        low[sweep.pooled(mine)] = sweep.pooled(low[mine])
        return pooled(new, sweep)

    def look(self, block: Block, u: Tensor, v: Tensor, slack: float, best: int) -> Found:
        """What a block shows of its rows; its bounds are changed."""
        rows, columns, lower = block
        limit = above(u[rows], lower)
        row, column, settled = Ranked.of(lower, best).below(limit)
        pairs = self.priced(rows[row], columns[column], v)
        low = u[rows].scatter_reduce(0, row, torch.where(settled[row], pairs.costs, inf), "amin")
        fresh = pairs.costs < u[pairs.rows] - slack
        clear = pairs.costs < u[pairs.rows] - CLEAR * slack
        contradicted = torch.zeros_like(settled).index_fill_(0, row[clear], value=True)
        loose = ~settled & contradicted
        low[loose] = torch.minimum(low[loose], lower[loose].amin(1).double())
        below = lower.sub_(limit[:, None])
        least = below.amin(0)
        given = (least < 0).nonzero()[:, 0]
        gifts = Pairs(rows[below[:, given].argmin(0)], columns[given], least[given])
        return Found(rows, low, pairs.where(fresh), rows[~settled & ~contradicted], gifts)

    def priced(self, rows: Tensor, columns: Tensor, v: Tensor) -> Pairs:
        """Some pairs with their costs less `v`."""
        return Pairs(rows, columns, self.pricing.pairs(rows, columns) - v[columns])

    def settled(self, rows: Tensor, v: Tensor, best: int) -> tuple[Tensor, Pairs]:
        """What float32 cannot tell: the least cost less `v` of some rows, and their cheapest pairs."""
        blocks = row_blocks(*self.y.shape)  # as few points are copied at once
        costs = torch.cat([self.pricing.matrix(self.x[rows], self.y[some]) for some in blocks], 1).sub_(v)
        order = costs.topk(min(best, len(v)), dim=1, largest=False)
        pairs = Pairs(rows.repeat_interleave(order.indices.shape[1]), order.indices.flatten(), order.values.flatten())
        return order.values[:, 0], pairs

    def potential(self, v: Tensor) -> Tensor:
        """The second points' potential in the order of the columns; no pair with a point that fills up is cheap."""
        potential = v[self.columns.order]
        potential[len(v) :] = -inf
        return potential

    def blocks(self, rows: Tensor, potential: Tensor, best: int, above: Tensor | None = None) -> Iterator[Block]:
        """Blocks with whatever matters for a part of the rows, each of which is in one of them at most.

        Args:
            rows: of one part.
            potential: of the columns.
            best: how many pairs of each row matter, if `above` is None.
            above: pairs that cost less than this more than the columns' potential matter, `(n,)`.
        """
        if not self.near:
            yield self.whole(rows, potential)
            return
        apart = self.apart(rows) - potential.view(-1, CELL).amax(1)
        matters = apart <= above[rows].amax() if above is not None else self.promising(rows, apart, potential, best)
        near = matters.nonzero()[:, 0]
        if len(near) > len(apart) // 2:
            yield from (self.whole(few, potential) for few in torch.split(rows, self.most))
        elif len(near):
            yield from self.some(rows, near, potential)

    def promising(self, rows: Tensor, apart: Tensor, potential: Tensor, best: int) -> Tensor:
        """Which cells may hold the `best` cheapest pairs of a row, seen from those in the nearest cells, `(cells,)`."""
        nearest = apart.topk(min(FIRST, len(apart)), largest=False).indices
        limit = max(float(Ranked.of(block.lower, best).least.amax()) for block in self.some(rows, nearest, potential))
        return (apart <= limit).index_fill_(0, nearest, value=True)

    def apart(self, rows: Tensor) -> Tensor:
        """What a pair of one of these rows and a point of each cell costs at least, `(cells,)`."""
        low, high = self.x[rows].amin(0), self.x[rows].amax(0)
        gap = torch.maximum(self.columns.low - high, low - self.columns.high).clamp_(min=0)
        return self.pricing.powers(self.pricing.problem.ground.pairs(gap, torch.zeros_like(gap)))

    def some(self, rows: Tensor, cells: Tensor, potential: Tensor) -> Iterator[Block]:
        """Blocks of some rows and of all points of some cells."""
        places = (cells[:, None] * CELL + torch.arange(CELL)).flatten()
        columns = self.columns.order[places]
        bounds = self.pricing.lower_bounds(self.y, columns, self.x[rows].mean(0))
        for few in torch.split(rows, max(1, BLOCK // len(columns))):
            costs = bounds(self.x[few])
            yield Block(few, columns, costs.sub_(rounded(potential[places], costs)))

    def whole(self, rows: Tensor, potential: Tensor) -> Block:
        """The block of some rows and of all columns."""
        costs = self.costs(self.x[rows])
        return Block(rows, self.columns.order, costs.sub_(rounded(potential, costs)))


def above(limit: Tensor, like: Tensor) -> Tensor:
    """A limit as numbers like those, not below it."""
    near = limit.to(like)
    return torch.where(near < limit, torch.nextafter(near, torch.full_like(near, inf)), near)
