"""A condition stands beside what a network takes: any critic judges the pair, and its slope is that in the sample."""

import pytest
import torch
from torch import nn

from wgan.lipschitz import GP
from wgan.lipschitz.penalties import input_gradients
from wgan.losses.one_pass import is_separable, scores_of_both
from wgan.networks import MLP, ConcatMLP, Given, beside, judged_shape, packed

WIDTH = 3


def one_hot(count: int) -> torch.Tensor:
    return torch.eye(WIDTH)[torch.arange(count) % WIDTH]


@pytest.mark.parametrize(
    "critic",
    [
        MLP(widths=(8, 8)).build_critic((5 + WIDTH,)),
        MLP(widths=(8, 8), activation="Softplus").build_critic((5 + WIDTH,)),
        ConcatMLP(widths=(8,)).build_critic((5 + WIDTH,)),
    ],
    ids=["piecewise linear", "smooth", "of tables"],
)
def test_the_slope_is_that_in_the_sample_alone(critic):
    critic, condition = critic.double(), one_hot(4).double()
    x = torch.randn(8, 5, dtype=torch.float64)  # two batches, one behind the other
    whole = torch.autograd.functional.jacobian(lambda pair: critic(pair).sum(), beside(x, condition))
    torch.testing.assert_close(input_gradients(Given(critic, condition), x).detach(), whole[:, :5])
    assert whole[:, 5:].abs().max() > 0  # the condition has a slope, which no penalty sees
    excess = (whole[:, :5].norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(GP(weight=1.0).penalty(Given(critic, condition), x).detach(), excess)


def test_images_have_the_condition_as_planes():
    pair = beside(torch.zeros(4, 2, 3, 5), one_hot(2))
    assert pair.shape == (4, 2 + WIDTH, 3, 5)
    assert torch.equal(pair[:, 2:], one_hot(2).repeat(2, 1)[:, :, None, None].expand(-1, -1, 3, 5))
    assert beside(pair, None) is pair


def test_packs_are_of_neighbours():
    x = torch.arange(24).view(4, 2, 3, 1)
    assert packed(x, 1) is x
    assert torch.equal(packed(x, 2), torch.stack([torch.cat([x[0], x[1]]), torch.cat([x[2], x[3]])]))
    assert judged_shape((2, 3, 1), 2, WIDTH) == (2 * (2 + WIDTH), 3, 1)


def test_both_batches_are_scored_in_one_pass_where_the_critic_allows_it():
    critic, passes = MLP(widths=(8,)).build_critic((2 + WIDTH,)), []
    critic.register_forward_hook(lambda *_: passes.append(1))
    real, fake = torch.randn(2, 6, 2)
    pair = Given(critic, one_hot(6))
    scores = scores_of_both(pair, real, fake)
    assert len(passes) == 1
    for found, side in zip(scores, (real, fake), strict=True):
        torch.testing.assert_close(found, critic(beside(side, one_hot(6))))
    assert not is_separable(Given(nn.Sequential(critic, nn.BatchNorm1d(3)), one_hot(6)))


def test_dropout_leaves_units_out_while_it_trains_and_gives_up_the_slopes():
    critic = ConcatMLP(widths=(64,), dropout=0.5).build_critic((2,))
    x = torch.randn(4, 2)
    assert not torch.equal(critic(x), critic(x))
    assert torch.equal(critic.eval()(x), critic(x))
    assert getattr(critic, "trace", None) is None
    assert ConcatMLP(widths=(64,)).build_critic((2,)).trace is not None
