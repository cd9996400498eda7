"""The Wasserstein distance between normal distributions, in closed form."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from wgan.arrays import ArrayLike, as_samples
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.units import in_own_units
from wgan.errors import InputError

__all__ = ["Gaussian", "gaussian_w2"]


def gaussian_w2(mean_x: ArrayLike, cov_x: ArrayLike, mean_y: ArrayLike, cov_y: ArrayLike) -> float:
    r"""$W_2$ between two normal distributions, the square root of the Fréchet distance.

    $$W_2^2 = \lVert \mu_x - \mu_y \rVert^2
            + \operatorname{tr}\bigl(A + B - 2 (A^{1/2} B A^{1/2})^{1/2}\bigr)$$

    in float64. The trace of the last root is the sum of the singular values of $A^{1/2} B^{1/2}$: taken that way,
    no rounding error of a vanishing eigenvalue has its root drawn.

    Dowson & Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X. The Fréchet inception distance of Heusel et al.
    2017, https://arxiv.org/abs/1706.08500, is $W_2^2$ of features.

    Args:
        mean_x: $\mu_x$, `(d,)`.
        cov_x: $A$, `(d, d)`, symmetric and positive semidefinite.
        mean_y: $\mu_y$, `(d,)`.
        cov_y: $B$, `(d, d)`.

    Raises:
        InputError: if the shapes do not fit, or if a covariance is not symmetric and positive semidefinite.

    Example:
        >>> gaussian_w2(torch.zeros(1), torch.eye(1), torch.tensor([3.0]), 25 * torch.eye(1))
        5.0
    """
    mu_x, mu_y = (as_samples(mean, name).values.detach() for mean, name in ((mean_x, "mean_x"), (mean_y, "mean_y")))
    roots = covariance_root(cov_x, mu_x, "cov_x"), covariance_root(cov_y, mu_y, "cov_y")
    if mu_x.shape != mu_y.shape:
        raise InputError(f"the means have shapes {tuple(mu_x.shape)} and {tuple(mu_y.shape)}; expected equal ones")
    return between_roots(mu_x - mu_y, *roots).item()


def covariance_root(covariance: ArrayLike, mean: Tensor, name: str) -> Tensor:
    """The symmetric square root of a covariance."""
    matrix = as_samples(covariance, name).values.detach()
    if mean.dim() != 1 or matrix.shape != (len(mean), len(mean)):
        raise InputError(
            f"{name} has shape {tuple(matrix.shape)} and its mean {tuple(mean.shape)}; expected (d, d) and (d,)"
        )
    largest = matrix.abs().max()
    if not torch.allclose(matrix, matrix.T, rtol=0, atol=1e-6 * largest.item()):
        raise InputError(f"{name} is not symmetric; expected a covariance")
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    if values[0] < -1e-6 * largest:
        raise InputError(f"{name} has a negative eigenvalue, {values[0].item():.3g}; expected a covariance")
    symmetric: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return symmetric


def between_roots(shift: Tensor, root_x: Tensor, root_y: Tensor) -> Tensor:
    r"""$W_2$ from $\mu_x - \mu_y$ and any $R_x$, $R_y$ with $R_x^\top R_x = A$ and $R_y^\top R_y = B$."""
    spread = root_x.square().sum() + root_y.square().sum()
    squared: Tensor = shift.square().sum() + spread - 2 * torch.linalg.svdvals(root_x @ root_y.T).sum()
    return squared.clamp_min(0).sqrt()


@dataclass(frozen=True)
class Gaussian(DistanceMethod):
    r"""$W_2$ between the normal distributions of the sets' means and covariances: the Fréchet distance, not squared.

    $W_2$ of the sets themselves is never below it (Gelbrich 1990, https://doi.org/10.1002/mana.19901470121); it sees
    nothing but their first two moments. See `gaussian_w2` for the equation.

    Example:
        >>> Gaussian()(torch.tensor([0.0, 2]), torch.tensor([1.0, 3])).item()
        1.0
    """

    name: ClassVar[str] = "gaussian"
    unit: ClassVar[str] = "of the data"
    differentiable: ClassVar[bool] = False

    p: ClassVar[float] = 2

    @torch.no_grad()
    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """$W_2$ of the fitted normal distributions."""
        x, y, unit = in_own_units(x, y)
        value = unit * between_roots(x.mean(0) - y.mean(0), sample_root(x), sample_root(y))
        few = min(len(x), len(y)) <= x.shape[1]
        note = "from means and covariances"
        return Measured(value, note + ", which fewer samples than dimensions cannot determine" * few)

    @torch.no_grad()
    def measure_weighted(self, x: Tensor, y: Tensor, x_weights: Tensor, y_weights: Tensor) -> Measured:
        """$W_2$ from weighted means and covariances, those of the points themselves: divided by the whole weight."""
        x, y, unit = in_own_units(x, y)
        (x_mean, x_root), (y_mean, y_root) = weighted_moments(x, x_weights), weighted_moments(y, y_weights)
        return Measured(unit * between_roots(x_mean - y_mean, x_root, y_root), "from weighted means and covariances")


def weighted_moments(points: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    r"""The mean, and $R$ with $R^\top R$ the covariance."""
    weights = weights.to(points)
    mean = weights @ points
    rows = (points - mean) * weights.sqrt()[:, None]
    return mean, torch.linalg.qr(rows, mode="r").R if len(rows) > rows.shape[1] else rows


def sample_root(points: Tensor) -> Tensor:
    r"""$R$ with $R^\top R$ the covariance, of at most `d` rows."""
    centred: Tensor = (points - points.mean(0)) / (len(points) - 1) ** 0.5
    if len(points) > points.shape[1]:
        centred = torch.linalg.qr(centred, mode="r").R
    return centred
