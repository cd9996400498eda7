"""Critics that know their slopes say what double backward says: every penalty's value and its gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import wgan.lipschitz
from wgan.errors import InputError
from wgan.lipschitz import GP, LipschitzMethod, Orthogonal, SpectralNorm
from wgan.lipschitz.penalties import Sloped, input_gradients
from wgan.networks import MLP
from wgan.networks.piecewise import PiecewiseLinear
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


@pytest.mark.parametrize("layer", [nn.ReLU(), nn.LeakyReLU(0.3), nn.Flatten(), nn.Linear(4, 4, bias=False)], ids=str)
def test_torchs_own_layers(layer):
    torch.manual_seed(0)
    critic = PiecewiseLinear(nn.Linear(9, 4), layer, nn.Linear(4, 1), nn.Flatten(0)).double()
    points = torch.randn(5, 9, dtype=torch.float64)
    torch.testing.assert_close(critic.slopes(points), input_gradients(lambda x: critic(x), points))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_at_a_kink(activation):
    # A critic of zeros stands at all of its kinks at once.
    critic = MLP(widths=(4,), activation=activation).build_critic((3,))
    for weight in critic.parameters():
        nn.init.zeros_(weight)
    nn.init.constant_(critic[1].weight, 1.0)
    critic[3].weight.data.copy_(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    points = torch.zeros(2, 3)
    torch.testing.assert_close(critic.slopes(points), input_gradients(lambda x: critic(x), points))


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
    assert not isinstance(MLP(activation=activation).build_critic((3,)), Sloped)


def test_a_layer_that_is_not_piecewise_linear_is_refused():
    with pytest.raises(InputError, match="PiecewiseLinear: cannot hold LayerNorm; expected layers that pull_back know"):
        PiecewiseLinear(nn.Linear(3, 3), nn.LayerNorm(3))
