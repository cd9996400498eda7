"""What the end of a run prints, of it what the data allow."""

from wgan.metrics.detection import Detection
from wgan.metrics.exact import ExactW1
from wgan.metrics.memorisation import Copies, TrainingDistance
from wgan.metrics.metric import Metric
from wgan.metrics.modes import HighQuality, Modes
from wgan.metrics.pairs import Pairs
from wgan.metrics.shapes import Shapes
from wgan.metrics.usefulness import Usefulness

__all__ = ["DEFAULT", "TABLE_DEFAULT"]

DEFAULT: tuple[Metric, ...] = (ExactW1(), Modes(), HighQuality())
"""Of any data but tables of mixed columns."""
TABLE_DEFAULT: tuple[Metric, ...] = (
    ExactW1(),
    Shapes(),
    Pairs(),
    Detection(),
    Usefulness(),
    Copies(),
    TrainingDistance(),
)
"""Of tables of mixed columns."""
