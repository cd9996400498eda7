"""How many classes a generator reaches, and whether it reaches each as often as the data do."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from wgan.metrics.inception_score import check_probabilities
from wgan.metrics.metric import Measured, Metric, Need

__all__ = ["ClassDivergence", "Classes"]


@dataclass(frozen=True)
class Classes(Metric):
    """How many classes the generated samples reach, each counted to the most probable one.

    With the features `stacked-digits` these are the 1,000 modes of stacked MNIST, for which 26,000 samples are usual
    (Metz et al. 2017, https://arxiv.org/abs/1611.02163; Lin et al. 2018, PacGAN, https://arxiv.org/abs/1712.04086).

    Example:
        >>> sure = torch.eye(3)
        >>> Classes()(sure, sure[[0, 0, 2]]).value
        2
    """

    name: ClassVar[str] = "classes"
    title: ClassVar[str] = "classes that are reached"
    better: ClassVar[Literal["less", "more"]] = "more"
    needs: ClassVar[Need] = Need.CLASSES

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Of `fake`, `(m, K)` probabilities."""
        reached, total = int((counts(fake) > 0).sum()), fake.shape[1]
        return Measured(reached, f"of {total:,}{few(fake)}", {"classes": total})


@dataclass(frozen=True)
class ClassDivergence(Metric):
    r"""How far the classes' shares among the generated samples are from those among the real ones.

    $$\operatorname{KL}(q \Vert p) = \sum_c q_c \log \frac{q_c}{p_c}$$

    with $q$ the shares of the generated, $p$ those of the real samples, each counted to its most probable class. Where
    real samples miss a class that was generated, that class counts as half a sample, which the note says.

    The second figure of stacked MNIST: Metz et al. 2017, https://arxiv.org/abs/1611.02163.

    Example:
        >>> sure = torch.eye(2)
        >>> ClassDivergence()(sure, sure[[0, 0]]).value  # log 2
        0.693...
    """

    name: ClassVar[str] = "class-kl"
    title: ClassVar[str] = "KL of the classes' shares"
    unit: ClassVar[str] = "nats"
    better: ClassVar[Literal["less", "more"]] = "less"
    needs: ClassVar[Need] = Need.CLASSES

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:  # noqa: ARG002
        """Of probabilities `(n, K)` and `(m, K)`."""
        expected, found = counts(real).double(), counts(fake).double()
        missing = int(((expected == 0) & (found > 0)).sum())
        p = torch.where((expected == 0) & (found > 0), 0.5, expected)
        p, q = p / p.sum(), found / found.sum()
        value = torch.where(q > 0, q * (q / p).log(), 0).sum().item()
        half = f"{missing:,} generated classes are missing among the real samples and count as half a sample there"
        return Measured(max(value, 0.0), (half * (missing > 0) + few(fake)).removeprefix("; "))


def counts(probabilities: Tensor) -> Tensor:
    """How many rows have their greatest probability at each class, `(K,)`."""
    check_probabilities(probabilities)
    return torch.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])


def few(probabilities: Tensor) -> str:
    """What to say where there are too few samples for so many classes."""
    samples, classes = probabilities.shape
    return f"; {samples:,} samples cannot show {classes:,} classes, take {26 * classes:,}" * (samples < 10 * classes)
