"""Dates and times."""

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.kinds.kind import Kind
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Moment"]

FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
STEPS = (86_400.0, 3600.0, 60.0, 1.0, 1e-3, 1e-6)
EPOCH = "1970-01-01"


class Moment(Kind, frozen=True, kw_only=True):
    """Dates with or without a time of the day; their numbers are seconds since 1970.

    Attributes:
        form: how a file writes them, for `strftime`; none for a data frame's.
        low: the earliest.
        high: the latest.
        step: seconds of which every cell is a multiple, such as 86,400 of dates without a time.
    """

    title: ClassVar[str] = "date"

    low: float
    high: float
    step: float
    form: str | None = None

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series") -> Self | None:
        """Text of which every cell has one of the usual forms, and columns of times of data frames."""
        import pandas as pd

        filled = cells.dropna()
        if pd.api.types.is_datetime64_any_dtype(filled.dtype):
            seconds = in_seconds(filled)
            return cls(
                name=name,
                dtype=str(cells.dtype),
                low=float(seconds.min()),
                high=float(seconds.max()),
                step=step_of(seconds),
            )
        if filled.dtype != object and not isinstance(filled.dtype, pd.StringDtype):
            return None
        for form in FORMATS:
            found = pd.to_datetime(filled, format=form, errors="coerce", exact=True)
            if not found.isna().any():
                seconds = in_seconds(found)
                return cls(
                    name=name, form=form, low=float(seconds.min()), high=float(seconds.max()), step=step_of(seconds)
                )
        return None

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """Seconds."""
        import pandas as pd

        found = pd.to_datetime(cells, format=self.form, errors="coerce")
        if (bad := found.isna() & cells.notna()).any():
            raise InputError(f"column {self.name!r} holds {cells[bad].iloc[0]!r}, expected a date such as the others")
        return in_seconds(found)

    def number_of(self, cell: str) -> float:
        """Of a moment in any usual form."""
        import pandas as pd

        try:
            moment = pd.Timestamp(cell)
        except ValueError:
            raise InputError(f"column {self.name!r}: {cell!r} is no date; expected one such as 2024-01-31") from None
        return float(in_seconds(pd.Series([moment]))[0])

    def rounded(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """To the step that the column has, and no further than its range."""
        return np.clip(np.round(numbers / self.step) * self.step, self.low, self.high)

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """Moments in the form that they had."""
        import pandas as pd

        kept = self.rounded(numbers)
        found = pd.Series(pd.to_datetime(kept, unit="s"), name=self.name)
        if self.form is not None:
            return found.dt.strftime(self.form).astype(object)
        return found.astype(self.dtype)

    def described(self) -> str:
        """The range."""
        import pandas as pd

        first, last = (pd.Timestamp(end, unit="s") for end in (self.low, self.high))
        return f"{first} to {last}"


def step_of(seconds: NDArray[np.float64]) -> float:
    """The longest of the usual steps of which all are multiples."""
    return next((step for step in STEPS if (seconds % step == 0).all()), STEPS[-1])


def in_seconds(moments: "pd.Series") -> NDArray[np.float64]:
    """Seconds since 1970, NaN where there is none."""
    import pandas as pd

    plain = moments.dt.tz_convert("UTC").dt.tz_localize(None) if moments.dt.tz is not None else moments
    return np.asarray((plain - pd.Timestamp(EPOCH)) / pd.Timedelta(seconds=1), np.float64)
