"""How like the columns of two tables are, each for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.metrics.metric import Measured
from wgan.metrics.table import TableMetric

__all__ = ["KEPT", "Shapes", "column_likeness", "distance", "least_like", "worst"]

NAMED = 3
"""Columns, or pairs of them, that a note names."""
KEPT = 200
"""Those that the details hold."""


@dataclass(frozen=True)
class Shapes(TableMetric):
    r"""How like the distributions of the columns are, on average.

    $$1 - \frac1d \sum_k \sup_{A \in \mathcal A_k} \lvert P_k(A) - Q_k(A) \rvert$$

    Of a category $\mathcal A$ are all sets of values, so that the distance is half the sum of $\lvert p - q \rvert$,
    the total variation, in which an empty cell counts as one more value. Of amounts they are the half-lines
    $\{x \le t\}$ and $\{x > t\}$, each with and without the empty cells: the distance of Kolmogorov and Smirnov, and no
    less than the difference between the shares of empty cells.

    Massey 1951, https://doi.org/10.1080/01621459.1951.10500769.

    Args:
        columns: what they are; None for amounts alone.

    Example:
        >>> real = [[0.0], [1.0], [2.0], [float("nan")]]
        >>> Shapes()(real, real).value, Shapes()(real, [[0.0], [0.0], [2.0], [2.0]]).value
        (1.0, 0.75)
    """

    name: ClassVar[str] = "shapes"
    title: ClassVar[str] = "likeness of columns"
    better: ClassVar[Literal["less", "more"]] = "more"
    bounds: ClassVar[tuple[float, float]] = (0, 1)
    most_generated: ClassVar[int | None] = 30_000

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """From the shares of sorted cells."""
        columns = self.of(real)
        likeness = column_likeness(real, fake, columns.discrete)
        found = dict(zip(columns.names, likeness, strict=True))
        return Measured(float(np.mean(likeness)), worst(found), least_like(found, KEPT))


def column_likeness(real: Tensor, fake: Tensor, discrete: Sequence[bool]) -> list[float]:
    """How like each column is, 0 to 1.

    Args:
        real: `(n, d)`, NaN where a cell is empty.
        fake: `(m, d)`.
        discrete: which columns are categories.
    """
    return [1 - distance(*pair) for pair in zip(real.numpy().T, fake.numpy().T, discrete, strict=True)]


def distance(real: NDArray[np.float64], fake: NDArray[np.float64], discrete: bool) -> float:
    """How far two columns, NaN where they are empty, are apart, 0 to 1: total variation, or Kolmogorov–Smirnov.

    Args:
        real: `(n,)`.
        fake: `(m,)`.
        discrete: whether they are categories.
    """
    if discrete:
        values, place = np.unique(np.concatenate([real, fake]), return_inverse=True)
        p, q = (
            np.bincount(part, minlength=len(values)) / len(part) for part in (place[: len(real)], place[len(real) :])
        )
        return float(np.abs(p - q).sum() / 2)
    empty = np.isnan(real).mean() - np.isnan(fake).mean()
    x, y = (np.sort(column[~np.isnan(column)]) for column in (real, fake))
    steps = np.concatenate([x, y])
    below = np.searchsorted(x, steps, "right") / len(real) - np.searchsorted(y, steps, "right") / len(fake)
    return float(np.abs(np.concatenate([[empty], below, below + empty])).max())


def least_like(likeness: dict[str, float], most: int) -> dict[str, float]:
    """The least like of several things, in ascending order."""
    return dict(sorted(likeness.items(), key=lambda one: one[1])[:most])


def worst(likeness: dict[str, float]) -> str:
    """The least like of several things, in words; empty if there is but one."""
    return ", ".join(
        f"{name} {value:.3g}" for name, value in least_like(likeness, min(NAMED, len(likeness) - 1)).items()
    )
