"""Which columns of a table have changed: each measured alone, by a test that allows for their number."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wgan.comparison.columns import names_of
from wgan.comparison.grouping import Coded, Grouped, Ordered
from wgan.comparison.sides import NOTHING, both_sides
from wgan.data.tables.encoding import AnyKind
from wgan.data.tables.kinds import Moment
from wgan.data.tables.united import of_numbers
from wgan.errors import InputError
from wgan.randomness import stream
from wgan.text import paragraph

__all__ = ["ColumnDrift", "DriftReport", "drift", "holm"]

LEVEL = 0.01
"""One report in a hundred names a column of equal tables: they are read again and again."""
ENOUGH = 10  # regroupings as far apart that end the test of a column
AT_ONCE = 250  # regroupings
SHOWN = 20  # columns without drift that a person is shown
MEAN, DAY = "mean", 86_400


@dataclass(frozen=True)
class ColumnDrift:
    r"""What became of one column.

    Attributes:
        name: of the column.
        distance: $W_1$ between its ranks among all rows of both, of categories half the total variation; see
            `wgan.comparison.grouping`. From 0 to 0.5: the same in every unit.
        moved: $W_1$ in the data's own unit, of dates in days; where `of` is no mean, how much that share has changed.
        before: what `of` says in the first table; of dates their mean as a date.
        after: in the second.
        of: `mean`, or the category whose share has changed most, or `empty` cells, whose share is told.
        p_value: how often a random regrouping of all rows is as far apart.
        corrected: that, corrected for the number of columns.
    """

    name: str
    distance: float
    moved: float
    before: float | str
    after: float | str
    of: str
    p_value: float
    corrected: float

    @property
    def change(self) -> "Change":
        """What is told of it but for the test."""
        return Change(self.moved, self.before, self.after, self.of)


@dataclass(frozen=True)
class DriftReport:
    """All columns, those that drive the difference first.

    Attributes:
        a: how the user named the first table.
        b: and the second.
        n: rows of the first.
        m: rows of the second.
        level: corrected p-value below which a column has drifted.
        columns: one entry for each.
    """

    a: str
    b: str
    n: int
    m: int
    level: float
    columns: tuple[ColumnDrift, ...]

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that have."""
        return tuple(column.name for column in self.columns if column.corrected < self.level)

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 2."""
        return {"schema": 2, **asdict(self), "drifted": list(self.drifted)}

    def to_text(self) -> str:
        """A table that a person reads."""
        count, found = len(self.columns), self.drifted
        shown = self.columns[: max(len(found), SHOWN)]
        rows = [("column", "distance", "corrected p", "moved by", "before", "after", "of")]
        rows += [(one.name, f"{one.distance:.4f}", f"{one.corrected:.3g}", *one.change.cells, one.of) for one in shown]
        wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [f"{self.a} ({self.n:,} rows) and {self.b} ({self.m:,}), {count} column{'s' * (count != 1)}"]
        for name, *numbers, of in rows:
            cells = (f"{cell:>{width}}" for cell, width in zip(numbers, wide[1:-1], strict=True))
            lines.append(f"{name:<{wide[0]}}  {'  '.join(cells)}  {of}")
        if count > len(shown):
            lines.append(f"and {count - len(shown)} columns at smaller distances")
        verdict = f"drift in {len(found)} of {count}: {', '.join(found)}" if found else f"no drift in any of {count}"
        test = f"corrected p < {self.level:g}, by permutations and Holm's correction"
        return paragraph([*lines, f"{verdict} ({test}; distance: 0 is none, 0.5 the most)"])


def drift(
    a: str, b: str, n: int = 1000, seed: int = 0, options: Mapping[str, Any] = NOTHING, level: float = LEVEL
) -> DriftReport:
    """Measures each column of two tables alone, matched by name.

    Args:
        a: a table as `open_source` takes it, or a run on one; columns may be mixed.
        b: likewise.
        n: at most this many rows of each.
        seed: of the draw and of the regroupings.
        options: data settings by name, for the sides that are no runs.
        level: corrected p-value below which a column has drifted.

    Raises:
        InputError: if the two are no tables, or are not comparable.
    """
    x, y = both_sides(a, b, n, seed, options)
    if x.values.dim() != 2:
        raise InputError(f"drift is told of the columns of tables, and {a} holds {x.kind}; leave out --drift")
    first, second = (side.cells or of_numbers(names_of(x), side.values) for side in (x, y))
    pooled, count = torch.cat([first.values, second.values]), len(x.values)
    all_of_both = [grouped(*part) for part in zip(first.kinds, pooled.T, strict=True)]
    distances, p_values = column_p_values(all_of_both, len(pooled), count, level, seed)
    told = [change(*part) for part in zip(first.kinds, first.values.T, second.values.T, strict=True)]
    rows = zip((kind.name for kind in first.kinds), distances.tolist(), told, p_values, holm(p_values), strict=True)
    columns = [ColumnDrift(name, apart, *what, p_value, corrected) for name, apart, what, p_value, corrected in rows]
    found = sorted(columns, key=lambda one: (one.corrected >= level, -one.distance))
    return DriftReport(a, b, count, len(y.values), level, tuple(found))


class Change(NamedTuple):
    """How a column moved, what it was before and after, and of what that is: see `ColumnDrift`."""

    moved: float
    before: float | str
    after: float | str
    of: str

    @property
    def cells(self) -> tuple[str, str, str]:
        """How it moved, from what and to what, for a person."""
        if self.of == MEAN:
            if isinstance(self.before, str):
                days = f"{self.moved:.4g} days" if self.moved >= 1 else f"{24 * self.moved:.4g} hours"
                return days, self.before, str(self.after)
            before, after = (end if isinstance(end, str) else f"{end:.4g}" for end in (self.before, self.after))
            return f"{self.moved:.4g}", before, after
        moved, before, after = (f"{100 * float(share):.3g} %" for share in (self.moved, self.before, self.after))
        return moved, before, after


def grouped(kind: AnyKind, column: Tensor) -> Grouped:
    """A column of the rows of both tables, by its kind."""
    return Ordered(column) if kind.codes is None else Coded(column, kind.codes)


def change(kind: AnyKind, x: Tensor, y: Tensor) -> Change:
    """That of a column whose cells are `x` in the first table, and `y` in the second."""
    hollow = [float(side.isnan().double().mean()) for side in (x, y)]
    empty = Change(abs(hollow[1] - hollow[0]), hollow[0], hollow[1], "empty")
    filled = [side[~side.isnan()] for side in (x, y)]
    if kind.codes is not None:
        counts = [torch.bincount(side.long(), minlength=kind.codes) for side in filled]
        before, after = (count.double() / len(side) for count, side in zip(counts, (x, y), strict=True))
        apart = (after - before).abs()
        if not kind.codes or apart.amax() < empty.moved:
            return empty
        most = int(apart.argmax())
        return Change(float(apart[most]), float(before[most]), float(after[most]), text_of(kind, most))
    if not all(map(len, filled)):
        return empty
    ranks = Ordered(torch.cat(filled)).apart(one_group(*map(len, filled)))
    if float(ranks) * (1 - max(hollow)) < empty.moved / 2:
        return empty
    (moved,) = moves(*(side[:, None] for side in filled))
    mean, later = (float(side.mean()) for side in filled)
    if not isinstance(kind, Moment):
        return Change(moved, mean, later, MEAN)
    return Change(moved / DAY, text_of(kind, mean), text_of(kind, later), MEAN)


def text_of(kind: AnyKind, number: float) -> str:
    """The cell of a number."""
    return str(kind.to_cells(np.array([float(number)])).iloc[0])


def one_group(n: int, m: int) -> Tensor:
    """The way to group rows of which the first n are of the first table, `(1, n + m)`."""
    return torch.cat([torch.full((k,), share, dtype=torch.float64) for k, share in ((n, 1 / n), (m, -1 / m))])[None]


def moves(x: Tensor, y: Tensor) -> list[float]:
    """W₁ of each column."""
    from wgan.distances import wasserstein

    return [wasserstein(x[:, [place]], y[:, [place]]) for place in range(x.shape[1])]


def holm(p_values: list[float]) -> list[float]:
    """P-values corrected for their number.

    Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure, https://www.jstor.org/stable/4615733.

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, worst = [0.0] * len(p_values), 0.0
    for place, column in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[column]))
        corrected[column] = worst
    return corrected


