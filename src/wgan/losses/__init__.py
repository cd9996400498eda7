r"""What the critic and the generator minimise, and what the critic's value estimates.

Throughout, $D$ is the critic, its scores are unbounded (logits where the loss is a probability's), $P$ the real
distribution and $Q$ the generator's. Every objective is *minimised*.
"""

from wgan.losses.adversarial import GAN, Hinge, LeastSquares, NonSaturatingGAN, Wasserstein
from wgan.losses.fgan import (
    FGAN,
    KLGAN,
    HellingerGAN,
    JeffreyGAN,
    NeymanGAN,
    PearsonGAN,
    ReverseKLGAN,
    TotalVariationGAN,
)
from wgan.losses.jensen_shannon import JensenShannonGAN, WeightedJensenShannonGAN
from wgan.losses.loss import CriticValue, Loss, Measure, ScoreLoss
from wgan.losses.path_length import PathLength
from wgan.losses.relativistic import RelativisticPaired
from wgan.losses.transport import CoWGAN, CTransform, EntropicCTransform

__all__ = [
    "FGAN",
    "GAN",
    "KLGAN",
    "CTransform",
    "CoWGAN",
    "CriticValue",
    "EntropicCTransform",
    "HellingerGAN",
    "Hinge",
    "JeffreyGAN",
    "JensenShannonGAN",
    "LeastSquares",
    "Loss",
    "Measure",
    "NeymanGAN",
    "NonSaturatingGAN",
    "PathLength",
    "PearsonGAN",
    "RelativisticPaired",
    "ReverseKLGAN",
    "ScoreLoss",
    "TotalVariationGAN",
    "Wasserstein",
    "WeightedJensenShannonGAN",
]
