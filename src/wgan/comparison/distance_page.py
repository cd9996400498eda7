"""The page of a distance: its values by each method, and what of the samples is apart."""

from collections.abc import Sequence

import torch
from torch import Tensor

from wgan.comparison.columns import names_of, pooled_ranks
from wgan.comparison.compare import Comparison
from wgan.comparison.drift import DAY, change, grouped, moves, one_group, text_of
from wgan.comparison.sides import Side
from wgan.data.tables.encoding import AnyKind
from wgan.data.tables.kinds import Moment
from wgan.distances import Distance
from wgan.report.figures import image_grid, to_picture
from wgan.report.frames import encoded
from wgan.report.overlays import Histograms, Ladder, Rung, Scatter
from wgan.report.pages import page
from wgan.report.scales import LARGEST, shown
from wgan.report.shares import Shares
from wgan.report.vectors import short
from wgan.runs.page import sentence
from wgan.text import printable

__all__ = ["distance_page"]

COLUMNS, VALUES = 8, 7
"""Columns that are drawn, and values of each by name."""
HOUR, YEAR = 3600, 31_556_952
"""Seconds."""
TILES = 64
COLORS = (1, 3)
"""Channels that images have which can be seen."""


def distance_page(found: Comparison, said: Sequence[str] = ()) -> bytes:
    """The page of a comparison of two sides, in one file.

    Args:
        found: what was measured.
        said: warnings of the measurement, a line each.
    """
    a, b = found.sides
    pictures = a.values.dim() == 4
    return page(
        "distance",
        title=f"{short(found.a, 60)} and {short(found.b, 60)}",
        sides=[(letter, printable(side.name), about(side)) for letter, side in zip("AB", found.sides, strict=True)],
        unit=printable(found.unit),
        notes=[printable(line) for line in dict.fromkeys([*said, *found.reasons, *beyond(found.rows)])],
        verdict=printable(sentence(found.verdict)),
        yardstick=printable(found.yardstick),
        rows=[row(one) for one in found.rows],
        ladders=ladders(found.rows),
        grids=[(letter, grid(side.values)) for letter, side in zip("AB", found.sides, strict=True)] if pictures else [],
        scatter=scatter(a, b),
        histograms=[] if pictures else panels(a, b),
        columns=0 if pictures else a.values[0].numel() if a.cells is None else len(a.cells.kinds),
    )


def about(side: Side) -> str:
    """A side in words."""
    return f"{len(side.values):,} samples, {side.kind}, {printable(side.unit)}"


def row(one: Distance) -> dict[str, object]:
    """A distance as a row of the table."""
    span = one.interval
    return {
        "method": one.method,
        "value": one.value,
        "text": f"{one.value:.4g}",
        "low": "" if span is None else span.low,
        "interval": "" if span is None else f"{span.low:.4g} to {span.high:.4g} ({span.level:.0%})",
        "unit": one.unit or "none",
        "what": printable(one.note),
    }


def ladders(rows: Sequence[Distance]) -> list[Ladder]:
    """A drawing for each unit that several distances share."""
    units: dict[str, list[Rung]] = {}
    for one in filter(drawable, rows):
        span = None if one.interval is None else (one.interval.low, one.interval.high)
        units.setdefault(one.unit or "none", []).append(Rung(one.method, one.value, span))
    return [Ladder(unit, rungs) for unit, rungs in units.items() if len(rungs) > 1]


def drawable(one: Distance) -> bool:
    """Whether an axis reaches a distance and its interval."""
    ends = (one.value,) if one.interval is None else (one.value, one.interval.low, one.interval.high)
    return all(abs(end) <= LARGEST for end in ends)


def beyond(rows: Sequence[Distance]) -> list[str]:
    """One line on the distances that are not drawn, if there are any."""
    names = [one.method for one in rows if not drawable(one)]
    return [f"beyond {LARGEST:g}, so in the table alone: {', '.join(names)}"] if names else []


def grid(images: Tensor) -> str:
    """Tiles of some images as data of the page; empty where they have channels that nobody sees."""
    return encoded(to_picture(image_grid(images[:TILES], 8))) if images.shape[1] in COLORS else ""


