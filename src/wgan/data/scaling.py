"""The way between the user's units and the model's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["Scaling", "Units"]


class Units(Protocol):
    """The way between the user's units and the model's, and to points that can be compared."""

    @property
    def unit(self) -> str:
        """What one user unit is, for labels and reports."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """What is black and what is white, of images, in the user's units; None where nothing is bounded."""

    @property
    def comparable_unit(self) -> str:
        """The unit of the distance between `comparable` samples."""

    @property
    def blocks(self) -> tuple[int, ...]:
        """How many of a sample's first numbers, in the model's units, are shares of one whole each; none by default."""

    def encode(self, x: Tensor) -> Tensor:
        """User units to model units, float64."""

    def decode(self, x: Tensor) -> Tensor:
        """Model units to user units, float64."""

    def bounded(self, x: Tensor) -> Tensor:
        """User units with what lies beyond bounds brought there."""

    def shade(self, x: Tensor) -> Tensor:
        """User units of images as shades from 0, black, to 1, white, for pictures; other data as it is."""

    def comparable(self, x: Tensor) -> Tensor:
        """User units as points whose Euclidean distance compares two samples, float64."""


@dataclass(frozen=True)
class Scaling:
    r"""The affine map $x_\text{model} = (x_\text{user} - \text{shift}) / \text{scale}$, in double precision.

    Model units lie around zero, where single precision is enough; the user's units may be Unix times or nanometres.

    Args:
        shift: one number, or one per feature, in the user's units.
        scale: one positive number, or one per feature, in the user's units.
        unit: what one user unit is, for labels and reports.
        bounds: what is black and what is white, of images, in the user's units; None where nothing is bounded.

    Example:
        >>> celsius = Scaling(shift=20.0, scale=5.0, unit="degrees Celsius")
        >>> celsius.encode(torch.tensor([[30.0]]))
        tensor([[2.]], dtype=torch.float64)
        >>> celsius.decode(torch.tensor([[2.0]]))
        tensor([[30.]], dtype=torch.float64)
    """

    shift: float | Sequence[float] = 0.0
    scale: float | Sequence[float] = 1.0
    unit: str = "data units"
    # No part of the map, and not in its text, which fingerprints of data are made of.
    bounds: tuple[float, float] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Makes lists, such as those read from JSON, tuples that compare and hash by value."""
        for name in ("shift", "scale"):
            if not isinstance(value := getattr(self, name), float | int):
                object.__setattr__(self, name, tuple(float(number) for number in value))
        if self.bounds is not None:
            object.__setattr__(self, "bounds", tuple(self.bounds))

    @property
    def blocks(self) -> tuple[int, ...]:
        """None: every number of a sample is free."""
        return ()

    @property
    def comparable_unit(self) -> str:
        """Standard deviations where each column has its own scale, else the user's unit."""
        return self.unit if isinstance(self.scale, float | int) else "standard deviations"

    def comparable(self, x: Tensor) -> Tensor:
        """Samples as they are where one factor serves all numbers of a sample, else in standard deviations."""
        return x if isinstance(self.scale, float | int) else self.encode(x)

    def encode(self, x: Tensor) -> Tensor:
        """User units to model units, float64; `x` is `(..., features)`, or any shape where one number serves all."""
        return (x.double() - _like(self.shift, x)) / _like(self.scale, x)

    def decode(self, x: Tensor) -> Tensor:
        """Model units to user units, float64; the inverse of `encode`."""
        return x.double() * _like(self.scale, x) + _like(self.shift, x)

    def bounded(self, x: Tensor) -> Tensor:
        """User units with what lies beyond black or white brought there; other data as it is."""
        return x if self.bounds is None else x.clamp(*self.bounds)

    def shade(self, x: Tensor) -> Tensor:
        """User units of images as shades from 0, black, to 1, white, for pictures; other data as it is."""
        if self.bounds is None:
            return x
        black, white = self.bounds
        return (x - black) / (white - black)


def _like(value: float | Sequence[float], x: Tensor) -> float | Tensor:
    return value if isinstance(value, float | int) else torch.tensor(value, dtype=torch.float64, device=x.device)
