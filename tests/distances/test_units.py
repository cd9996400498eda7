"""Where the origin is, what the unit is and how the columns stand changes no distance, for every method and door."""

from math import inf

import numpy as np
import pytest
import torch

import wgan
from wgan.critic import StopRule, estimate
from wgan.distances import (
    Energy,
    Exact,
    MaxSliced,
    Sinkhorn,
    Sliced,
    compare_halves,
    confidence_interval,
    distance,
    methods,
    permutation_test,
    transport,
    wasserstein,
)
from wgan.distances.units import in_own_units, power_mean
from wgan.errors import InputError

METHODS = methods()
DEGREE = {"of the data": 1, "√ of the data": 0.5, "nats": 0, "": 0}
OFFSETS = [100.0, 1e5, 1e8, 1e12, -1e12]
SCALES = [1e-30, 1e-12, 1e-7, 1e-3, 1e5, 1e30, 1e-200, 1e200]
POWERS = [1, 1.5, 2, 3, 8, 100, 540, 1e9, inf]
ASCENT = {"max-sliced": 1e-4}  # ends wherever it no longer rises, to about so much
SHORT = StopRule(batch=32, every=10, most_steps=20)


def normal(n, d, seed=0):
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


PAIRS = {
    "unequal": (normal(40, 3), 1.3 * normal(31, 3, 1) + 0.4),
    "equal": (normal(36, 5), normal(36, 5, 1) + 0.4),
    "line": (normal(40, 1), 1.3 * normal(31, 1, 1) + 0.4),
    "wide column": (normal(40, 3) * torch.tensor([1, 1, 1e3]), normal(31, 3, 1) * torch.tensor([1, 2, 1e3])),
    "offsets per column": (normal(40, 3), normal(31, 3, 1) + torch.tensor([0.0, 1e3, -50])),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", METHODS)
class TestEveryMethod:
    @pytest.mark.parametrize("offset", OFFSETS)
    def test_shift(self, name, pair, offset):
        x, y = (side + offset for side in PAIRS[pair])
        # What the shift itself rounds off is no fault of the distance: back at the origin it is lost too.
        expected = distance(x - offset, y - offset, name).value
        assert distance(x, y, name).value == pytest.approx(expected, rel=ASCENT.get(name, 1e-9))

    @pytest.mark.parametrize("scale", SCALES)
    def test_scale(self, name, pair, scale):
        x, y = PAIRS[pair]
        expected = distance(x, y, name).value * scale ** DEGREE[METHODS[name].unit]
        assert distance(scale * x, scale * y, name).value == pytest.approx(expected, rel=ASCENT.get(name, 1e-7))

    def test_both_at_once_through_lists_and_arrays(self, name, pair):
        x, y = (1e-3 * side + 7e4 for side in PAIRS[pair])
        expected = distance(x - 7e4, y - 7e4, name).value
        for kind in (torch.Tensor.tolist, torch.Tensor.numpy):
            assert distance(kind(x), kind(y), name).value == pytest.approx(expected, rel=ASCENT.get(name, 1e-9))

    def test_order_of_columns(self, name, pair):
        x, y = PAIRS[pair]
        order = torch.randperm(x.shape[1], generator=torch.Generator().manual_seed(3))
        # Other directions are drawn then: the value stays within their error.
        loose = {"sliced": 0.15, "max-sliced": 0.15}
        expected = pytest.approx(distance(x, y, name).value, rel=loose.get(name, 1e-9))
        assert distance(x[:, order], y[:, order], name).value == expected


@pytest.mark.parametrize("scale", [1e-12, 1e12])
@pytest.mark.parametrize("offset", [0.0, 1e10])
def test_intervals_halves_and_permutation_tests(scale, offset):
    moved = [scale * (side + offset) for side in (normal(40, 2), normal(40, 2, 1) + 1)]
    x, y = ((side - scale * offset) / scale for side in moved)
    for method, degree in ((Exact(), 1), (Energy(), 0.5), (Sliced(directions=20), 1)):
        factor = scale**degree
        one, other = (confidence_interval(method, *sides, replicates=40) for sides in ((x, y), moved))
        assert (other.low, other.high) == pytest.approx((one.low * factor, one.high * factor), rel=1e-7)
        one, other = (compare_halves(method, *sides) for sides in ((x, y), moved))
        assert other.between == pytest.approx(one.between * factor, rel=1e-9)
        assert other.within_x == pytest.approx(one.within_x * factor, rel=1e-9)
        one, other = (permutation_test(*sides, method=method, permutations=39) for sides in ((x, y), moved))
        assert other.p_value == one.p_value
        assert other.value == pytest.approx(one.value * factor, rel=1e-9)


@pytest.mark.parametrize("dim", [2, 8])
class TestTheCriticsEstimate:
    @pytest.mark.parametrize("offset", OFFSETS)
    def test_shift(self, dim, offset):
        x, y = normal(200, dim) + offset, normal(200, dim, 1) + 1 + offset
        one, other = estimate(x, y, rule=SHORT), estimate(x - offset, y - offset, rule=SHORT)
        assert one.value == pytest.approx(other.value, rel=1e-6)
        assert (one.upper, *one.interval) == pytest.approx((other.upper, *other.interval), rel=1e-6)
        assert one.critic(x[:5]).tolist() == pytest.approx(other.critic(x[:5] - offset).tolist(), rel=1e-6, abs=1e-6)

    @pytest.mark.parametrize("scale", [2.0**-100, 2.0**100, 1e-30, 1e30, 1e-200, 1e200])
    def test_scale(self, dim, scale):
        x, y = normal(200, dim), normal(200, dim, 1) + 1
        one, other = estimate(x, y, rule=SHORT), estimate(scale * x, scale * y, rule=SHORT)
        assert other.value == pytest.approx(scale * one.value, rel=1e-4)
        assert other.upper == pytest.approx(scale * one.upper, rel=1e-5)
        assert other.lower == pytest.approx(scale * one.lower, rel=1e-4)


def test_an_offset_does_not_hide_a_shift_from_the_critic():
    x, y = normal(400, 8), normal(400, 8, 1)
    y[:, 0] += 2
    for offset in (1e8, 1e12):
        found = estimate(x + offset, y + offset, rule=SHORT)
        assert found.value == pytest.approx(2, rel=0.15)
        assert found.upper > 2


# Points in their own unit


@pytest.mark.parametrize("offset", [0.0, 1.0, 3e4, -1e12, 1e300])
@pytest.mark.parametrize("scale", [1.0, 1e-5, 1e-300, 1e290])
def test_nothing_is_rounded(offset, scale):
    x, y = normal(20, 3) * scale + offset, normal(10, 3, 1) * scale + offset
    a, b, unit = in_own_units(x, y)
    for before, after in ((x, a), (y, b)):
        there = (after - a[0]) * unit
        assert torch.equal(there[there.isfinite()], (before - x[0])[there.isfinite()])
    assert max(a.abs().max(), b.abs().max()) < 64


def test_points_that_are_all_one():
    for method in ("exact", "sliced", "energy", "gaussian", "max-sliced"):
        assert distance(np.full((5, 2), 1e12), np.full((6, 2), 1e12), method).value == 0


# Powers


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e150])
def test_any_power_on_the_line_and_in_space(p, scale):
    far, near = (scale * torch.tensor(values).double() for values in ([1.0, 2, 3, 54], [1.0, 2, 3, 4]))
    expected = 50 * scale * 0.25 ** (1 / p)
    assert distance(far, near, p=p).value == pytest.approx(expected, rel=1e-12)
    plane = [torch.stack([side, 0 * side], 1) for side in (far, near)]
    assert distance(*plane, p=p).value == pytest.approx(expected, rel=1e-9)
    thrice = [side.repeat(k, 1) for side, k in zip(plane, (3, 2), strict=True)]
    assert distance(*thrice, p=p).value == pytest.approx(expected, rel=1e-9)
    assert Sliced(p=p)(far, near).item() == pytest.approx(expected, rel=1e-12)
    assert MaxSliced(p=p, held_out=False)(*plane).item() == pytest.approx(expected, rel=1e-6)


