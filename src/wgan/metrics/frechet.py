"""The Fréchet distance of features."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.distances.gaussian import between_roots, sample_root
from wgan.metrics.metric import Measured, Metric, Need

__all__ = ["Frechet"]


@dataclass(frozen=True)
class Frechet(Metric):
    r"""The Fréchet distance: $W_2^2$ of normal distributions with the means and covariances of the features.

    $$\lVert \mu_r - \mu_g \rVert^2 + \operatorname{tr}\bigl(\Sigma_r + \Sigma_g - 2 (\Sigma_r \Sigma_g)^{1/2}\bigr)$$

    With the Inception features it is the FID. Finite samples make it too large, by about $1/n$ times a factor that
    differs from generator to generator (Chong & Forsyth 2020, https://arxiv.org/abs/1911.07023): compare at equal `n`.
    Covariances may be singular; with fewer samples than features they always are, which the note says.

    Heusel et al. 2017, https://arxiv.org/abs/1706.08500; its root is `wgan.distances.Gaussian`.

    Example:
        >>> real = torch.randn(1000, 3, generator=torch.Generator().manual_seed(0))
        >>> round(Frechet()(real, 2 * real).value, 1)  # d (2 − 1)²
        3.0
    """

    name: ClassVar[str] = "fd"
    title: ClassVar[str] = "Fréchet distance of features"
    unit: ClassVar[str] = "squared units of the features"
    better: ClassVar[Literal["less", "more"]] = "less"
    needs: ClassVar[Need] = Need.FEATURES

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """From means and covariances, in float64."""
        value = between_roots(real.mean(0) - fake.mean(0), sample_root(real), sample_root(fake)).square().item()
        count, width = min(len(real), len(fake)), real.shape[1]
        few = (
            f"{count:,} samples of {width:,} features: far too large a value; take {10 * width:,} or narrower "
            "features, or look at sw and kid, which need fewer"
        )
        return Measured(value, few * (count <= width))
