"""The samples themselves as features."""

from torch import Tensor

from wgan.metrics.features.contract import Features

__all__ = ["Cells", "Pixels"]


class Pixels(Features):
    """The numbers of a sample in the user's units: pixels in [0, 1], or the columns of a table. Nothing is resized.

    Example:
        >>> import torch
        >>> Pixels()(torch.zeros(5, 3, 4, 4)).shape
        torch.Size([5, 48])
    """

    name = "pixels"
    keeps = False

    def extract(self, samples: Tensor) -> Tensor:
        """Each sample flattened."""
        return samples.flatten(1)


class Cells(Pixels):
    """The rows of a table of mixed columns, as points whose Euclidean distance is the ground cost between rows."""

    name = "cells"
