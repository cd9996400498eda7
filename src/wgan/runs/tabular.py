"""Pictures of a run's table of mixed columns."""

from pathlib import Path
from typing import BinaryIO

from torch import Tensor

from wgan.data.tables.encoding import TableEncoding
from wgan.data.tables.kinds import Category, Moment
from wgan.metrics.pairs import pair_likeness
from wgan.metrics.shapes import column_likeness
from wgan.randomness import stream
from wgan.report import Chosen, Column, table_figure

__all__ = ["columns_of", "compare"]


def columns_of(encoding: TableEncoding) -> tuple[Column, ...]:
    """What a picture has to know of a table's columns."""
    return tuple(
        Column(kind.name, kind.values or ("made up",))
        if isinstance(kind, Category)
        else Column(kind.name, moments=isinstance(kind, Moment))
        for kind in encoding.kinds
    )


def compare(
    encoding: TableEncoding, real: Tensor, fake: Tensor, path: Path | BinaryIO, *, title: str, seed: int
) -> None:
    """Writes a PNG of the columns and pairs of a table that differ most, real beside generated.

    Args:
        encoding: of the table.
        real: `(n, columns)` in the user's units.
        fake: `(m, columns)` likewise.
        path: of the PNG, or an open file.
        title: what and when.
        seed: draws the pairs that are looked at, where there are many.
    """
    discrete = [kind.codes is not None for kind in encoding.kinds]
    columns = dict(enumerate(column_likeness(real, fake, discrete)))
    pairs = pair_likeness(real, fake, discrete, stream(seed, "pairs")) if len(columns) > 1 else {}
    tables, chosen = {"real": real, "generated": fake}, Chosen.compared(columns, pairs)
    table_figure(columns_of(encoding), tables, path, title=title, chosen=chosen)