def means(x: Tensor, y: Tensor) -> str:
    """Those of a column, told so that they differ where its values are large.

    Example:
        >>> means(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 1.0]))
        'mean 2 in A, 0.5 less in B'
    """
    first = x.mean().item()
    more = (y - first).mean().item()
    return f"mean {shown(first)} in A, {shown(abs(more))} {'less' if more < 0 else 'more'} in B"


def scatter(a: Side, b: Side) -> Scatter | None:
    """Both sides as points, where they have two features."""
    if a.values.shape[1:] != (2,) or a.cells is not None:
        return None
    x, y = map(printable, names_of(a))
    return Scatter((short(x, 40), short(y, 40)), (a.values.numpy(), b.values.numpy()))


def panels(a: Side, b: Side) -> list[Histograms | Shares]:
    """A drawing of each of the columns that are the furthest apart."""
    if a.cells is None or b.cells is None:
        return [*histograms(a, b)]
    found = []
    for kind, x, y in zip(a.cells.kinds, a.cells.values.T, b.cells.values.T, strict=True):
        groups = one_group(len(x), len(y))
        found.append((grouped(kind, torch.cat([x, y])).apart(groups).item(), kind, x, y))
    found.sort(key=lambda one: -one[0])
    return [panel(*one) for one in found[:COLUMNS]]


def panel(apart: float, kind: AnyKind, x: Tensor, y: Tensor) -> Histograms | Shares:
    """Amounts as histograms of the filled cells, dates among them; categories by their shares."""
    what = change(kind, x, y)
    moved, before, after = what.cells
    caption = f"{apart:.3g} apart (0 is none, 0.5 the most), moved by {moved}; {what.of}: {before} in A, {after} in B."
    name, filled = short(printable(kind.name), 60), [side[~side.isnan()].numpy() for side in (x, y)]
    if kind.codes is None and all(map(len, filled)):
        empty = [side.isnan().double().mean().item() for side in (x, y)]
        note = f" Empty: {empty[0]:.1%} of A, {empty[1]:.1%} of B." if max(empty) else ""
        if isinstance(kind, Moment):
            of_day = kind.low // DAY == kind.high // DAY
            name = f"{name}, in {'hours' if of_day else 'years'}"
            filled = [side % DAY / HOUR if of_day else 1970 + side / YEAR for side in filled]
        return Histograms(name, printable(caption) + note, (filled[0], filled[1]))
    return Shares(name, printable(caption), shares(kind, x, y))


def shares(kind: AnyKind, x: Tensor, y: Tensor) -> list[tuple[str, float, float]]:
    """The values that most rows hold, and the others together."""
    count = kind.codes or 0
    codes = [side.nan_to_num(count).long() if kind.codes is not None else side.isnan().long() for side in (x, y)]
    names = [text_of(kind, k) for k in range(count)] + ["(empty)"] if kind.codes is not None else ["filled", "(empty)"]
    both = torch.stack([torch.bincount(side, minlength=len(names)).double() / len(side) for side in codes], 1)
    order = both.sum(1).argsort(descending=True, stable=True).tolist()
    kept = [k for k in order[:VALUES] if both[k].sum() > 0]
    rows = [(printable(names[k]), *both[k].tolist()) for k in kept]
    rest = [k for k in order if k not in kept and both[k].sum() > 0]
    if rest:
        rows.append((f"{len(rest)} other{'s' * (len(rest) > 1)}", *both[rest].sum(0).tolist()))
    return [(name, first, second) for name, first, second in rows]


def histograms(a: Side, b: Side) -> list[Histograms]:
    """Those of the columns whose ranks are the furthest apart."""
    x, y = a.values.flatten(1), b.values.flatten(1)
    ranks = pooled_ranks(torch.cat([x, y]))
    apart = moves(ranks[: len(x)], ranks[len(x) :])
    names = names_of(a)
    order = sorted(range(len(apart)), key=lambda place: -apart[place])[:COLUMNS]
    moved = moves(x[:, order], y[:, order])
    return [
        Histograms(
            short(names[place], 60),
            f"Ranks {apart[place]:.3g} apart (0 is none, 0.5 the most); moved by {shown(by)} (W₁ of this "
            f"column); {means(x[:, place], y[:, place])}.",
            (x[:, place].numpy(), y[:, place].numpy()),
        )
        for place, by in zip(order, moved, strict=True)
    ]
