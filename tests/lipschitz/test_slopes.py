"""Critics that know their slopes say what double backward says: every penalty's value and its gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import wgan.lipschitz
from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import GP, R1, R2, LipschitzMethod, Orthogonal, SpectralNorm, Traced
from wgan.lipschitz.penalties import input_gradients
from wgan.losses import NonSaturatingGAN, RelativisticPaired, Wasserstein
from wgan.losses.one_pass import OnePass
from wgan.networks import DCGAN, MLP, R3GAN, ResNet
from wgan.networks.piecewise import PiecewiseLinear
from wgan.passes import Shares
from wgan.randomness import stream
from wgan.recipes.fields import members

PENALTIES = {name: cls() for name, cls in members(LipschitzMethod).items() if cls.takes_slopes}
PENALTIES |= {"lazy": wgan.lipschitz.R1(every=4), "both": wgan.lipschitz.DIV(at="both", power=2.0)}
ACTIVATIONS = ("ReLU", "LeakyReLU", "MaxMin", "GroupSort")
CONSTRAINTS = (LipschitzMethod(), SpectralNorm(), Orthogonal())
SHAPE = (1, 3, 3)


def evaluated(method: LipschitzMethod, critic: nn.Module, seen, seed: int) -> list[torch.Tensor]:
    """A penalty on a critic as it is seen, and the gradient of its weights."""
    real, fake = torch.randn(2, 6, *SHAPE, generator=stream(seed, "samples"), dtype=torch.float64)
    value = method.penalty(seen, method.points(real, fake, stream(seed, "noise")))
    return [value, *torch.autograd.grad(value, list(critic.parameters()), materialize_grads=True)]


def slopes(critic: PiecewiseLinear, points: torch.Tensor) -> torch.Tensor:
    return critic.trace(points).slopes(slice(None))


@pytest.mark.parametrize("method", PENALTIES.values(), ids=PENALTIES)
@settings(max_examples=20, deadline=None)
@given(
    activation=st.sampled_from(ACTIVATIONS),
    constraint=st.sampled_from(CONSTRAINTS),
    widths=st.lists(st.sampled_from([2, 4, 10]), min_size=1, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_every_penalty_is_that_of_double_backward(method, activation, constraint, widths, seed):
    torch.manual_seed(seed)
    critic = MLP(widths=widths, activation=activation).build_critic(SHAPE).double()
    constraint.parametrize(critic)
    known = evaluated(method, critic, critic, seed)
    twice = evaluated(method, critic, lambda x: critic(x), seed)  # of which nothing is known
    torch.testing.assert_close(known, twice, rtol=1e-9, atol=1e-12)


class Opaque(nn.Module):
    """A critic of which nothing is known, neither its slopes nor whether it treats each sample alone."""

    def __init__(self, critic: nn.Module) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.critic(x)


def descended(critic, weights, loss, methods, condition=None, shares=Shares()):  # noqa: B008 - frozen
    """What a step saw, and the gradients that it leaves."""
    for weight in weights:
        weight.grad = None
    step = CriticStep(critic, loss, methods, torch.optim.SGD(weights, lr=0.0), shares)
    real, fake = torch.randn(2, 8, *SHAPE, generator=stream(1, "samples"), dtype=torch.float64)
    seen = step(real, 0.5 * fake + 0.3, condition, step=0, progress=0.0, rng=stream(1, "noise"))
    assert real.grad is None
    return [*seen, *(torch.zeros_like(w) if w.grad is None else w.grad.clone() for w in weights)]


STEPPED = [(method,) for method in PENALTIES.values()] + [(R1(), R2()), (GP(), R1(every=2)), (R2(), SpectralNorm())]


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("conditional", [False, True], ids=["alone", "with a condition"])
@pytest.mark.parametrize("methods", STEPPED, ids=str)
def test_a_step_that_asks_one_pass_is_one_that_asks_many(methods, conditional, passes):
    torch.manual_seed(0)
    channels = 1 + 2 * conditional
    condition = torch.eye(2, dtype=torch.float64)[torch.arange(8) % 2] if conditional else None
    for critic in (
        MLP(widths=(10, 4), activation="GroupSort").build_critic((channels, *SHAPE[1:])).double(),
        MLP(widths=(6,)).build_critic((channels, *SHAPE[1:])).double(),
        MLP(widths=(6,), activation="Softplus").build_critic((channels, *SHAPE[1:])).double(),
        nn.Sequential(
            nn.Conv2d(channels, 4, 2), nn.GroupNorm(2, 4), nn.Tanh(), nn.Flatten(), nn.Linear(16, 1), nn.Flatten(0)
        ).double(),
    ):
        for method in methods:
            method.parametrize(critic)
        weights, shares = list(critic.parameters()), Shares(passes=passes)
        for loss in (Wasserstein(), NonSaturatingGAN(), RelativisticPaired()):
            one = descended(critic, weights, loss, methods, condition, shares)
            many = descended(Opaque(critic), weights, loss, methods, condition, shares)
            torch.testing.assert_close(one, many, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("methods", "count"),
    [((), [16]), ((R1(),), [16, 8]), ((R1(), R2()), [16]), ((GP(),), [16, 8]), ((R2(), GP(), R1()), [16, 8])],
    ids=str,
)
@pytest.mark.parametrize("family", [DCGAN(width=4, norm="layer"), ResNet(width=4), R3GAN(capacity=64)], ids=str)
def test_slopes_are_taken_where_the_loss_has_been(family, methods, count):
    torch.manual_seed(0)
    critic, passes = family.build_critic((1, 8, 8)), []
    critic.register_forward_hook(lambda module, at, scores: passes.append(len(scores)))  # noqa: ARG005
    step = CriticStep(critic, NonSaturatingGAN(), methods, torch.optim.SGD(critic.parameters(), lr=0.0))
    real, fake = torch.randn(2, 8, 1, 8, 8, generator=stream(0, "samples"))
    step(real, fake, step=0, progress=0.0, rng=stream(0, "noise"))
    assert passes == count


def test_critics_that_know_their_slopes_are_passed_once_and_their_first_layer_never_again():
    critic, rows = MLP(widths=(6,)).build_critic(SHAPE).double(), []
    critic[1].register_forward_hook(lambda module, at, out: rows.append(len(out)))  # noqa: ARG005
    for method in (GP(), R1(), R2()):
        descended(critic, list(critic.parameters()), Wasserstein(), (method,))
    assert rows == [16, 16, 16]


def test_what_is_computed_in_another_precision_is_not_what_penalties_ask_for():
    critic = MLP(widths=(6,)).build_critic(SHAPE)
    real = torch.randn(8, *SHAPE)
    one = OnePass(critic, [real])
    with torch.autocast("cpu", torch.bfloat16):
        one.both(real, real + 1)
    assert one.remembered(real) is None


@pytest.mark.parametrize("layer", [nn.ReLU(), nn.LeakyReLU(0.3), nn.Flatten(), nn.Linear(4, 4, bias=False)], ids=str)
def test_torchs_own_layers(layer):
    torch.manual_seed(0)
    critic = PiecewiseLinear(nn.Linear(9, 4), layer, nn.Linear(4, 1), nn.Flatten(0)).double()
    points = torch.randn(5, 9, dtype=torch.float64)
    torch.testing.assert_close(slopes(critic, points), input_gradients(lambda x: critic(x), points))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_at_a_kink(activation):
    # A critic of zeros stands at all of its kinks at once.
    critic = MLP(widths=(4,), activation=activation).build_critic((3,))
    for weight in critic.parameters():
        nn.init.zeros_(weight)
    nn.init.constant_(critic[1].weight, 1.0)
    critic[3].weight.data.copy_(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    points = torch.zeros(2, 3)
    torch.testing.assert_close(slopes(critic, points), input_gradients(lambda x: critic(x), points))


def test_a_gradient_penalty_takes_one_backward_pass():
    critic = MLP(widths=(4,)).build_critic((3,))
    norms = GP().penalty(critic, torch.ones(2, 3))
    seen = []
    todo = [norms.grad_fn]
    while todo:
        node = todo.pop()
        seen.append(node.name())
        todo += [inner for inner, _ in node.next_functions if inner is not None]
    assert not any("AddmmBackward" in name for name in seen)  # of the pass to the scores there is no graph


@pytest.mark.parametrize("activation", ["Tanh", "SiLU", "Softplus"])
def test_curved_activations_know_no_slopes(activation):
    assert not isinstance(MLP(activation=activation).build_critic((3,)), Traced)


def test_a_layer_that_is_not_piecewise_linear_is_refused():
    with pytest.raises(InputError, match="PiecewiseLinear: cannot hold LayerNorm; expected layers that pull_back know"):
        PiecewiseLinear(nn.Linear(3, 3), nn.LayerNorm(3))
