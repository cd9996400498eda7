"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.causes.dirac import DiracGan
from wgan.studies.causes.lipschitz_addon import LipschitzAddOn
from wgan.studies.causes.why import Why
from wgan.studies.causes.zero_centred import ZeroCentred
from wgan.studies.critic.clip_sweep import ClipSweep
from wgan.studies.critic.clipping_underfits import ClippingUnderfits
from wgan.studies.critic.compare_generators import CompareGenerators
from wgan.studies.critic.critic_convergence import CriticConvergence
from wgan.studies.critic.estimate_kappa import EstimateKappa
from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.critic.kappa_and_rate import KappaAndRate
from wgan.studies.critic.partial_convergence import PartialConvergence
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
    "ClipSweep",
    "ClippingUnderfits",
    "CompareGenerators",
    "Continuity",
    "CriticConvergence",
    "DiracGan",
    "Duality",
    "EstimateKappa",
    "KappaAndRate",
    "KappaOfLines",
    "LikelihoodNoise",
    "LipschitzAddOn",
    "OffSupport",
    "OptimalDiscriminator",
    "ParallelLines",
    "PartialConvergence",
    "PerfectDiscriminator",
    "Study",
    "TwoGaussians",
    "WeakTopology",
    "Why",
    "ZeroCentred",
]
