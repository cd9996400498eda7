"""What a metric is: a number that says how near generated samples are to real ones."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from math import inf
from typing import ClassVar, Literal, Self

import torch
from torch import Tensor

from wgan.arrays import ArrayLike
from wgan.checks import Checked
from wgan.data import Source
from wgan.distances import Interval
from wgan.distances.samples import paired
from wgan.randomness import stream

__all__ = ["OF_DATA", "Measured", "Metric", "Need"]

OF_DATA = "of data"
"""Marks, in its metadata, a field that says what the data are and not how they are measured."""


class Need(StrEnum):
    """What a metric's rows are, `(n, d)` in float64.

    Whoever evaluates makes them from samples, so that a metric is a function of two matrices and knows nothing else.
    """

    SAMPLES = "samples"
    """Samples, flattened, in the user's units; in standard deviations where each column has its own."""
    FEATURES = "features"
    """Numbers that some `Features` make of a sample."""
    CLASSES = "class probabilities"
    """Probabilities of `d` classes."""
    MODES = "known modes"
    """Distances to the `d` modes of a known mixture, in standard deviations of a mode."""
    TABLE = "rows of a table"
    """Cells in the user's units: amounts, and categories by their codes; NaN where a cell is empty."""


@dataclass(frozen=True)
class Measured:
    """What a metric found.

    Attributes:
        value: the metric.
        note: what has to be known about the value, in one line; empty if nothing.
        details: further numbers that were come by on the way, by name.
        interval: where the metric has one of its own; else the caller makes it from random halves.
    """

    value: float
    note: str = ""
    details: Mapping[str, float] = field(default_factory=dict)
    interval: Interval | None = None


@dataclass(frozen=True)
class Metric(Checked, ABC):
    """A metric; a new one is a file with a class that says what it needs and overrides `measure`, and its export.

    Example:
        >>> from wgan.metrics import Frechet
        >>> real = torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
        >>> round(Frechet()(real, real + 1).value, 6)  # ‖(1, 1, 1, 1)‖²
        4.0
    """

    name: ClassVar[str]
    """The short name that the command knows it by."""
    title: ClassVar[str]
    """What it is, in a few words."""
    unit: ClassVar[str] = ""
    """Of the value: "of the samples" stands for the unit of the data, the rest for itself."""
    better: ClassVar[Literal["less", "more"]]
    """Which values are the better ones."""
    needs: ClassVar[Need]
    """What the rows of `real` and `fake` are."""
    against: ClassVar[Literal["held-out", "training"]] = "held-out"
    """The real data that `real` holds: as many held-out samples as there are generated ones, or all training samples.

    The floor is the same metric with real samples as `fake`: training samples, or in the second case held-out ones.
    """
    bounds: ClassVar[tuple[float, float]] = (0, inf)
    """Between which the value lies, and so its interval."""
    least: ClassVar[int] = 2
    """Rows that it takes on each side."""
    most: ClassVar[int] = 1000
    """Held-out rows that it is given if nothing else is asked for, of small data all."""
    most_generated: ClassVar[int | None] = None
    """Generated rows likewise, yet no more than there are training rows; None for as many as held-out ones."""
    halvings: ClassVar[int] = 20
    """Random halves behind its interval, at the most."""

    @property
    def protocol(self) -> str:
        """The name, with those fields that are not at their defaults: `precision`, or `precision_k5`."""
        settings = [one for one in fields(self) if not one.metadata.get(OF_DATA)]
        own = ((one.name, getattr(self, one.name)) for one in settings if getattr(self, one.name) != one.default)
        return "_".join([self.name, *(f"{name}{value:g}" for name, value in own)])

    def suited(self, source: Source) -> Self:  # noqa: ARG002
        """The same metric with what it has to know of the data."""
        return self

    def reason_against(self, source: Source) -> str | None:  # noqa: ARG002
        """Why it cannot be measured of such data, beyond what `needs` says; None if it can."""
        return None

    def __call__(self, real: ArrayLike, fake: ArrayLike, *, seed: int = 0) -> Measured:
        """The metric of any two sets of rows.

        Args:
            real: `(n, d)`, as `needs` says.
            fake: `(m, d)`.
            seed: of what the metric draws, such as directions.

        Raises:
            InputError: if there are fewer than `least` rows, values that are not finite, or rows of two widths.
        """
        rows = self.rows(real, fake)
        with torch.no_grad():
            return self.measure(*rows, self.rng(seed))

    def rows(self, real: ArrayLike, fake: ArrayLike) -> tuple[Tensor, Tensor]:
        """Both sets as matrices in float64, checked."""
        return paired(real, fake, self.least)

    def rng(self, seed: int) -> torch.Generator:
        """The random numbers of a measurement; anew for each, so that equal rows give equal values."""
        return stream(seed, "metric", self.name)

    @abstractmethod
    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:
        """The metric of `(n, d)` and `(m, d)` checked rows, float64."""
