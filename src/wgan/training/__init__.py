"""Training a generator against a critic."""

from wgan.training.ema import EMA
from wgan.training.loop import Record, State, growing, train

__all__ = ["EMA", "Record", "State", "growing", "train"]
