"""Ways to keep a critic Lipschitz."""

from wgan.lipschitz.clipping import Clipping
from wgan.lipschitz.method import LipschitzMethod
from wgan.lipschitz.penalties import GP, GradientPenalty

__all__ = ["GP", "Clipping", "GradientPenalty", "LipschitzMethod"]
