"""Runs: a directory that holds everything about one training."""

from wgan.runs.history import History, Judged
from wgan.runs.launch import events, proceed, resume, start, train
from wgan.runs.listeners import Event, tracking
from wgan.runs.outcome import Outcome
from wgan.runs.run import Run
from wgan.runs.signals import Interrupted

__all__ = [
    "Event",
    "History",
    "Interrupted",
    "Judged",
    "Outcome",
    "Run",
    "events",
    "proceed",
    "resume",
    "start",
    "tracking",
    "train",
]
