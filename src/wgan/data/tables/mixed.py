"""Tables of mixed columns: as they were read, and as a source of rows in the model's units."""

import copy
from collections.abc import Iterator, Sequence
from typing import Self

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.conditions import Valued
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.stored import StoredData
from wgan.data.tables.encoding import AnyKind, Located, TableEncoding
from wgan.data.tables.form import TextForm
from wgan.data.tables.overview import overview
from wgan.randomness import stream

__all__ = ["MixedSource", "MixedTable"]


class MixedSource(FiniteSource):
    """The rows of a table, one-hot states and positions, see `TableEncoding`.

    Values that repeat are spread anew in each draw.

    Args:
        name: how the user named it.
        values: `(N, columns)` in the user's units.
        encoding: the way to the model's.
        fixed: whether the encoding is that of other data; else that of the part that is learned from is fitted anew.
        seed: of the permutation that `split` uses.
        label: the place of the column that the others are to foretell.
    """

    scaling: TableEncoding

    def __init__(
        self,
        name: str,
        values: Tensor,
        encoding: TableEncoding,
        *,
        fixed: bool = False,
        seed: int = 0,
        label: int | None = None,
    ) -> None:
        super().__init__(name, (encoding.width,), encoding, seed=seed)
        self.values, self.fixed, self.columns, self.label = values, fixed, encoding.columns, label
        self.codes = tuple(kind.codes for kind in encoding.kinds)
        self._located: Located | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.values)

    @property
    def observed_shape(self) -> tuple[int, ...]:
        """A number for each column."""
        return (len(self.scaling.kinds),)

    def overview(self) -> list[str]:
        """Each column's kind, range or values, and how many of its cells are empty."""
        return overview(self.scaling.kinds, self.values.numpy())

    def split(self) -> tuple[FiniteSource, FiniteSource]:
        """`(train, held_out)`, both encoded as suits the first."""
        train, held_out = super().split()
        if self.fixed or train is self:
            return train, held_out
        assert isinstance(train, MixedSource)
        assert isinstance(held_out, MixedSource)
        encoding = TableEncoding.fitted(train.scaling.kinds, train.values.numpy(), train.scaling.form)
        return train._encoded(encoding), held_out._encoded(encoding)

    def observed(self, n: int, rng: torch.Generator) -> Tensor:
        """The rows of `subset` exactly as they were given, float64."""
        return self.values[self._distinct(n, rng).cpu()]

    def _encoded(self, encoding: TableEncoding) -> Self:
        other = copy.copy(self)
        other.scaling, other.shape = encoding, (encoding.width,)
        other._located, other._by_value = None, None
        return other

    def to(self, device: torch.device | str) -> Self:
        """The same source with its rows on `device`."""
        moved = super().to(device)
        moved._located = None
        return moved

    def _cells(self) -> Located:
        if self._located is None:
            self._located = self.scaling.located(self.values.numpy()).to(self.device)
        return self._located

    def _valued(self) -> Valued | None:
        """The rows by the columns of which each value has a state of its own."""
        asked = self.scaling.asked
        if not asked:
            return None
        codes = self._cells().states[:, asked]
        names = [self.scaling.columns[self.scaling.coded[one].column] for one in asked]
        sizes, starts = ([part[one] for one in asked] for part in (self.scaling.blocks, self.scaling.starts))
        return Valued.of(codes, names, sizes, places=starts)

    def _batch(self, rows: Tensor, rng: torch.Generator) -> Tensor:
        chosen = self._cells().rows(rows)
        return self.scaling.spread(
            chosen, torch.rand(chosen.low.shape, generator=rng, device=rng.device).to(rows.device)
        )

    def _read(self, rows: Tensor) -> Tensor:
        return self._batch(rows, stream(self.seed, "positions"))

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.values, taken._located = self.values[rows.cpu()], None
        return taken

    def _conversion(self) -> object:
        return self.scaling.columns

    def _content(self) -> Iterator[bytes]:
        yield msgspec.json.encode(self.scaling.kinds)
        yield self.values.numpy().tobytes()


class MixedTable(StoredData):
    """Columns of any kind.

    Args:
        name: how the user named them.
        values: `(N, columns)` in the user's units, NaN where a cell is empty.
        kinds: of the columns.
        form: of the text file that they were read from.
    """

    def __init__(
        self, name: str, values: NDArray[np.float64], kinds: Sequence[AnyKind], form: TextForm | None = None
    ) -> None:
        self.name, self.values, self.kinds, self.form = name, values, tuple(kinds), form

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.values)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.values = self.values[rows]

    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The rows, encoded as suits them, or `like` others."""
        settings.refuse_others(self.name, "tables")
        fixed = isinstance(like, MixedSource)
        encoding = (
            like.scaling if isinstance(like, MixedSource) else TableEncoding.fitted(self.kinds, self.values, self.form)
        )
        label = None if settings.label is None else encoding.columns.index(settings.label)
        values = torch.from_numpy(self.values)
        return MixedSource(self.name, values, encoding, fixed=fixed, seed=settings.seed, label=label)
