r"""Spectral norms of layers, which for convolutions are not those of their kernels.

A convolution with stride $s$ acts on $\ell^2$ of an unbounded image; zero padding and cropping only restrict it, so
its norm there bounds it for every image. Splitting the image into its $s^n$ phases turns it into a convolution
without stride whose kernel has $k' = \lceil k / s \rceil$ taps an axis, with the norm

$$\|K\| = \max_\omega \sigma_{\max}(\hat K(\omega)), \qquad \hat K(\omega) = \sum_j K_j e^{-i \omega j},
\qquad \|K\| \le \sigma_{\max}\big([K_1, K_2, \dots]\big) \prod_{\text{axes}} \sqrt{k'}.$$
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, cos, pi, prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, conv2d, conv3d, pad

__all__ = ["CONVOLUTIONS", "CircularConvolution", "convolution_norm_bound", "overlap", "slack", "stride_of"]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
OPERATIONS = {1: conv1d, 2: conv2d, 3: conv3d}

# Frequencies on which a transfer function is sampled, per tap beyond the first. The gaps between them cost a factor of
# 1 / cos(π / 8) = 1.08 for images; half of it would take four times as long.
SAMPLES_PER_TAP = 8


def stride_of(layer: nn.modules.conv._ConvNd) -> tuple[int, ...]:
    """The stride that counts for the norm: a dilated kernel's norm is known without one only."""
    return layer.stride if set(layer.dilation) == {1} else (1,) * len(layer.stride)


def phase_taps(weight: Tensor, stride: Sequence[int]) -> list[int]:
    r"""The kernel's taps between two neighbouring outputs, $\lceil k / s \rceil$ for each axis."""
    return [ceil(size / step) for size, step in zip(weight.shape[2:], stride, strict=True)]


def overlap(weight: Tensor, stride: Sequence[int]) -> float:
    r"""$\prod \sqrt{\lceil k / s \rceil}$, by which a convolution's norm can exceed its reshaped kernel's.

    Example:
        >>> overlap(torch.zeros(8, 3, 4, 4), stride=(2, 2))
        2.0
    """
    return sqrt(prod(phase_taps(weight, stride)))


def grid_of(weight: Tensor, stride: Sequence[int]) -> list[int]:
    """How many frequencies to sample along each axis."""
    return [max(1, SAMPLES_PER_TAP * (taps - 1)) for taps in phase_taps(weight, stride)]


def slack(weight: Tensor, stride: Sequence[int]) -> float:
    r"""By how much a norm can exceed its maximum on the grid of frequencies, at most.

    $|\langle a, \hat K b \rangle|^2$ is a trigonometric polynomial of degree $k' - 1$ along each axis, which exceeds
    its maximum on $N$ equidistant points by $1 / \cos(\pi (k' - 1) / N)$ at most (Ehlich & Zeller 1964,
    https://doi.org/10.1007/BF01111276).
    """
    taps, grid = phase_taps(weight, stride), grid_of(weight, stride)
    return 1 / sqrt(prod(cos(pi * (tap - 1) / points) for tap, points in zip(taps, grid, strict=True)))


def phases(weight: Tensor, stride: Sequence[int]) -> Tensor:
    """The kernel without stride on the phases of its input, `(out, in · prod(stride), *taps)`."""
    taps = phase_taps(weight, stride)
    missing = [n * s - k for n, s, k in zip(taps, stride, weight.shape[2:], strict=True)]
    padded = pad(weight, [side for gap in reversed(missing) for side in (0, gap)])
    out, channels = weight.shape[:2]
    split = padded.reshape(out, channels, *(n for pair in zip(taps, stride, strict=True) for n in pair))
    tap_axes, phase_axes = range(2, split.dim(), 2), range(3, split.dim(), 2)
    return split.permute(0, 1, *phase_axes, *tap_axes).reshape(out, -1, *taps)


def convolution_norm_bound(weight: Tensor, stride: Sequence[int], groups: int = 1) -> float:
    r"""An upper bound of the norm of a convolution, for images of any size under zero padding.

    The smaller of two: the maximum over a grid of frequencies times its `slack`, and the reshaped kernel's norm times
    its `overlap`. Transposed convolutions are adjoints and have the same norm.

    Args:
        weight: kernel, `(out, in / groups, *sizes)`.
        stride: for each axis.
        groups: of channels that do not meet.

    Example:
        >>> blur = torch.full((1, 1, 3, 3), 1 / 9)  # a mean is largest on a constant, where it is 1
        >>> 1.0 <= convolution_norm_bound(blur, stride=(1, 1)) < 1.09
        True
    """
    kernel = phases(weight.detach().double(), stride)
    kernel = kernel.reshape(groups, -1, *kernel.shape[1:])
    spatial = tuple(range(3, kernel.dim()))
    # The kernel is real, so half of the frequencies mirror the others.
    transfer = torch.fft.rfftn(kernel, s=grid_of(weight, stride), dim=spatial)
    by_frequency = transfer.flatten(3).movedim(3, 0)
    sampled = largest_singular_value(by_frequency) * slack(weight, stride)
    return min(sampled, largest_singular_value(kernel.flatten(2)) * overlap(weight, stride))


def largest_singular_value(matrices: Tensor) -> float:
    """Of a batch of matrices `(..., rows, columns)`, from the smaller Gram matrix of each."""
    gram = matrices @ matrices.mH if matrices.shape[-2] <= matrices.shape[-1] else matrices.mH @ matrices
    return float(torch.linalg.eigvalsh(gram)[..., -1].max().clamp(min=0).sqrt())


@dataclass(frozen=True)
class CircularConvolution:
    """A convolution on a torus, as a linear map; its norm is the maximum over the grid of frequencies.

    Args:
        stride: for each axis.
        groups: of channels that do not meet.
    """

    stride: tuple[int, ...]
    groups: int

    def __call__(self, weight: Tensor, image: Tensor) -> Tensor:
        """The convolution of `image`, `(in, *sizes)`."""
        margins = [side for size in reversed(weight.shape[2:]) for side in (0, size - 1)]
        operation = OPERATIONS[len(self.stride)]
        around = pad(image[None], margins, mode="circular")
        return operation(around, weight, stride=self.stride, groups=self.groups)[0]

    def image_shape(self, weight: Tensor) -> tuple[int, ...]:
        """Shape of the image on which the outputs are as many as the sampled frequencies."""
        sizes = (n * s for n, s in zip(grid_of(weight, self.stride), self.stride, strict=True))
        return (weight.shape[1] * self.groups, *sizes)