def test_distances_grow_with_the_power_towards_the_limit():
    for x, y in (PAIRS["unequal"], PAIRS["equal"], PAIRS["line"]):
        for kind in (Exact, Sliced):
            values = [kind(p=p)(x, y).item() for p in POWERS]
            assert values == sorted(values)
            assert values[-2] == pytest.approx(values[-1], rel=1e-6)


@pytest.mark.parametrize(("n", "m", "d"), [(9, 9, 2), (8, 6, 2), (7, 9, 1), (6, 6, 1)])
def test_the_limit_is_the_least_length_that_no_plan_has_to_exceed(n, m, d):
    for seed in range(5):
        x, y = normal(n, d, seed), normal(m, d, seed + 50) + 0.5
        found = transport(x, y, p=inf)
        costs = torch.cdist(x, y)
        u, v = found.potentials
        assert found.optimal
        assert (found.plan.sum(0) - 1 / m).abs().max() < 1e-9
        assert costs[found.plan > 1e-12].max() == pytest.approx(found.distance.item(), rel=1e-12)
        # No plan keeps below: the potentials of the pairs that reach so far gain something.
        reaching = (costs >= found.distance.item() * (1 - 1e-12)).double()
        assert (u[:, None] + v <= reaching + 1e-9).all()
        assert u.mean() + v.mean() > 1e-3


