"""Whether a generator repeats its training samples."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from wgan.checks import InnerShare
from wgan.errors import InputError
from wgan.metrics.intervals import by_ranks, by_share
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.neighbours import nearest

__all__ = ["Copies", "TrainingDistance"]


@dataclass(frozen=True)
class Copies(Metric):
    r"""The share of generated samples that are copies of a training sample.

    $$\frac1m \sum_j \mathbb{1}\Bigl[d_1(y_j) \le c\, d_2(y_j)\Bigr]$$

    with $d_1$, $d_2$ the distances to the nearest and second nearest of the different training samples: a copy lies
    much nearer to one of them than to all others. The floor is the share among held-out samples, which are no copies.
    Its details hold the share of those that equal a training sample.

    Yoon et al. 2023, Diffusion Probabilistic Models Generalize when They Fail to Memorize; Gu et al. 2023, On
    Memorization in Diffusion Models, https://arxiv.org/abs/2310.02664, with $c = 1/3$.

    Args:
        ratio: $c$.

    Raises:
        InputError: if there are no two different training samples.

    Example:
        >>> training = torch.tensor([[0.0], [1.0], [2.0]])
        >>> Copies()(training, torch.tensor([[0.1], [0.5]])).value
        0.5
    """

    name: ClassVar[str] = "copies"
    title: ClassVar[str] = "share of copies of training samples"
    better: ClassVar[Literal["less", "more"]] = "less"
    needs: ClassVar[Need] = Need.FEATURES
    against: ClassVar[Literal["held-out", "training"]] = "training"
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    ratio: InnerShare = 1 / 3

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Of `fake`, `(m, d)`, against all training rows, `(N, d)`."""
        different = distinct(real)
        if len(different) < 2:
            raise InputError(f"all {len(real):,} training samples are equal; copies need two different ones")
        first, second = nearest(fake, different, 2).unbind(1)
        share, exact = ((first <= reach).double().mean().item() for reach in (self.ratio * second, 0 * second))
        note = f"of {len(real):,} training samples" + f"; {exact:.2%} equal one" * (exact > 0)
        return Measured(share, note, {"exact": exact}, by_share(share, len(fake)))


@dataclass(frozen=True)
class TrainingDistance(Metric):
    r"""The median distance of a generated sample to the nearest training sample.

    $$\operatorname{median}_j \min_i \lVert y_j - x_i \rVert$$

    The floor is that of held-out samples: a value well below it says that the generator repeats what it saw, one above
    it that it makes what is not in the data. As its better direction is less, a value below its floor is no praise.

    Meehan, Chaudhuri & Dasgupta 2020, A Three Sample Test to Detect Data-Copying, https://arxiv.org/abs/2004.05675,
    compare the same two sets of distances.

    Example:
        >>> training = torch.tensor([[0.0], [1.0], [2.0]])
        >>> round(TrainingDistance()(training, torch.tensor([[0.1], [0.5], [2.3]])).value, 6)
        0.3
    """

    name: ClassVar[str] = "nn"
    title: ClassVar[str] = "median distance to the nearest training sample"
    unit: ClassVar[str] = "of the features"
    better: ClassVar[Literal["less", "more"]] = "less"
    needs: ClassVar[Need] = Need.FEATURES
    against: ClassVar[Literal["held-out", "training"]] = "training"

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Of `fake`, `(m, d)`, against all training rows, `(N, d)`."""
        found = nearest(fake, real)[:, 0].sort().values
        note = f"to {len(real):,} training samples"
        return Measured(found.quantile(0.5).item(), note, interval=by_ranks(found.tolist()))


def distinct(rows: Tensor) -> Tensor:
    """The rows, equal ones once."""
    values = np.ascontiguousarray(rows.numpy() + 0.0)  # no minus zero, whose bytes differ from those of zero
    _, first = np.unique(values.view([("row", np.void, values.strides[0])]), return_index=True)
    return rows[torch.from_numpy(np.sort(first.ravel()))]
