"""The shared layers against their equations."""

from math import sqrt

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from wgan.errors import InputError
from wgan.networks.activations import Rectifier
from wgan.networks.layers import Halved, Lowpass, MinibatchDeviation, PixelNorm, Residual, equalized
from wgan.networks.resolution import Pyramid, nearest, pyramid


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [(nn.Linear(50, 400), 50), (nn.Conv2d(16, 64, 3), 144), (nn.ConvTranspose2d(16, 64, 3), 144)],
    ids=["linear", "convolution", "transposed"],
)
def test_equalised_weight_is_the_stored_one_times_he(layer, fan_in):
    torch.manual_seed(0)
    equalized(layer, gain=sqrt(2))
    stored = layer.parametrizations.weight.original
    torch.testing.assert_close(layer.weight, stored * sqrt(2 / fan_in))
    assert stored.std().item() == pytest.approx(1, abs=0.05)  # 9,216 draws or more: standard error .007
    assert not layer.bias.any()


def test_rate_slows_the_layer_but_not_its_start():
    def first_step(rate):
        torch.manual_seed(0)
        layer = equalized(nn.Linear(64, 64), rate=rate)
        before = layer.weight.detach().clone(), layer.bias.detach().clone()
        layer(torch.ones(1, 64)).sum().backward()
        torch.optim.Adam(layer.parameters(), lr=1e-3).step()  # moves each stored number by the learning rate
        return before[0], layer.weight - before[0], layer.bias - before[1]

    (start, weight, bias), (slow_start, slow_weight, slow_bias) = first_step(1.0), first_step(0.01)
    torch.testing.assert_close(slow_start, start)
    # The step is a difference of numbers near .2: their rounding, 2e-8, is 1 % of the slow step of 2e-6.
    torch.testing.assert_close(slow_weight, 0.01 * weight, rtol=0.05, atol=0)
    torch.testing.assert_close(slow_bias, 0.01 * bias)


def test_pixel_norm_makes_unit_length():
    x = 7 * torch.randn(2, 16, 5, 3)
    normed = PixelNorm()(x)
    torch.testing.assert_close(normed.square().mean(1), torch.ones(2, 5, 3))
    torch.testing.assert_close(normed / normed.norm(dim=1, keepdim=True), x / x.norm(dim=1, keepdim=True))
    sphere = PixelNorm()(torch.randn(4, 100))
    torch.testing.assert_close(sphere.norm(dim=1), torch.full((4,), 10.0))


@pytest.mark.parametrize(("batch", "size"), [(8, 4), (6, 3), (7, 1), (2, 2)])
def test_minibatch_deviation_equals_a_loop(batch, size):
    x = torch.randn(batch, 3, 4, 5, dtype=torch.float64)
    out = MinibatchDeviation(group=4)(x)
    assert torch.equal(out[:, :3], x)
    groups = batch // size
    for index in range(batch):
        mates = x[[mate for mate in range(batch) if mate % groups == index % groups]]
        expected = (mates.var(0, correction=0) + 1e-8).sqrt().mean()
        torch.testing.assert_close(out[index, 3], expected.expand(4, 5))


def test_minibatch_deviation_sees_a_collapsed_batch():
    same = torch.randn(1, 3, 4, 4).expand(4, -1, -1, -1)
    assert MinibatchDeviation()(same)[:, 3].max() < 2e-4  # √1e-8
    assert MinibatchDeviation()(torch.randn(4, 3, 4, 4))[:, 3].min() > 0.5


def test_lowpass_keeps_the_mean_and_removes_the_highest_frequency():
    constant, checkered = torch.ones(1, 2, 8, 8), torch.ones(1, 2, 8, 8)
    checkered[..., ::2] = -1
    for stride, padding, side in ((1, 2, 9), (2, 1, 4)):
        inner = slice(2, side - 2) if stride == 1 else slice(1, side - 1)
        smooth = Lowpass(padding, stride)
        assert smooth(constant).shape == (1, 2, side, side)
        torch.testing.assert_close(smooth(constant)[..., inner, inner], constant[..., inner, inner])
        assert smooth(checkered)[..., inner, inner].abs().max() < 1e-6


def test_halving_is_the_adjoint_of_bilinear_doubling():
    x, y = torch.randn(1, 1, 8, 8), torch.zeros(1, 1, 4, 4)
    y[..., 1:3, 1:3] = torch.randn(2, 2)  # away from the border, where doubling repeats and halving pads
    up = interpolate(y, scale_factor=2, mode="bilinear")
    torch.testing.assert_close((4 * Lowpass(1, 2)(x) * y).sum(), (x * up).sum())


