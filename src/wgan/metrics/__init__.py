"""How near generated samples are to real ones: one metric is one class in a file, each behind `Judge`."""

from wgan.metrics.evaluation import Evaluation
from wgan.metrics.exact import ExactW1
from wgan.metrics.frechet import Frechet
from wgan.metrics.geometric_median import geometric_median
from wgan.metrics.judge import DEFAULT, Judge, evaluate
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.modes import HighQuality, ModeCoverage, Modes, mode_coverage
from wgan.metrics.registry import metric_kinds, metrics_named
from wgan.metrics.score import Score
from wgan.metrics.views import sample_size

__all__ = [
    "DEFAULT",
    "Evaluation",
    "ExactW1",
    "Frechet",
    "HighQuality",
    "Judge",
    "Measured",
    "Metric",
    "ModeCoverage",
    "Modes",
    "Need",
    "Score",
    "evaluate",
    "geometric_median",
    "metric_kinds",
    "metrics_named",
    "mode_coverage",
    "sample_size",
]
