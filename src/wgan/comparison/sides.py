"""The two sides of a comparison: data sets or runs, prepared alike, their features matched by name."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from torch import Tensor

from wgan.arrays import matched_columns
from wgan.data import DataSettings, Source, open_source
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
    """

    name: str
    values: Tensor
    columns: tuple[str, ...] | None
    unit: str

    @property
    def kind(self) -> str:
        """What a sample is, in words."""
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
    opened = [run or prepared(spec, like, options) for spec, run in zip((a, b), runs, strict=True)]
    shapes = [side.card.shape if isinstance(side, Run) else side.shape for side in opened]
    counts = [n if isinstance(side, Run) else side.at_most(n) for side in opened]
    needed = sum(count * prod(shape) * 8 * COPIES for count, shape in zip(counts, shapes, strict=True))
    require_memory(needed, f"comparing {counts[0]:,} samples of {a} with {counts[1]:,} of {b}", "lower -n")
    first, second = (drawn(*part, seed) for part in zip((a, b), opened, "ab", counts, strict=True))
    return first, matched(second, first)


def prepared(spec: str, like: DataSettings, options: Mapping[str, Any] = NOTHING) -> Source:
    """A data set as a run that it is compared with has seen it: as large, as grey, and of its classes if it is its."""
    if spec != like.source:
        like = replace(like, source=spec, classes=None, limit=None)
    # In the user's own units, for which no table is read as a whole.
    return open_source(replace(like, mirror=False, dequantize=0.0, standardize=False, **options))


def drawn(name: str, side: Source | Run, letter: str, count: int, seed: int) -> Side:
    """Samples of one side."""
    if isinstance(side, Run):
        return Side(name, side.sample(count, seed=seed).cpu().double(), side.card.columns, side.card.units.unit)
    values = side.observed(count, stream(seed, "comparison", letter))
    return Side(name, values, side.columns, side.scaling.unit)


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
