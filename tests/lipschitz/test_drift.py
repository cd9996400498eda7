"""The drift term of progressive growing."""

import pytest
import torch
from torch import nn

from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import GP, Drift
from wgan.losses import Wasserstein
from wgan.randomness import stream

REAL, FAKE = torch.tensor([[1.0, 2.0], [3.0, -4.0]]), torch.tensor([[9.0, 9.0], [9.0, 9.0]])


def test_it_is_the_mean_square_of_the_real_scores():
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    method = Drift(weight=0.5)
    points = method.points(REAL, FAKE, torch.Generator())
    assert torch.equal(points, REAL)
    penalty = method.penalty(critic, points)
    scores = REAL @ critic[0].weight[0] + critic[0].bias
    torch.testing.assert_close(penalty, (scores[0] ** 2 + scores[1] ** 2) / 4)
    penalty.backward()
    torch.testing.assert_close(critic[0].bias.grad[0], 0.5 * scores.sum())  # ε · 2 · mean


@pytest.mark.parametrize(
    "methods", [(GP(weight=1.0),), (GP(weight=1.0), Drift(weight=0.1))], ids=["GP", "GP and drift"]
)
def test_it_takes_back_a_constant_that_the_wasserstein_loss_does_not_see(methods):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    critic[0].bias.data.fill_(10.0)
    step = CriticStep(critic, Wasserstein(), methods, torch.optim.SGD(critic.parameters(), lr=0.1))
    real, fake = torch.randn(2, 64, 2, generator=stream(0, "samples"))
    for index in range(300):
        step(real, fake + 1, step=index, progress=0.0, rng=stream(0, "noise", index))
    with torch.no_grad():
        mean = critic(real).mean().abs()
    # Each step leaves 1 − 2·0.1·0.1 of the mean score: 10 · 0.98^300 = 0.02. A bias alone does not move at all.
    assert mean < 0.1 if len(methods) == 2 else mean > 9


def test_negative_weight():
    with pytest.raises(InputError, match="Drift: weight is -1; expected zero or a positive number"):
        Drift(weight=-1)
