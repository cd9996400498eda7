"""Ground costs: how far apart two points are."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from wgan.errors import InputError, unknown_name

__all__ = ["Chebyshev", "Cityblock", "Cosine", "Euclidean", "GroundCost", "distances", "ground_cost", "row_blocks"]

FEW_DIMENSIONS = 8  # up to which differences are sooner taken than a matrix product and what it loses
BLOCK = 1 << 21  # matrix entries that are worked on at once: they stay in the cache, and temporaries stay small


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Slices of rows that hold about `BLOCK` entries each."""
    step = max(1, BLOCK // columns)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances of all pairs, `(n, m)`, differentiable.

    By a matrix product in many dimensions only: there it loses digits where points almost meet, which hardly any do.
    """
    by_product = x.shape[1] > 32
    mode = "use_mm_for_euclid_dist_if_necessary" if by_product else "donot_use_mm_for_euclid_dist"
    return torch.cdist(x, y, compute_mode=mode)


@dataclass(frozen=True)
class GroundCost(ABC):
    """A cost between points; a new one overrides `pairs`, and `matrix` too where that can be faster."""

    name: ClassVar[str]
    norm: ClassVar[bool] = False
    """Whether it is a norm of the difference, the absolute difference in one dimension: samples can then be moved and
    scaled before, and transport on the line has a closed form."""

    @abstractmethod
    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """Costs of points `(..., d)`, broadcast against each other, as `(...)`."""

    def matrix(self, x: Tensor, y: Tensor) -> Tensor:
        """Costs of all pairs, `(n, d)` and `(m, d)` to `(n, m)`, without gradient."""
        costs = x.new_empty(len(x), len(y))
        for rows in row_blocks(len(x), y.numel()):
            costs[rows] = self.pairs(x[rows, None], y)
        return costs

    def between(self, x: Tensor, y: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """Costs of some pairs, `(K,)`, a part at a time, so that few coordinates are copied at once."""
        costs = x.new_empty(len(rows))  # one tensor: small ones among large ones scatter the memory
        for some in row_blocks(len(rows), x.shape[1]):
            costs[some] = self.pairs(x[rows[some]], y[columns[some]])
        return costs

    def lower_bounds(self, y: Tensor, order: Tensor, centre: Tensor) -> Callable[[Tensor], Tensor]:  # noqa: ARG002
        """What gives of points `(n, d)` lower bounds of their costs to some of another set, `(n, k)`, near to them.

        A cost that is sooner computed in float32 overrides it, and takes off what rounding can do there.

        Args:
            y: the other set, `(m, d)`.
            order: which of them, `(k,)`.
            centre: a point among them: what is near to it rounds less.
        """
        some = y[order]
        return lambda x: self.matrix(x, some)


@dataclass(frozen=True)
class Euclidean(GroundCost):
    r"""$\lVert x - y \rVert_2$, of all pairs by one matrix product, exact also where points almost meet.

    $\lVert x - y \rVert^2 = \lVert x \rVert^2 + \lVert y \rVert^2 - 2 \langle x, y \rangle$ cancels where the left
    side is small against the right: its rounding error is about $\sqrt d\, u (\lVert x \rVert^2 + \lVert y \rVert^2)$
    with $u = 10^{-16}$. Points are therefore centred first, and pairs below $10^{-6} \sqrt d$ of the right side, whose
    relative error could exceed $10^{-10}$, are computed again from their differences.

    Example:
        >>> Euclidean().matrix(torch.tensor([[1e6, 0.0]]), torch.tensor([[1e6, 0.125], [1e6 + 3, 4.0]]))
        tensor([[0.1250, 5.0000]])
    """

    name = "euclidean"
    norm = True

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        r"""$\lVert x - y \rVert_2$."""
        distances: Tensor = torch.linalg.vector_norm(x - y, dim=-1)
        return distances

    @torch.no_grad()
    def matrix(self, x: Tensor, y: Tensor) -> Tensor:
        """As the class says; of few coordinates from their differences, which takes less time then."""
        if x.shape[1] <= FEW_DIMENSIONS:
            return distances(x, y)
        centre = (x.mean(0) + y.mean(0)) / 2
        x, y = x - centre, y - centre
        x_squares, y_squares = x.square().sum(1), y.square().sum(1)
        precision = 1e-6 * x.shape[1] ** 0.5
        costs = x.new_empty(len(x), len(y))
        for rows in row_blocks(len(x), len(y)):
            block = torch.addmm(y_squares, x[rows], y.T, alpha=-2, out=costs[rows]).add_(x_squares[rows, None])
            if block.min() < precision * (x_squares[rows].max() + y_squares.max()):
                recompute(block, block < precision * (x_squares[rows, None] + y_squares), x[rows], y)
            block.sqrt_()
        return costs

    def lower_bounds(self, y: Tensor, order: Tensor, centre: Tensor) -> Callable[[Tensor], Tensor]:
        r"""In float32: of squares less $(2d + 16)\, u (\lVert x \rVert^2 + \lVert y \rVert^2)$ with $u = 2^{-24}$.

        That is more than any order of summation can lose, by Higham 2002, Accuracy and Stability of Numerical
        Algorithms, §3.1. Where torch is told to multiply with fewer digits, in float64.
        """
        if torch.get_float32_matmul_precision() != "highest":
            return super().lower_bounds(y, order, centre)
        kept = 1 - (2 * y.shape[1] + 16) * 2.0**-24

        def squares(points: Tensor) -> Tensor:
            return kept * points.square().sum(1, keepdim=True)

        right = torch.empty(len(order), y.shape[1] + 2)
        for rows in row_blocks(*right.shape):
            points = y[order[rows]] - centre
            right[rows] = torch.cat([points, squares(points), torch.ones_like(points[:, :1])], 1).float()

        def bounds(x: Tensor) -> Tensor:
            points = x - centre
            left = torch.cat([-2 * points, torch.ones_like(x[:, :1]), squares(points)], 1).float()
            return (left @ right.T).clamp_(min=0).sqrt_()

        return bounds


def recompute(squares: Tensor, where: Tensor, x: Tensor, y: Tensor) -> None:
    """Writes exact squared distances into `squares` at the pairs marked in `where`."""
    for pairs in torch.split(where.nonzero(), max(1, 2 * BLOCK // x.shape[1])):
        i, j = pairs.T
        squares[i, j] = (x[i] - y[j]).square().sum(1)


@dataclass(frozen=True)
class Cityblock(GroundCost):
    r"""$\lVert x - y \rVert_1$."""

    name = "cityblock"
    norm = True

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        r"""$\lVert x - y \rVert_1$."""
        return (x - y).abs().sum(-1)

    def matrix(self, x: Tensor, y: Tensor) -> Tensor:
        """All pairs at once."""
        return torch.cdist(x.detach(), y.detach(), p=1)


@dataclass(frozen=True)
class Chebyshev(GroundCost):
    r"""$\lVert x - y \rVert_\infty$."""

    name = "chebyshev"
    norm = True

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        r"""$\lVert x - y \rVert_\infty$."""
        return (x - y).abs().amax(-1)

    def matrix(self, x: Tensor, y: Tensor) -> Tensor:
        """All pairs at once."""
        return torch.cdist(x.detach(), y.detach(), p=float("inf"))


@dataclass(frozen=True)
class Cosine(GroundCost):
    r"""$1 - \langle x, y \rangle / (\lVert x \rVert \lVert y \rVert)$: no distance, for embeddings.

    Raises:
        InputError: if a point is zero, which has no direction.
    """

    name = "cosine"

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """One minus the cosine of the angle."""
        return (1 - torch.nn.functional.cosine_similarity(in_size(x), in_size(y), dim=-1)).clamp_min(0)


def in_size(x: Tensor) -> Tensor:
    """Points with one as their greatest coordinate, so that no product of theirs vanishes."""
    largest = x.detach().abs().amax(-1, keepdim=True)
    if not bool((largest > 0).all()):
        raise InputError("cosine: a sample is zero and has no direction; remove it, or take another ground cost")
    return x / largest


def ground_cost(cost: str | GroundCost) -> GroundCost:
    """A ground cost by its name, or as it is.

    Raises:
        InputError: if there is none of that name.

    Example:
        >>> ground_cost("cityblock")
        Cityblock()
    """
    if isinstance(cost, GroundCost):
        return cost
    known = {kind.name: kind for kind in GroundCost.__subclasses__()}
    if cost not in known:
        raise unknown_name("ground cost", cost, known)
    return known[cost]()
