"""Which columns of a table have changed: each measured alone, by a test that allows for their number."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from wgan.comparison.columns import names_of, pooled_ranks
from wgan.comparison.sides import NOTHING, both_sides
from wgan.errors import InputError
from wgan.randomness import stream
from wgan.text import paragraph

__all__ = ["ColumnDrift", "DriftReport", "drift", "holm"]

LEVEL = 0.01
"""One report in a hundred names a column of equal tables: they are read again and again."""
ENOUGH = 10  # regroupings as far apart that end the test of a column
AT_ONCE = 250  # regroupings
SHOWN = 20  # columns without drift that a person is shown


@dataclass(frozen=True)
class ColumnDrift:
    r"""What became of one column.

    Attributes:
        name: of the column.
        distance: $W_1$ between its ranks among all rows of both, from 0 to 0.5: the same in every unit.
        moved: $W_1$ in the data's own unit.
        before: its mean in the first table.
        after: its mean in the second.
        p_value: how often a random regrouping of all rows is as far apart.
        corrected: that, corrected for the number of columns.
    """

    name: str
    distance: float
    moved: float
    before: float
    after: float
    p_value: float
    corrected: float


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
        """Plain values, schema 1."""
        return {"schema": 1, **asdict(self), "drifted": list(self.drifted)}

    def to_text(self) -> str:
        """A table that a person reads."""
        count, found = len(self.columns), self.drifted
        wide = max(len("column"), *(len(column.name) for column in self.columns))
        lines = [f"{self.a} ({self.n:,} rows) and {self.b} ({self.m:,}), {count} column{'s' * (count != 1)}"]
        titles = f"{'distance':>8}  {'corrected p':>11}  {'moved by':>10}  {'mean before':>11}  {'after':>11}"
        lines.append(f"{'column':<{wide}}  {titles}")
        shown = self.columns[: max(len(found), SHOWN)]
        lines += [
            f"{one.name:<{wide}}  {one.distance:>8.4f}  {one.corrected:>11.3g}  {one.moved:>10.4g}  "
            f"{one.before:>11.4g}  {one.after:>11.4g}"
            for one in shown
        ]
        if count > len(shown):
            lines.append(f"and {count - len(shown)} columns at smaller distances")
        verdict = f"drift in {len(found)} of {count}: {', '.join(found)}" if found else f"no drift in any of {count}"
        test = f"corrected p < {self.level:g}, by permutations and Holm's correction"
        return paragraph([*lines, f"{verdict} ({test}; distance between ranks: 0 is none, 0.5 the most)"])


def drift(
    a: str, b: str, n: int = 1000, seed: int = 0, options: Mapping[str, Any] = NOTHING, level: float = LEVEL
) -> DriftReport:
    """Measures each column of two tables alone, matched by name.

    Args:
        a: a table as `open_source` takes it, or a run on one.
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
    ranks = pooled_ranks(torch.cat([x.values, y.values]))
    distances, p_values = column_p_values(ranks, len(x.values), level, seed)
    rows = zip(
        names_of(x),
        distances.tolist(),
        moves(x.values, y.values),
        x.values.mean(0).tolist(),
        y.values.mean(0).tolist(),
        p_values,
        holm(p_values),
        strict=True,
    )
    found = sorted((ColumnDrift(*row) for row in rows), key=lambda one: (one.corrected >= level, -one.distance))
    return DriftReport(a, b, len(x.values), len(y.values), level, tuple(found))


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


def column_p_values(ranks: Tensor, n: int, level: float, seed: int) -> tuple[Tensor, list[float]]:
    r"""$W_1$ between the ranks of each column, and its p-value by as many regroupings of the rows as that needs.

    A column is done once ten regroupings are as far apart, at the $l$-th of them with $p = 10 / l$; else $p = (1 + g) /
    (1 + L)$ with $g$ such among all $L$. Both are exact.

    Besag & Clifford 1991, Sequential Monte Carlo p-values, https://doi.org/10.1093/biomet/78.2.301.

    Args:
        ranks: `(N, d)`.
        n: rows of the first table; the others are of the second.
        level: that p-values are to reach after correction.
        seed: of the regroupings.
    """
    count, columns = ranks.shape
    ordered, order = ranks.T.sort(1)
    gaps = ordered.diff(dim=1)

    def apart(signs: Tensor, which: Tensor) -> Tensor:
        """The distances of regroupings `(R, N)`, of some columns: `(columns, R)`."""
        return torch.stack([signs[:, order[k]].cumsum(1)[:, :-1].abs() @ gaps[k] for k in which.tolist()])

    signs = torch.full((count,), -1 / (count - n), dtype=torch.float64)
    signs[:n] = 1 / n
    values = apart(signs[None], torch.arange(columns))[:, 0]
    most = max(999, round(2 * columns / level))
    reached, p_values = torch.zeros(columns, dtype=torch.int64), torch.zeros(columns, dtype=torch.float64)
    active, done, rng = torch.arange(columns), 0, stream(seed, "drift")
    while done < most and len(active):
        some = min(AT_ONCE, most - done)
        shuffled = torch.stack([signs[torch.randperm(count, generator=rng)] for _ in range(some)])
        far = apart(shuffled, active) >= values[active, None] * (1 - 1e-12)
        counts = reached[active, None] + far.cumsum(1)
        ended = counts[:, -1] >= ENOUGH
        p_values[active[ended]] = ENOUGH / (done + 1 + (counts[ended] < ENOUGH).sum(1)).double()
        reached[active] = counts[:, -1]
        active, done = active[~ended], done + some
    p_values[active] = (1 + reached[active]).double() / (1 + done)
    return values, p_values.tolist()
