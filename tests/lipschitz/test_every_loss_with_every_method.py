"""One contract for all: every loss under every Lipschitz method trains a critic, finite, learning, reproducible."""

from inspect import isabstract

import pytest
import torch

import wgan.lipschitz
import wgan.losses
from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import GP, Blur, LipschitzMethod, Orthogonal, SpectralNorm
from wgan.losses import Loss, NonSaturatingGAN, Wasserstein
from wgan.networks import MLP
from wgan.randomness import stream


def members(module, base):
    classes = [getattr(module, name) for name in module.__all__]
    return [item() for item in classes if isinstance(item, type) and issubclass(item, base) and not isabstract(item)]


LOSSES, METHODS = members(wgan.losses, Loss), members(wgan.lipschitz, LipschitzMethod)
STEPS = 6


def name(member):
    return type(member).__name__


def batches(shape):
    noise = torch.randn(2, 16, *shape, generator=stream(0, "samples"))
    return noise[0], 0.7 * noise[1] + 0.5


def train(loss, methods, shape):
    """The critic and its totals, loss and penalties, on one batch with the same noise at each step."""
    torch.manual_seed(0)
    critic = MLP(widths=(8, 8), activation="LeakyReLU").critic(shape)
    for method in methods:
        method.parametrize(critic)
    step = CriticStep(critic, loss, methods, torch.optim.Adam(critic.parameters(), lr=2e-3))
    real, fake = batches(shape)
    records = [step(real, fake, index, 0.0, stream(0, "noise")) for index in range(STEPS)]
    return critic, torch.stack([record.loss + record.penalty for record in records]), records


# The whole grid on vectors; on images each loss with one method, and each method with one loss.
GRID = [(loss, method, (2,)) for loss in LOSSES for method in METHODS]
GRID += [(loss, GP(), (1, 8, 8)) for loss in LOSSES] + [(Wasserstein(), method, (1, 8, 8)) for method in METHODS]


@pytest.mark.parametrize(
    ("loss", "method", "shape"), GRID, ids=lambda item: str(item) if isinstance(item, tuple) else name(item)
)
def test_a_few_steps_lower_the_critics_loss(loss, method, shape):
    if isinstance(method, Blur) and len(shape) == 1:
        with pytest.raises(InputError, match="expected images"):
            train(loss, (method,), shape)
        return
    critic, totals, records = train(loss, (method,), shape)
    assert totals.isfinite().all()
    assert all(record.loss.shape == record.estimate.shape == record.penalty.shape == () for record in records)
    # The first step's projection may raise the loss once, from a start outside the constraint.
    assert totals[-1] < totals[1]
    for parameter_name, parameter in critic.named_parameters():
        assert parameter.grad is not None
        # A bias shifts all scores alike where the critic is linear, which no difference of scores can feel.
        assert parameter.grad.abs().sum() > 0 or parameter_name.endswith("bias")
    again, repeated, _ = train(loss, (method,), shape)
    assert torch.equal(totals, repeated)
    assert all(torch.equal(a, b) for a, b in zip(critic.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8)], ids=str)
@pytest.mark.parametrize("loss", LOSSES, ids=name)
def test_the_generators_gradient_is_finite_and_reaches_every_sample(loss, shape):
    torch.manual_seed(0)
    critic = MLP(widths=(8, 8), activation="LeakyReLU").critic(shape)
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
