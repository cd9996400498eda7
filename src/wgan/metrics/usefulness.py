"""Whether what is learned from generated rows holds for real ones."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data import Source
from wgan.errors import InputError
from wgan.metrics.metric import Measured
from wgan.metrics.table import LABELS, TableMetric
from wgan.metrics.trees import Forest, area, grown, in_order

__all__ = ["Usefulness"]

ROUNDS = 100

Cells = NDArray[np.float64]


@dataclass(frozen=True)
class Usefulness(TableMetric):
    r"""How well trees that learned from generated rows foretell the label of real ones.

    The value is the area under the curve (AUC) for a label of two values, the mean over classes of F1 for one of more,
    and $R^2 = 1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2$ for amounts. Its details hold the F1 of the rarer of two
    values as well. The floor is the same for trees that learned from as many real rows. Rows without a label count
    nowhere; 100 rounds of scikit-learn's gradient-boosted trees.

    Esteban, Hyland & Rätsch 2017, https://arxiv.org/abs/1706.02633: train on synthetic, test on real.

    Args:
        columns: what they are, and which is the label; None for amounts alone, the last of which it is.

    Raises:
        InputError: if no column is the label, if it is empty in all rows of a side or the same in all real ones, or if
            there is no other column.

    Example:
        >>> x = torch.rand(400, 1, generator=torch.Generator().manual_seed(0))
        >>> rows = torch.cat([x, 2 * x], 1)
        >>> Usefulness()(rows[:200], rows[200:]).value > 0.99
        True
    """

    name: ClassVar[str] = "usefulness"
    title: ClassVar[str] = "trees learned from generated rows, tested on real ones"
    better: ClassVar[Literal["less", "more"]] = "more"
    bounds: ClassVar[tuple[float, float]] = (-np.inf, 1)
    least: ClassVar[int] = 30
    most_generated: ClassVar[int | None] = 30_000
    halvings: ClassVar[int] = 10

    def reason_against(self, source: Source) -> str | None:
        """That no column is the label, or no other is left to learn from."""
        columns = self.suited(source).columns
        if columns is None or columns.label is None:
            values = f"{LABELS[0]} to {LABELS[-1]} values"
            return f"no column of {source.name} is its label: none was named, and the last is no category of {values}"
        return None if len(columns.names) > 1 else f"{source.name} has no column but its label"

    def measure(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> Measured:
        """Of trees that learn from the sorted rows of `fake`."""
        columns = self.of(real)
        if columns.label is None or len(columns.names) < 2:
            raise InputError("no label to foretell from other columns; expected one, and another column")
        name, codes = columns.names[columns.label], columns.codes[columns.label]
        discrete = np.delete(np.array(columns.discrete), columns.label)
        (x, y), (seen, target) = (labelled(table, columns.label, name) for table in (real, fake))
        if (y == y[0]).all():
            raise InputError(f"the label {name!r} is the same in all real rows; expected two values or more")
        kind: Literal["classes", "amounts"] = "amounts" if codes is None else "classes"
        trees = None if (target == target[0]).all() else grown(seen, target, discrete, ROUNDS, rng_seed(rng), kind)
        foretold = np.full(len(y), target[0]) if trees is None else trees.predict(x)
        if codes is None:
            found = {"r2": 1 - float(np.square(y - foretold).sum() / np.square(y - y.mean()).sum())}
        elif codes > 2:
            found = {"f1": f1(y, foretold)}
        else:
            rarer = rarest(y)
            found = {"auc": area(y == rarer, chance(trees, x, rarer)), "f1": f1(y, foretold, [rarer])}
        measure = next(iter(found))
        named = f"{name}, the last column as no --label was named" if columns.guessed else name
        return Measured(found[measure], f"{MEASURES[measure]} of {named}, {len(y):,} real rows", found)


MEASURES = {"auc": "AUC", "f1": "mean F1", "r2": "R²"}


def rng_seed(rng: torch.Generator) -> int:
    """A seed that scikit-learn takes."""
    return rng.initial_seed() % 2**32


def labelled(table: Tensor, label: int, name: str) -> tuple[Cells, Cells]:
    """The sorted rows that have a label, without it, and their labels."""
    rows = in_order(table.numpy())
    rows = rows[~np.isnan(rows[:, label])]
    if not len(rows):
        raise InputError(f"the label {name!r} is empty in all rows of a side; expected values to learn from")
    return np.delete(rows, label, 1), rows[:, label]


def rarest(labels: Cells) -> float:
    """The value that the fewest rows hold, of several the last."""
    values, counts = np.unique(labels, return_counts=True)
    return float(values[::-1][counts[::-1].argmin()])


def chance(trees: Forest, rows: Cells, value: float) -> Cells:
    """How probable the trees think a value of the label, for each row."""
    if trees is None or value not in trees.classes_:
        return np.zeros(len(rows))
    return np.asarray(trees.predict_proba(rows)[:, list(trees.classes_).index(value)])


def f1(labels: Cells, foretold: Cells, of: list[float] | None = None) -> float:
    """The mean over values of the harmonic mean of precision and recall, of all values that the labels have."""
    from sklearn.metrics import f1_score

    values = np.unique(labels) if of is None else of
    return float(f1_score(labels, foretold, labels=values, average="macro", zero_division=0.0))
