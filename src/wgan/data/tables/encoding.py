"""A whole table as a network makes it: the states of every column, one-hot, then their positions."""

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import isfinite
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from wgan.data.tables.coding import Coding
from wgan.data.tables.dependence import Dependence, dependences
from wgan.data.tables.form import TextForm
from wgan.data.tables.kinds import Category, Constant, Identifier, Moment, Number, YesNo

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AnyKind", "Located", "TableEncoding"]

AnyKind = Constant | YesNo | Moment | Identifier | Number | Category


class Coded(msgspec.Struct, frozen=True):
    """A column that the network makes.

    Attributes:
        column: its place in the table.
        coding: of its numbers.
    """

    column: int
    coding: Coding


class Located(NamedTuple):
    """Cells as `Coding.located` places them, each `(n, coded)`: states, the low end of shares, and their width."""

    states: Tensor
    low: Tensor
    width: Tensor

    def rows(self, chosen: Tensor) -> "Located":
        """Those of some rows."""
        return Located(*(part[chosen] for part in self))

    def to(self, device: torch.device) -> "Located":
        """On another device, in single precision."""
        return Located(self.states.to(device), *(part.to(device, torch.float32) for part in self[1:]))


class TableEncoding(msgspec.Struct, frozen=True, dict=True):
    r"""The way between tables of mixed columns and the model's units.

    A table in the *user's units* is `(n, columns)` float64: amounts as they are, categories by their places, moments in
    seconds, NaN where a cell is empty. In the *model's units* it is `(n, width)`: for each column that is neither
    constant nor a function of another, the one-hot states of its `Coding`, columns with equally many states together;
    then the positions of those that have any.

    Attributes:
        kinds: of the columns, in the table's order.
        coded: the columns that the network makes, in the order of their states.
        spreads: the standard deviation of each column's numbers, 1 for categories.
        dependent: the columns that follow from others.
        form: of the text file that the table was read from.
    """

    kinds: tuple[AnyKind, ...]
    coded: tuple[Coded, ...]
    spreads: tuple[float, ...]
    dependent: tuple[Dependence, ...] = ()
    form: TextForm | None = None

    def __post_init__(self) -> None:
        """Refuses, with a `ValueError`, columns that do not fit each other: encodings are read from files too."""
        made = [one.column for one in self.coded]
        places = sorted([*made, *(one.column for one in self.dependent)])
        known = all(one.of in made for one in self.dependent)
        spreads = len(self.spreads) == len(self.kinds) and all(isfinite(one) and one > 0 for one in self.spreads)
        if not self.coded or not known or not spreads or places != list(range(len(self.kinds))):
            raise ValueError("columns of a table that do not fit each other")
        numbers = [(one.column, one.coding.atoms) for one in self.coded]
        for column, values in [*numbers, *((one.column, one.numbers) for one in self.dependent)]:
            if (codes := self.kinds[column].codes) is not None and not set(values) <= {None, *range(codes)}:
                raise ValueError(f"codes of column {column} that stand for nothing")

    unit: ClassVar[str] = "units of the columns"
    bounds: ClassVar[None] = None
    comparable_unit: ClassVar[str] = "standard deviations, or 1 between two categories"

    @classmethod
    def fitted(cls, kinds: Sequence[AnyKind], values: NDArray[np.float64], form: TextForm | None = None) -> Self:
        """The encoding that suits a table in the user's units."""
        codings = [
            Coding.fitted(column, codes=kind.codes is not None) for kind, column in zip(kinds, values.T, strict=True)
        ]
        dependent = dependences(values, [not coding.bins for coding in codings])
        following = {one.column for one in dependent}
        made = (Coded(k, one) for k, one in enumerate(codings) if k not in following)
        coded = sorted(made, key=lambda one: (one.coding.states, one.coding.bins > 0))
        spreads = [
            1.0 if kind.codes is not None else spread(column) for kind, column in zip(kinds, values.T, strict=True)
        ]
        return cls(tuple(kinds), tuple(coded), tuple(spreads), dependent, form)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(kind.name for kind in self.kinds)

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        """How many states each column has, in the model's units; positions fill the rest of a row."""
        return tuple(one.coding.states for one in self.coded)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where in a row the states of each column begin."""
        return tuple(accumulate(self.blocks, initial=0))[:-1]

    @cached_property
    def asked(self) -> list[int]:
        """The places in `coded` of the columns of which each value has a state of its own, and which have several."""
        return [k for k, one in enumerate(self.coded) if not one.coding.bins and one.coding.states > 1]

    @cached_property
    def width(self) -> int:
        """Numbers of a row in the model's units."""
        return sum(self.blocks) + sum(one.coding.bins > 0 for one in self.coded)

    def located(self, values: NDArray[np.float64]) -> "Located":
        """Where the cells of a table in the user's units, `(n, columns)`, lie."""
        found = [one.coding.located(values[:, one.column]) for one in self.coded]
        states, ends = (torch.from_numpy(np.stack(part, 1)) for part in zip(*found, strict=True))
        return Located(states, ends[..., 0], ends[..., 1] - ends[..., 0])

    def spread(self, cells: "Located", chance: Tensor) -> Tensor:
        """Rows in the model's units, `(n, width)`: values that repeat are spread over their shares.

        Args:
            cells: where they lie, `(n, coded)`.
            chance: `(n, coded)`, uniform in [0, 1).
        """
        bins, atoms = (torch.tensor(part, device=chance.device) for part in zip(*self._counts, strict=True))
        share = (cells.low + chance * cells.width) * bins
        inside = torch.minimum(share.floor(), bins - 1).clamp(min=0)
        states = torch.where(cells.states < 0, atoms + inside.long(), cells.states)
        positions = torch.where(cells.states < 0, 2 * (share - inside) - 1, 0.0)
        rows = share.new_zeros(len(share), self.width)
        rows[:, sum(self.blocks) :] = positions[:, bins > 0]
        return rows.scatter_(1, states + torch.tensor(self.starts, device=states.device), 1.0)

    @cached_property
    def _counts(self) -> list[tuple[int, int]]:
        return [(one.coding.bins, len(one.coding.atoms)) for one in self.coded]

    def encode(self, x: Tensor) -> Tensor:
        """User units to model units, `(n, columns)` to `(n, width)` float64; values that repeat in mid-share."""
        cells = self.located(x.double().cpu().numpy())
        return self.spread(cells, torch.full_like(cells.low, 0.5))

    def decode(self, x: Tensor) -> Tensor:
        """Model units to user units, `(n, width)` to `(n, columns)` float64: of each column the likeliest state."""
        rows, values = x.double().cpu(), np.full((len(x), len(self.kinds)), np.nan)
        positions = rows[:, sum(self.blocks) :].numpy()
        placed = 0
        for one, states in zip(self.coded, torch.split(rows[:, : sum(self.blocks)], list(self.blocks), 1), strict=True):
            position = positions[:, placed] if one.coding.bins else np.zeros(len(rows))
            placed += one.coding.bins > 0
            values[:, one.column] = one.coding.decode(states.argmax(1).numpy(), position)
        for other in self.dependent:
            values[:, other.column] = other(values[:, other.of])
        rounded = (kind.rounded(column) for kind, column in zip(self.kinds, values.T, strict=True))
        return torch.from_numpy(np.stack(list(rounded), 1))

    def rows_of_states(self, name: str) -> tuple[set[int], Tensor]:
        """What is in a row for each state of a column, if states are all that it has.

        Returns:
            The places of the column and of those that follow from it, and rows in the user's units with nothing else
            in them, `(states, columns)`.
        """
        column = self.columns.index(name)
        coding = next(one.coding for one in self.coded if one.column == column)
        rows = np.full((coding.states, len(self.kinds)), np.nan)
        rows[:, column] = coding.decode(np.arange(coding.states), np.zeros(coding.states))
        following = [one for one in self.dependent if one.of == column]
        for one in following:
            rows[:, one.column] = one(rows[:, column])
        return {column, *(one.column for one in following)}, torch.from_numpy(rows)

    def bounded(self, x: Tensor) -> Tensor:
        """User units as they are: `decode` leaves no column's range."""
        return x

    def shade(self, x: Tensor) -> Tensor:
        """User units as they are: nothing here is a shade."""
        return x

    def comparable(self, x: Tensor) -> Tensor:
        r"""User units as points whose Euclidean distance is the ground cost between rows, `(n, columns)` to `(n, d)`.

        Amounts are in standard deviations of the data, and two categories, or an empty and a filled cell, are 1 apart:
        states are one-hot times $\sqrt{1/2}$.
        """
        parts = []
        for kind, spread_, column in zip(self.kinds, self.spreads, x.double().T, strict=True):
            hollow = column.isnan()
            if kind.codes is not None:
                code = column.nan_to_num(kind.codes).long()
                parts.append(one_hot(code, kind.codes + 1).double() * 0.5**0.5)
            else:
                parts += [(column / spread_).nan_to_num(0.0)[:, None], hollow.double()[:, None]]
        return torch.cat(parts, 1)

    @cached_property
    def comparable_columns(self) -> tuple[str, ...]:
        """What each coordinate of `comparable` points stands for."""
        names = []
        for kind in self.kinds:
            if kind.codes is not None:
                values = kind.to_cells(np.arange(kind.codes, dtype=np.float64))
                names += [f"{kind.name} is {value}" for value in values]
            else:
                names.append(kind.name)
            names.append(f"{kind.name} is empty")
        return tuple(names)

    def frame(self, x: Tensor) -> "pd.DataFrame":
        """A table in the user's units, `(n, columns)`, as a data frame with the dtypes that its columns had."""
        import pandas as pd

        values = x.double().cpu().numpy()
        return pd.DataFrame({kind.name: kind.to_values(values[:, k]) for k, kind in enumerate(self.kinds)})

    def written(self, x: Tensor) -> "pd.DataFrame":
        """A table in the user's units with the cells that it had: text as it was written, if it was a file's."""
        import pandas as pd

        values = x.double().cpu().numpy()
        return pd.DataFrame({kind.name: kind.to_cells(values[:, k]) for k, kind in enumerate(self.kinds)})


def spread(numbers: NDArray[np.float64]) -> float:
    """The standard deviation of a column, 1 where that is 0."""
    filled = numbers[~np.isnan(numbers)]
    size = float(np.abs(filled).max()) if len(filled) else 0.0  # in units of which no square overflows or vanishes
    return float((filled / size).std()) * size or 1.0 if size else 1.0
