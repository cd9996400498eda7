"""Whether a classifier tells generated rows from real ones."""

from dataclasses import dataclass
from statistics import mean
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.metrics.metric import Measured
from wgan.metrics.table import TableMetric
from wgan.metrics.trees import area, grown, in_order

__all__ = ["Detection"]

FOLDS, ROUNDS = 3, 60


@dataclass(frozen=True)
class Detection(TableMetric):
    r"""How well gradient-boosted trees tell generated rows from real ones.

    $$\operatorname{AUC} = P(s(y) > s(x)) + \tfrac12 P(s(y) = s(x))$$

    with the score $s$ of trees that never saw the real row $x$ nor the generated one $y$: three times they learn from
    two thirds of both and judge the last. 1/2 where they find nothing, and 1 where they are always right.

    Lopez-Paz & Oquab 2017, Revisiting Classifier Two-Sample Tests, https://arxiv.org/abs/1610.06545; with the trees of
    Ke et al. 2017 (LightGBM) in scikit-learn's form, 60 rounds.

    Args:
        columns: what they are; None for amounts alone.

    Example:
        >>> rows = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
        >>> Detection()(rows[:100], rows[100:] + 9).value
        1.0
    """

    name: ClassVar[str] = "detection"
    title: ClassVar[str] = "AUC of trees that tell generated rows from real ones, .5 where they cannot"
    better: ClassVar[Literal["less", "more"]] = "less"
    bounds: ClassVar[tuple[float, float]] = (0, 1)
    least: ClassVar[int] = 30
    halvings: ClassVar[int] = 10

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:
        """The mean over folds, to which sorted rows are dealt by chance."""
        sides = [in_order(table.numpy()) for table in (real, fake)]
        folds = np.concatenate([torch.randperm(len(rows), generator=rng).numpy() % FOLDS for rows in sides])
        rows, target = np.concatenate(sides), np.repeat([0.0, 1.0], [len(real), len(fake)])
        discrete, seed = np.array(self.of(real).discrete), rng.initial_seed() % 2**32
        return Measured(mean(judged(rows, target, folds == fold, discrete, seed) for fold in range(FOLDS)))


def judged(
    rows: NDArray[np.float64],
    target: NDArray[np.float64],
    aside: NDArray[np.bool_],
    discrete: NDArray[np.bool_],
    seed: int,
) -> float:
    """How well those rows are told apart that were set aside."""
    trees = grown(rows[~aside], target[~aside], discrete, ROUNDS, seed, "classes")
    return area(target[aside] == 1, trees.predict_proba(rows[aside])[:, 1])
