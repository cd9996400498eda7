"""Measures of a generator's samples."""

from wgan.metrics.evaluation import Evaluation, evaluate, sample_size
from wgan.metrics.geometric_median import geometric_median
from wgan.metrics.modes import ModeCoverage, mode_coverage

__all__ = ["Evaluation", "ModeCoverage", "evaluate", "geometric_median", "mode_coverage", "sample_size"]
