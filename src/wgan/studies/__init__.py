"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.approximation.alternation_and_batches import AlternationAndBatches
from wgan.studies.approximation.batches import Batches
from wgan.studies.approximation.c_transform_and_k_means import CTransformAndKMeans
from wgan.studies.approximation.fixed_distributions import FixedDistributions
from wgan.studies.approximation.gp_and_c_transform import GPAndCTransform
from wgan.studies.approximation.pixels_and_vision import PixelsAndVision
from wgan.studies.beyond.imitation import Imitation
from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.study import Chapter, Study

__all__ = [
    "AlternationAndBatches",
    "Batches",
    "CTransformAndKMeans",
    "Chapter",
    "FixedDistributions",
    "GPAndCTransform",
    "Imitation",
    "KappaOfLines",
    "PixelsAndVision",
    "Study",
]
