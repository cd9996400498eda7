"""How the dates and times of a column are written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEW", "FORMS", "Clock", "in_seconds", "is_like_a_date", "moments", "parts_of"]

DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%d.%m.%y"),
    *("%m/%d/%y", "%d/%m/%y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%Y.%m.%d"),
    *("%b %d %Y", "%B %d %Y", "%Y-%m", "%m/%Y"),
)
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
FORMS = (*DATES, *(f"{day}{gap}{time}" for gap in " T" for time in TIMES for day in DATES), *TIMES)
"""The usual ones; what may be meant by several is in the order of the day's and the month's place."""

_SHAPE = re.compile(r"(?=.*\d)(?=.*[-/.: ]|\d{8}$)[\dA-Za-z ,./:+-]{4,40}", re.ASCII)
_FRACTION = re.compile(r"(:\d\d)\.(\d{1,9})")
_TAIL = re.compile(r"(.*\d:\d\d.*?)( ?(?:Z|[+-]\d\d:?\d\d))", re.ASCII)
_ZERO = re.compile(r"\b0(?=\d\b)")
_CENTURIES = (1800.0, 2200.0)
"""Between these years eight digits in a row may be a date."""
FEW = 50


class Clock(msgspec.Struct, frozen=True):
    """The form of moments in text.

    Attributes:
        form: of whole seconds, for `strftime`.
        fraction: decimals of the seconds.
        tail: the time zone, as it is written, such as `Z`.
        bare: whether the numbers of days, months and hours have no zero before them.
    """

    form: str
    fraction: int = 0
    tail: str = ""
    bare: bool = False

    @classmethod
    def possible(cls, texts: Sequence[str], counts: Mapping[str, int], form: str | None = None) -> list[Self]:
        """All forms that every text has.

        Args:
            texts: to read.
            counts: how many cells there are of each.
            form: the one that is meant; none for any of the usual ones.

        Example:
            >>> [one.form for one in Clock.possible(["03/04/2020"], {"03/04/2020": 1})]
            ['%m/%d/%Y', '%d/%m/%Y']
        """
        if not texts or (form is None and not all(map(is_like_a_date, texts))):
            return []
        tails: dict[str, int] = {}
        for text in texts:
            tails[tail_of(text)] = tails.get(tail_of(text), 0) + counts[text]
        if "" in tails and len(tails) > 1:
            return []
        tail = max(tails, key=lambda one: tails[one])
        digits = max(len(found.group(2)) if (found := _FRACTION.search(text)) else 0 for text in texts)
        plain = [one for one in cls._of_forms(texts[:FEW], tail, digits, form) if one.reads(texts)]
        return [max((one, msgspec.structs.replace(one, bare=True)), key=lambda c: c.kept(texts)) for one in plain]

    @classmethod
    def _of_forms(cls, texts: Sequence[str], tail: str, digits: int, form: str | None) -> Iterator[Self]:
        for one in FORMS if form is None else (form,):
            clock = cls(one, digits, tail)
            if clock.reads(texts):
                yield clock

    def reads(self, texts: Sequence[str]) -> bool:
        """Whether all are of this form."""
        seconds = self.read(texts)
        if np.isnan(seconds).any():
            return False
        return self.form != "%Y%m%d" or bool(_CENTURIES[0] < 1970 + seconds.min() / 3.16e7 < _CENTURIES[1])

    def kept(self, texts: Sequence[str]) -> int:
        """How many it writes as they are, of those that are looked at."""
        few = list(texts[:FEW])
        return len(few) - len(self.odd(few, self.read(few)))

    def odd(self, texts: Iterable[str], seconds: NDArray[np.float64]) -> list[str]:
        """The texts that are written otherwise."""
        return [text for text, written in zip(texts, self.written(seconds), strict=True) if text != written]

    def read(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Seconds since 1970 on the clock of the column's time zone, NaN for what is of another form."""
        import pandas as pd

        tails = [tail_of(text) for text in texts]
        bodies = [text.strip()[: -len(tail)] if tail else text.strip() for text, tail in zip(texts, tails, strict=True)]
        parts = [float("0." + found.group(2)) if (found := _FRACTION.search(body)) else 0.0 for body in bodies]
        whole = pd.Series([_FRACTION.sub(r"\1", body) for body in bodies], dtype=object)
        found_ = pd.to_datetime(whole, format=self.form, errors="coerce", exact=True)
        shift = np.array([offset(self.tail) - offset(tail) for tail in tails])
        seconds = in_seconds(found_) + shift + np.array(parts)
        return np.where([bool(tail) == bool(self.tail) for tail in tails], seconds, np.nan)

    def written(self, seconds: NDArray[np.float64]) -> list[str]:
        """The text of each moment."""
        whole, left = parts_of(seconds, 10**self.fraction)
        texts = moments(whole).dt.strftime(self.form).tolist()
        if self.bare:
            texts = [_ZERO.sub("", text, count=2) if ":" in text else _ZERO.sub("", text) for text in texts]
        if self.fraction:
            texts = [fractional(text, f"{part:0{self.fraction}d}") for text, part in zip(texts, left, strict=True)]
        return [text + self.tail for text in texts]


def is_like_a_date(text: str) -> bool:
    """Whether it may be one, at a glance."""
    return _SHAPE.fullmatch(text) is not None


def fractional(text: str, digits: str) -> str:
    """A text with a fraction after its seconds."""
    head, colon, seconds = text.rpartition(":")
    return f"{head}{colon}{seconds[:2]}.{digits}{seconds[2:]}"


def tail_of(text: str) -> str:
    """The time zone at the end of a time."""
    found = _TAIL.fullmatch(text.strip())
    return found.group(2) if found else ""


def offset(tail: str) -> float:
    """Seconds by which the clock of a time zone is ahead.

    Example:
        >>> offset("Z"), offset("+02:00"), offset("-0130")
        (0.0, 7200.0, -5400.0)
    """
    digits = re.sub(r"\D", "", tail)
    ahead = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:]) if digits else 0.0
    return -ahead if "-" in tail else ahead


def in_seconds(found: "pd.Series") -> NDArray[np.float64]:
    """Seconds since 1970, NaN where there is none; of what has a time zone on the clock of Greenwich."""
    plain = found.dt.tz_convert("UTC").dt.tz_localize(None) if found.dt.tz is not None else found
    micros = plain.astype("datetime64[us]").to_numpy()
    return np.where(np.isnat(micros), np.nan, micros.astype("int64") / 1e6)


def parts_of(seconds: NDArray[np.float64], per: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Whole seconds, and how many of `per` parts of one there are beyond; apart, since together they round twice.

    Example:
        >>> parts_of(np.array([1.5, 2.9999]), 100)
        (array([1., 3.]), array([50,  0]))
    """
    whole = np.floor(seconds)
    left = np.round((seconds - whole) * per).astype("int64")
    return whole + left // per, left % per


def moments(seconds: NDArray[np.float64]) -> "pd.Series":
    """The way back, to microseconds."""
    import pandas as pd

    whole, left = parts_of(np.nan_to_num(seconds), 10**6)
    micros = (whole.astype("int64") * 10**6 + left).view("datetime64[us]")
    return pd.Series(micros).mask(np.isnan(seconds))
