"""Gradient penalties and clipping against their formulae on critics whose slope is known."""

import pytest
import torch
from torch import nn

from oracles import linear_critic
from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import DIV, DRAGAN, GP, LP, R1, R2, Clipping, GradientPenalty, LipschitzMethod, ZeroCentered
from wgan.lipschitz.penalties import POINTS, input_gradient_norms
from wgan.losses import Wasserstein
from wgan.randomness import stream
from wgan.types import placed

REAL, FAKE = torch.randn(2, 64, 3, generator=stream(0, "samples")).unbind()


class Quadratic(nn.Module):
    """D(x) = a ‖x‖² / 2, of slope a ‖x‖."""

    def __init__(self, a=1.0):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, x):
        return self.a * x.flatten(1).square().sum(1) / 2


def penalty(method, critic, step=0):
    return method.penalty(critic, method.points(REAL, FAKE, stream(0, "noise", step)))


@pytest.mark.parametrize("slope", [0.3, 1.0, 2.0])
@pytest.mark.parametrize(
    ("method", "formula"),
    [
        (GP(), lambda k: 10 * (k - 1) ** 2),
        (GP(weight=0.1), lambda k: 0.1 * (k - 1) ** 2),
        (LP(), lambda k: 10 * max(k - 1, 0) ** 2),
        (DRAGAN(), lambda k: 10 * (k - 1) ** 2),
        (DIV(), lambda k: 2 * k**6),
        (DIV(at="both", weight=3.0, power=2.0), lambda k: 3 * k**2),
        (ZeroCentered(), lambda k: 10 * k**2),
        (R1(), lambda k: 5 * k**2),
        (R2(gamma=4.0), lambda k: 2 * k**2),
        (R1(gamma=20.0), lambda k: 10 * k**2),  # what GAN_stability's code calls 10
        (GradientPenalty(target=750.0, weight=1e-4), lambda k: 1e-4 * (k - 750) ** 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_penalty_of_a_linear_critic(method, formula, slope):
    assert penalty(method, linear_critic(3, slope)).item() == pytest.approx(formula(slope), rel=1e-5, abs=1e-9)


def test_where_each_penalty_looks():
    # On D = ‖x‖² / 2 the slope is ‖x‖, so each penalty tells where it was taken.
    critic = Quadratic()
    assert penalty(R1(), critic).item() == pytest.approx(5 * REAL.square().sum(1).mean().item(), rel=1e-5)
    assert penalty(R2(), critic).item() == pytest.approx(5 * FAKE.square().sum(1).mean().item(), rel=1e-5)
    both = (REAL.norm(dim=1).pow(6).mean() + FAKE.norm(dim=1).pow(6).mean()) / 2
    assert penalty(DIV(at="both"), critic).item() == pytest.approx(2 * both.item(), rel=1e-5)


def test_interpolates_lie_on_the_segments_with_one_share_per_pair():
    points = placed(POINTS["interpolates"](REAL, FAKE, stream(0, "noise")))
    shares = (points - FAKE) / (REAL - FAKE)
    torch.testing.assert_close(shares, shares[:, :1].expand(-1, 3), atol=1e-3, rtol=1e-3)
    assert (shares > -1e-3).all()
    assert (shares < 1 + 1e-3).all()
    assert shares[:, 0].std() > 0.2  # of uniform shares it is 1 / √12 = .29


def test_dragan_looks_around_the_data():
    points = POINTS["around"](REAL, FAKE, stream(0, "noise"))
    reach = 0.5 * REAL.std(correction=0)
    offset = (points - REAL) / reach
    assert (offset >= -1e-6).all()
    assert (offset <= 1 + 1e-6).all()
    assert offset.mean().item() == pytest.approx(0.5, abs=0.1)  # of U(0, 1), four standard errors of 192 values


def test_gradient_norms_are_over_all_axes_of_a_sample():
    images = torch.randn(5, 2, 4, 4, generator=stream(0, "images"))
    torch.testing.assert_close(input_gradient_norms(Quadratic(3.0), images), 3 * images.flatten(1).norm(dim=1))


def test_gradient_of_a_penalty_reaches_the_weights():
    # d/da of γ/2 E(a‖x‖)² = γ a E‖x‖².
    critic = Quadratic(2.0)
    penalty(R1(), critic).backward()
    assert critic.a.grad.item() == pytest.approx(10 * 2 * REAL.square().sum(1).mean().item(), rel=1e-5)


def test_zero_gradient_costs_a_finite_gradient():
    critic = Quadratic(0.0)
    for method in (GP(), DIV(), R1(), LP()):
        critic.a.grad = None
        penalty(method, critic).backward()
        assert critic.a.grad.isfinite()


@pytest.mark.parametrize("method", [R1(), GP(), DIV(weight=0.1)], ids=str)
def test_lazy_penalty_has_the_mean_gradient_of_the_plain_one(method):
    def total_gradient(method):
        critic = Quadratic(0.7)
        step = CriticStep(critic, Wasserstein(), (method,), torch.optim.SGD(critic.parameters(), lr=0.0))
        gradients, penalties = [], []
        for index in range(16):
            record = step(REAL, FAKE, step=index, progress=0.0, rng=stream(0, "noise"))
            gradients.append(critic.a.grad.clone())
            penalties.append(record.penalty)
        return torch.stack(gradients), torch.stack(penalties)

    lazy = type(method)(**{**vars(method), "every": 8})
    (plain, plain_penalties), (rare, rare_penalties) = total_gradient(method), total_gradient(lazy)
    torch.testing.assert_close(rare.mean(), plain.mean())
    torch.testing.assert_close(rare_penalties.mean(), plain_penalties.mean())
    assert (rare_penalties != 0).sum() == 2


def test_clipping_bounds_every_weight_after_a_step_and_spares_normalisation():
    critic = nn.Sequential(nn.Linear(3, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0))
    optimizer = torch.optim.RMSprop(critic.parameters(), lr=0.5)
    step = CriticStep(critic, Wasserstein(), (Clipping(c=0.01),), optimizer)
    for index in range(3):
        step(REAL, FAKE, step=index, progress=0.0, rng=stream(0, "noise"))
        for layer in (critic[0], critic[3]):
            assert layer.weight.abs().max() <= 0.01
            assert layer.bias.abs().max() <= 0.01
    assert critic[1].weight.abs().max() > 0.01


def test_the_base_does_nothing():
    critic, method = linear_critic(3, 2.0), LipschitzMethod()
    before = critic[0].weight.clone()
    method.parametrize(critic)
    method.project(critic)
    assert method.points(REAL, FAKE, stream(0, "noise")) is None
    assert method.view(REAL, 0.5, stream(0, "noise")) is REAL
    torch.testing.assert_close(critic[0].weight, before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: GradientPenalty(at="interpolate"),
            "unknown place for a gradient penalty 'interpolate'; nearest: inter",
        ),
        (lambda: GP(weight=-1.0), r"GP: weight is -1\.0; expected zero or a positive number"),
        (lambda: DIV(power=float("nan")), "DIV: power is nan; expected zero or a positive number"),
        (lambda: R2(gamma=-0.1), r"R2: gamma is -0\.1; expected zero or a positive number"),
        (lambda: R1(every=0), "R1: every is 0; expected 1 or more"),
        (lambda: Clipping(c=0.0), r"Clipping: c is 0\.0; expected a positive number"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InputError, match=message):
        make()
