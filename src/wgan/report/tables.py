"""Pictures of tables: columns real beside generated, and what pairs of columns say of one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from torch import Tensor

from wgan.errors import FigureFailed
from wgan.report.levels import Cells, Column, Levels, cut
from wgan.report.vectors import SMALL, SPREADS, saved, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["Chosen", "table_figure"]

COLUMNS, ROW = 8, 4
"""Columns that are drawn, and panels beside each other."""
PAIRS = 4
"""Panels of pairs: two pairs of two tables."""
LOOKED_AT = 40
"""Columns whose pairs are looked at where nothing is known of them."""
FEW = 12
"""Different amounts up to which each has a bar."""
BINS = 30
TICKS = 4
"""Intervals between the numbers along an axis, at most: each may be long."""
TAIL = 0.005
"""Share of the real cells at either end that need not be within an axis."""
MARGIN = 0.05
DAY = 86400.0
DATES = (-6.2e10, 2.5e11)
"""Seconds from 1970 to the first and the last moment that have a date on an axis."""
WIDE = 20
"""Letters of all labels up to which they stand beside each other."""
SIZE = 8.5
"""Points of the smallest letters."""
COLORS = {"real": "0.65", "generated": "tab:red"}


@dataclass(frozen=True)
class Chosen:
    """Which columns and pairs of a table a picture shows, the first ones first.

    Attributes:
        columns: their places and how like they are, 0 to 1; None if there is nothing to compare with.
        pairs: likewise.
    """

    columns: tuple[tuple[int, float | None], ...]
    pairs: tuple[tuple[tuple[int, int], float | None], ...]

    @classmethod
    def compared(cls, columns: Mapping[int, float], pairs: Mapping[tuple[int, int], float]) -> "Chosen":
        """Those that are least alike; of pairs, those that share no column.

        Example:
            >>> Chosen.compared({0: 0.9, 1: 0.5, 2: 0.8}, {(0, 1): 0.3, (1, 2): 0.2})
            Chosen(columns=((1, 0.5), (2, 0.8), (0, 0.9)), pairs=(((1, 2), 0.2),))
        """
        ascending = sorted(pairs, key=lambda pair: (pairs[pair], pair))
        kept = disjoint(ascending, PAIRS // 2)
        worst = sorted(columns, key=lambda k: (columns[k], k))[:COLUMNS]
        return cls(tuple((k, columns[k]) for k in worst), tuple((pair, pairs[pair]) for pair in kept))

    @classmethod
    def alone(cls, columns: Sequence[Column], cells: Cells) -> "Chosen":
        """The first columns of several values, and those pairs that depend on each other most, which share none."""
        several = [k for k in range(len(columns)) if (cells[:, k] != cells[0, k]).any()]
        first = (several or list(range(len(columns))))[:LOOKED_AT]
        levels = {k: Levels.of(columns[k], [cells[:, k]]) for k in first}
        bonds = {pair: dependence(*(levels[k] for k in pair)) for pair in combinations(first, 2)}
        kept = disjoint(sorted(bonds, key=lambda pair: (-bonds[pair], pair)), PAIRS)
        return cls(tuple((k, None) for k in first[:COLUMNS]), tuple((pair, None) for pair in kept))


def disjoint(pairs: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """The first pairs that share no column with one before."""
    kept: list[tuple[int, int]] = []
    for pair in pairs:
        if len(kept) < most and not {k for other in kept for k in other} & set(pair):
            kept.append(pair)
    return kept


def dependence(one: Levels, other: Levels) -> float:
    """The total variation between two columns' contingency table and that of independent ones."""
    (joint,) = one.joint(other)
    return float(np.abs(joint - joint.sum(1, keepdims=True) * joint.sum(0)).sum() / 2)


