"""Gradient-boosted trees over the cells of tables, as judges of rows."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

__all__ = ["Forest", "area", "grown", "in_order"]

MOST_CODES = 255
"""Values of a category that trees tell apart; one of more is taken for an amount."""

Cells = NDArray[np.float64]
Forest = Any
"""Trees of scikit-learn, fitted."""


def grown(
    rows: Cells, target: Cells, discrete: NDArray[np.bool_], rounds: int, seed: int, kind: Literal["classes", "amounts"]
) -> Forest:
    """Trees that foretell a target.

    They are the same on any number of cores.

    Args:
        rows: `(n, d)`, NaN where a cell is empty.
        target: `(n,)`, none of it empty.
        discrete: `(d,)`, which columns are categories.
        rounds: of boosting, each a tree, or one for each class.
        seed: of what they draw.
        kind: of the target.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    rows = np.where(np.isnan(rows).all(0), 0.0, rows)  # which scikit-learn cannot divide into bins
    few = np.array([category and small(column) for category, column in zip(discrete, rows.T, strict=True)])
    model = HistGradientBoostingClassifier if kind == "classes" else HistGradientBoostingRegressor
    trees = model(max_iter=rounds, early_stopping=False, categorical_features=few, random_state=seed)
    with threadpool_limits(1):  # threads would add up in the order in which they end
        return trees.fit(np.where(np.isnan(rows).all(0), 0.0, rows), target)  # it refuses columns without a value


def small(codes: Cells) -> bool:
    """Whether all codes are ones that trees tell apart."""
    filled = codes[~np.isnan(codes)]
    return not len(filled) or bool(filled.min() >= 0 and filled.max() < MOST_CODES)


def area(positive: NDArray[np.bool_], scores: Cells) -> float:
    """The area under the curve of hits against false alarms: how often a positive scores above another, ties half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, scores))


def in_order(rows: Cells) -> Cells:
    """The rows sorted, so that nothing hangs on the order in which they came."""
    return rows[np.lexsort(rows.T[::-1])]
