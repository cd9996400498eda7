"""Pairs of distributions with a known Wasserstein-1 distance."""

from wgan.data.pairs.closed_forms import (
    cones,
    parallel_lines,
    scaled_gaussians,
    shell,
    translated_gaussians,
    translation,
)
from wgan.data.pairs.funnels import Funnels, funnel_pair, funnel_side
from wgan.data.pairs.pair import Coupling, Pair

__all__ = [
    "Coupling",
    "Funnels",
    "Pair",
    "cones",
    "funnel_pair",
    "funnel_side",
    "parallel_lines",
    "scaled_gaussians",
    "shell",
    "translated_gaussians",
    "translation",
]
