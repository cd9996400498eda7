"""The funnel network is 1-Lipschitz, and starts from the data."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from wgan.errors import InputError
from wgan.networks import Funnel, FunnelCritic, Initialises


def funnel(sign=-1, centers=8, size=3, seed=0):
    torch.manual_seed(seed)
    critic = FunnelCritic(nn.Flatten(), size, centers, sign).double()
    critic.offsets.data.normal_()
    return critic


@pytest.mark.parametrize("sign", [-1, 1])
def test_value_is_the_formula(sign):
    critic, x = funnel(sign), torch.randn(50, 3, dtype=torch.float64)
    distances = (x[:, None] - critic.centers).norm(dim=2) + critic.offsets
    torch.testing.assert_close(critic(x), sign * distances.min(1).values)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), sign=st.sampled_from([-1, 1]), size=st.integers(1, 20), spread=st.floats(1e-3, 1e3))
def test_lipschitz_constant_is_one(seed, sign, size, spread):
    critic = funnel(sign, size=size, seed=seed)
    x, y = spread * torch.randn(2, 100, size, dtype=torch.float64)
    slopes = (critic(x) - critic(y)).abs() / (x - y).norm(dim=1)
    assert slopes.max() <= 1 + 1e-9  # rounding of float64 over distances down to 1e-3


def test_slope_is_one_almost_everywhere():
    critic, x = funnel(), torch.randn(100, 3, dtype=torch.float64)
    gradients = torch.func.grad(lambda points: critic(points).sum())(x)
    torch.testing.assert_close(gradients.norm(dim=1), torch.ones(100, dtype=torch.float64))


def test_both_derivatives_are_finite_at_a_center():
    critic = funnel().float()
    x = critic.centers.detach().clone()
    gradients = torch.func.grad(lambda points: critic(points).sum())(x)
    gradients.square().sum().backward()
    assert gradients.isfinite().all()
    assert critic.centers.grad.isfinite().all()


@pytest.mark.parametrize("sign", [-1, 1])
def test_centers_start_at_the_clusters(sign):
    torch.manual_seed(0)
    means = torch.tensor([[-10.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    clustered = (means[:, None] + 0.1 * torch.randn(3, 40, 2)).reshape(120, 2)
    elsewhere = 50 + torch.randn(120, 2)
    critic = Funnel(centers=3, sign=sign).build_critic((2,))
    assert isinstance(critic, Initialises)
    real, fake = (clustered, elsewhere) if sign < 0 else (elsewhere, clustered)
    critic.initialise(real, fake, torch.Generator().manual_seed(0))
    found = critic.centers.detach()
    nearest = torch.cdist(means, found).argmin(1)
    assert nearest.unique().numel() == 3
    torch.testing.assert_close(found[nearest], clustered.reshape(3, 40, 2).mean(1), atol=1e-4, rtol=0)
    # Real data is scored above generated data from the start, whichever the sign.
    assert critic(real).mean() > critic(fake).mean() + 10


def test_the_seed_decides_the_start():
    data = torch.randn(200, 4)

    def start(seed):
        critic = Funnel(centers=20).build_critic((4,))
        critic.initialise(data, data, torch.Generator().manual_seed(seed))
        return critic.centers.detach()

    assert torch.equal(start(0), start(0))
    assert not torch.equal(start(0), start(1))


def test_a_head_over_features_is_as_lipschitz_as_they_are():
    torch.manual_seed(0)
    features = nn.Sequential(nn.Flatten(), nn.utils.parametrizations.orthogonal(nn.Linear(16, 8)))
    critic = FunnelCritic(features, size=8, centers=5)
    data = torch.randn(50, 1, 4, 4)
    critic.initialise(data, data, torch.Generator().manual_seed(0))
    x, y = torch.randn(2, 500, 1, 4, 4)
    slopes = (critic(x) - critic(y)).abs() / (x - y).flatten(1).norm(dim=1)
    assert slopes.max() <= 1 + 1e-5


def test_hidden_layers_come_before_the_cones():
    critic = Funnel(centers=5, widths=(8, 6)).build_critic((1, 4, 4))
    assert critic.centers.shape == (5, 6)
    assert critic(torch.randn(2, 1, 4, 4)).shape == (2,)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Funnel(centers=0), "Funnel: centers is 0; expected 1 or more"),
        (lambda: Funnel(sign=0), "Funnel: sign is 0; expected -1 .* or 1"),
        (lambda: Funnel(widths=(0,)), r"Funnel: widths is \(0,\); expected 1 or more"),
        (lambda: Funnel(activation="ReLu"), "unknown activation 'ReLu'; nearest: ReLU"),
        (
            lambda: Funnel().build_critic((2,)).initialise(torch.zeros(9, 2), torch.zeros(9, 2), torch.Generator()),
            "Funnel: 9 samples for 64 centers; give more samples, or fewer centers",
        ),
    ],
)
def test_bad_input_is_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()
