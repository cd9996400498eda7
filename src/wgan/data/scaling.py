"""The way between the user's units and the model's."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Scaling"]


@dataclass(frozen=True)
class Scaling:
    r"""The affine map $x_\text{model} = (x_\text{user} - \text{shift}) / \text{scale}$, in double precision.

    Model units lie around zero, where single precision is enough; the user's units may be Unix times or nanometres.

    Args:
        shift: one number, or one per feature, in the user's units.
        scale: one positive number, or one per feature, in the user's units.
        unit: what one user unit is, for labels and reports.

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

    def __post_init__(self) -> None:
        """Makes lists, such as those read from JSON, tuples that compare and hash by value."""
        for name in ("shift", "scale"):
            if not isinstance(value := getattr(self, name), float | int):
                object.__setattr__(self, name, tuple(float(number) for number in value))

    def encode(self, x: Tensor) -> Tensor:
        """User units to model units, float64; `x` is `(..., features)`, or any shape where one number serves all."""
        return (x.double() - _like(self.shift, x)) / _like(self.scale, x)

    def decode(self, x: Tensor) -> Tensor:
        """Model units to user units, float64; the inverse of `encode`."""
        return x.double() * _like(self.scale, x) + _like(self.shift, x)


def _like(value: float | Sequence[float], x: Tensor) -> float | Tensor:
    return value if isinstance(value, float | int) else torch.tensor(value, dtype=torch.float64, device=x.device)
