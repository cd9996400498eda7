"""The Inception score, of any classifier."""

from dataclasses import dataclass
from math import inf
from statistics import mean
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.checks import Count
from wgan.errors import InputError
from wgan.metrics.intervals import by_parts
from wgan.metrics.metric import Measured, Metric, Need

__all__ = ["InceptionScore"]


@dataclass(frozen=True)
class InceptionScore(Metric):
    r"""How sure a classifier is of each sample, and how various its answers are.

    $$\exp \mathbb{E}_x \operatorname{KL}\bigl(p(y \mid x) \,\Vert\, \mathbb{E}_x\, p(y \mid x)\bigr)$$

    from 1 to the number of classes; the mean over disjoint splits in the order of the samples. It never looks at real
    data, so that one perfect picture of each class is enough for the best value: read it beside others. The name of
    the protocol says whose probabilities they are; only with the Inception network is it the score of the papers.

    Salimans et al. 2016, Improved Techniques for Training GANs, https://arxiv.org/abs/1606.03498.

    Args:
        splits: how many.

    Raises:
        InputError: if rows are not probabilities, or if there are fewer rows than splits.

    Example:
        >>> sure = torch.eye(2).repeat(10, 1)
        >>> InceptionScore(splits=1)(sure, sure).value
        2.0
    """

    name: ClassVar[str] = "is"
    title: ClassVar[str] = "Inception score"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.CLASSES
    bounds: ClassVar[tuple[float, float]] = (1, inf)

    splits: Count = 10

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Of the probabilities `fake`, `(m, classes)`, alone."""
        check_probabilities(fake)
        if len(fake) < self.splits:
            raise InputError(f"Inception score of {len(fake)} samples in {self.splits} splits; expected one in each")
        values = [split_score(part) for part in fake.tensor_split(self.splits)]
        interval = by_parts(mean(values), values, self.bounds, "splits") if self.splits > 1 else None
        return Measured(mean(values), f"mean of {self.splits} splits" * (self.splits > 1), interval=interval)


def check_probabilities(rows: Tensor) -> None:
    """Refuses rows that are no distributions."""
    if bool((rows < 0).any()) or not torch.allclose(rows.sum(1), torch.ones(()).to(rows), atol=1e-6):
        raise InputError(
            f"class probabilities: values from {rows.min().item():.3g} and rows that sum to "
            f"{rows.sum(1).min().item():.3g} and more; expected rows of probabilities, such as a softmax"
        )


def split_score(rows: Tensor) -> float:
    r"""$\exp \mathbb{E} \operatorname{KL}$ of one split; $0 \log 0 = 0$."""
    marginal = rows.mean(0).expand_as(rows)
    divergences: Tensor = (torch.special.xlogy(rows, rows) - torch.special.xlogy(rows, marginal)).sum(1)
    return divergences.mean().exp().item()
