"""One point that stands for many: the geometric median."""

import torch
from torch import Tensor

from wgan.errors import InputError

__all__ = ["geometric_median"]


def geometric_median(samples: Tensor, iterations: int = 200) -> Tensor:
    r"""The point with the least mean distance to the samples, `shape`, by Weiszfeld's algorithm.

    $$\min_m \mathbb{E} \|x - m\|, \qquad m \leftarrow \frac{\sum_i x_i / \|x_i - m\|}{\sum_i 1 / \|x_i - m\|}.$$

    It is where transport from all samples to one point is cheapest: the best single image, as far as $W_1$ can say.

    Weiszfeld 1937, translated by Weiszfeld & Plastria 2009, https://doi.org/10.1007/s10479-008-0352-z.

    Args:
        samples: `(N, *shape)`.
        iterations: steps from the mean.

    Raises:
        InputError: for no samples.

    Example:
        >>> geometric_median(torch.tensor([[0.0], [1.0], [50.0]])).round(decimals=2)
        tensor([1.])
    """
    if len(samples) == 0:
        raise InputError("0 samples have no median; expected 1 or more")
    points = samples.flatten(1)
    median = points.mean(0)
    for _ in range(iterations):
        weights = 1 / (points - median).norm(dim=1).clamp_min(torch.finfo(points.dtype).eps)
        median = weights @ points / weights.sum()
    return median.view(samples.shape[1:])
