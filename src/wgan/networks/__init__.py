"""Generators and critics."""

from wgan.networks.concat_mlp import ConcatMLP
from wgan.networks.conditional import Given, beside, given, judged_shape, packed
from wgan.networks.dcgan import DCGAN
from wgan.networks.funnel import Funnel, FunnelCritic
from wgan.networks.mlp import MLP
from wgan.networks.network import CriticNetwork, Grows, Initialises, Network, StyleBased
from wgan.networks.one_hots import OneHots, answered, answers, with_one_hots
from wgan.networks.piecewise import PiecewiseLinear
from wgan.networks.progressive import Progressive
from wgan.networks.r3gan import R3GAN
from wgan.networks.resnet import ResNet
from wgan.networks.stylegan2 import StyleGAN2

__all__ = [
    "DCGAN",
    "MLP",
    "R3GAN",
    "ConcatMLP",
    "CriticNetwork",
    "Funnel",
    "FunnelCritic",
    "Given",
    "Grows",
    "Initialises",
    "Network",
    "OneHots",
    "PiecewiseLinear",
    "Progressive",
    "ResNet",
    "StyleBased",
    "StyleGAN2",
    "answered",
    "answers",
    "beside",
    "given",
    "judged_shape",
    "packed",
    "with_one_hots",
]
