"""A data set held as one tensor."""

import copy
from collections.abc import Iterator
from typing import Self

import torch
from torch import Tensor

from wgan.data.pixels import Pixels
from wgan.data.scaling import Scaling, Units
from wgan.data.source import FiniteSource

__all__ = ["TensorSource"]


class TensorSource(FiniteSource):
    r"""A data set held as one tensor.

    Args:
        data: `(N, *shape)`; uint8 images are kept as bytes and converted batch by batch, floats are model units.
        name: how the user named it.
        scaling: map from the user's units to the model's; for images, that of `pixels`.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        pixels: how bytes become model units; `Pixels()` by default.
        held_out: the held-out part; without one, `split` sets a fifth of the samples aside.
        seed: of the permutation that `split` uses.

    Example:
        >>> source = TensorSource(torch.arange(10.0).reshape(10, 1), "ramp")
        >>> source.shape, len(source)
        ((1,), 10)
        >>> source.sample(4, torch.Generator().manual_seed(0)).shape
        torch.Size([4, 1])
        >>> [len(part) for part in source.split()]
        [8, 2]
    """

    def __init__(
        self,
        data: Tensor,
        name: str = "tensor",
        scaling: Units | None = None,
        *,
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        pixels: Pixels | None = None,
        held_out: FiniteSource | None = None,
        seed: int = 0,
    ) -> None:
        if data.dtype == torch.uint8:
            pixels = pixels or Pixels()
        if pixels is not None:
            scaling = pixels.scaling
        else:
            data = data.to(torch.float32)
        super().__init__(
            name,
            tuple(data.shape[1:]),
            scaling or Scaling(),
            labels=labels,
            classes=classes,
            pixels=pixels,
            held_out=held_out,
            seed=seed,
        )
        self.data, self.device = data.contiguous(), data.device

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.data)

    def to(self, device: torch.device | str) -> Self:
        """The same source with data and samples on `device`."""
        moved = super().to(device)
        moved.data = self.data.to(device)
        return moved

    def _read(self, rows: Tensor) -> Tensor:
        return self.data.index_select(0, rows)

    def _take(self, rows: Tensor) -> Self:
        taken = copy.copy(self)
        taken.data = self.data.index_select(0, rows)
        return taken

    def _content(self) -> Iterator[memoryview]:
        yield self.data.cpu().numpy().data
