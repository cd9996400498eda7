"""How many modes of a known mixture the samples reach, and how many samples lie in one."""

from dataclasses import dataclass

import torch
from torch import Tensor

from wgan.errors import InputError

__all__ = ["ModeCoverage", "mode_coverage"]


@dataclass(frozen=True)
class ModeCoverage:
    """What `mode_coverage` found.

    Args:
        modes_covered: modes with enough high-quality samples.
        modes_total: modes of the mixture.
        high_quality_share: part of the samples, 0 to 1, that lie within the radius of a mode.
        counts: high-quality samples of each mode.
    """

    modes_covered: int
    modes_total: int
    high_quality_share: float
    counts: tuple[int, ...]


def mode_coverage(
    samples: Tensor, modes: Tensor, std: float, radius: float = 3.0, minimum_share: float = 0.0
) -> ModeCoverage:
    r"""Counts the modes that samples of a mixture of Gaussians reach.

    A sample $x$ is of high quality when $\min_k \|x - \mu_k\| \le r\sigma$, and belongs to that nearest mode. A mode is
    covered when at least one high-quality sample belongs to it. Lin et al., PacGAN (2018,
    https://arxiv.org/abs/1712.04086), whose protocol draws 2,500 samples.

    Of a two-dimensional mixture itself, the share $1 - e^{-9/2} = 0.989$ lies within $3\sigma$: that is the best value.

    Args:
        samples: `(n, d)`.
        modes: `(M, d)` centres $\mu_k$, in the units of `samples`.
        std: $\sigma$ of one mode, in the units of `samples`.
        radius: $r$, in standard deviations.
        minimum_share: part of all samples that a mode needs to be covered; 0 asks for one sample.

    Raises:
        InputError: the samples and the modes are not rows of the same length.

    Example:
        >>> modes = torch.tensor([[0.0, 0.0], [4.0, 0.0]])
        >>> mode_coverage(torch.tensor([[0.1, 0.0], [2.0, 0.0]]), modes, std=0.1)
        ModeCoverage(modes_covered=1, modes_total=2, high_quality_share=0.5, counts=(1, 0))
    """
    if samples.ndim != 2 or not len(samples) or samples.shape[1:] != modes.shape[1:]:
        raise InputError(
            f"samples {tuple(samples.shape)} for modes {tuple(modes.shape)}: expected (n, d) and (M, d), with n > 0"
        )
    distance, nearest = torch.cdist(samples.double(), modes.to(samples.device).double()).min(dim=1)
    counts = torch.bincount(nearest[distance <= radius * std], minlength=len(modes))
    covered = counts >= max(1.0, minimum_share * len(samples))
    return ModeCoverage(
        modes_covered=int(covered.sum()),
        modes_total=len(modes),
        high_quality_share=int(counts.sum()) / len(samples),
        counts=tuple(counts.tolist()),
    )
