"""How like two tables are in what their columns say of one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data import Source
from wgan.errors import InputError
from wgan.metrics.metric import Measured
from wgan.metrics.shapes import KEPT, least_like, worst
from wgan.metrics.table import TableMetric

__all__ = ["Pairs", "binned", "joint_distance", "pair_likeness"]

BINS = 10
MOST = 2000
"""Pairs that are looked at; of more, as many are drawn."""
DENSE = 1 << 20
"""Cells of a contingency table up to which all are counted, and not only those that occur."""

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs(TableMetric):
    r"""How like the contingency tables of all pairs of columns are, on average.

    $$1 - \binom d2^{-1} \sum_{k < l} \frac12 \sum_{ij} \lvert p^{kl}_{ij} - q^{kl}_{ij} \rvert$$

    Amounts are divided at the deciles of the real data, which are fewer where one value fills several; an empty cell
    is a value of its own. Shuffling each column for itself changes this and leaves `Shapes` as it is. Of finite rows it
    stays below 1, the more the more cells there are: read it beside its floor.

    Args:
        columns: what they are; None for amounts alone.

    Raises:
        InputError: of a single column.

    Example:
        >>> real = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
        >>> Pairs()(real, real).value, Pairs()(real, [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 3.0]]).value
        (1.0, 0.5)
    """

    name: ClassVar[str] = "pairs"
    title: ClassVar[str] = "likeness of pairs of columns"
    better: ClassVar[Literal["less", "more"]] = "more"
    bounds: ClassVar[tuple[float, float]] = (0, 1)
    most_generated: ClassVar[int | None] = 30_000

    def reason_against(self, source: Source) -> str | None:
        """That there is no second column."""
        return f"{source.name} has one column, and pairs need two" if source.observed_shape == (1,) else None

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:
        """From the shares of all cells of all tables."""
        columns = self.of(real)
        if (count := len(columns.names)) < 2:
            raise InputError("1 column has no pairs; expected 2 or more")
        found, every = pair_likeness(real, fake, columns.discrete, rng), count * (count - 1) // 2
        likeness = {f"{columns.names[k]} × {columns.names[other]}": value for (k, other), value in found.items()}
        drawn = f"{len(found):,} of {every:,} pairs; " if len(found) < every else ""
        return Measured(sum(likeness.values()) / len(likeness), drawn + worst(likeness), least_like(likeness, KEPT))


def pair_likeness(
    real: Tensor, fake: Tensor, discrete: Sequence[bool], rng: torch.Generator
) -> dict[tuple[int, int], float]:
    """How like the contingency tables of pairs of columns are, 0 to 1, by the places of both.

    Args:
        real: `(n, d)`, NaN where a cell is empty.
        fake: `(m, d)`.
        discrete: which columns are categories.
        rng: draws the pairs that are looked at, where there are many.
    """
    codes = [binned(*part) for part in zip(real.numpy().T, fake.numpy().T, discrete, strict=True)]
    return {(k, other): 1 - joint_distance(codes[k], codes[other]) for k, other in chosen(len(codes), rng)}


def chosen(count: int, rng: torch.Generator) -> Sequence[tuple[int, int]]:
    """All pairs of columns, or some that are drawn."""
    if count * (count - 1) // 2 <= MOST:
        return list(combinations(range(count), 2))
    first = torch.randint(count, (MOST,), generator=rng)
    second = (first + 1 + torch.randint(count - 1, (MOST,), generator=rng)) % count
    return sorted({(min(pair), max(pair)) for pair in zip(first.tolist(), second.tolist(), strict=True)})


def binned(real: NDArray[np.float64], fake: NDArray[np.float64], discrete: bool) -> tuple[Codes, Codes, int]:
    """The cells of two columns as codes from 0 on, and how many there are; an empty cell has one of its own.

    Args:
        real: `(n,)`, whose deciles divide amounts.
        fake: `(m,)`.
        discrete: whether they are categories.

    Example:
        >>> binned(np.array([0.0, 0.0, 0.0, 5.0]), np.array([-1.0, 2.0, np.nan]), False)
        (array([0, 0, 0, 1]), array([0, 1, 3]), 4)
    """
    both = np.concatenate([real, fake])
    if discrete:
        values, codes = np.unique(both, return_inverse=True)
        return codes[: len(real)], codes[len(real) :], len(values)
    filled = real[~np.isnan(real)]
    cuts = (
        np.unique(np.quantile(filled, np.arange(1, BINS) / BINS, method="inverted_cdf")) if len(filled) else np.empty(0)
    )
    codes = np.where(np.isnan(both), len(cuts) + 1, np.searchsorted(cuts, both))
    return codes[: len(real)], codes[len(real) :], len(cuts) + 2


def joint_distance(one: tuple[Codes, Codes, int], other: tuple[Codes, Codes, int]) -> float:
    """The total variation between the contingency tables of two columns, each as `binned` gives it."""
    (a, b, _), (c, d, width) = one, other
    real, fake, size = a * width + c, b * width + d, one[2] * width
    if size > DENSE:
        values, both = np.unique(np.concatenate([real, fake]), return_inverse=True)
        real, fake, size = both[: len(real)], both[len(real) :], len(values)
    p, q = (np.bincount(cells, minlength=size) / len(cells) for cells in (real, fake))
    return float(np.abs(p - q).sum() / 2)
