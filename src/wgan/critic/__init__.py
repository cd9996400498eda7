"""The critic: its step, and the estimate of a distance that it gives alone."""

from wgan.critic.estimate import CriticEstimate, Potential, estimate
from wgan.critic.fitting import Look, StopRule
from wgan.critic.kappa import Kappa
from wgan.critic.step import CriticRecord, CriticStep

__all__ = [
    "CriticEstimate",
    "CriticRecord",
    "CriticStep",
    "Kappa",
    "Look",
    "Potential",
    "StopRule",
    "estimate",
]
