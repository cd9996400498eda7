"""Columns that are functions of another, such as the code and the name of a port."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["Dependence", "dependences"]

REPEATED = 10
"""Rows that a value of the other column has on average, at the least; else the function may be chance."""


class Dependence(msgspec.Struct, frozen=True):
    """A column whose number follows from that of another.

    Attributes:
        column: which.
        of: the place of the other.
        given: the other's numbers in ascending order, NaN last.
        numbers: this column's number for each of them.
    """

    column: int
    of: int
    given: tuple[float | None, ...]
    numbers: tuple[float | None, ...]

    def __post_init__(self) -> None:
        """Refuses, with a `ValueError`, a function without values: these are read from files too."""
        if not self.given or len(self.given) != len(self.numbers):
            raise ValueError("a column that follows from none")

    def __call__(self, other: NDArray[np.float64]) -> NDArray[np.float64]:
        """This column's numbers, from the other's."""
        given, numbers = (np.array([np.nan if x is None else x for x in part]) for part in (self.given, self.numbers))
        place = np.searchsorted(given, other).clip(max=len(given) - 1)
        return np.asarray(numbers[place])


def dependences(values: NDArray[np.float64], discrete: Sequence[bool]) -> tuple[Dependence, ...]:
    """The columns that another one determines, none of which determines another.

    Args:
        values: `(n, columns)`, NaN where a cell is empty.
        discrete: of which columns each value has a state of its own; only these determine others.

    Example:
        >>> port = np.array([0.0, 1.0, 2.0] * 10)
        >>> found = dependences(np.stack([port, port // 2, np.arange(30.0)], 1), [True, True, False])
        >>> [(one.column, one.of, one.numbers) for one in found]
        [(1, 0, (0.0, 0.0, 1.0))]
    """
    places = [np.unique(column, return_inverse=True) for column in values.T]
    most = len(values) / REPEATED
    found: dict[int, Dependence] = {}
    # Those with more values first: what determines another has no fewer.
    order = sorted(range(values.shape[1]), key=lambda column: -len(places[column][0]))
    for of in order:
        if of in found or not discrete[of] or len(places[of][0]) > most:
            continue
        for column in order:
            if (
                column != of
                and column not in found
                and len(places[column][0]) <= len(places[of][0])
                and follows(places[of][1], places[column][1])
            ):
                first = np.unique(places[of][1], return_index=True)[1]
                found[column] = Dependence(column, of, plain(values[first, of]), plain(values[first, column]))
    return tuple(found[column] for column in sorted(found))


def follows(given: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether every value of the one goes with a single value of the other."""
    first = np.zeros(given.max() + 1, dtype=np.int64)
    first[given] = other
    return bool((first[given] == other).all())


def plain(numbers: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Numbers, None where there is none."""
    return tuple(None if number != number else number for number in numbers.tolist())
