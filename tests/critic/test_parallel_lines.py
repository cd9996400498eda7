"""Example 1 of the WGAN paper: what a clipped critic says about two parallel lines is κ times their distance."""

import pytest
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


def estimate(theta: float, *, aligned: bool) -> float:
    """The value of a 2-100-100-1 critic with weights in [−c, c], when it no longer grows."""
    torch.manual_seed(0)
    critic, pair, method = MLP(widths=(100, 100)).build_critic((2,)), parallel_lines(theta), Clipping(c=C)
    if aligned:
        point_towards(critic, -theta)
    step = CriticStep(critic, Wasserstein(), (method,), RMSprop(lr=1e-3).build(critic.parameters()))
    for index in range(300):
        real, fake = (side.sample(64, stream(0, "lines", index)).float() for side in (pair.real, pair.fake))
        record = step(real, fake, step=index, progress=0.0, rng=stream(0, "noise"))
    return float(record.estimate)


@torch.no_grad()
def point_towards(critic: torch.nn.Module, sign: float) -> None:
    """Takes the signs from all weights, so that every unit acts, and has the critic grow or fall along both axes."""
    *_, last, _ = critic.parameters()
    for weight in critic.parameters():
        weight.abs_()
    last.copysign_(torch.tensor(sign))


@pytest.mark.parametrize("theta", DISTANCES)
def test_the_estimate_is_kappa_times_the_distance_where_every_unit_acts(theta):
    """κ = c³ · 100 · 100 = c is the slope where all weights stand at c, see test_constant.py."""
    assert estimate(theta, aligned=True) == pytest.approx(C * abs(theta), rel=1e-3)


@pytest.mark.parametrize("theta", DISTANCES)
def test_from_a_random_start_a_share_of_kappa_is_left(theta):
    """About half of the units of each layer see nothing and never learn: .23 to .41 of it, in each of 150 fits."""
    assert 0.1 * C <= estimate(theta, aligned=False) / abs(theta) <= 0.7 * C
