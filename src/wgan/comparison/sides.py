"""The two sides of a comparison: data sets or runs, prepared alike, their features matched by name."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from torch import Tensor

from wgan.arrays import listed, matched_columns
from wgan.data import DataSettings, Source
from wgan.data.opening import is_table, open_as_it_is
from wgan.data.tables.encoding import TableEncoding
from wgan.data.tables.united import Cells, of_numbers, united
from wgan.errors import InputError
from wgan.memory import require_memory
from wgan.randomness import stream
from wgan.runs.directory import is_run
from wgan.runs.run import Run
from wgan.runs.shared import is_shared

__all__ = ["Side", "both_sides", "prepared"]

NOTHING: Mapping[str, Any] = {}
COPIES = 6
"""Float64 numbers that one number of a sample needs, on its way and where it is measured: a measured peak."""


@dataclass(frozen=True)
class Side:
    """Samples of one side, as the user knows them.

    Attributes:
        name: how the user named it.
        values: `(n, *shape)` in the user's units, float64.
        columns: names of a table's features; None where they have none.
        unit: of the values.
        cells: of a table of mixed columns, its rows as they are; the values are then points that can be compared.
    """

    name: str
    values: Tensor
    columns: tuple[str, ...] | None
    unit: str
    cells: Cells | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """What a sample is, in words."""
        if self.cells is not None:
            kinds = Counter(kind.title for kind in self.cells.kinds)
            return f"rows of mixed columns ({', '.join(f'{count} {title}' for title, count in kinds.items())})"
        shape = tuple(self.values.shape[1:])
        return f"rows of {shape[0]} column{'s' * (shape[0] != 1)}" if len(shape) == 1 else f"pictures of shape {shape}"


def both_sides(a: str, b: str, n: int, seed: int, options: Mapping[str, Any] = NOTHING) -> tuple[Side, Side]:
    """At most `n` samples of each side, the features of the second in the order of the first.

    Args:
        a: a data set as `open_source` takes it, or a run directory.
        b: likewise.
        n: at most this many samples of each.
        seed: of the draw.
        options: data settings by name, for the sides that are no runs.

    Raises:
        InputError: if one cannot be opened, or if they are not comparable.
    """
    runs = [Run.open(spec) if is_run(spec) or is_shared(spec) else None for spec in (a, b)]
    if options and all(runs):
        given = ", ".join(f"--{name}" for name in options)
        raise InputError(f"{a} and {b} are runs, whose data is settled; leave out {given}")
    like = next((run.recipe.data for run in runs if run), DataSettings())
    with said_once():
        opened = [run or prepared(spec, like, options) for spec, run in zip((a, b), runs, strict=True)]
        if any(encoding_of(side) is not None for side in opened):
            opened = [as_mixed(*part, like, options) for part in zip((a, b), opened, strict=True)]
    shapes = [side.card.shape if isinstance(side, Run) else side.shape for side in opened]
    counts = [n if isinstance(side, Run) else side.at_most(n) for side in opened]
    needed = sum(count * prod(shape) * 8 * COPIES for count, shape in zip(counts, shapes, strict=True))
    require_memory(needed, f"comparing {counts[0]:,} samples of {a} with {counts[1]:,} of {b}", "lower -n")
    first, second = (drawn(*part, seed) for part in zip((a, b), opened, "ab", counts, strict=True))
    if first.cells is not None or second.cells is not None:
        return mixed(first, second)
    return first, matched(second, first)


@contextmanager
def said_once() -> Iterator[None]:
    """Shows each warning of the block once, at its end: a file may be read again, as a table of mixed columns."""
    said: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield
    finally:
        for text in dict.fromkeys(str(line.message) for line in said):
            warnings.warn(text, stacklevel=4)


def prepared(spec: str, like: DataSettings, options: Mapping[str, Any] = NOTHING) -> Source:
    """A data set as a run that it is compared with has seen it: as large, as grey, and of its classes if it is its."""
    if spec != like.source:
        like = replace(like, source=spec, classes=None, limit=None)
    # In the user's own units, for which no table is read as a whole.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is written in several ways")  # which matters to who writes it
        return open_as_it_is(replace(like, mirror=False, dequantize=0.0, standardize=False, **options))


def encoding_of(side: Source | Run) -> TableEncoding | None:
    """That of a table of mixed columns."""
    found = side.card.encoding if isinstance(side, Run) else side.scaling
    return found if isinstance(found, TableEncoding) else None


def as_mixed(spec: str, side: Source | Run, like: DataSettings, options: Mapping[str, Any]) -> Source | Run:
    """A side as a table of mixed columns, if it can be one."""
    if isinstance(side, Run) or encoding_of(side) is not None or not is_table(spec):
        return side
    return prepared(spec, replace(like, mixed=True), options)


def drawn(name: str, side: Source | Run, letter: str, count: int, seed: int) -> Side:
    """Samples of one side."""
    encoding = encoding_of(side)
    if isinstance(side, Run):
        values, columns, unit = side.sample(count, seed=seed).cpu().double(), side.card.columns, side.card.units.unit
    else:
        values = side.observed(count, stream(seed, "comparison", letter))
        columns, unit = side.columns, side.scaling.unit
    return Side(name, values, columns, unit, None if encoding is None else Cells(encoding.kinds, values))


def mixed(a: Side, b: Side) -> tuple[Side, Side]:
    """Two tables of mixed columns as points of one space, whose distance is the ground cost between rows.

    Raises:
        InputError: if one is no table, or if they share no column.
    """
    rows = [rows_of(one, other) for one, other in ((a, b), (b, a))]
    names = [[kind.name for kind in one.kinds] for one in rows]
    shared = [name for name in names[0] if name in names[1]]
    if not shared:
        raise InputError(f"{a.name} and {b.name} have no column in common; expected tables with the same header")
    for side, own in zip((a, b), names, strict=True):
        if alone := [name for name in own if name not in shared]:
            why = "which the other table does not have, or which names its rows"
            warnings.warn(f"{side.name}: left out {listed(alone)}, {why}", stacklevel=4)
    chosen = (one.of([own.index(name) for name in shared]) for one, own in zip(rows, names, strict=True))
    encoding, x, y = united(*chosen)
    points = encoding.comparable_columns, encoding.comparable_unit
    first, second = (
        Side(side.name, encoding.comparable(values), *points, Cells(encoding.kinds, values))
        for side, values in ((a, x), (b, y))
    )
    return first, second


def rows_of(side: Side, other: Side) -> Cells:
    """The rows of a table, whose columns are called as those of the other where they have no names.

    Raises:
        InputError: if it is no table, or has as many columns as the other only where one of them has names.
    """
    if side.values.dim() != 2:
        raise InputError(f"{side.name} holds {side.kind}, {other.name} rows of mixed columns; expected two tables")
    if side.columns is None and other.columns is not None and side.values.shape[1] != other.values.shape[1]:
        raise InputError(f"{side.name} holds {side.kind}, {other.name} {other.kind}; expected the same: --columns")
    if side.cells is not None:
        return side.cells
    return of_numbers(side.columns or other.columns or (), side.values)


def matched(side: Side, to: Side) -> Side:
    """A side with its features in the order of another.

    Raises:
        InputError: if they are not the same features.
    """
    order = matched_columns(to.columns, side.columns, to.name, side.name)
    if to.values.shape[1:] != side.values.shape[1:]:
        pictures = to.values.dim() == side.values.dim() == 4
        advice = "give both one --resolution, or --gray" if pictures else "compare two of a kind, or select --columns"
        raise InputError(f"{to.name} holds {to.kind}, {side.name} {side.kind}; expected the same: {advice}")
    if (to.columns is None) != (side.columns is None):
        named, bare = (to, side) if side.columns is None else (side, to)
        warnings.warn(f"only {named.name} names its columns; {bare.name} is compared by position", stacklevel=4)
    return side if order is None else replace(side, values=side.values[:, order], columns=to.columns)
