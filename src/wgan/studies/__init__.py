"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.causes.dirac import DiracGan
from wgan.studies.causes.zero_centred import ZeroCentred
from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.distances.continuity import Continuity
from wgan.studies.distances.duality import Duality
from wgan.studies.distances.likelihood_noise import LikelihoodNoise
from wgan.studies.distances.off_support import OffSupport
from wgan.studies.distances.optimal_discriminator import OptimalDiscriminator
from wgan.studies.distances.parallel_lines import ParallelLines
from wgan.studies.distances.perfect_discriminator import PerfectDiscriminator
from wgan.studies.distances.two_gaussians import TwoGaussians
from wgan.studies.distances.weak_topology import WeakTopology
from wgan.studies.study import Chapter, Study

__all__ = [
    "Chapter",
    "Continuity",
    "DiracGan",
    "Duality",
    "KappaOfLines",
    "LikelihoodNoise",
    "OffSupport",
    "OptimalDiscriminator",
    "ParallelLines",
    "PerfectDiscriminator",
    "Study",
    "TwoGaussians",
    "WeakTopology",
    "ZeroCentred",
]
