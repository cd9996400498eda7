"""Runs: a directory that holds everything about one training."""

from wgan.runs.launch import proceed, resume, start, train
from wgan.runs.outcome import Outcome
from wgan.runs.run import Run
from wgan.runs.signals import Interrupted

__all__ = ["Interrupted", "Outcome", "Run", "proceed", "resume", "start", "train"]
