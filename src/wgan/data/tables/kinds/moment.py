"""Dates and times."""

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.kinds.cells import HOLLOW, counted, dtype_of, family, looked_up, refused, restored
from wgan.data.tables.kinds.clock import Clock, in_seconds, moments, parts_of
from wgan.data.tables.kinds.kind import FREE, Asked, Kind
from wgan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Moment"]

STEPS = (86_400.0, 3600.0, 60.0, 1.0, 1e-3, 1e-6)


class Moment(Kind, frozen=True, kw_only=True):
    """Dates with or without a time of the day, and times alone; their numbers are seconds since 1970.

    Attributes:
        clock: how a file writes them; none for a data frame's.
        low: the earliest.
        high: the latest.
        step: seconds of which every cell is a multiple, such as 86,400 of dates without a time.
    """

    title: ClassVar[str] = "date"

    low: float
    high: float
    step: float
    clock: Clock | None = None

    @classmethod
    def fitted(cls, name: str, cells: "pd.Series", asked: Asked = FREE) -> Self | None:
        """Text of which every cell has one of the usual forms, and columns of times of data frames.

        Raises:
            InputError: where nobody can tell the day from the month.
        """
        word = family(cells)
        if word == "text":
            return cls._of_text(name, cells, asked)
        if word not in ("datetime", "date", "time") or cells.isna().all():
            return None
        return cls._of_range(name, cells, dtype_of(cells), seconds_of(cells, word), ())

    @classmethod
    def _of_text(cls, name: str, cells: "pd.Series", asked: Asked) -> Self | None:
        counts = counted(cells)
        texts = [text for text in counts if text.strip().lower() not in HOLLOW]
        if asked.form is not None:
            clock = Clock(asked.form)
            texts = [text for text, seconds in zip(texts, clock.read(texts), strict=True) if seconds == seconds]
        found = Clock.possible(texts, counts, asked.form)
        if not found:
            return None
        if len({one.read(texts).tobytes() for one in found}) > 1:
            raise ambiguous(name, texts[0], found)
        hollow = tuple(text for text in counts if text not in set(texts))
        return cls._of_range(name, cells, dtype_of(cells), found[0].read(texts), hollow, found[0])

    @classmethod
    def _of_range(
        cls,
        name: str,
        cells: "pd.Series",  # noqa: ARG003 - the form of a constructor
        dtype: str,
        seconds: NDArray[np.float64],
        hollow: tuple[str, ...],
        clock: Clock | None = None,
    ) -> Self:
        known = seconds[~np.isnan(seconds)]
        low, high = float(known.min()), float(known.max())
        return cls(name=name, dtype=dtype, hollow=hollow, low=low, high=high, step=step_of(known), clock=clock)

    def to_numbers(self, cells: "pd.Series") -> NDArray[np.float64]:
        """Seconds."""
        if self.clock is None:
            return seconds_of(cells, family(cells))
        texts = list(counted(cells))
        read = zip(texts, self.clock.read(texts).tolist(), strict=True)
        known = {text: seconds for text, seconds in read if seconds == seconds}
        numbers, bad = looked_up(cells, {**dict.fromkeys(self.hollow, np.nan), **known})
        if bad is not None:
            raise refused(self.name, cells.iloc[bad], "a date such as the others")
        return numbers

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
        steps = np.round(numbers / self.step) * self.step
        if self.step < 1:
            per = round(1 / self.step)
            whole, left = parts_of(np.nan_to_num(numbers), per)
            steps = np.where(np.isnan(numbers), np.nan, whole + left / per)
        return np.clip(steps, self.low, self.high)

    def to_cells(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """Moments in the form that they had."""
        kept = self.rounded(numbers)
        if self.clock is None:
            return of_seconds(kept, self.name, self.dtype or "datetime64[us]")
        empty = self.hollow[0] if self.hollow else None
        texts = self.clock.written(np.nan_to_num(kept, nan=self.low))
        cells = [empty if number != number else text for number, text in zip(kept.tolist(), texts, strict=True)]
        return restored(cells, self.name, self.dtype)

    def to_values(self, numbers: NDArray[np.float64]) -> "pd.Series":
        """As times, even of a file; those without a date stay text."""
        if self.clock is None or self.dtype is not None or "%d" not in self.clock.form:
            return self.to_cells(numbers)
        return of_seconds(self.rounded(numbers), self.name, "datetime64[us]")

    def described(self) -> str:
        """The range."""
        ends = np.array([self.low, self.high])
        first, last = self.clock.written(ends) if self.clock else map(str, self.to_cells(ends))
        return f"{first} to {last}"


def step_of(seconds: NDArray[np.float64]) -> float:
    """The longest of the usual steps of which all are multiples."""
    return next((step for step in STEPS if (seconds % step == 0).all()), STEPS[-1])


def seconds_of(cells: "pd.Series", word: str) -> NDArray[np.float64]:
    """The seconds of a data frame's column."""
    import pandas as pd

    if word == "time":
        texts = cells.map(lambda cell: f"1970-01-01T{cell.isoformat()}", na_action="ignore")
        return in_seconds(pd.to_datetime(texts, format="ISO8601"))
    if cells.dtype == object:
        return in_seconds(pd.to_datetime(cells, utc=word == "datetime"))
    return in_seconds(pd.to_datetime(cells))


def of_seconds(seconds: NDArray[np.float64], name: str, dtype: str) -> "pd.Series":
    """The way back from `seconds_of`."""
    import pandas as pd

    found = moments(seconds)
    if dtype.startswith("object:"):
        word = dtype.split(":")[1]
        parts = found.dt.date if word == "date" else found.dt.time if word == "time" else found
        cells = [None if empty else part for part, empty in zip(parts, found.isna(), strict=True)]
        return restored(cells, name, dtype)
    zoned = isinstance(pd.Series(dtype=dtype).dtype, pd.DatetimeTZDtype)
    return (found.dt.tz_localize("UTC") if zoned else found).astype(dtype).rename(name)


def ambiguous(name: str, text: str, clocks: list[Clock]) -> InputError:
    """What to do where the day may be the month."""
    options = " or ".join(f"--kind '{name}={one.form}'" for one in clocks)
    return InputError(f"column {name!r} holds dates such as {text} that may be read in several ways; pass {options}")
