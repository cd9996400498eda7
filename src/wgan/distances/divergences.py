r"""Divergences between densities: total variation, Kullback-Leibler both ways, Jensen-Shannon.

All are expectations of the log ratio $r = \log p / q$. Between histograms and between known densities it is known;
between samples it has to be estimated, here from the distances to the nearest neighbours on either side.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import ClassVar, NamedTuple

import torch
from scipy.spatial import KDTree
from torch import Tensor

from wgan.arrays import ArrayLike, as_samples
from wgan.checks import Count
from wgan.distances.costs import Euclidean, row_blocks
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.samples import as_weights, paired
from wgan.distances.units import in_own_units
from wgan.errors import InputError

__all__ = ["Divergence", "JensenShannon", "KullbackLeibler", "ReverseKullbackLeibler", "TotalVariation"]

FEW_DIMENSIONS = 8
"""Up to which a tree finds neighbours sooner than the distances of all pairs do."""


class Ratio(NamedTuple):
    """Log ratios log p/q at points of one distribution, with weights that sum to one."""

    values: Tensor
    weights: Tensor

    def mean(self, values: Tensor) -> Tensor:
        """The expectation of a function of the ratio; infinite values stay infinite."""
        return (self.weights * values).sum()


@dataclass(frozen=True)
class Divergence(DistanceMethod):
    r"""An expectation of $r = \log p / q$ under $P$ and $Q$; a new divergence is its `value`.

    Between samples the estimate is a plug-in of nearest neighbours: with $\rho_k(x_i)$ the distance to the k-th
    nearest other $x$ and $\nu_k(x_i)$ to the k-th nearest $y$, of $n$ and $m$ samples in $d$ dimensions,

    $$\hat r(x_i) = d \log \frac{\nu_k(x_i)}{\rho_k(x_i)} + \log \frac{m}{n - 1}$$

    and likewise at the $y$. It is consistent, but biased, the more so in many dimensions. No divergence is negative:
    where the estimate is, 0 is nearer to the truth and given instead.

    Wang, Kulkarni & Verdú 2009, Divergence Estimation for Multidimensional Densities via k-Nearest-Neighbor Distances,
    https://doi.org/10.1109/TIT.2009.2016060.

    Its variance is about $2 / k$ at each sample. Where the divergence is linear in $r$ that averages out, and few
    neighbours keep the bias small; where it is not, as for TV and JS, it becomes a bias itself, and more are better.

    Args:
        neighbours: $k$; the root of the number of samples if None.

    Raises:
        InputError: if samples have no density, because they lie in a subspace or because some are equal.
    """

    unit: ClassVar[str] = "nats"
    metric: ClassVar[bool] = False
    differentiable: ClassVar[bool] = False

    neighbours: Count | None = None

    @abstractmethod
    def value(self, on_p: Ratio, on_q: Ratio) -> Tensor:
        """The divergence from log ratios at points of $P$ and of $Q$."""

    def between_histograms(self, p: ArrayLike, q: ArrayLike) -> float:
        """The exact divergence of two distributions on the same cells.

        Args:
            p: probabilities of $P$, any shape, summing to one.
            q: probabilities of $Q$, of the same shape.

        Raises:
            InputError: if the shapes differ, or if one is no distribution.

        Example:
            >>> KullbackLeibler().between_histograms(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5]))  # log 2
            0.693...
        """
        a, b = as_samples(p, "p").values, as_samples(q, "q").values
        if a.shape != b.shape:
            raise InputError(
                f"the histograms have shapes {tuple(a.shape)} and {tuple(b.shape)}; expected the same cells"
            )
        a, b = (as_weights(h.flatten(), h.numel(), "the histogram's cells") for h in (a, b))
        ratio = a.log() - b.log()
        return self.value(Ratio(ratio[a > 0], a[a > 0]), Ratio(ratio[b > 0], b[b > 0])).item()

    def between_densities(
        self, log_p: Callable[[Tensor], Tensor], log_q: Callable[[Tensor], Tensor], x: ArrayLike, y: ArrayLike
    ) -> float:
        """The divergence of two known densities, by Monte Carlo over samples of both.

        Args:
            log_p: log density of $P$, `(N, d) -> (N,)`.
            log_q: log density of $Q$.
            x: samples of $P$, `(n, ...)`.
            y: samples of $Q$, `(m, ...)`.

        Example:
            >>> log_p = lambda x: -x.squeeze(1)  # exponential, of means 1 and 2
            >>> log_q = lambda x: -x.squeeze(1) / 2 - log(2)
            >>> middles = -torch.log1p(-(torch.arange(10_000) + 0.5) / 10_000)
            >>> round(KullbackLeibler().between_densities(log_p, log_q, middles, 2 * middles), 3)  # log 2 - 1/2
            0.193
        """
        a, b = paired(x, y)
        on_p, on_q = (Ratio(log_p(s) - log_q(s), as_weights(None, len(s), "weights").to(s)) for s in (a, b))
        return self.value(on_p, on_q).item()

    @torch.no_grad()
    def measure(self, x: Tensor, y: Tensor) -> Measured:
        """The plug-in estimate from nearest neighbours."""
        x, y, _ = in_own_units(x, y)
        k = self.neighbours or round(min(len(x), len(y)) ** 0.5)
        for side, name in ((x, "x"), (y, "y")):
            check_density(side, name, k)
        on_p, on_q = log_ratios(x, y, k), log_ratios(y, x, k)
        value = self.value(on_p, Ratio(-on_q.values, on_q.weights))
        note = f"estimate from the {k} nearest neighbours, biased; the densities are not known"
        if value < 0:
            note += f"; came out at {value.item():.4g}, below what can be, so that it tells nothing apart"
        return Measured(value.clamp_min(0), note)


def check_density(points: Tensor, name: str, k: int) -> None:
    """Refuses samples that cannot come from a density on the whole space."""
    n, dim = points.shape
    if n <= k:
        raise InputError(f"{name} holds {n} samples; expected more than the {k} nearest neighbours that are asked for")
    centred = points - points.mean(0)
    centred = centred / torch.where(centred.abs().amax(0) > 0, centred.abs().amax(0), 1)  # a unit for each column
    rank = int(torch.linalg.matrix_rank(centred.T @ centred if n > dim else centred @ centred.T, hermitian=True))
    if rank < dim:
        raise InputError(
            f"{name}: {n:,} samples span {rank} of {dim} dimensions, so they have no density there, which this "
            "divergence needs; use method='exact' or 'sliced', or project the samples first"
        )


def log_ratios(x: Tensor, y: Tensor, k: int) -> Ratio:
    """Estimates of log p/q at samples `x` of P, from themselves and samples `y` of Q."""
    n, dim = x.shape
    inside, outside = neighbour_distance(x, x, k + 1), neighbour_distance(x, y, k)
    if not bool(((inside > 0) & (outside > 0)).all()):
        raise InputError(
            f"more than {k} samples are equal, so they have no density, which this divergence needs; "
            "count them and use between_histograms"
        )
    values = dim * (outside.log() - inside.log()) + log(len(y) / (n - 1))
    return Ratio(values, torch.full_like(values, 1 / n))


def neighbour_distance(x: Tensor, y: Tensor, k: int) -> Tensor:
    """Distance of each x to its k-th nearest y, `(n,)`."""
    if x.shape[1] <= FEW_DIMENSIONS:
        found = KDTree(y.cpu().numpy()).query(x.cpu().numpy(), k=[k])[0][:, 0]
        return torch.from_numpy(found).to(x.device)
    ground = Euclidean()
    blocks = row_blocks(len(x), len(y))
    return torch.cat([ground.matrix(x[rows], y).kthvalue(k, dim=1).values for rows in blocks])


@dataclass(frozen=True)
class KullbackLeibler(Divergence):
    r"""$\mathrm{KL}(P \,\|\, Q) = \mathbb{E}_P \log p / q$: infinite where $Q$ misses a part of $P$.

    Kullback & Leibler 1951, https://doi.org/10.1214/aoms/1177729694. See `Divergence` for the estimate from samples.

    Example:
        >>> KullbackLeibler().between_histograms(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))
        inf
    """

    name: ClassVar[str] = "kl"

    neighbours: Count | None = 5

    def value(self, on_p: Ratio, on_q: Ratio) -> Tensor:  # noqa: ARG002
        r"""$\mathbb{E}_P r$."""
        return on_p.mean(on_p.values)


@dataclass(frozen=True)
class ReverseKullbackLeibler(Divergence):
    r"""$\mathrm{KL}(Q \,\|\, P) = -\mathbb{E}_Q \log p / q$: infinite where $P$ misses a part of $Q$.

    Example:
        >>> ReverseKullbackLeibler().between_histograms(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5]))
        inf
    """

    name: ClassVar[str] = "reverse-kl"

    neighbours: Count | None = 5

    def value(self, on_p: Ratio, on_q: Ratio) -> Tensor:  # noqa: ARG002
        r"""$-\mathbb{E}_Q r$."""
        return on_q.mean(-on_q.values)


@dataclass(frozen=True)
class JensenShannon(Divergence):
    r"""The mean divergence from the mixture $M = (P + Q) / 2$: between 0 and $\log 2$.

    $$\mathrm{JS} = \tfrac12 \mathrm{KL}(P \,\|\, M) + \tfrac12 \mathrm{KL}(Q \,\|\, M)
        = \log 2 - \tfrac12 \mathbb{E}_P \log(1 + e^{-r}) - \tfrac12 \mathbb{E}_Q \log(1 + e^r)$$

    Lin 1991, https://doi.org/10.1109/18.61115.

    Example:
        >>> JensenShannon().between_histograms(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])) == log(2)
        True
    """

    name: ClassVar[str] = "js"
    most: ClassVar[float] = log(2)

    def value(self, on_p: Ratio, on_q: Ratio) -> Tensor:
        """As the class says."""
        softplus = torch.nn.functional.softplus
        return log(2) - (on_p.mean(softplus(-on_p.values)) + on_q.mean(softplus(on_q.values))) / 2


@dataclass(frozen=True)
class TotalVariation(Divergence):
    r"""The largest difference of the probability of any event: between 0 and 1.

    $$\mathrm{TV} = \sup_A |P(A) - Q(A)| = \mathbb{E}_P (1 - e^{-r})_+ = \mathbb{E}_Q (1 - e^r)_+$$

    Example:
        >>> TotalVariation().between_histograms(torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75]))
        0.25
    """

    name: ClassVar[str] = "tv"
    unit: ClassVar[str] = ""
    most: ClassVar[float] = 1.0

    def value(self, on_p: Ratio, on_q: Ratio) -> Tensor:
        """The mean of both forms."""
        return (on_p.mean((-torch.expm1(-on_p.values)).relu()) + on_q.mean((-torch.expm1(on_q.values)).relu())) / 2
