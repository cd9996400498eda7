"""Data frames as tables of mixed columns: of which kind each column is, and what is left out."""

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from wgan.data.settings import DataSettings
from wgan.data.tables import kinds
from wgan.data.tables.encoding import AnyKind
from wgan.data.tables.mixed import MixedTable
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["from_frame"]


def from_frame(frame: "pd.DataFrame", settings: DataSettings) -> MixedTable:
    """The table in a data frame, whose columns are those that were asked for.

    Raises:
        InputError: if no column is left to learn.
    """
    found = {column: recognised(column, frame[column]) for column in frame.columns}
    kept = {column: kind for column, kind in found.items() if not isinstance(kind, kinds.Identifier)}
    if left := [column for column in found if column not in kept]:
        warnings.warn(
            f"{settings.source}: left out {', '.join(map(repr, left))}: nearly all of its cells differ", stacklevel=2
        )
    if all(isinstance(kind, kinds.Constant) for kind in kept.values()):
        raise InputError(f"{settings.source}: no column holds anything to learn; expected one whose cells differ")
    values = np.stack([kind.to_numbers(frame[column]) for column, kind in kept.items()], 1)
    return MixedTable(settings.source, values, tuple(kept.values()))


def recognised(name: str, cells: "pd.Series") -> AnyKind:
    """The first kind that fits."""
    tried: Iterator[AnyKind | None] = (getattr(kinds, kind).fitted(name, cells) for kind in kinds.__all__)
    return next(kind for kind in tried if kind is not None)
