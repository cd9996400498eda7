"""Exact optimal transport between two sets of samples."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["wasserstein"]

Samples = torch.Tensor | NDArray[Any]


def wasserstein(x: Samples, y: Samples, p: float = 1) -> float:
    r"""The exact Wasserstein distance $W_p$ of two samples of equal size.

    $$W_p^p = \min_\sigma \frac1n \sum_i \lVert x_i - y_{\sigma(i)} \rVert^p$$

    Args:
        x: samples `(n, ...)`, flattened to `(n, d)`.
        y: samples `(n, ...)`.
        p: the power of the ground cost, at least 1.

    Example:
        >>> wasserstein(torch.zeros(4, 2), torch.ones(4, 2)) == 2**0.5
        True
    """
    import lap

    a, b = (torch.as_tensor(s).detach().cpu().to(torch.float64).flatten(1) for s in (x, y))
    squared = torch.cdist(a, b).square_()
    rows, columns = lap.lapjvr(squared.pow_(p / 2).numpy(), return_cost=False)
    return float((a[rows] - b[columns]).norm(dim=1).pow(p).mean() ** (1 / p))
