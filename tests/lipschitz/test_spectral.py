"""Spectral norms of convolutions, spectral normalisation, orthogonal layers."""

import copy
import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from oracles import convolution_norm
from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import GP, Orthogonal, SpectralNorm
from wgan.lipschitz.constant import certified_constant
from wgan.lipschitz.norms import CircularConvolution, convolution_norm_bound, overlap, slack
from wgan.lipschitz.orthogonal import bjorck, norm_bound, tangent
from wgan.losses import Hinge
from wgan.randomness import stream

CONVOLUTIONS = [  # out, in / groups, kernel, stride, groups, axes, pixels
    (4, 3, 3, 1, 1, 2, 10),
    (4, 3, 4, 2, 1, 2, 12),
    (4, 2, 5, 2, 2, 2, 13),
    (5, 3, 3, 3, 1, 2, 12),
    (2, 2, 2, 3, 1, 2, 12),
    (6, 2, 5, 1, 1, 1, 40),
    (3, 2, 3, 2, 1, 3, 6),
]


def norm(weight):
    return torch.linalg.matrix_norm(weight.flatten(1), 2).item()


def mlp(*widths, activation=nn.ReLU):
    layers = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), activation())]
    return nn.Sequential(*layers[:-1], nn.Flatten(0))


def convolutional():
    features = nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 8, 3, 1, 1), nn.ReLU()
    return nn.Sequential(*features, nn.Flatten(), nn.Linear(128, 1), nn.Flatten(0))


def train(critic, method, steps=60, shape=(4,), lr=5e-3):
    optimizer = torch.optim.Adam(critic.parameters(), lr=lr)
    step = CriticStep(critic, Hinge(), (method,), optimizer)
    for index in range(steps):
        samples = torch.randn(2, 32, *shape, generator=stream(0, "samples", index))
        step(samples[0], 0.5 * samples[1] + 0.5, step=index, progress=0.0, rng=stream(0, "noise", index))
        yield critic


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution_bound_lies_above_the_operator_and_below_the_overlap_bound(case):
    out, channels, kernel, stride, groups, axes, pixels = case
    weight = torch.randn(out, channels, *[kernel] * axes, generator=stream(0, "weight"))
    strides = (stride,) * axes
    truth, bound = convolution_norm(weight, stride, groups, pixels), convolution_norm_bound(weight, strides, groups)
    assert truth <= bound * (1 + 1e-6)
    assert bound <= norm(weight) * overlap(weight, strides) * (1 + 1e-6)
    # The dense matrix of a small image lacks a few percent of the infinite one, and the grid adds up to its slack.
    assert bound <= truth * slack(weight, strides) * 1.15


def test_patches_that_do_not_overlap_are_a_matrix():
    weight = torch.randn(5, 3, 2, 2, generator=stream(0, "weight"))
    assert convolution_norm_bound(weight, (2, 2)) == pytest.approx(norm(weight), rel=1e-5)
    assert overlap(weight, (2, 2)) == 1
    assert overlap(torch.zeros(1, 1, 5, 3), (2, 1)) == pytest.approx(math.sqrt(3 * 3))


def test_spectral_norm_is_within_a_percent_of_the_singular_value():
    torch.manual_seed(0)
    critic = mlp(4, 64, 64, 1)
    method = SpectralNorm()
    method.parametrize(critic)
    layers = critic[0], critic[2], critic[4]
    assert all(norm(layer.weight) == pytest.approx(1, abs=0.001) for layer in layers)
    for _ in train(critic, method, steps=40, lr=1e-3):
        # Where a new direction overtakes the largest, one iteration a step lags: by 21 % at worst in trials.
        assert all(norm(layer.weight) < 1.4 for layer in layers)
    for _ in range(20):
        method.project(critic)
    assert all(norm(layer.weight) == pytest.approx(1, abs=0.01) for layer in layers)


def test_spectral_norm_certifies_linear_critics_and_not_reshaped_convolutions():
    torch.manual_seed(0)
    method = SpectralNorm()
    linear, operator = mlp(4, 32, 1), convolutional()
    method.parametrize(linear)
    SpectralNorm(convolution="operator").parametrize(operator)
    assert certified_constant(linear, (4,)) == pytest.approx(1, rel=0.01)
    assert certified_constant(operator, (1, 8, 8)) <= 1.01
    # A constant kernel adds up all of its overlapping patches: the layer that "has norm 1" stretches by 3.
    mean = nn.Sequential(nn.Conv2d(1, 1, 3, bias=False))
    nn.init.ones_(mean[0].weight)
    method.parametrize(mean)
    assert norm(mean[0].weight) == pytest.approx(1, rel=1e-4)
    assert convolution_norm(mean[0].weight.detach(), 1, 1, 20) > 2.9


def test_operator_norm_of_convolutions_holds_after_training():
    torch.manual_seed(0)
    critic = convolutional()
    method = SpectralNorm(convolution="operator")
    method.parametrize(critic)
    for _ in train(critic, method, steps=20, shape=(1, 8, 8), lr=2e-4):
        pass
    for _ in range(20):
        method.project(critic)
    for layer, stride in ((critic[0], 2), (critic[2], 1)):
        truth = convolution_norm(layer.weight.detach(), stride, 1, 12)
        assert 0.8 < truth <= 1.01


def test_the_torus_has_the_norm_of_the_grid_of_frequencies():
    weight = torch.randn(3, 2, 3, 3, generator=stream(0, "weight"))
    operator = CircularConvolution((1, 1), 1)
    shape = operator.image_shape(weight)
    basis = torch.eye(math.prod(shape)).reshape(-1, *shape)
    columns = torch.func.vmap(lambda image: operator(weight, image))(basis).flatten(1)
    norm_on_torus = torch.linalg.matrix_norm(columns, 2).item()
    assert norm_on_torus * slack(weight, (1, 1)) == pytest.approx(convolution_norm_bound(weight, (1, 1)), rel=1e-4)


