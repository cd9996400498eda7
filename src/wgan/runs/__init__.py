"""Runs: a directory that holds everything about one training."""

from wgan.runs.launch import resume, start, train
from wgan.runs.run import Run
from wgan.runs.session import Outcome
from wgan.runs.signals import Interrupted

__all__ = ["Interrupted", "Outcome", "Run", "resume", "start", "train"]
