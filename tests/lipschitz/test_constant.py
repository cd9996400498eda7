"""Certified upper bounds and measured lower bounds of a critic's Lipschitz constant."""

import math

import pytest
import torch
from torch import nn

from oracles import linear_critic
from wgan.errors import InputError
from wgan.lipschitz import Clipping
from wgan.lipschitz.constant import batch_norm_layers, certified_constant, measured_constant
from wgan.lipschitz.layers import RULES
from wgan.networks import MLP
from wgan.networks.activations import GroupSort, MaxMin
from wgan.networks.mlp import ACTIVATIONS
from wgan.randomness import stream

IMAGE = (2, 8, 8)


class Skip(nn.Module):
    """x + branch(x), with the bound that a module of one's own can offer."""

    def __init__(self, branch):
        super().__init__()
        self.branch = branch

    def forward(self, x):
        return x + self.branch(x)

    def lipschitz_bound(self, bound, shape):
        assert shape == (2, 8, 8)
        branch = bound(self.branch)
        return None if branch is None else 1 + branch


class SumOfPixels(nn.Module):
    """A sum, whose bound depends on the image's size."""

    def forward(self, x):
        return x.sum((2, 3))

    def lipschitz_bound(self, bound, shape):  # noqa: ARG002
        return math.sqrt(math.prod(shape[1:]))


class Twice(nn.Linear):
    """A linear layer by name alone."""

    def forward(self, x):
        return 2 * super().forward(x)


def head(channels, pixels):
    return [nn.Flatten(), nn.Linear(channels * pixels, 1), nn.Flatten(0)]


CRITICS = {
    **{name: lambda name=name: MLP(widths=(16, 16), activation=name).build_critic((5,)) for name in ACTIVATIONS},
    "GELU": lambda: nn.Sequential(nn.Linear(5, 9), nn.GELU(), nn.Linear(9, 1), nn.Flatten(0)),
    "sigmoid": lambda: nn.Sequential(nn.Linear(5, 9), nn.Sigmoid(), nn.Linear(9, 1), nn.Flatten(0)),
    "batch norm": lambda: nn.Sequential(nn.Linear(5, 9), nn.BatchNorm1d(9), nn.PReLU(9, 1.5), *head(9, 1)),
    "strided": lambda: nn.Sequential(nn.Conv2d(2, 4, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 4, 3, 2), *head(4, 1)),
    "groups": lambda: nn.Sequential(nn.Conv2d(2, 4, 3, groups=2, padding=1), nn.ELU(), *head(4, 64)),
    "dilated": lambda: nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, dilation=2), nn.ReLU(), *head(3, 4)),
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(2, 3, 4, 2, 1), nn.ReLU(), *head(3, 256)),
    "pools": lambda: nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(3, 1), nn.Conv2d(2, 3, 1), *head(3, 4)),
    "global": lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), *head(3, 1)),
    "residual": lambda: nn.Sequential(Skip(nn.Conv2d(2, 2, 3, 1, 1)), nn.ReLU(), SumOfPixels(), *head(2, 1)),
}


def samples_for(critic, count=24):
    images = any(isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)) for layer in critic.modules())
    return 2 * torch.randn(count, *(IMAGE if images else (5,)), generator=stream(0, "samples"))


@pytest.mark.parametrize("name", CRITICS)
def test_measured_stays_below_certified(name):
    torch.manual_seed(0)
    critic = CRITICS[name]()
    samples = samples_for(critic)
    certified, measured = certified_constant(critic, samples.shape[1:]), measured_constant(critic, samples)
    assert 0 < measured <= certified * (1 + 1e-5)
    assert certified < 300 * measured  # of the right order: bounds multiply what each layer loses
    assert critic.training  # as it was


@pytest.mark.parametrize("dim", [1, 2, 16])
def test_clipped_network_at_its_limit_has_the_constant_of_the_facts(dim):
    # d-100-100-1 with every weight c = .01: slope c³ · 100² = .01 along each coordinate, .01 √d in norm; attained.
    critic = MLP(widths=(100, 100)).build_critic((dim,))
    for parameter in critic.parameters():
        nn.init.constant_(parameter, 1.0)
    Clipping(c=0.01).project(critic)
    assert certified_constant(critic, (dim,)) == pytest.approx(0.01 * math.sqrt(dim), rel=1e-6)
    assert measured_constant(critic, torch.rand(4, dim, generator=stream(0, "x"))) == pytest.approx(
        0.01 * math.sqrt(dim), rel=1e-5
    )


