"""The critic: its step, and the estimate of a distance that it gives alone."""

from wgan.critic.step import CriticRecord, CriticStep

__all__ = ["CriticRecord", "CriticStep"]
