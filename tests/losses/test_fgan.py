"""The f-GAN family: conjugates by Fenchel's equality, activations into their domain, bounds that are attained."""

from inspect import isabstract

import numpy as np
import pytest
import torch

import wgan.losses
from oracles import discrete_divergences, weighted_jensen_shannon
from wgan.errors import InputError
from wgan.losses import FGAN, GAN, KLGAN, JeffreyGAN, NonSaturatingGAN, WeightedJensenShannonGAN

MEMBERS = [
    member()
    for name in wgan.losses.__all__
    if isinstance(member := getattr(wgan.losses, name), type) and issubclass(member, FGAN) and not isabstract(member)
] + [WeightedJensenShannonGAN(pi=0.2), WeightedJensenShannonGAN(pi=0.9)]
RATIOS = torch.linspace(0.05, 12, 240, dtype=torch.float64)
each_member = pytest.mark.parametrize("loss", MEMBERS, ids=str)


def derivative(function, at):
    at = at.clone().requires_grad_()
    return torch.autograd.grad(function(at).sum(), at)[0]


@each_member
def test_fenchel_equality_holds_at_the_derivative(loss):
    slopes = derivative(loss.f, RATIOS[RATIOS != 1])
    ratios = RATIOS[RATIOS != 1]
    torch.testing.assert_close(loss.f(ratios), ratios * slopes - loss.conjugate(slopes), atol=1e-9, rtol=1e-9)


@each_member
def test_conjugate_is_the_supremum_that_defines_f(loss):
    # f(u) = sup_v u g(v) − f*(g(v)), here over a grid of step .001, whose error is quadratic in the step.
    scores = torch.arange(-25, 25, 1e-3, dtype=torch.float64)
    values, conjugates = loss.activation(scores), loss.conjugate_of_activation(scores)
    supremum = torch.stack([(u * values - conjugates).max() for u in RATIOS])
    torch.testing.assert_close(supremum, loss.f(RATIOS), atol=1e-4, rtol=0)


@each_member
def test_activation_increases_and_its_composition_is_stable(loss):
    scores = torch.linspace(-8, 8, 400, dtype=torch.float64)
    assert (loss.activation(scores).diff() > 0).all()
    torch.testing.assert_close(loss.conjugate_of_activation(scores), loss.conjugate(loss.activation(scores)))
    far = torch.tensor([-60.0, -20.0, 20.0, 60.0], requires_grad=True)  # single precision, surer than critics ever are
    value = loss.conjugate_of_activation(far)
    assert value.isfinite().all()
    assert torch.autograd.grad(value.sum(), far)[0].isfinite().all()


@each_member
def test_the_best_scores_attain_the_divergence(loss):
    # Ten real and ten generated samples on four atoms; the critic is a table of one score for each atom.
    real, fake = torch.tensor([0, 0, 0, 0, 1, 1, 1, 2, 2, 3]), torch.tensor([0, 1, 1, 2, 2, 2, 3, 3, 3, 3])
    p, q = (np.bincount(atoms.numpy()) / 10 for atoms in (real, fake))
    table = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([table], max_iter=500, tolerance_grad=1e-9, tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        value = loss.critic_value(lambda atoms: table[atoms], real, fake).loss
        value.backward()
        return value

    optimizer.step(closure)
    estimate = loss.critic_value(lambda atoms: table[atoms], real, fake).estimate.item()
    symbol = loss.measures.symbol
    truth = weighted_jensen_shannon(p, q, loss.pi) if "weighted" in symbol else discrete_divergences(p, q)[symbol]
    # Total variation's optimum is at infinite scores: tanh comes within 1e-4 of its limits.
    assert estimate == pytest.approx(truth, abs=1e-4)
    assert estimate <= truth + 1e-9


@each_member
def test_equal_distributions_are_at_distance_zero(loss):
    at_one = derivative(loss.f, torch.tensor([1 + 1e-9], dtype=torch.float64))
    scores = torch.linspace(-20, 20, 40001, dtype=torch.float64)
    best = scores[(loss.activation(scores) - at_one).abs().argmin()].expand(5)
    if loss.measures.symbol != "TV":  # where f has a kink at 1, and scores anywhere in between are optimal
        assert loss.estimate(best, best).item() == pytest.approx(0, abs=1e-6)


def test_jeffrey_conjugate_over_its_whole_domain():
    # f*(t) with W from W e^W = e^{1−t}: the definition is checked through the inverse, t = 1 − W − log W.
    w = torch.logspace(-12, 2.5, 100, dtype=torch.float64)
    t = (1 - w - torch.log(w)).requires_grad_()
    conjugate = JeffreyGAN().conjugate(t)
    torch.testing.assert_close(conjugate.detach(), w + 1 / w + t.detach() - 2)
    (slope,) = torch.autograd.grad(conjugate.sum(), t)
    torch.testing.assert_close(slope, 1 / w)  # the derivative of a conjugate is the ratio u = 1 / W


@each_member
def test_both_generator_losses(loss):
    scores = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)
    saturating = type(loss)(**{**vars(loss), "non_saturating": False})
    practical = type(loss)(**{**vars(loss), "non_saturating": True})
    torch.testing.assert_close(saturating.generator(scores), -loss.conjugate(loss.activation(scores)).mean())
    torch.testing.assert_close(practical.generator(scores), -loss.activation(scores).mean())


def test_the_non_saturating_game_is_the_practical_variant_of_the_original():
    scores = torch.tensor([0.3, -5.0])
    expected = -torch.log(torch.sigmoid(scores)).mean()
    torch.testing.assert_close(NonSaturatingGAN().generator(scores), expected)
    torch.testing.assert_close(GAN(non_saturating=True).generator(scores), expected)
    torch.testing.assert_close(GAN().generator(scores), torch.log(1 - torch.sigmoid(scores)).mean())


def test_kl_by_hand():
    assert KLGAN().critic(torch.tensor([2.0]), torch.tensor([1.0])).item() == pytest.approx(1 - 2)


@pytest.mark.parametrize("pi", [0.0, 1.0, -0.1])
def test_weight_outside_the_unit_interval_is_refused(pi):
    with pytest.raises(InputError, match=f"pi is {pi}; expected a share between 0 and 1"):
        WeightedJensenShannonGAN(pi=pi)
