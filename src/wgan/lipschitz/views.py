"""What the critic sees through out-of-focus glasses: noise or blur that fades while the training goes on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from wgan.checks import NotNegative, Positive
from wgan.errors import InputError
from wgan.lipschitz.method import LipschitzMethod

__all__ = ["Blur", "FadingView", "InstanceNoise"]


@dataclass(frozen=True, kw_only=True)
class FadingView(LipschitzMethod):
    r"""A view whose strength falls linearly to zero, $\sigma(t) = \sigma \max(0, 1 - t / t_1)$.

    Args:
        sigma: strength at the start.
        until: share $t_1$ of the training at which it is gone; above 1, some is left at the end.

    Raises:
        InputError: for a negative strength, or an end that is not positive.
    """

    constrains = False
    follows_progress = True

    sigma: NotNegative = 1.0
    until: Positive = 1.0

    def strength(self, progress: float) -> float:
        r"""$\sigma(t)$ at the share $t$ of the training.

        Example:
            >>> [InstanceNoise(sigma=1.0, until=0.5).strength(t) for t in (0.0, 0.25, 0.5, 1.0)]
            [1.0, 0.5, 0.0, 0.0]
        """
        return self.sigma * max(0.0, 1 - progress / self.until)


@dataclass(frozen=True, kw_only=True)
class InstanceNoise(FadingView):
    r"""Adds Gaussian noise $\mathcal N(0, \sigma(t)^2)$ to real and generated samples alike.

    Distributions on disjoint supports overlap after it, so the critic cannot tell them apart for sure.

    Sønderby et al. 2017, Amortised MAP Inference for Image Super-resolution, https://arxiv.org/abs/1610.04490;
    Arjovsky & Bottou 2017, https://arxiv.org/abs/1701.04862.

    Args:
        sigma: standard deviation at the start, in units of the networks' data.
        until: share of the training at which it is gone.
    """

    sigma: NotNegative = 0.1

    def view(self, samples: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """The samples with noise."""
        noise = torch.randn(samples.shape, generator=rng, device=samples.device, dtype=samples.dtype)
        return samples + self.strength(progress) * noise


@dataclass(frozen=True, kw_only=True)
class Blur(FadingView):
    r"""Convolves images with the kernel $2^{-(x / \sigma(t))^2}$ along both axes.

    The kernel is cut at the image's border and normalised to sum to 1 at every pixel, so a constant image stays.

    Karras et al. 2021, Alias-Free Generative Adversarial Networks, appendix G, https://arxiv.org/abs/2106.12423, who
    blur the first 200,000 images of a training, hence `until` below 1.

    Args:
        sigma: width at the start, in pixels.
        until: share of the training at which it is gone.

    Raises:
        InputError: on use, for samples that are no images.
    """

    sigma: NotNegative = 10.0
    until: Positive = 0.1

    def view(self, samples: Tensor, progress: float, rng: torch.Generator) -> Tensor:  # noqa: ARG002
        """The blurred images."""
        if samples.dim() != 4:
            raise InputError(
                f"Blur: samples have shape {tuple(samples.shape[1:])}; expected images (channels, height, width); "
                "use InstanceNoise for other data"
            )
        strength = self.strength(progress)
        rows, columns = (blur_matrix(size, strength, like=samples) for size in samples.shape[2:])
        return rows @ samples @ columns.mT


def blur_matrix(size: int, sigma: float, like: Tensor) -> Tensor:
    """The blur along one axis, `(size, size)`; each output's weights sum to 1."""
    pixels = torch.arange(size, device=like.device, dtype=like.dtype)
    distances = pixels[:, None] - pixels
    # A width far below a pixel is the identity, and spares zero a branch.
    kernel = torch.exp2(-(distances / max(sigma, 1e-3)).square())
    return kernel / kernel.sum(1, keepdim=True)
