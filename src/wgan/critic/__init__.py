"""The critic: its step, and the estimate of a distance that it gives alone."""

from wgan.critic.estimate import CriticEstimate, Kappa, estimate
from wgan.critic.fitting import Look, StopRule
from wgan.critic.step import CriticRecord, CriticStep

__all__ = ["CriticEstimate", "CriticRecord", "CriticStep", "Kappa", "Look", "StopRule", "estimate"]
