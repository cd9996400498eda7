"""Ways to keep a critic Lipschitz."""

from wgan.lipschitz.clipping import Clipping
from wgan.lipschitz.drift import Drift
from wgan.lipschitz.method import LipschitzMethod
from wgan.lipschitz.normalization import SpectralNorm
from wgan.lipschitz.orthogonal import Orthogonal
from wgan.lipschitz.penalties import DIV, DRAGAN, GP, LP, R1, R2, GradientPenalty, Traced, ZeroCentered
from wgan.lipschitz.views import Blur, InstanceNoise

__all__ = [
    "DIV",
    "DRAGAN",
    "GP",
    "LP",
    "R1",
    "R2",
    "Blur",
    "Clipping",
    "Drift",
    "GradientPenalty",
    "InstanceNoise",
    "LipschitzMethod",
    "Orthogonal",
    "SpectralNorm",
    "Traced",
    "ZeroCentered",
]
