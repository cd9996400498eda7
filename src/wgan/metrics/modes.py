"""How many modes of a known mixture the samples reach, and how many samples lie in one."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.checks import Positive, Share
from wgan.errors import InputError
from wgan.metrics.intervals import by_share
from wgan.metrics.metric import Measured, Metric, Need

__all__ = ["HighQuality", "ModeCoverage", "Modes", "mode_coverage"]


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
    return coverage(torch.cdist(samples.double(), modes.to(samples.device).double()) / std, radius, minimum_share)


def coverage(deviations: Tensor, radius: float, minimum_share: float) -> ModeCoverage:
    """What distances to the modes say, `(n, M)` in standard deviations."""
    distance, nearest = deviations.min(dim=1)
    counts = torch.bincount(nearest[distance <= radius], minlength=deviations.shape[1])
    return ModeCoverage(
        modes_covered=int((counts >= max(1.0, minimum_share * len(deviations))).sum()),
        modes_total=deviations.shape[1],
        high_quality_share=int(counts.sum()) / len(deviations),
        counts=tuple(counts.tolist()),
    )


@dataclass(frozen=True)
class Modes(Metric):
    r"""How many modes of a known mixture the samples reach: `mode_coverage` with its definition and its paper.

    Args:
        radius: within how many standard deviations of its centre a sample belongs to a mode.
        share: part of all samples that a mode needs to count; 0 asks for one sample.

    Example:
        >>> deviations = torch.tensor([[0.0, 9.0], [1.0, 9.0]])
        >>> Modes()(deviations, deviations).value
        1
    """

    name: ClassVar[str] = "modes"
    title: ClassVar[str] = "modes of the mixture that are reached"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.MODES

    radius: Positive = 3.0
    share: Share = 0.0

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Counts the modes of `fake`, `(m, M)`."""
        found = coverage(fake, self.radius, self.share)
        return Measured(found.modes_covered, f"of {found.modes_total}", {"modes": found.modes_total})


@dataclass(frozen=True)
class HighQuality(Metric):
    r"""The share of the samples that lie within $3\sigma$ of a mode of a known mixture; see `mode_coverage`.

    Args:
        radius: in standard deviations of a mode.

    Example:
        >>> deviations = torch.tensor([[0.0, 9.0], [4.0, 9.0]])
        >>> HighQuality()(deviations, deviations).value
        0.5
    """

    name: ClassVar[str] = "quality"
    title: ClassVar[str] = "share of the samples that lie in a mode"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.MODES
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    radius: Positive = 3.0

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """The share of `fake`, `(m, M)`."""
        share = coverage(fake, self.radius, 0).high_quality_share
        return Measured(share, interval=by_share(share, len(fake)))
