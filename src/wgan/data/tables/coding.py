"""One column of numbers as a network makes it: which of a few states, and where in it."""

from itertools import pairwise
from math import isfinite
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["Coding"]

HEAVY = 32
"""A value that more than one of so many rows hold has a state of its own."""
DISCRETE = 64
"""With at most so many different values, each has a state of its own."""
STEPS = 512
"""With at most so many, positions stand for values that were seen; with more, they lie between quantiles."""
INSET = 1e-3
"""Part of a step at each of its ends where no value is spread, so that rounding leads to no other value."""
ROWS = 20
"""Rows that a bin holds, at the least."""


class Coding(msgspec.Struct, frozen=True):
    r"""States, one-hot, and a position in [-1, 1] within some of them.

    The values that many rows hold, *atoms*, have a state each. The rest is divided by quantiles into bins of equally
    many rows: the distribution function $F$ of the rest maps a value to $u \in [0, 1]$, its bin is the integer part of
    $u \cdot \text{bins}$ and its position what is left. Where values repeat, $u$ is drawn from
    $[F(x-), F(x)]$, so that positions are uniform in each bin however the values are distributed. An empty cell is a
    state.

    Attributes:
        atoms: in ascending order.
        knots: values of the rest in ascending order, none of them twice.
        levels: $F$ at the knots; for steps, with a zero before.
        bins: of the rest; 0 where there is none.
        empty: whether cells may be empty.
    """

    atoms: tuple[float, ...]
    knots: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    bins: int = 0
    empty: bool = False

    def __post_init__(self) -> None:
        """Refuses, with a `ValueError`, what `fitted` does not make: codings are read from files too."""
        ascending = all(below < above for part in (self.atoms, self.knots) for below, above in pairwise(part))
        shares = all(0 <= below <= above <= 1 for below, above in pairwise(self.levels))
        lengths = len(self.levels) - len(self.knots) in ((0, 1) if self.knots else (0,))
        fit = lengths and (self.bins > 0) == bool(self.knots) and self.bins >= 0
        finite = all(map(isfinite, (*self.atoms, *self.knots)))
        if not (ascending and shares and fit and finite and self.states):
            raise ValueError("states and positions of a column that is none")

    @classmethod
    def fitted(cls, numbers: NDArray[np.float64], *, codes: bool = False) -> Self:
        """The coding that suits the numbers of a column, NaN where it is empty.

        Args:
            numbers: `(n,)`.
            codes: whether they only tell values apart, so that each has a state.

        Example:
            >>> Coding.fitted(np.array([0.0, 0.0, 1.0, np.nan])).states
            3
            >>> Coding.fitted(np.arange(1000.0)).bins
            32
        """
        filled = numbers[~np.isnan(numbers)]
        values, counts = np.unique(filled, return_counts=True)
        empty = len(filled) < len(numbers)
        if codes or len(values) <= DISCRETE:
            return cls(tuple(values.tolist()), empty=empty)
        heavy = counts * HEAVY > len(filled)
        rest, count = values[~heavy], counts[~heavy]
        bins = max(1, min(HEAVY, int(count.sum()) // ROWS))
        share = np.concatenate([[0.0], count.cumsum() / count.sum()])
        if len(rest) > STEPS:
            # The middle of each value's steps, at evenly spaced shares; both ends are values that were seen.
            middle = (share[:-1] + share[1:]) / 2
            chosen = np.unique(
                np.interp(np.linspace(0, 1, STEPS + 1), middle, np.arange(len(rest))).round().astype(int)
            )
            rest, share = rest[chosen], middle[chosen]
            share = (share - share[0]) / (share[-1] - share[0])
        return cls(tuple(values[heavy].tolist()), tuple(rest.tolist()), tuple(share.tolist()), bins, empty)

    @property
    def states(self) -> int:
        """How many there are."""
        return len(self.atoms) + self.bins + self.empty

    def located(self, numbers: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Where each number lies: its state, or -1 for one of the rest, whose shares $[F(x-), F(x)]$ are told.

        Args:
            numbers: `(n,)`, each an atom, a knot, or in between; NaN where it is empty.

        Returns:
            States `(n,)`, and both ends `(n, 2)`.
        """
        hollow, atoms = np.isnan(numbers), np.array(self.atoms or [np.nan])
        place = np.searchsorted(atoms, numbers).clip(max=len(atoms) - 1)
        states = np.where(hollow, len(self.atoms) + self.bins, np.where(atoms[place] == numbers, place, -1))
        rest, ends = states < 0, np.zeros((len(numbers), 2))
        if self.bins:
            ends[rest] = self._shares(numbers[rest])
        elif rest.any():  # values that the fit never saw
            states[rest] = np.abs(numbers[rest][:, None] - atoms).argmin(1)
        return states, ends

    def decode(self, states: NDArray[np.int64], positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """The number of each state and position, `(n,)`; NaN where it is empty."""
        numbers = np.full(len(states), np.nan)
        atom = states < len(self.atoms)
        numbers[atom] = np.array(self.atoms)[states[atom]] if self.atoms else np.nan
        rest = ~atom & (states < len(self.atoms) + self.bins)
        if rest.any():
            u = (states[rest] - len(self.atoms) + (positions[rest].clip(-1, 1) + 1) / 2) / self.bins
            numbers[rest] = self._values(u)
        return numbers

    @property
    def _steps(self) -> bool:
        return len(self.levels) > len(self.knots)

    def _shares(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        knots, levels = np.array(self.knots), np.array(self.levels)
        if not self._steps:
            return np.asarray(np.interp(numbers, knots, levels))[:, None].repeat(2, 1)
        place = np.searchsorted((knots[1:] + knots[:-1]) / 2, numbers)
        inset = INSET * (levels[place + 1] - levels[place])
        return np.stack([levels[place] + inset, levels[place + 1] - inset], 1)

    def _values(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self._steps:
            return np.asarray(np.interp(u, self.levels, self.knots))
        place = np.searchsorted(self.levels[1:-1], u, side="right")
        return np.asarray(np.array(self.knots)[place])
