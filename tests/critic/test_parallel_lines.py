"""Example 1 of the WGAN paper: what a clipped critic says about two parallel lines is κ times their distance."""

import numpy as np
import torch

from wgan.critic import CriticStep
from wgan.data.pairs.closed_forms import parallel_lines
from wgan.lipschitz import Clipping
from wgan.losses import Wasserstein
from wgan.networks import MLP
from wgan.optimizers import RMSprop
from wgan.randomness import stream

DISTANCES = (-1.0, -0.5, 0.25, 0.5, 1.0)
C = 0.01


def estimate(theta: float) -> float:
    """The value of a 2-100-100-1 critic with weights in [−c, c], when it no longer grows."""
    torch.manual_seed(0)
    critic, pair, method = MLP(widths=(100, 100)).build_critic((2,)), parallel_lines(theta), Clipping(c=C)
    step = CriticStep(critic, Wasserstein(), (method,), RMSprop(lr=1e-3).build(critic.parameters()))
    for index in range(300):
        real, fake = (side.sample(64, stream(0, "lines", index)).float() for side in (pair.real, pair.fake))
        record = step(real, fake, step=index, progress=0.0, rng=stream(0, "noise"))
    return float(record.estimate)


def test_the_estimate_is_kappa_times_the_distance():
    found, distances = np.array([estimate(theta) for theta in DISTANCES]), np.abs(DISTANCES)
    kappa = (found @ distances) / (distances @ distances)
    residual = ((found - kappa * distances) ** 2).sum() / ((found - found.mean()) ** 2).sum()
    assert 1 - residual >= 0.99
    # c³ · 100 · 100 = c is the slope where all units act and all weights stand at c, see test_constant.py. From a
    # random start about half of the units of each layer see nothing and never learn: about .3 of it is left.
    assert 0.2 * C <= kappa <= C * (1 + 1e-6)
