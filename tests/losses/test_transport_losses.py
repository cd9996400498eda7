"""The c-transform family against exact transport between the same two batches."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from oracles import assignment_cost, entropic_cost
from wgan.errors import InputError
from wgan.losses import CoWGAN, CTransform, EntropicCTransform, Wasserstein
from wgan.losses.transport import c_transform


class Table(nn.Module):
    """A critic with a free value at each of finitely many points."""

    def __init__(self, points):
        super().__init__()
        self.points = points
        self.values = nn.Parameter(torch.zeros(len(points), dtype=points.dtype))

    def forward(self, x):
        return self.values[torch.cdist(x.flatten(1), self.points.flatten(1)).argmin(1)]


def batches(seed, size=24, dim=2):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(size, dim)), rng.normal(size=(size, dim)) * 1.5 + 1
    return torch.tensor(x), torch.tensor(y)


def ascend(loss, critic, real, fake, steps, lr):
    optimizer = torch.optim.Adam(critic.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.01, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss.critic_value(critic, real, fake).loss.backward()
        optimizer.step()
        schedule.step()
    return loss.critic_value(critic, real, fake).estimate.item()


@pytest.mark.parametrize("loss", [CTransform(), CoWGAN(), EntropicCTransform(epsilon=0.003)], ids=str)
def test_tabular_potentials_reach_the_optimum_of_the_linear_program(loss):
    real, fake = batches(0)
    truth = assignment_cost(real.numpy(), fake.numpy())
    critic = Table(torch.cat([real, fake]))
    value = ascend(loss, critic, real, fake, steps=800, lr=0.05)
    assert value == pytest.approx(truth, rel=0.01)


@pytest.mark.parametrize("epsilon", [0.1, 1.0])
def test_entropic_potentials_reach_sinkhorn(epsilon):
    real, fake = batches(1, size=12)
    critic = Table(real)
    value = ascend(EntropicCTransform(epsilon=epsilon), critic, real, fake, steps=500, lr=0.1)
    assert value == pytest.approx(entropic_cost(real.numpy(), fake.numpy(), epsilon), rel=1e-3)


@given(st.integers(0, 10_000), st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_no_critic_exceeds_the_transport_cost(seed, steepness):
    real, fake = batches(seed, size=8)
    direction = torch.tensor(np.random.default_rng(seed).normal(size=2)) * steepness

    def critic(x):
        return torch.sin(x @ direction) * steepness

    truth = assignment_cost(real.numpy(), fake.numpy())
    for loss in (CTransform(), CoWGAN()):
        assert loss.critic_value(critic, real, fake).estimate.item() <= truth + 1e-9


def test_vanishing_epsilon_is_the_hard_transform():
    torch.manual_seed(0)
    real, fake = batches(2)
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)).double()
    hard = CTransform().critic_value(critic, real, fake)
    for epsilon in (0.1, 0.01, 0.001):
        soft = EntropicCTransform(epsilon=epsilon).critic_value(critic, real, fake)
        # The mean in the soft minimum lies between the minimum and the minimum + ε log N.
        assert 0 <= (soft.estimate - hard.estimate).item() <= epsilon * np.log(24) + 1e-12
    gradients = [
        torch.autograd.grad(loss.critic_value(critic, real, fake).loss, critic[0].weight)[0]
        for loss in (CTransform(), EntropicCTransform(epsilon=1e-4))
    ]
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=1e-6)


def test_c_transform_by_definition():
    real, fake = batches(3, size=7)
    potential = torch.linspace(-1, 1, 7, dtype=torch.float64)
    expected = (torch.linalg.vector_norm(real[None] - fake[:, None], dim=-1) - potential).min(1).values
    torch.testing.assert_close(c_transform(potential, real, fake[:5]), expected[:5])


def test_c_transform_is_exact_where_points_almost_meet():
    # In single precision ‖x‖² + ‖y‖² − 2⟨x, y⟩ cannot see a gap of .001 at a distance of 100.
    x = torch.full((30, 3), 100.0) + torch.arange(30.0)[:, None]
    gap = c_transform(torch.zeros(30), x, x + 0.001)
    torch.testing.assert_close(gap, torch.full((30,), 0.001 * 3**0.5), rtol=0.01, atol=0)


def test_cowgan_ascends_wasserstein_where_the_critic_is_one_lipschitz():
    real, fake = batches(4)
    direction = torch.tensor([0.6, 0.8], dtype=torch.float64)
    plain = Wasserstein().critic_value(lambda x: -(x @ direction), real, fake)
    torch.testing.assert_close(CoWGAN().critic_value(lambda x: -(x @ direction), real, fake).loss, plain.loss)


def test_cowgan_chooses_by_the_rule_of_the_paper():
    real, fake = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [4.0]])
    values = {0.0: 5.0, 1.0: 0.0, 2.0: -1.0, 4.0: -9.0}

    def critic(x):
        return torch.tensor([values[item] for item in x.flatten().tolist()])

    # V₁ = 2.5 + 5; V₂ = 2.5 + mean over q of min_p |p − q| − f(p) = 2.5 + (−3 − 1) / 2, the smaller one.
    assert CoWGAN().critic_value(critic, real, fake).estimate.item() == pytest.approx(0.5)
    values[4.0], values[0.0] = 8.0, 0.0
    # V₁ = 0 − 3.5; V₂ = 0 + (1 + 3) / 2, not smaller; V₃ = mean over p of min_q |p − q| + f(q) − 3.5 = .5 − 3.5.
    assert CoWGAN().critic_value(critic, real, fake).estimate.item() == pytest.approx(-3.5)


def test_generators_follow_the_cost_or_the_critic():
    torch.manual_seed(0)
    real, fake = batches(5, size=6)
    fake.requires_grad_()
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)).double()
    (by_cost,) = torch.autograd.grad(CTransform().generator_loss(critic, real, fake), fake)
    nearest = real[(torch.cdist(fake, real) - critic(real)).argmin(1)]
    torch.testing.assert_close(by_cost, torch.nn.functional.normalize(fake - nearest, dim=1).detach() / 6)
    (by_critic,) = torch.autograd.grad(CoWGAN().generator_loss(critic, real, fake), fake)
    torch.testing.assert_close(by_critic, -critic[0].weight.expand(6, 2).detach() / 6)


def test_epsilon_must_be_positive():
    with pytest.raises(InputError, match=r"EntropicCTransform: epsilon is 0\.0; expected a positive number"):
        EntropicCTransform(epsilon=0.0)
