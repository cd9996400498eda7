"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.study import Chapter, Study
from wgan.studies.training.mnist_subsets import MnistSubsets

__all__ = ["Chapter", "KappaOfLines", "MnistSubsets", "Study"]
