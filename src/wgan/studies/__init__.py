"""Studies: every claim of the sources, and of this package, as a program with a verdict."""

from wgan.studies.approximation.alternation_and_batches import AlternationAndBatches
from wgan.studies.approximation.batches import Batches
from wgan.studies.approximation.c_transform_and_k_means import CTransformAndKMeans
from wgan.studies.approximation.classical_critics import ClassicalCritics
from wgan.studies.approximation.closed_forms import ClosedForms
from wgan.studies.approximation.finite_samples import FiniteSamples
from wgan.studies.approximation.fixed_distributions import FixedDistributions
from wgan.studies.approximation.gp_and_c_transform import GPAndCTransform
from wgan.studies.approximation.interval_coverage import IntervalCoverage
from wgan.studies.approximation.pixels_and_vision import PixelsAndVision
from wgan.studies.approximation.w1_benchmark import W1Benchmark
from wgan.studies.beyond.imitation import Imitation
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
from wgan.studies.training.blur import BlurredTraining
from wgan.studies.training.critic_steps import CriticSteps
from wgan.studies.training.growing import Growing
from wgan.studies.training.loss_quality import LossQuality
from wgan.studies.training.mnist_subsets import MnistSubsets
from wgan.studies.training.mode_collapse import ModeCollapse
from wgan.studies.training.penalty_cost import PenaltyCost
from wgan.studies.training.rate_by_loss import RateByLoss
from wgan.studies.training.robustness import Robustness

__all__ = [
    "AlternationAndBatches",
    "Batches",
    "BlurredTraining",
    "CTransformAndKMeans",
    "Chapter",
    "ClassicalCritics",
    "ClipSweep",
    "ClippingUnderfits",
    "ClosedForms",
    "CompareGenerators",
    "Continuity",
    "CriticConvergence",
    "CriticSteps",
    "DiracGan",
    "Duality",
    "EstimateKappa",
    "FiniteSamples",
    "FixedDistributions",
    "GPAndCTransform",
    "Growing",
    "Imitation",
    "IntervalCoverage",
    "KappaAndRate",
    "KappaOfLines",
    "LikelihoodNoise",
    "LipschitzAddOn",
    "LossQuality",
    "MnistSubsets",
    "ModeCollapse",
    "OffSupport",
    "OptimalDiscriminator",
    "ParallelLines",
    "PartialConvergence",
    "PenaltyCost",
    "PerfectDiscriminator",
    "PixelsAndVision",
    "RateByLoss",
    "Robustness",
    "Study",
    "TwoGaussians",
    "W1Benchmark",
    "WeakTopology",
    "Why",
    "ZeroCentred",
]
