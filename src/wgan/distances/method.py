"""What a distance between two sets of samples is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import inf
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from wgan.arrays import ArrayLike
from wgan.checks import Checked
from wgan.distances.samples import paired
from wgan.errors import InputError

__all__ = ["DistanceMethod", "Measured"]


class Measured(NamedTuple):
    """A value, scalar, and one line on how it was come by."""

    value: Tensor
    note: str


@dataclass(frozen=True)
class DistanceMethod(Checked, ABC):
    """A distance or divergence between two sets of samples; a new one overrides `measure`.

    What a class declares is tested against what it does.
    """

    name: ClassVar[str]
    """The short name that `distance` and the command know it by."""
    unit: ClassVar[str]
    """The unit of its value: "of the data", "nats" or none."""
    most: ClassVar[float] = inf
    """The greatest value there can be between two distributions; the least is 0. No value or interval goes beyond."""
    metric: ClassVar[bool] = True
    """Whether it is symmetric, zero between a set and itself, and obeys the triangle inequality."""
    differentiable: ClassVar[bool] = True
    """Whether its gradient with respect to the samples is that of its value."""
    costly: ClassVar[bool] = False
    """Whether one value takes so long that the many of an interval should be asked for."""

    def __call__(self, x: ArrayLike, y: ArrayLike) -> Tensor:
        """The value, a float64 scalar.

        Args:
            x: samples `(n, ...)`, flattened to points.
            y: samples `(m, ...)`.

        Raises:
            InputError: if the samples are refused.
        """
        return self.measure(*paired(x, y)).value

    @abstractmethod
    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """The value between points `(n, d)` and `(m, d)`, float64 and checked."""

    def measure_weighted(
        self,
        x: Tensor,  # noqa: ARG002 - the form of those that take weights
        y: Tensor,  # noqa: ARG002
        x_weights: Tensor,  # noqa: ARG002
        y_weights: Tensor,  # noqa: ARG002
    ) -> Measured:
        """The value between weighted points; a method that can take weights overrides this too.

        Args:
            x: points `(n, d)`.
            y: points `(m, d)`.
            x_weights: `(n,)`, not negative, sum to one.
            y_weights: `(m,)`.

        Raises:
            InputError: if the method takes no weights.
        """
        raise InputError(
            f"{self.name} takes no weights; leave them out, or take a method that does, such as exact or energy"
        )

    @torch.no_grad()
    def permuted(self, pooled: Tensor, labels: Tensor) -> Tensor:
        """The value for each of many ways to split one set of points in two, `(R,)`.

        Args:
            pooled: points `(N, d)`.
            labels: which points form the first set, `(R, N)`, as many in each row.
        """
        return torch.stack([self.measure(pooled[first], pooled[~first]).value for first in labels])