def test_the_limits_gradient_is_that_of_its_longest_step():
    x, y = normal(5, 2).requires_grad_(), normal(5, 2, 1)
    transport(x, y, p=inf).distance.backward()
    assert (x.grad.norm(dim=1) > 0).sum() == 1
    assert x.grad.norm().item() == pytest.approx(1)


def test_methods_without_a_limit_say_so():
    x, y = PAIRS["unequal"]
    with pytest.raises(InputError, match="Sinkhorn: p is inf; expected at least 1, where .*, and finite"):
        distance(x, y, "sinkhorn", inf)
    with pytest.raises(InputError, match="p is inf, but energy has no power to choose"):
        distance(x, y, "energy", inf)


def test_what_rounding_hides_is_said():
    x = normal(30, 2)
    found = Sinkhorn(p=30).measure(x, x)
    assert found.value == 0
    assert "no more than the error of its parts" in found.note


@pytest.mark.parametrize("p", [1, 2, 5, 400, inf])
def test_power_means(p):
    values = torch.tensor([[1e-180, 3e-180], [0, 0], [2e180, 1e180]], dtype=torch.float64)
    largest = values.amax(1)
    shares = (values / largest.clamp_min(1e-300)[:, None]).pow(p if p < inf else 1e6).mean(1)
    expected = largest * (shares ** (1 / p) if p < inf else 1)
    torch.testing.assert_close(power_mean(values, p), expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(power_mean(values, p, torch.full((2,), 0.5)), expected, rtol=1e-12, atol=0)


# Outliers and weights


@pytest.mark.parametrize("far", [1e3, 1e6, 1e9])
@pytest.mark.parametrize("p", [1, 2, 4, 30])
def test_a_far_point_that_both_sets_share_costs_no_digits(far, p):
    (x, y), place = PAIRS["unequal"], torch.full((1, 3), far)
    share = 0.25
    weights = [torch.tensor([(1 - share) / len(side)] * len(side) + [share], dtype=torch.float64) for side in (x, y)]
    found = transport(torch.cat([x, place]), torch.cat([y, place]), p=p, x_weights=weights[0], y_weights=weights[1])
    expected = wasserstein(x, y, p) * (1 - share) ** (1 / p)
    assert found.distance.item() == pytest.approx(expected, rel=1e-6)


def test_points_without_weight_do_not_count_for_the_limit():
    x, y = torch.tensor([[0.0, 0], [1, 0], [1e6, 0]]), torch.tensor([[0.0, 1], [1, 1]])
    weights = torch.tensor([0.5, 0.5, 0])
    assert transport(x, y, p=inf, x_weights=weights).distance.item() == pytest.approx(1)
    assert transport(x[:, :1], y[:, :1], p=inf, x_weights=weights).distance.item() == 0


def test_cosines_of_vectors_of_any_length():
    x, y = normal(20, 3), normal(15, 3, 1)
    expected = transport(x, y, cost="cosine").cost.item()
    for scale in (1e-200, 1e-20, 1e200):
        assert transport(scale * x, y / scale, cost="cosine").cost.item() == pytest.approx(expected, rel=1e-9)
    with pytest.raises(InputError, match="cosine: a sample is zero and has no direction; remove it"):
        wgan.distance(torch.zeros(3, 2), normal(3, 2), cost="cosine")