@pytest.mark.parametrize("stride", [1, 2])
def test_lowpass_norm_is_the_one_declared(stride):
    layer = Lowpass(padding=1, stride=stride, gain=3.0).double()
    jacobian = torch.func.jacrev(lambda x: layer(x[None, None]))(torch.zeros(24, 24, dtype=torch.float64))
    measured = torch.linalg.matrix_norm(jacobian.reshape(-1, 24 * 24), 2).item()
    declared = layer.lipschitz_bound(lambda _: None, (1, 24, 24))
    assert 0.97 * declared < measured <= declared  # reached as the image grows


def test_residual_adds():
    block = Residual(nn.Linear(3, 2), nn.Linear(3, 2))
    x = torch.randn(4, 3)
    assert torch.equal(block(x), block.skip(x) + block.branch(x))
    assert torch.equal(Residual(nn.Flatten())(x), 2 * x)


@pytest.mark.parametrize(
    ("size", "base", "doublings"),
    [
        ((28, 28), (7, 7), 2),
        ((32, 32), (4, 4), 3),
        ((64, 64), (4, 4), 4),
        ((128, 128), (4, 4), 5),
        ((256, 256), (4, 4), 6),
        ((32, 64), (4, 8), 3),
        ((96, 64), (6, 4), 4),
        ((48, 48), (3, 3), 4),
    ],
)
def test_pyramid(size, base, doublings):
    assert pyramid((3, *size), "a network") == Pyramid(3, base, doublings)


def test_no_pyramid():
    with pytest.raises(InputError, match=r"a network: cannot build images of 218×178; .* nearest: 224×192 or 224×160"):
        pyramid((3, 218, 178), "a network")


@pytest.mark.parametrize("size", [(30, 30), (218, 178), (31, 1000), (1, 1), (5, 9), (600, 400)])
def test_the_nearest_sizes_can_be_built_and_none_is_nearer(size):
    def distance(other):
        return abs(other[0] - size[0]) + abs(other[1] - size[1])

    def buildable(other):
        try:
            return bool(pyramid((1, *other), ""))
        except InputError:
            return False

    near = nearest(*size)
    assert all(buildable(found) for found in near)
    reach = range(-12, 13)
    around = [(size[0] + i, size[1] + j) for i in reach for j in reach if min(size[0] + i, size[1] + j) > 0]
    better = [other for other in around if buildable(other) and distance(other) < distance(near[0])]
    assert better == []


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
def test_rectifier_has_torch_values_and_gradients(slope):
    x = torch.randn(64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours, theirs = Rectifier(slope), nn.LeakyReLU(slope)
    assert torch.equal(ours(x), theirs(x))
    for module in (ours, theirs):
        assert torch.autograd.gradcheck(module, x.clone().requires_grad_())
        assert torch.autograd.gradgradcheck(module, x.clone().requires_grad_())
    each = torch.func.vmap(torch.func.grad(ours))  # what users of torch's functional derivatives get
    assert torch.equal(each(x), torch.where(x > 0, 1.0, torch.tensor(slope, dtype=x.dtype)))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("size", [(6, 8), (5, 3)])
def test_halving_has_torch_values_and_gradients(size, kind, layout):
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, *size, generator=chance).to(kind).contiguous(memory_format=layout).requires_grad_()
    seen = []
    for module in (Halved(), nn.AvgPool2d(2)):
        value = module(x)
        seen.append((value, *torch.autograd.grad(value.square().sum(), x)))
    (ours, our_slope), (theirs, their_slope) = seen
    if kind == torch.bfloat16:
        torch.testing.assert_close(ours, theirs)
        torch.testing.assert_close(our_slope, their_slope)
    else:
        assert torch.equal(ours, theirs)
        assert torch.equal(our_slope, their_slope)
    assert ours.stride() == theirs.stride()
    if kind == torch.float64:
        assert torch.autograd.gradgradcheck(Halved(), x)


def test_second_derivative_of_a_linear_piece_is_absent_not_zero():
    modules = (
        (Rectifier(), True),
        (Rectifier(0.2), True),
        (nn.ReLU(), False),
        (Halved(), True),
        (nn.AvgPool2d(2), False),
    )
    for module, absent in modules:
        x = torch.randn(2, 2, 2, 2, requires_grad=True)
        (slope,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
        assert slope.requires_grad != absent


@pytest.mark.parametrize("module", [Rectifier(), Rectifier(0.2), Halved()], ids=["ReLU", "LeakyReLU", "Halved"])
def test_what_is_no_number_stays_none(module):  # else a run that diverges would go unnoticed
    assert bool(module(torch.full((2, 4, 64, 64), torch.nan)).isnan().all())


def test_rectifier_refuses_a_slope_that_is_none():
    with pytest.raises(InputError, match="Rectifier: slope is -1; expected a number from 0 to 1"):
        Rectifier(-1)
