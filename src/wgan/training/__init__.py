"""Training a generator against a critic."""

from wgan.training.ema import EMA
from wgan.training.loop import Record, State, train

__all__ = ["EMA", "Record", "State", "train"]
