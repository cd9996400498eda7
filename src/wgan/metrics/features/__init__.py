"""Features of samples, in which metrics compare them: one file each."""

from wgan.metrics.features.classifier import Digits, Fashion, StackedDigits
from wgan.metrics.features.contract import Features
from wgan.metrics.features.inception import Inception
from wgan.metrics.features.network import NetworkFeatures
from wgan.metrics.features.pixels import Pixels
from wgan.metrics.features.registry import features_for, features_named

__all__ = [
    "Digits",
    "Fashion",
    "Features",
    "Inception",
    "NetworkFeatures",
    "Pixels",
    "StackedDigits",
    "features_for",
    "features_named",
]
