"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.approximation.batches import Batches
from wgan.studies.approximation.fixed_distributions import FixedDistributions
from wgan.studies.approximation.gp_and_c_transform import GPAndCTransform
from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.study import Chapter, Study

__all__ = ["Batches", "Chapter", "FixedDistributions", "GPAndCTransform", "KappaOfLines", "Study"]