def table_figure(
    columns: Sequence[Column],
    tables: Mapping[str, Tensor],
    path: Path | BinaryIO,
    *,
    title: str,
    chosen: Chosen | None = None,
) -> None:
    """Writes a PNG of the columns and pairs of a table that are worth a look.

    Args:
        columns: what they are.
        tables: `real`, unless there is none, and `generated`, each `(n, columns)`, NaN where a cell is empty.
        path: of the PNG, which appears whole or not at all; or an open file.
        title: what and when.
        chosen: which of them are shown; by default the first columns, and pairs that depend on each other.

    Raises:
        FigureFailed: if it cannot be drawn or written, whatever the reason.
    """
    try:
        cells = {name: table.detach().double().cpu().numpy() for name, table in tables.items()}
        figure = drawn(columns, cells, chosen or Chosen.alone(columns, cells["generated"]), title)
        saved(figure, path)
    except Exception as error:
        name = path if isinstance(path, Path) else "the figure"
        raise FigureFailed(f"cannot draw {name}: {str(error) or type(error).__name__}") from error


def drawn(columns: Sequence[Column], tables: Mapping[str, Cells], chosen: Chosen, title: str) -> "Figure":
    """The figure: rows of columns, then one of pairs."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(chosen.columns)
    rows = np.array_split(np.arange(count), -(-count // ROW))
    figure = Figure(figsize=(13, 0.5 + 3 * (len(rows) + bool(chosen.pairs))), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    parts = figure.subfigures(len(rows) + bool(chosen.pairs), 1, squeeze=False)[:, 0]
    figure.suptitle(f"{short(title)}\n{heading(tables, chosen, len(columns))}", fontsize=11, parse_math=False)
    for part, row in zip(parts, rows, strict=False):
        for plane, k in zip(planes(part, len(row)), row, strict=True):
            place, likeness = chosen.columns[k]
            column_panel(plane, columns[place], {n: t[:, place] for n, t in tables.items()}, likeness)
    if chosen.pairs:
        pair_panels(parts[-1], columns, tables, chosen)
    handles = [patch(name) for name in tables]
    figure.legend(handles=handles, loc="upper right", ncols=2, fontsize=9, frameon=False)
    return figure


def heading(tables: Mapping[str, Cells], chosen: Chosen, count: int) -> str:
    """What is to be seen."""
    shown = f"{len(chosen.columns)} of {count:,} columns"
    if "real" not in tables:
        return shown + ", and pairs that depend on each other" * bool(chosen.pairs)
    pairs = ", and the pairs least alike (likeness as in shapes and pairs: 1 is equal)"
    return f"{shown}, least alike first" + (pairs if chosen.pairs else " (as in shapes: 1 is equal)")


def patch(name: str) -> Any:  # noqa: ANN401 - matplotlib has no types for it
    """What the legend shows of a table."""
    from matplotlib.patches import Patch

    return Patch(color=COLORS[name], label=name)


def planes(part: "SubFigure", count: int) -> list["Axes"]:
    """Panels beside each other."""
    found = part.subplots(1, count, squeeze=False)[0]
    for plane in found:
        plane.tick_params(labelsize=SIZE)
    return list(found)


def column_panel(plane: "Axes", column: Column, cells: Mapping[str, Cells], likeness: float | None) -> None:
    """A histogram, or bars where there are few values."""
    levels = len(np.unique(np.concatenate([table[~np.isnan(table)] for table in cells.values()])))
    edges = None if column.labels is not None or levels <= FEW else edges_of(next(iter(cells.values())))
    if edges is not None and column.moments and not (DATES[0] < edges[0] and edges[-1] < DATES[1]):
        edges = None
    if edges is None:
        bars(plane, column, cells)
        lines = []
    else:
        lines = histogram(plane, column, cells, edges)
    name = cut(column.name, 20) + ("" if likeness is None else f": likeness {likeness:.3f}")
    plane.set_title("\n".join([name, *lines]), fontsize=SIZE, parse_math=False)


def edges_of(reference: Cells) -> Cells | None:
    """Of bins that hold nearly all cells; None where no axis can show them."""
    filled = reference[~np.isnan(reference)]
    if not len(filled):
        return None
    low, high = np.quantile(filled, [TAIL, 1 - TAIL], method="nearest")
    size = max(abs(low), abs(high))
    if size > SPREADS[1] or not max(SPREADS[0], SMALL**3 * size) < high - low:
        return None
    margin = MARGIN * (high - low)
    return np.linspace(max(low - margin, filled.min()), min(high + margin, filled.max()), BINS + 1)


def bars(plane: "Axes", column: Column, cells: Mapping[str, Cells]) -> None:
    """The share of each level."""
    levels = Levels.of(column, list(cells.values()))
    places, height = np.arange(len(levels.labels)), 0.8 / len(cells)
    for k, (name, shares) in enumerate(zip(cells, levels.shares(), strict=True)):
        plane.barh(places - 0.4 + (k + 0.5) * height, 100 * shares, height, color=COLORS[name])
    plane.set_yticks(places, levels.labels, parse_math=False)
    plane.invert_yaxis()
    plane.set_xlabel("rows (%)", fontsize=SIZE)


def histogram(plane: "Axes", column: Column, cells: Mapping[str, Cells], edges: Cells) -> list[str]:
    """The share of each bin of the filled cells; what is empty or outside is in the lines that come back."""
    scale = DAY if column.moments else 1.0
    for name, table in cells.items():
        counts, _ = np.histogram(table, edges)
        shares = 100 * counts / len(table)
        plane.stairs(shares, edges / scale, fill=True, color=COLORS[name], alpha=0.9 if name == "real" else 0.25)
        plane.stairs(shares, edges / scale, color=COLORS[name], linewidth=1.2)
    if column.moments:
        dated(plane, edges)
    else:
        plane.locator_params(axis="x", nbins=TICKS)
    plane.set_ylabel("rows (%)", fontsize=SIZE)
    outside = {n: float(((t < edges[0]) | (t > edges[-1])).mean()) for n, t in cells.items()}
    empty = {n: float(np.isnan(t).mean()) for n, t in cells.items()}
    return [
        f"{word} {said(shares)}"
        for word, shares in (("empty:", empty), ("not shown:", outside))
        if any(shares.values())
    ]


def said(shares: Mapping[str, float]) -> str:
    """Shares of tables in per cent."""
    return ", ".join(f"{share:.1%} {name}".replace("%", " %") for name, share in shares.items())


def dated(plane: "Axes", edges: Cells) -> None:
    """An axis of days since 1970 with dates."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator: Any = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    clock = edges[0] >= 0 and edges[-1] <= DAY  # times without a date
    formatter: Any = ConciseDateFormatter(locator, show_offset=not clock)  # type: ignore[no-untyped-call]
    plane.xaxis_date()
    plane.xaxis.set_major_locator(locator)
    plane.xaxis.set_major_formatter(formatter)


