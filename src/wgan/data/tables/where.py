"""Conditions on rows, such as `income='>50K'` or `age>=30`."""

import re
from collections.abc import Container, Sequence

import numpy as np
import torch
from torch import Tensor

from wgan.data.conditions import Conditions
from wgan.data.tables.encoding import TableEncoding
from wgan.errors import InputError, unknown_name

__all__ = ["Where"]

OPERATORS = {
    "=": torch.eq,
    "!=": torch.ne,
    "<": torch.lt,
    "<=": torch.le,
    ">": torch.gt,
    ">=": torch.ge,
}
FORM = re.compile(r"""\s*(?P<column>.+?)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<cell>"[^"]*"|'[^']*'|[^'"]*)\s*""")
EMPTY = "empty"


class Where:
    """What rows must hold: every one of some conditions.

    Args:
        conditions: each a column, one of `=`, `!=`, `<`, `<=`, `>`, `>=`, and a cell as the table has it, which may be
            quoted; `empty` stands for an empty one.
        encoding: of the table.

    Raises:
        InputError: for a condition of another form, a column or a value that the table does not have, or an order
            between categories.
    """

    def __init__(self, conditions: Sequence[str], encoding: TableEncoding) -> None:
        self.texts = tuple(conditions)
        self.parts = [self._part(text, encoding) for text in conditions]

    def _part(self, text: str, encoding: TableEncoding) -> tuple[int, str, float]:
        found = FORM.fullmatch(text)
        if found is None:
            raise InputError(f"--where {text}: expected a column, = or another comparison, and a value")
        name, operator, cell = found["column"], found["operator"], found["cell"]
        if name not in encoding.columns:
            raise unknown_name("column", name, encoding.columns)
        place = encoding.columns.index(name)
        kind = encoding.kinds[place]
        if operator not in ("=", "!=") and (kind.codes is not None or cell == EMPTY):
            raise InputError(f"--where {text}: {name!r} holds no amounts, so that none is less; expected = or !=")
        if cell == EMPTY:
            return place, operator, np.nan
        return place, operator, kind.number_of(cell[1:-1] if cell[:1] in ("'", '"') else cell)

    def __call__(self, rows: Tensor, columns: Container[int] | None = None) -> Tensor:
        """Which rows in the user's units, `(n, columns)`, hold them all, `(n,)`; an empty cell equals no value.

        Args:
            rows: of the table.
            columns: look at these alone.
        """
        kept = torch.ones(len(rows), dtype=torch.bool)
        for place, operator, number in self.parts:
            if columns is not None and place not in columns:
                continue
            column = rows[:, place]
            if number != number:
                kept &= column.isnan() == (operator == "=")
            else:
                kept &= OPERATORS[operator](column, number)
        return kept

    def asked(self, encoding: TableEncoding, conditions: Conditions) -> tuple[str | None, Tensor | None]:
        """What a generator is to be asked for, so that its rows hold what is rarest of it.

        Args:
            encoding: of the table.
            conditions: what it can be asked for.

        Returns:
            The column, and how often it is to be asked for each value, `(k,)`; both None where no one value of a column
            is of help: rows with any of them hold the conditions, or none was learned that does.
        """
        held = [self(rows, columns) for columns, rows in map(encoding.rows_of_states, conditions.names)]
        shares = [conditions.share(k, kept) for k, kept in enumerate(held)]
        rarest = min(range(len(shares)), key=lambda k: shares[k] or 1.0)
        if not 0 < shares[rarest] < 1:
            return None, None
        allowed = [kept if k == rarest else torch.zeros_like(kept) for k, kept in enumerate(held)]
        return conditions.names[rarest], conditions.weights() * torch.cat(allowed)

    def __str__(self) -> str:
        """The conditions, as they were given."""
        return " and ".join(self.texts)
