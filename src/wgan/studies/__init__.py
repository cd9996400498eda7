"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.causes.lipschitz_addon import LipschitzAddOn
from wgan.studies.causes.why import Why
from wgan.studies.critic.clip_sweep import ClipSweep
from wgan.studies.critic.clipping_underfits import ClippingUnderfits
from wgan.studies.critic.compare_generators import CompareGenerators
from wgan.studies.critic.critic_convergence import CriticConvergence
from wgan.studies.critic.estimate_kappa import EstimateKappa
from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.critic.kappa_and_rate import KappaAndRate
from wgan.studies.critic.partial_convergence import PartialConvergence
from wgan.studies.study import Chapter, Study

__all__ = [
    "Chapter",
    "ClipSweep",
    "ClippingUnderfits",
    "CompareGenerators",
    "CriticConvergence",
    "EstimateKappa",
    "KappaAndRate",
    "KappaOfLines",
    "LipschitzAddOn",
    "PartialConvergence",
    "Study",
    "Why",
]