def pair_panels(part: "SubFigure", columns: Sequence[Column], tables: Mapping[str, Cells], chosen: Chosen) -> None:
    """Contingency tables, those of a pair beside each other in the same colours."""
    panels = planes(part, len(chosen.pairs) * len(tables))
    for k, (pair, likeness) in enumerate(chosen.pairs):
        beside = panels[k * len(tables) : (k + 1) * len(tables)]
        one, other = (Levels.of(columns[place], [t[:, place] for t in tables.values()]) for place in pair)
        joints = [100 * joint for joint in one.joint(other)]
        for plane, name, joint in zip(beside, tables, joints, strict=True):
            mesh = plane.imshow(joint, cmap="Blues", vmin=0, vmax=max(map(np.max, joints)), aspect="auto")
            plane.set_title(
                name if likeness is None or plane is beside[0] else f"{name}: likeness {likeness:.3f}", fontsize=9
            )
            across(plane, other.labels, columns[pair[1]].name)
            plane.set_yticks([])
        beside[0].set_yticks(range(len(one.labels)), one.labels, parse_math=False)
        beside[0].set_ylabel(cut(columns[pair[0]].name, 24), fontsize=SIZE, parse_math=False)
        bar = part.colorbar(mesh, ax=beside[-1])
        bar.set_label("rows (%)", fontsize=SIZE)
        bar.ax.tick_params(labelsize=SIZE)


def across(plane: "Axes", labels: Sequence[str], name: str) -> None:
    """Levels along the horizontal axis, upright where they would touch."""
    plane.set_xticks(range(len(labels)), labels, rotation=90 * (sum(map(len, labels)) > WIDE), parse_math=False)
    plane.set_xlabel(cut(name, 24), fontsize=SIZE, parse_math=False)
