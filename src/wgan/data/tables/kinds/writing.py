"""How the numbers of a column are written."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from wgan.data.tables.decimals import separated

__all__ = ["Writing", "nearest"]

MOST = 15
"""Decimals that a double surely holds."""


class Writing(msgspec.Struct, frozen=True):
    """The form of numbers in text.

    Attributes:
        decimals: at most this many after the point; None for as many as it takes to tell a double from all others.
        zeros: at the end of the decimals: `all`, at least `one` decimal, or `none`.
        exponent: the letter before the power of ten, none for plain numbers.
        plus: whether positive numbers have a sign.
        gap: between thousands.
        sign: before the decimals.
    """

    decimals: int | None = 0
    zeros: str = "all"
    exponent: str = ""
    plus: bool = False
    gap: str = ""
    sign: str = "."

    @classmethod
    def fitted(cls, counts: Mapping[str, int], numbers: NDArray[np.float64], sign: str) -> Self:
        """That in which most of the cells are written.

        Args:
            counts: how many cells there are of each text.
            numbers: of the texts.
            sign: before the decimals.

        Example:
            >>> Writing.fitted({"1,234.50": 1, "0.25": 2}, np.array([1234.5, 0.25]), ".")
            Writing(decimals=2, zeros='all', exponent='', plus=False, gap=',', sign='.')
        """
        texts = list(counts)

        def kept(one: Self) -> int:
            return sum(
                counts[text] for text, number in zip(texts, numbers.tolist(), strict=True) if one(number) == text
            )

        return max(cls._possible(texts, sign), key=kept)

    @classmethod
    def _possible(cls, texts: list[str], sign: str) -> Iterator[Self]:
        plus = any(text.startswith("+") for text in texts)
        gap = next((found for text in texts if (found := separated(text, sign))), "")
        mantissas = [text.lower().partition("e")[0] for text in texts]
        decimals = max(len(mantissa.strip().partition(sign)[2]) for mantissa in mantissas)
        exponent = next((letter for letter in "eE" if any(letter in text for text in texts)), "")
        if exponent:
            yield cls(None, sign=sign, exponent=exponent)
        elif decimals <= MOST:
            for zeros in ("all", "none", "one"):
                yield cls(decimals, zeros, plus=plus, gap=gap, sign=sign)
        if not exponent:
            yield cls(None, "one", plus=plus, sign=sign)
            yield cls(None, "none", plus=plus, sign=sign)
        else:
            for zeros in ("all", "none", "one"):
                yield cls(decimals, zeros, exponent, plus=plus, sign=sign)

    def __call__(self, number: float) -> str:
        """The text of a number."""
        text = self._plain(number)
        mantissa, letter, power = text.partition("e")
        if self.zeros != "all" and "." in mantissa:
            mantissa = mantissa.rstrip("0")
            mantissa = mantissa[:-1] if mantissa.endswith(".") else mantissa
        if self.zeros == "one" and "." not in mantissa and not letter:
            mantissa += ".0"
        text = mantissa.translate({ord(","): self.gap, ord("."): self.sign}) + letter + power
        return text.replace("e", self.exponent) if letter and self.exponent else text

    def _plain(self, number: float) -> str:
        plus = "+" if self.plus and number > 0 else ""
        if self.decimals is None:
            return plus + repr(number)
        if self.exponent:
            return f"{plus}{number:.{self.decimals}e}"
        return f"{plus}{number:{',' if self.gap else ''}.{self.decimals}f}"

    def rounded(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The nearest numbers that it writes."""
        if self.decimals is None:
            return numbers
        if self.exponent:
            return np.array([float(f"{number:.{self.decimals}e}") for number in numbers.tolist()])
        return nearest(numbers, self.decimals)

    def odd(self, texts: Iterable[str], numbers: Iterable[float]) -> list[str]:
        """The texts that are written otherwise."""
        return [text for text, number in zip(texts, numbers, strict=True) if self(number) != text]


def nearest(numbers: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Numbers rounded to so many decimals, where a double tells these apart; no zero keeps a sign.

    Example:
        >>> nearest(np.array([0.126, 900719925474099.5]), 2).tolist()
        [0.13, 900719925474099.5]
    """
    fine = np.abs(numbers) < 2.0**53 / 10.0**decimals
    return np.where(fine, np.round(np.where(fine, numbers, 0.0), decimals), numbers) + 0.0
