"""Few points that stand for many: centroids and the geometric median."""

from typing import NamedTuple

import torch
from torch import Tensor

from wgan.errors import InputError

__all__ = ["Centroids", "geometric_median", "lloyd"]


class Centroids(NamedTuple):
    """What Lloyd's algorithm found.

    Attributes:
        centers: `(K, *shape)`.
        inertia: mean squared distance to the nearest center, `(iterations,)`, one value before each move.
    """

    centers: Tensor
    inertia: Tensor


def lloyd(samples: Tensor, count: int, generator: torch.Generator, iterations: int = 50) -> Centroids:
    r"""K-means by Lloyd's algorithm: each center moves to the mean of the samples that are nearest to it.

    $$\min_{c_1, \dots, c_K} \mathbb{E} \min_k \|x - c_k\|^2$$

    Neither half of a move raises the inertia. A center without samples stays where it is.

    Lloyd 1982, Least squares quantization in PCM, https://doi.org/10.1109/TIT.1982.1056489.

    Args:
        samples: `(N, *shape)`.
        count: K.
        generator: draws the samples at which the centers start.
        iterations: moves.

    Raises:
        InputError: for fewer samples than centers, or no center.

    Example:
        >>> found = lloyd(torch.tensor([[0.0], [1.0], [10.0], [11.0]]), 2, torch.Generator().manual_seed(0))
        >>> sorted(found.centers.flatten().tolist())
        [0.5, 10.5]
    """
    if not 1 <= count <= len(samples):
        raise InputError(f"{len(samples)} samples for {count} centers; expected from 1 center to as many as samples")
    points, inertia = samples.flatten(1), []
    centers = points[torch.randperm(len(points), generator=generator)[:count].to(points.device)].clone()
    for _ in range(iterations):
        distance, nearest = torch.cdist(points, centers).min(1)
        inertia.append(distance.square().mean())
        sizes = torch.bincount(nearest, minlength=count).to(points)
        sums = torch.zeros_like(centers).index_add_(0, nearest, points)
        centers = torch.where(sizes[:, None] > 0, sums / sizes[:, None].clamp_min(1), centers)
    return Centroids(centers.view(count, *samples.shape[1:]), torch.stack(inertia))


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
