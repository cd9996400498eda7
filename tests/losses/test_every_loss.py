"""Every loss: what it gives to the generator, what it measures, and how methods compose under it."""

from inspect import isabstract

import pytest
import torch

import wgan.losses
from wgan.critic import CriticStep
from wgan.lipschitz import GP, Orthogonal, SpectralNorm
from wgan.losses import Loss, NonSaturatingGAN, Wasserstein
from wgan.networks import MLP
from wgan.randomness import stream


def members(module, base):
    classes = [getattr(module, name) for name in module.__all__]
    return [item() for item in classes if isinstance(item, type) and issubclass(item, base) and not isabstract(item)]


LOSSES = members(wgan.losses, Loss)
STEPS = 6


def name(member):
    return type(member).__name__


def batches(shape):
    noise = torch.randn(2, 16, *shape, generator=stream(0, "samples"))
    return noise[0], 0.7 * noise[1] + 0.5


def train(loss, methods, shape):
    """The critic and its totals, loss and penalties, on one batch with the same noise at each step."""
    torch.manual_seed(0)
    critic = MLP(widths=(8, 8), activation="LeakyReLU").build_critic(shape)
    for method in methods:
        method.parametrize(critic)
    step = CriticStep(critic, loss, methods, torch.optim.Adam(critic.parameters(), lr=2e-3))
    real, fake = batches(shape)
    records = [step(real, fake, step=index, progress=0.0, rng=stream(0, "noise")) for index in range(STEPS)]
    return critic, torch.stack([record.loss + record.penalty for record in records]), records


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8)], ids=str)
@pytest.mark.parametrize("loss", LOSSES, ids=name)
def test_the_generators_gradient_is_finite_and_reaches_every_sample(loss, shape):
    torch.manual_seed(0)
    critic = MLP(widths=(8, 8), activation="LeakyReLU").build_critic(shape)
    real, fake = batches(shape)
    fake.requires_grad_()
    value = loss.generator_loss(critic, real, fake)
    assert value.shape == ()
    (gradient,) = torch.autograd.grad(value, fake)
    assert gradient.isfinite().all()
    assert (gradient.flatten(1).abs().sum(1) > 0).all()


@pytest.mark.parametrize("loss", LOSSES, ids=name)
def test_every_loss_says_what_it_measures(loss):
    assert loss.measures.symbol
    assert loss.measures.unit


@pytest.mark.parametrize("pair", [(SpectralNorm(), GP()), (Orthogonal(), GP(weight=1.0))], ids=str)
@pytest.mark.parametrize("loss", [Wasserstein(), NonSaturatingGAN()], ids=name)
def test_methods_compose(loss, pair):
    _, totals, records = train(loss, pair, (2,))
    assert totals[-1] < totals[1]
    assert all(record.penalty > 0 for record in records)
