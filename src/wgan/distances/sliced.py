r"""Transport between projections onto lines, where it has a closed form."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from wgan.checks import Count, Rule
from wgan.distances.line import staircase
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.samples import Power, as_weights
from wgan.distances.units import in_own_units, power_mean
from wgan.errors import InputError
from wgan.randomness import stream

__all__ = ["MaxSliced", "Sliced"]

ENTRIES = 1 << 22  # projections that are sorted at once
TURN = 1e-6  # angle up to which a turn changes the value by less than its rounding: its square


def along_weighted_lines(x: Tensor, y: Tensor, p: float, x_weights: Tensor, y_weights: Tensor) -> Tensor:
    r"""$W_p$ of each pair of rows of weighted numbers, `(L, n)` and `(L, m)` to `(L,)`, differentiable."""
    found = []
    for first, second in zip(x, y, strict=True):
        (u, i), (v, j) = first.sort(), second.sort()
        stairs = staircase(x_weights[i.cpu()], y_weights[j.cpu()])
        rows, columns, mass = (part.to(x.device) for part in stairs)
        found.append(power_mean((u[rows] - v[columns]).abs(), p, mass))
    return torch.stack(found)


def along_lines(x: Tensor, y: Tensor, p: float) -> Tensor:
    r"""$W_p$ of each pair of rows, `(L, n)` and `(L, m)` to `(L,)`, differentiable.

    $$W_p^p = \int_0^1 |F_x^{-1}(t) - F_y^{-1}(t)|^p\, dt$$
    """
    x, y = ascending(x), ascending(y)
    if x.shape[1] == y.shape[1]:
        return power_mean((x - y).abs(), p)
    stairs = staircase(*(as_weights(None, side.shape[1], "weights") for side in (x, y)))
    rows, columns, mass = (part.to(x.device) for part in stairs)
    return power_mean((x[:, rows] - y[:, columns]).abs(), p, mass)


def ascending(values: Tensor) -> Tensor:
    """Each row sorted; without a gradient by NumPy, which takes a fifth of the time."""
    if values.requires_grad or values.is_cuda:
        return values.sort(1).values
    return torch.from_numpy(np.sort(values.numpy(), axis=1))


def direction_of(vectors: Tensor) -> Tensor:
    """Of length one, however short they are; zero stays zero."""
    return torch.nn.functional.normalize(vectors, dim=-1, eps=torch.finfo(vectors.dtype).tiny)


@dataclass(frozen=True)
class Sliced(DistanceMethod):
    r"""The sliced Wasserstein distance: the mean over random directions, by Monte Carlo.

    $$SW_p^p = \mathbb{E}_{\theta \sim U(S^{d-1})}\, W_p^p(\langle \theta, x \rangle, \langle \theta, y \rangle)$$

    It takes $O(n \log n)$ per direction, of sets of any size. Without a factor for the dimension: a translation by $v$
    has $SW_2 = \lVert v \rVert / \sqrt d$.

    Along a direction $W_p^p$ follows closely from the difference of the means and the two variances there, whose
    means over all directions are known. What these explain of the spread over the directions (a linear regression) is
    taken off, and with it most of the error: they are control variates.

    Bonneel, Rabin, Peyré & Pfister 2015, Sliced and Radon Wasserstein Barycenters of Measures,
    https://doi.org/10.1007/s10851-014-0506-3; Nguyen & Ho 2023, Sliced Wasserstein Estimation with Control Variates,
    https://arxiv.org/abs/2305.00402.

    Args:
        p: the power of the cost, at least 1; $\infty$ takes the greatest over the directions too.
        directions: how many.
        seed: of the directions; the same seed gives the same ones, so that values are comparable.

    Example:
        >>> Sliced(p=2, directions=1000)(torch.zeros(5, 4), torch.ones(5, 4)).item()
        1.0...
    """

    name: ClassVar[str] = "sliced"
    unit: ClassVar[str] = "of the data"

    p: Power = 1
    directions: Annotated[int, Rule("at least 2, whose spread is the error", lambda value: value >= 2)] = 500
    seed: int = 0

    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """$SW_p$, with the standard error of the Monte Carlo mean in the note."""
        return self.measure_weighted(x, y, *(side.new_full((len(side),), 1 / len(side)) for side in (x, y)))

    def measure_weighted(self, x: Tensor, y: Tensor, x_weights: Tensor, y_weights: Tensor) -> Measured:
        """$SW_p$ of weighted points."""
        x, y, unit = in_own_units(x, y)
        a, b = x_weights.to(x), y_weights.to(y)
        equal = all(bool((weights == weights[0]).all()) for weights in (a, b))
        widths, known = [], []
        for theta in self.lines(x, len(x) + len(y)):
            u, v = theta @ x.T, theta @ y.T
            widths.append(along_lines(u, v, self.p) if equal else along_weighted_lines(u, v, self.p, a.cpu(), b.cpu()))
            known.append(moments(u, v, a, b))
        explained = torch.cat(known, 1) - moments(x.T, y.T, a, b).mean(1, keepdim=True)
        return self.averaged(torch.cat(widths), explained, unit)

    def averaged(self, widths: Tensor, explained: Tensor, unit: float) -> Measured:
        """The mean over the directions, from the distance along each and from what has the mean zero, `(K, L)`."""
        plain = power_mean(widths, self.p)
        if self.p == inf:
            note = f"the greatest of {self.directions} random directions, a lower bound of that of all"
            return Measured(unit * plain, note)
        if not plain > 0:
            return Measured(unit * plain, f"{self.directions} random directions, standard error 0")
        powers = (widths / plain).pow(self.p)
        mean, error = controlled(powers, explained)
        value = plain * torch.where(mean > 0, mean, 1.0) ** (1 / self.p)
        error = unit * value.item() * error / self.p
        return Measured(unit * value, f"{self.directions} random directions, standard error {error:.2g}")

    def lines(self, x: Tensor, samples: int) -> Iterator[Tensor]:
        """Uniform directions `(L, d)`, as many at a time as the memory takes."""
        theta = unit_vectors(self.directions, x.shape[1], stream(self.seed, "directions"))
        return iter(torch.split(theta.to(x.device), max(1, ENTRIES // samples)))


def moments(u: Tensor, v: Tensor, u_weights: Tensor, v_weights: Tensor) -> Tensor:
    """Of rows of weighted numbers the squared difference of both means, and both variances, `(3, rows)`.

    Their means over all directions are those over the coordinates.
    """
    means = u @ u_weights, v @ v_weights
    variances = [
        (side - mean[:, None]).square() @ weights
        for side, mean, weights in zip((u, v), means, (u_weights, v_weights), strict=True)
    ]
    return torch.stack([(means[0] - means[1]).square(), *variances])


def controlled(values: Tensor, explained: Tensor) -> tuple[Tensor, float]:
    """The mean of values `(L,)` without what is explained by `(K, L)` numbers of mean zero, and its standard error."""
    middle = explained.mean(1, keepdim=True)
    around, spread = explained - middle, values - values.mean()
    slopes = torch.linalg.pinv(around @ around.T, hermitian=True) @ (around @ spread)
    left = (spread - slopes @ around).detach()
    error = left.norm() / sqrt(len(values) * max(1, len(values) - 1 - len(explained)))
    return values.mean() - slopes @ middle[:, 0], error.item()


def unit_vectors(count: int, dim: int, rng: torch.Generator) -> Tensor:
    """Uniform on the sphere, `(count, dim)`."""
    return torch.nn.functional.normalize(torch.randn(count, dim, dtype=torch.float64, generator=rng))


@dataclass(frozen=True)
class MaxSliced(DistanceMethod):
    r"""The max-sliced Wasserstein distance: along the direction in which the sets are farthest apart.

    $$\max_{\theta \in S^{d-1}} W_p(\langle \theta, x \rangle, \langle \theta, y \rangle)$$

    The direction is found by gradient ascent from several starts, so that the value is a lower bound of the maximum.
    In many dimensions some direction always tells two finite sets apart: it is therefore sought on one half of each
    set, and its value is taken on the other.

    Deshpande et al. 2019, Max-Sliced Wasserstein Distance and its use for GANs, https://arxiv.org/abs/1904.05877.

    Args:
        p: the power of the cost, at least 1.
        starts: ascents, from the difference of the means and from random directions.
        iterations: steps of each ascent.
        held_out: take the value on samples that the direction has not seen; else on those that it was fitted to.
        seed: of the halves and the starts.

    Raises:
        InputError: if a set is too small to be halved.

    Example:
        >>> x = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
        >>> 0.9 < MaxSliced(held_out=False)(x, x + torch.tensor([0.0, 1.0, 0.0])).item() <= 1
        True
    """

    name: ClassVar[str] = "max-sliced"
    unit: ClassVar[str] = "of the data"
    metric: ClassVar[bool] = False
    differentiable: ClassVar[bool] = False

    p: Power = 1
    starts: Count = 8
    iterations: Count = 100
    held_out: bool = True
    seed: int = 0

    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """The value along the best direction found."""
        x, y, unit = in_own_units(x, y)
        if not self.held_out:
            theta = self.direction(x, y)
            note = "fitted to the same samples: a lower bound of their maximum, above that of their distributions"
            return Measured(unit * self.along(theta, x, y), note)
        if min(len(x), len(y)) < 4:
            raise InputError(f"max-sliced halves both sets, of {len(x)} and {len(y)}; expected at least 4 samples each")
        (x_fit, x_test), (y_fit, y_test) = self.halves(x, "x"), self.halves(y, "y")
        value = unit * self.along(self.direction(x_fit, y_fit), x_test, y_test)
        return Measured(value, f"direction from one half, value on the {len(x_test):,} and {len(y_test):,} others")

    def halves(self, points: Tensor, side: str) -> tuple[Tensor, Tensor]:
        """Two random halves."""
        order = torch.randperm(len(points), generator=stream(self.seed, "halves", side)).to(points.device)
        half = len(points) // 2
        return points[order[:half]], points[order[half:]]

    def along(self, theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """$W_p$ of the projections onto `theta`, `(d,)`."""
        return along_lines((x @ theta)[None], (y @ theta)[None], self.p).squeeze(0)

    def direction(self, x: Tensor, y: Tensor) -> Tensor:
        """The best direction of all ascents, `(d,)`."""
        x, y = x.detach(), y.detach()
        random = unit_vectors(self.starts, x.shape[1], stream(self.seed, "starts")).to(x.device)
        theta = direction_of(torch.cat([(x.mean(0) - y.mean(0))[None], random])[: self.starts])
        theta = torch.where(theta.norm(dim=1, keepdim=True) > 0, theta, random)
        value, uphill = self.slope(theta, x, y)
        angle = torch.full_like(value, 0.5)
        for _ in range(self.iterations):
            # Along the sphere by an angle, which falls where it leads down: the cost's own scale does not matter.
            there = direction_of(theta + angle[:, None] * uphill)
            reached, onwards = self.slope(there, x, y)
            better = reached > value
            value = torch.where(better, reached, value)
            theta, uphill = (torch.where(better[:, None], *pair) for pair in ((there, theta), (onwards, uphill)))
            angle = torch.where(better, angle, angle / 2)
            if not bool((angle > TURN).any()):
                break
        return theta[value.argmax()]

    @torch.enable_grad()
    def slope(self, theta: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The value of each direction `(L,)`, and where along the sphere it rises most, `(L, d)`, of length one."""
        theta = theta.detach().requires_grad_()
        value = along_lines(theta @ x.T, theta @ y.T, self.p)
        (slope,) = torch.autograd.grad(value.sum(), theta)
        return value.detach(), direction_of(slope - (slope * theta.detach()).sum(1, keepdim=True) * theta.detach())
