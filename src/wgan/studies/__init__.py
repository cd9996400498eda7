"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.critic.kappa import KappaOfLines
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
    "BlurredTraining",
    "Chapter",
    "CriticSteps",
    "Growing",
    "KappaOfLines",
    "LossQuality",
    "MnistSubsets",
    "ModeCollapse",
    "PenaltyCost",
    "RateByLoss",
    "Robustness",
    "Study",
]