def test_singular_vectors_are_part_of_the_state():
    method = SpectralNorm(convolution="operator")
    trained, fresh = convolutional(), convolutional()
    for critic in (trained, fresh):
        method.parametrize(critic)
    for _ in train(trained, method, steps=3, shape=(1, 8, 8)):
        pass
    assert "0.parametrizations.weight.0.u" in trained.state_dict()
    fresh.load_state_dict(trained.state_dict())
    x = torch.randn(4, 1, 8, 8, generator=stream(0, "x"))
    for critic in (trained, fresh, copy.deepcopy(trained)):
        method.project(critic)
        assert torch.equal(critic(x), trained(x)) or critic is not trained
    assert torch.equal(fresh(x), trained(x))


def test_the_forward_pass_leaves_the_singular_vectors_alone():
    critic, method = mlp(4, 8, 1), SpectralNorm()
    method.parametrize(critic)
    before = copy.deepcopy(critic.state_dict())
    x = torch.randn(6, 4, generator=stream(0, "x"))
    GP().penalty(critic, GP().points(x, -x, stream(0, "noise"))).backward()
    assert all(torch.equal(before[name], value) for name, value in critic.state_dict().items())
    assert all(parameter.grad is not None for name, parameter in critic.named_parameters() if "weight" in name)


def test_a_zero_weight_has_a_zero_normalisation():
    critic = mlp(4, 1)
    nn.init.zeros_(critic[0].weight)
    SpectralNorm().parametrize(critic)
    assert torch.equal(critic[0].weight, torch.zeros(1, 4))


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (5, 5), (1, 7)])
def test_bjorck_converges_to_the_nearest_orthogonal_matrix_and_never_exceeds_it(shape):
    noise = torch.randn(shape, generator=stream(0, "matrix")).double()
    left, values, right = torch.linalg.svd(noise, full_matrices=False)
    near = left @ torch.diag(0.7 + 0.6 * torch.rand(len(values), generator=stream(0, "values"))).double() @ right
    torch.testing.assert_close(bjorck(near, 12), left @ right)
    for size in (0.1, 1.0, 1.7, 5.0, 100.0):  # also after a step that is far too large
        assert torch.linalg.svdvals(bjorck(size * near, 1)).max() <= 1 + 1e-12


def test_norm_bound_is_an_upper_bound():
    for rows in (1, 4, 64):
        matrix = torch.randn(rows, 64, generator=stream(0, "matrix", rows)).double()
        excess = (norm_bound(matrix) / torch.linalg.matrix_norm(matrix, 2)).item()
        assert 1 - 1e-12 <= excess <= rows ** (1 / 16) + 1e-12


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 2, 2)])
def test_tangent_gradients_keep_orthogonality_to_first_order(shape):
    weight = torch.randn(shape, generator=stream(0, "weight")).double()
    weight = bjorck(weight.flatten(1), 60).view(shape) / 2  # all singular values ½
    gradient = torch.randn(shape, generator=stream(0, "gradient")).double()
    direction = tangent(weight, 0.5, gradient)
    for step in (1e-3, 1e-4):
        moved = torch.linalg.svdvals((weight + step * direction).flatten(1))
        assert (moved - 0.5).abs().max() < 20 * step**2
    torch.testing.assert_close(tangent(weight, 0.5, direction), direction)


@pytest.mark.parametrize("lr", [5e-3, 0.5])
def test_orthogonal_critics_are_certified_throughout_training(lr):
    critics = {(4,): mlp(4, 32, 32, 1), (1, 8, 8): convolutional()}
    for shape, critic in critics.items():
        Orthogonal().parametrize(critic)
        for _ in train(critic, Orthogonal(), steps=10, shape=shape, lr=lr):
            assert certified_constant(critic, shape) <= 1 + 1e-5
    weight = critics[4,][2].weight
    if lr < 0.1:
        torch.testing.assert_close(weight @ weight.T, torch.eye(32), atol=0.02, rtol=0)


def test_orthogonal_biases_start_small_where_a_layer_widens_and_adam_moves_them_a_tenth_as_far():
    critic = mlp(2, 32, 32, 1)
    begun = [layer.bias.detach().clone() for layer in (critic[0], critic[2])]
    Orthogonal().parametrize(critic)
    for layer, start, share in zip((critic[0], critic[2]), begun, (2 / 32, 1), strict=True):
        torch.testing.assert_close(layer.bias.detach(), share * start)
    optimizer = torch.optim.Adam(critic.parameters(), lr=0.01)
    critic(torch.randn(8, 2, generator=stream(0, "x"))).sum().backward()
    before = critic[4].bias.detach().clone()
    optimizer.step()
    # Adam's first step is as long as its rate, whatever the gradient.
    torch.testing.assert_close((critic[4].bias - before).abs(), torch.tensor([0.001]), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SpectralNorm(iterations=0), "SpectralNorm: iterations is 0; expected 1 or more"),
        (lambda: SpectralNorm(convolution="operater"), "unknown norm of a convolution 'operater'; nearest: operator"),
        (lambda: Orthogonal(iterations=0), "Orthogonal: iterations is 0; expected 1 or more"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_orthogonal_refuses_a_weight_that_is_parametrized_already():
    critic = mlp(2, 4, 1)
    SpectralNorm().parametrize(critic)
    with pytest.raises(InputError, match="Orthogonal: the weight of layer '0' is parametrized; expected a plain"):
        Orthogonal().parametrize(critic)
