"""How near generated samples are to real ones: a metric is one class, in a file of its kind, behind `Judge`."""

from wgan.metrics.class_shares import ClassDivergence, Classes
from wgan.metrics.defaults import DEFAULT, TABLE_DEFAULT
from wgan.metrics.density_coverage import Coverage, Density
from wgan.metrics.detection import Detection
from wgan.metrics.evaluation import Evaluation
from wgan.metrics.exact import ExactW1
from wgan.metrics.frechet import Frechet
from wgan.metrics.geometric_median import geometric_median
from wgan.metrics.inception_score import InceptionScore
from wgan.metrics.judge import Judge, evaluate
from wgan.metrics.kernel import Kernel
from wgan.metrics.memorisation import Copies, TrainingDistance
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.modes import HighQuality, ModeCoverage, Modes, mode_coverage
from wgan.metrics.pairs import Pairs
from wgan.metrics.precision_recall import Precision, Recall
from wgan.metrics.registry import metric_kinds, metrics_named
from wgan.metrics.score import Score
from wgan.metrics.shapes import Shapes
from wgan.metrics.sliced import SlicedFeatures
from wgan.metrics.table import Columns
from wgan.metrics.usefulness import Usefulness
from wgan.metrics.views import sample_size

__all__ = [
    "DEFAULT",
    "TABLE_DEFAULT",
    "ClassDivergence",
    "Classes",
    "Columns",
    "Copies",
    "Coverage",
    "Density",
    "Detection",
    "Evaluation",
    "ExactW1",
    "Frechet",
    "HighQuality",
    "InceptionScore",
    "Judge",
    "Kernel",
    "Measured",
    "Metric",
    "ModeCoverage",
    "Modes",
    "Need",
    "Pairs",
    "Precision",
    "Recall",
    "Score",
    "Shapes",
    "SlicedFeatures",
    "TrainingDistance",
    "Usefulness",
    "evaluate",
    "geometric_median",
    "metric_kinds",
    "metrics_named",
    "mode_coverage",
    "sample_size",
]