def column_p_values(
    columns: Sequence[Grouped], count: int, n: int, level: float, seed: int
) -> tuple[Tensor, list[float]]:
    r"""How far apart each column is, and its p-value by as many regroupings of the rows as that needs.

    A column is done once ten regroupings are as far apart, at the $l$-th of them with $p = 10 / l$; else $p = (1 + g) /
    (1 + L)$ with $g$ such among all $L$. Both are exact.

    Besag & Clifford 1991, Sequential Monte Carlo p-values, https://doi.org/10.1093/biomet/78.2.301.

    Args:
        columns: of the rows of both tables.
        count: of these rows.
        n: rows of the first table; the others are of the second.
        level: that p-values are to reach after correction.
        seed: of the regroupings.
    """
    signs = one_group(n, count - n)
    values = torch.cat([column.apart(signs) for column in columns])
    most = max(999, round(2 * len(columns) / level))
    reached, p_values = (torch.zeros(len(columns), dtype=dtype) for dtype in (torch.int64, torch.float64))
    active, done, rng = torch.arange(len(columns)), 0, stream(seed, "drift")
    while done < most and len(active):
        some = min(AT_ONCE, most - done)
        shuffled = torch.stack([signs[0, torch.randperm(count, generator=rng)] for _ in range(some)])
        apart = torch.stack([columns[k].apart(shuffled) for k in active.tolist()])
        counts = reached[active, None] + (apart >= values[active, None] * (1 - 1e-12)).cumsum(1)
        ended = counts[:, -1] >= ENOUGH
        p_values[active[ended]] = ENOUGH / (done + 1 + (counts[ended] < ENOUGH).sum(1)).double()
        reached[active] = counts[:, -1]
        active, done = active[~ended], done + some
    p_values[active] = (1 + reached[active]).double() / (1 + done)
    return values, p_values.tolist()
