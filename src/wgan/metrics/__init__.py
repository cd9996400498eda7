"""Measures of a generator's samples."""

from wgan.metrics.centers import Centroids, geometric_median, lloyd
from wgan.metrics.modes import ModeCoverage, mode_coverage

__all__ = ["Centroids", "ModeCoverage", "geometric_median", "lloyd", "mode_coverage"]
