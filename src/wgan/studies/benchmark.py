"""The continuous W₁ benchmark: its cells, what was published of them, and how a critic's slopes are judged."""

from typing import NamedTuple

from torch.nn.functional import cosine_similarity

from wgan.data import Pair
from wgan.randomness import stream
from wgan.studies.fitted import input_slopes
from wgan.types import Critic

__all__ = ["CELLS", "COUNTS", "DIMENSIONS", "Published", "agreement"]

DIMENSIONS = (2, 4, 8, 16, 32, 64, 128)
COUNTS = (4, 16, 64, 256)
"""Dimensions, and funnels of the potential."""

PROBES = 4096


class Published(NamedTuple):
    """The best value of any solver in Korotin, Kolesov & Burnaev 2022, https://arxiv.org/abs/2206.07767.

    Attributes:
        cosine: between a critic's slopes and the optimal ones.
        l2: their mean squared difference.
    """

    cosine: float
    l2: float


COSINES = (
    (0.859, 0.826, 0.676, 0.546),
    (0.960, 0.903, 0.817, 0.655),
    (0.966, 0.925, 0.827, 0.678),
    (0.971, 0.921, 0.785, 0.607),
    (0.983, 0.941, 0.740, 0.563),
    (0.959, 0.947, 0.834, 0.656),
    (0.931, 0.916, 0.641, 0.612),
)
SQUARES = (
    (0.069, 0.143, 0.340, 0.555),
    (0.060, 0.165, 0.297, 0.537),
    (0.065, 0.171, 0.345, 0.617),
    (0.059, 0.157, 0.457, 0.790),
    (0.035, 0.118, 0.496, 0.871),
    (0.083, 0.110, 0.311, 0.679),
    (0.130, 0.155, 0.727, 0.731),
)
"""A line for each dimension, a column for each number of funnels."""

CELLS: dict[tuple[int, int], Published] = {
    (dim, count): Published(COSINES[row][column], SQUARES[row][column])
    for row, dim in enumerate(DIMENSIONS)
    for column, count in enumerate(COUNTS)
}


def agreement(pair: Pair, critic: Critic) -> Published:
    """Mean cosine and mean squared difference between a critic's slopes and the optimal ones, at real samples."""
    points = pair.real.sample(PROBES, stream(0, "probes"))
    true, found = input_slopes(pair.potential, points).double(), input_slopes(critic, points).double()
    cosine = cosine_similarity(true, found).mean()
    return Published(float(cosine), float((true - found).square().sum(1).mean()))
