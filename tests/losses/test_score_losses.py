"""Losses as functions of scores: their formulae, their optima, their invariances."""

from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from oracles import discrete_divergences, relativistic_divergence
from wgan.errors import InputError
from wgan.losses import GAN, Hinge, LeastSquares, NonSaturatingGAN, RelativisticPaired, Wasserstein

REAL, FAKE = torch.tensor([2.0, -0.5, 0.3]), torch.tensor([-1.0, 0.7, -3.0])
scores = st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=6).map(lambda x: torch.tensor(x).double())


def test_hinge_formula():
    assert Hinge().critic(REAL, FAKE).item() == pytest.approx((0 + 1.5 + 0.7) / 3 + (0 + 1.7 + 0) / 3)
    assert Hinge().generator(FAKE).item() == pytest.approx(3.3 / 3)


def test_least_squares_formula():
    loss = LeastSquares(a=-1, b=1, c=0)
    assert loss.critic(REAL, FAKE).item() == pytest.approx((1 + 2.25 + 0.49) / 6 + (0 + 2.89 + 4) / 6)
    assert loss.generator(FAKE).item() == pytest.approx((1 + 0.49 + 9) / 6)


def test_wasserstein_formula():
    assert Wasserstein().critic(REAL, FAKE).item() == pytest.approx(-3.3 / 3 - 1.8 / 3)
    assert Wasserstein().generator(FAKE).item() == pytest.approx(3.3 / 3)


def test_gan_formula():
    d_real, d_fake = torch.sigmoid(REAL), torch.sigmoid(FAKE)
    expected = -torch.log(d_real).mean() - torch.log(1 - d_fake).mean()
    torch.testing.assert_close(GAN().critic(REAL, FAKE), expected)
    torch.testing.assert_close(NonSaturatingGAN().critic(REAL, FAKE), expected)


def test_relativistic_formula():
    value = RelativisticPaired().critic_value(lambda x: x, REAL, FAKE)
    expected = torch.nn.functional.softplus(torch.tensor([-3.0, 1.2, -3.3])).mean()
    torch.testing.assert_close(value.loss, expected)
    torch.testing.assert_close(value.estimate, log(2) - expected)
    swapped = RelativisticPaired().generator_loss(lambda x: x, REAL, FAKE)
    torch.testing.assert_close(swapped, RelativisticPaired().critic_value(lambda x: x, FAKE, REAL).loss)


@pytest.mark.parametrize("loss", [Hinge(), LeastSquares(), LeastSquares(a=-1, b=1, c=0)], ids=str)
def test_the_optimal_critic_meets_the_declared_divergence(loss):
    # Hinge: D = sign(p − q). Least squares: D = (bp + aq) / (p + q).
    p, q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])
    best = np.sign(p - q) if isinstance(loss, Hinge) else (loss.b * p + loss.a * q) / (p + q)
    real, fake = (torch.tensor(np.repeat(best, np.rint(10 * weights).astype(int))) for weights in (p, q))
    truth = discrete_divergences(p, q)[loss.measures.symbol]
    assert loss.estimate(real, fake).item() == pytest.approx(truth)
    for noise in (0.1, -0.3):  # any other critic is worse
        assert loss.estimate(real + noise, fake + noise).item() < truth


def test_the_relativistic_optimum_is_the_declared_divergence():
    # All pairs of ten real and ten generated samples on two atoms, whose scores differ by log(a / b).
    real, fake = torch.tensor([0.0] * 7 + [1.0] * 3), torch.tensor([0.0] * 2 + [1.0] * 8)
    pairs = torch.cartesian_prod(real, fake)
    best = log(0.7 * 0.8 / (0.3 * 0.2))
    value = RelativisticPaired().critic_value(lambda atom: -best * atom, pairs[:, 0], pairs[:, 1])
    assert value.estimate.item() == pytest.approx(relativistic_divergence(0.7, 0.2), abs=1e-6)
    worse = RelativisticPaired().critic_value(lambda atom: -2 * best * atom, pairs[:, 0], pairs[:, 1])
    assert worse.estimate < value.estimate


@pytest.mark.parametrize("loss", [GAN(), NonSaturatingGAN()], ids=str)
@pytest.mark.parametrize(("mean", "deviation"), [(1.0, 1.0), (-2.0, 0.5), (0.0, 2.0)])
def test_the_trained_discriminator_is_p_over_p_plus_q(loss, mean, deviation):
    # Quantiles are samples without noise; the logit of two Gaussians is quadratic, so the critic can be exact.
    levels = (np.arange(4000) + 0.5) / 4000
    real, fake = torch.tensor(norm.ppf(levels)), torch.tensor(norm.ppf(levels, mean, deviation))
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    def critic(x):
        return torch.stack([x**0, x, x**2], 1) @ weights

    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = loss.critic_value(critic, real, fake).loss
        value.backward()
        return value

    optimizer.step(closure)
    grid = torch.linspace(-5, 5, 500, dtype=torch.float64)
    p, q = norm.pdf(grid.numpy()), norm.pdf(grid.numpy(), mean, deviation)
    error = np.abs(torch.sigmoid(critic(grid)).detach().numpy() - p / (p + q)).max()
    assert error < 0.02
    x = np.linspace(-15, 15, 200001)
    p, q = norm.pdf(x), norm.pdf(x, mean, deviation)
    m = (p + q) / 2
    integrand = np.where(p > 0, p * np.log(np.maximum(p, 1e-300) / m), 0)
    integrand += np.where(q > 0, q * np.log(np.maximum(q, 1e-300) / m), 0)
    assert loss.critic_value(critic, real, fake).estimate.item() == pytest.approx(
        np.trapezoid(integrand, x) / 2, rel=0.01
    )


@given(scores, scores, st.floats(0.01, 100))
def test_wasserstein_is_homogeneous_in_kappa(real, fake, kappa):
    value = Wasserstein()
    torch.testing.assert_close(value.estimate(kappa * real, kappa * fake), kappa * value.estimate(real, fake))
    torch.testing.assert_close(value.critic(real, fake), -value.estimate(real, fake))


@given(scores, scores, st.floats(-100, 100))
def test_a_constant_on_the_critic_changes_no_wasserstein_and_no_relativistic_loss(real, fake, constant):
    torch.testing.assert_close(Wasserstein().critic(real + constant, fake + constant), Wasserstein().critic(real, fake))
    size = min(len(real), len(fake))
    real, fake = real[:size], fake[:size]
    shifted = RelativisticPaired().critic_value(lambda x: x + constant, real, fake)
    torch.testing.assert_close(shifted.loss, RelativisticPaired().critic_value(lambda x: x, real, fake).loss)


def test_saturation_is_what_separates_the_two_generators():
    # A critic that is sure: the original gradient vanishes like σ(D), the practical one does not.
    sure = torch.tensor([-20.0], requires_grad=True)
    (original,) = torch.autograd.grad(GAN().generator(sure), sure)
    (practical,) = torch.autograd.grad(NonSaturatingGAN().generator(sure), sure)
    assert original.abs().item() == pytest.approx(2.06e-9, rel=0.01)
    assert practical.item() == pytest.approx(-1)


def test_refusals():
    with pytest.raises(InputError, match=r"LeastSquares: a and b are both 1\.0; expected two labels"):
        LeastSquares(a=1.0)
    with pytest.raises(InputError, match=r"RelativisticPaired: 3 real and 2 generated samples; expected equal batches"):
        RelativisticPaired().critic_value(lambda x: x, REAL, FAKE[:2])
