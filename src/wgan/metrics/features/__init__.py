"""Features of samples, in which metrics compare them: one file each."""

from wgan.metrics.features.contract import Features
from wgan.metrics.features.pixels import Pixels
from wgan.metrics.features.registry import features_for

__all__ = ["Features", "Pixels", "features_for"]
