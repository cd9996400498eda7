"""Distances between two sets of samples: one class in one file each, all behind `distance`."""

from wgan.distances.divergences import JensenShannon, KullbackLeibler, ReverseKullbackLeibler, TotalVariation
from wgan.distances.exact import Exact, Transport, transport, wasserstein
from wgan.distances.gaussian import Gaussian, gaussian_w2
from wgan.distances.kernels import MMD, Energy
from wgan.distances.measurement import Distance, distance, methods
from wgan.distances.method import DistanceMethod
from wgan.distances.sinkhorn import Sinkhorn
from wgan.distances.sliced import MaxSliced, Sliced
from wgan.distances.uncertainty import (
    Halves,
    Interval,
    PermutationTest,
    compare_halves,
    confidence_interval,
    permutation_test,
)

__all__ = [
    "MMD",
    "Distance",
    "DistanceMethod",
    "Energy",
    "Exact",
    "Gaussian",
    "Halves",
    "Interval",
    "JensenShannon",
    "KullbackLeibler",
    "MaxSliced",
    "PermutationTest",
    "ReverseKullbackLeibler",
    "Sinkhorn",
    "Sliced",
    "TotalVariation",
    "Transport",
    "compare_halves",
    "confidence_interval",
    "distance",
    "gaussian_w2",
    "methods",
    "permutation_test",
    "transport",
    "wasserstein",
]
