"""The exact Wasserstein distance to held-out data."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.distances.exact import wasserstein
from wgan.metrics.metric import Measured, Metric, Need

__all__ = ["ExactW1"]


@dataclass(frozen=True)
class ExactW1(Metric):
    r"""The exact $W_1$ between the generated and as many held-out samples.

    $$W_1 = \min_\pi \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert$$

    over all matchings. Between finite samples it is never zero, in many dimensions far from it: only its excess over
    the floor tells. Kantorovich 1942; see `wgan.distances.wasserstein`.

    Example:
        >>> ExactW1()([[0.0], [1.0]], [[3.0], [2.0]]).value
        2.0
    """

    name: ClassVar[str] = "w1"
    title: ClassVar[str] = "exact W₁ to held-out samples"
    unit: ClassVar[str] = "of the samples"
    better: ClassVar[Literal["less", "more"]] = "less"
    needs: ClassVar[Need] = Need.SAMPLES

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """By the assignment problem; by linear programming between unequal numbers."""
        return Measured(float(wasserstein(fake, real)))
