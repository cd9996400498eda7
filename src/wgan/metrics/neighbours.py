"""Nearest neighbours among rows."""

from collections.abc import Iterator

import torch
from torch import Tensor

from wgan.distances.costs import Euclidean, row_blocks
from wgan.errors import InputError

__all__ = ["between", "nearest", "radii", "within"]


def between(points: Tensor, centres: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Distances of some rows of `points` at a time to all `centres`; of equal rows exactly zero."""
    for rows in row_blocks(len(points), len(centres)):
        yield rows, Euclidean().matrix(points[rows], centres)


def radii(rows: Tensor, k: int) -> Tensor:
    """The distance of each row to its `k`-th nearest other row, `(n,)`.

    Raises:
        InputError: if there are not more than `k` rows.
    """
    if len(rows) <= k:
        raise InputError(f"{len(rows)} samples have no {k} nearest neighbours each; expected {k + 1} samples or more")
    # Among the k + 1 nearest a row finds itself, or a row equal to it.
    return nearest(rows, rows, k + 1)[:, k]


def nearest(points: Tensor, among: Tensor, k: int = 1) -> Tensor:
    """The distances of each point to its `k` nearest of a set, ascending, `(n, k)`."""
    return torch.cat([block.topk(k, dim=1, largest=False).values for _, block in between(points, among)])


def within(points: Tensor, centres: Tensor, reach: Tensor) -> Tensor:
    """How many of the balls around the centres, of radii `reach` `(m,)`, hold each point, `(n,)`."""
    return torch.cat([(block <= reach).sum(1) for _, block in between(points, centres)])
