"""What each Lipschitz method declares of itself, against what it is seen to do."""

import pytest
import torch
from torch import nn

from wgan.critic import CriticStep
from wgan.lipschitz import LipschitzMethod
from wgan.lipschitz.constant import certified_constant
from wgan.losses import Wasserstein
from wgan.networks import MLP
from wgan.randomness import stream
from wgan.recipes.fields import members

METHODS = [pytest.param(cls(), id=name) for name, cls in members(LipschitzMethod).items()]
SHAPE = (1, 4, 4)
REAL, FAKE = torch.randn(2, 32, *SHAPE, generator=stream(0, "samples")).unbind()


def linear(method: LipschitzMethod) -> nn.Module:
    """A critic with one slope, to which the method was applied."""
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(16, 1), nn.Flatten(0))
    method.parametrize(critic)
    return critic


@pytest.mark.parametrize("method", METHODS)
def test_constrains(method):
    critic = linear(method)
    step = CriticStep(critic, Wasserstein(), (method,), torch.optim.SGD(critic.parameters(), lr=0.02))
    noise = [stream(0, "noise", index) for index in range(400)]
    values = [step(REAL + 1, FAKE, step=i, progress=0.0, rng=rng).estimate for i, rng in enumerate(noise)]
    early, late = (float(torch.stack(part).mean()) for part in (values[150:200], values[350:]))
    assert (late < 1.1 * early) == method.constrains, (early, late)


@pytest.mark.parametrize("method", METHODS)
def test_follows_progress(method):
    seen = [method.view(REAL, progress, stream(0, "view")) for progress in (0.0, 0.05)]
    assert torch.equal(*seen) != method.follows_progress


@pytest.mark.parametrize("method", METHODS)
def test_penalises(method):
    assert (method.points(REAL, FAKE, stream(0, "noise")) is not None) == method.penalises


@pytest.mark.parametrize("method", METHODS)
def test_takes_slopes(method):
    """A penalty on slopes feels no constant added to the scores, but a factor."""
    critic = MLP(widths=(8,), activation="Tanh").build_critic(SHAPE)
    points = method.points(REAL, FAKE, stream(0, "noise"))
    if points is None:
        assert not method.takes_slopes
        return
    plain, raised, doubled = (
        method.penalty(lambda x, a=a, b=b: a * critic(x) + b, points).item() for a, b in ((9, 0), (9, 7), (18, 0))
    )
    assert doubled != pytest.approx(plain)
    assert (raised == pytest.approx(plain, rel=1e-4)) == method.takes_slopes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_promises_unit_slope(method, factor):
    """Plain layers of whatever weights, under the constraint."""
    torch.manual_seed(0)
    critic = MLP(widths=(8, 8), activation="MaxMin").build_critic(SHAPE)
    with torch.no_grad():
        for weights in critic.parameters():
            weights.mul_(factor)
    method.parametrize(critic)
    method.project(critic)
    assert (abs(certified_constant(critic, SHAPE) - 1) < 1e-3) == method.promises_unit_slope
