"""The funnel network: a critic that is 1-Lipschitz by construction, without limiting its weights."""

import warnings
from dataclasses import dataclass
from math import prod
from typing import Annotated

import torch
from torch import Tensor, nn

from wgan.checks import Count, Rule
from wgan.errors import InputError
from wgan.networks.layers import Widths
from wgan.networks.mlp import Activation, hidden_layers
from wgan.networks.network import CriticNetwork
from wgan.types import Bound, Shape

__all__ = ["Funnel", "FunnelCritic"]

ROWS = 512  # that are compared with all centers at once


@dataclass(frozen=True, kw_only=True)
class Funnel(CriticNetwork):
    r"""A critic made of cones of slope 1, $f(x) = \pm \min_k (\|x - a_k\| + b_k)$.

    A minimum of 1-Lipschitz functions is 1-Lipschitz, and the slope is 1 wherever it exists, as that of a Kantorovich
    potential is along its transport. These are the potentials of the continuous Wasserstein-1 benchmark.

    Korotin, Kolesov & Burnaev 2022, Kantorovich Strikes Back! Wasserstein GANs are not Optimal Transport?,
    https://arxiv.org/abs/2206.07767.

    Args:
        centers: number of cones $k$.
        sign: -1 has its peaks at the centers, which start within the real data; +1 its valleys, which start within
            the generated data.
        widths: hidden layers before the cones, none by default; the critic then is as Lipschitz as they are kept.
        activation: after each of them; `MaxMin` suits orthogonal layers.

    Raises:
        InputError: for a count below 1, a sign that is neither -1 nor 1, or an unknown activation.

    Example:
        >>> critic = Funnel(centers=8).build_critic((1, 8, 8))
        >>> data = torch.rand(100, 1, 8, 8)
        >>> critic.initialise(data, data, torch.Generator().manual_seed(0))
        >>> critic(data).shape
        torch.Size([100])
    """

    size_field = "centers"

    centers: Count = 64
    sign: Annotated[int, Rule("-1 (peaks at the centers) or 1 (valleys)", lambda sign: sign in (-1, 1))] = -1
    widths: Widths = ()
    activation: Activation = "ReLU"

    def build_critic(self, shape: Shape) -> "FunnelCritic":
        """Sample to score."""
        size = prod(shape)
        features = nn.Sequential(nn.Flatten(), *hidden_layers(size, self.widths, self.activation))
        return FunnelCritic(features, (size, *self.widths)[-1], self.centers, self.sign)


class FunnelCritic(nn.Module):
    r"""The cones, over features: $\pm \min_k (\|\varphi(x) - a_k\| + b_k)$, as Lipschitz as the features φ are.

    Args:
        features: `(B, *shape) -> (B, size)`; `nn.Flatten()` for the samples themselves.
        size: number of features.
        centers: number of cones.
        sign: -1 or 1, see `Funnel`.

    Example:
        >>> cone = FunnelCritic(nn.Flatten(), size=2, centers=1)
        >>> _ = cone.centers.data.zero_()
        >>> cone(torch.tensor([[3.0, 4.0]]))
        tensor([-5.], grad_fn=...)
    """

    def __init__(self, features: nn.Module, size: int, centers: int = 64, sign: int = -1) -> None:
        super().__init__()
        self.features = features
        self.centers = nn.Parameter(torch.randn(centers, size))
        self.offsets = nn.Parameter(torch.zeros(centers))
        self.sign = sign

    def forward(self, x: Tensor) -> Tensor:
        """`(B, *shape) -> (B,)`."""
        features = self.features(x)
        nearest = self.nearest(features.detach())
        # Only the winning cone has a gradient, so only its distance is differentiated: B rows instead of B × K.
        squared = (features - self.centers[nearest]).square().sum(1)
        # The floor makes both derivatives zero, not NaN, at a center itself.
        scores: Tensor = self.sign * (squared.clamp_min(1e-24).sqrt() + self.offsets[nearest])
        return scores

    def lipschitz_bound(self, bound: Bound, shape: Shape) -> float | None:  # noqa: ARG002
        """That of the features."""
        return bound(self.features)

    @torch.no_grad()
    def nearest(self, features: Tensor) -> Tensor:
        """Which cone gives the minimum at each row of `(B, size)` features, `(B,)`."""
        if features.shape[1] <= 4 and features.dtype != torch.float64:
            # Where samples can almost meet a center, the expansion of the square into products loses the digits that
            # tell two near centers apart, in single precision.
            distances = torch.cdist(features, self.centers, compute_mode="donot_use_mm_for_euclid_dist")
            return distances.add_(self.offsets).argmin(1)
        # Few rows at a time stay in the cache; a program for batches of any size has one part.
        parts = [features] if torch.compiler.is_exporting() else torch.split(features, ROWS)
        lengths, products = self.centers.square().sum(1), -2 * self.centers.T
        found = [
            torch.addmm(lengths, rows, products)
            .add_(rows.square().sum(1, keepdim=True))
            .clamp_min_(0)
            .sqrt_()
            .add_(self.offsets)
            .argmin(1)
            for rows in parts
        ]
        return torch.cat(found)

    @torch.no_grad()
    def initialise(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> None:
        """Puts the centers at the K-means centroids of the real samples (sign -1) or the generated (+1).

        Args:
            real: `(N, *shape)`.
            fake: `(N, *shape)`.
            rng: seeds K-means.

        Raises:
            InputError: for fewer samples than centers.
        """
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning
        from threadpoolctl import threadpool_limits

        samples = real if self.sign < 0 else fake
        if len(samples) < len(self.centers):
            raise InputError(
                f"Funnel: {len(samples)} samples for {len(self.centers)} centers; give more samples, or fewer centers"
            )
        seed = int(torch.randint(2**31 - 1, (), generator=rng, device=rng.device))
        features = self.features(samples).cpu().numpy()
        with threadpool_limits(1), warnings.catch_warnings():  # threads would add up in the order in which they end
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct samples than centers do no harm
            centroids = KMeans(len(self.centers), n_init=1, random_state=seed).fit(features).cluster_centers_
        self.centers.copy_(torch.from_numpy(centroids))
        self.offsets.zero_()