def test_gradient_ascent_finds_slopes_that_samples_miss():
    # tanh is steepest at 0, where no sample is.
    critic = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Flatten(0))
    nn.init.ones_(critic[0].weight)
    nn.init.constant_(critic[0].bias, 0.3)
    samples = torch.tensor([[-2.0], [1.5], [-1.5], [2.0]])
    assert measured_constant(critic, samples, steps=0) < 0.99
    assert measured_constant(critic, samples) == pytest.approx(1, abs=0.002)


def test_measured_is_exact_on_a_linear_critic_and_counts_the_box_alone():
    assert measured_constant(linear_critic(3, 2.5), torch.randn(6, 3, generator=stream(0, "x"))) == pytest.approx(2.5)

    def quadratic(x):  # slope |x|, so 1 at the border of the box
        return x.square().sum(1) / 2

    class Quadratic(nn.Module):
        def forward(self, x):
            return quadratic(x)

    assert measured_constant(Quadratic(), torch.tensor([[-1.0], [1.0], [0.2]])) == pytest.approx(1)


def test_a_diverged_critic_measures_nan():
    critic = linear_critic(3, float("nan"))
    assert math.isnan(measured_constant(critic, torch.eye(3)))


def test_activations_are_as_steep_as_the_rules_say():
    x = torch.linspace(-8, 8, 160001, dtype=torch.float64).requires_grad_()
    for kind in (nn.ReLU, nn.Tanh, nn.Softplus, nn.LeakyReLU, nn.ELU, nn.Sigmoid, nn.SiLU, nn.GELU, nn.Identity):
        layer = kind()
        (slope,) = torch.autograd.grad(layer(x).sum(), x)
        bound = RULES[kind](layer, None, ())
        assert slope.abs().max().item() <= bound
        assert slope.abs().max().item() == pytest.approx(bound, rel=1e-3)


@pytest.mark.parametrize("layer", [MaxMin(), GroupSort(), GroupSort(3)], ids=["MaxMin", "GroupSort", "GroupSort(3)"])
@pytest.mark.parametrize("shape", [(6,), (6, 4, 4)])
def test_sorting_permutes_and_keeps_the_gradient_norm(layer, shape):
    x = torch.randn(5, *shape, generator=stream(0, "x"), requires_grad=True)
    y = layer(x)
    torch.testing.assert_close(y.sort(1).values, x.sort(1).values)
    cotangent = torch.randn(y.shape, generator=stream(0, "g"))
    (gradient,) = torch.autograd.grad(y, x, cotangent)
    torch.testing.assert_close(gradient.flatten(1).norm(dim=1), cotangent.flatten(1).norm(dim=1))
    assert layer.lipschitz_bound(None, shape) == 1


@pytest.mark.parametrize(
    "module",
    [
        nn.LayerNorm(4),
        nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect"),
        nn.BatchNorm2d(2, track_running_stats=False),
        nn.AvgPool2d(3, padding=1, count_include_pad=False),
        nn.MaxPool2d(3, dilation=2),
        nn.AdaptiveAvgPool2d(3),
        Twice(4, 4),
    ],
    ids=lambda module: type(module).__name__,
)
def test_no_bound_where_none_is_known(module):
    shape = (4,) if isinstance(module, (nn.LayerNorm, nn.Linear)) else IMAGE
    assert certified_constant(nn.Sequential(module, nn.Flatten()), shape) is None


def test_batch_norm_is_found_by_name():
    critic = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Sequential(nn.BatchNorm2d(4), nn.ReLU()), *head(4, 36))
    assert batch_norm_layers(critic) == ["1.0"]
    assert batch_norm_layers(MLP().build_critic((2,))) == []


def test_refusals():
    with pytest.raises(InputError, match="measured_constant: 1 sample; expected 2 or more"):
        measured_constant(linear_critic(3, 1.0), torch.zeros(1, 3))
    with pytest.raises(InputError, match="MaxMin: 3 channels; expected a multiple of 2, so choose such a width"):
        MaxMin()(torch.zeros(2, 3))
    with pytest.raises(InputError, match="GroupSort: size is 1; expected groups of 2 channels or more"):
        GroupSort(1)
