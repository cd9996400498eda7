"""What every distance promises, over all that the package exports, and the front door to them."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wgan.distances import Exact, Gaussian, Sliced, distance, methods
from wgan.errors import InputError

METHODS = methods()
METRICS = [name for name, kind in METHODS.items() if kind.metric]
# Fields that otherwise depend on the data, which the gradient holds fixed.
FIXED = {"mmd": {"bandwidth": 1.0}, "sinkhorn": {"epsilon": 0.5}}


def make(name):
    return METHODS[name](**FIXED.get(name, {}))


def normal(n, d, seed=0):
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_the_names_are_those_of_the_command():
    expected = "energy exact gaussian js kl max-sliced mmd reverse-kl sinkhorn sliced tv"
    assert " ".join(METHODS) == expected


@pytest.mark.parametrize("name", METHODS)
class TestEveryMethod:
    def test_is_a_frozen_dataclass_with_defaults(self, name):
        method = METHODS[name]()
        assert is_dataclass(method)
        for field in fields(method):
            with pytest.raises(FrozenInstanceError):
                setattr(method, field.name, None)
        assert method == METHODS[name]()

    def test_says_its_paper_and_shows_an_example(self, name):
        assert "Example:" in METHODS[name].__doc__
        assert "$" in METHODS[name].__doc__

    def test_returns_a_scalar_of_float64(self, name):
        value = make(name)(normal(60, 2).float(), normal(50, 2, 1).float())
        assert value.shape == ()
        assert value.dtype == torch.float64

    def test_takes_arrays_of_any_trailing_shape(self, name):
        x, y = normal(40, 4), normal(40, 4, 1)
        assert make(name)(x.reshape(40, 2, 2).numpy(), y) == make(name)(x, y)

    def test_tells_a_shift(self, name):
        x, y = normal(300, 2), normal(300, 2, 1)
        assert make(name)(x, y + 2) > 2 * make(name)(x, y).abs()

    def test_order_does_not_matter(self, name):
        x, y = normal(40, 3), normal(30, 3, 1)
        if name == "max-sliced":
            pytest.skip("the halves of a set are drawn by its order")
        torch.testing.assert_close(make(name)(x.flip(0), y), make(name)(x, y))

    def test_a_common_shift_does_not_matter(self, name):
        x, y = normal(40, 2), normal(30, 2, 1)
        torch.testing.assert_close(make(name)(x + 100, y + 100), make(name)(x, y), rtol=1e-6, atol=1e-8)

    def test_gradient_is_that_of_the_value(self, name):
        if not METHODS[name].differentiable:
            pytest.skip("declared without a gradient")
        x, y, direction = normal(12, 3).requires_grad_(), normal(9, 3, 1) + 0.5, normal(12, 3, 2)
        (slope,) = torch.autograd.grad(make(name)(x, y), x)
        step = 1e-6
        with torch.no_grad():
            rise = make(name)(x + step * direction, y) - make(name)(x - step * direction, y)
        assert (slope * direction).sum().item() == pytest.approx(rise.item() / (2 * step), rel=1e-4)

    def test_refuses_bad_samples(self, name):
        method, x = make(name), normal(20, 3)
        with pytest.raises(InputError, match="samples of 3 features and y of 2"):
            method(x, normal(20, 2))
        with pytest.raises(InputError, match="x holds 0 samples"):
            method(x[:0], x)
        with pytest.raises(InputError, match="y holds 1 sample; expected at least 2"):
            method(x, x[:1])
        with pytest.raises(InputError, match="NaN or infinite values in y: 1, the first in sample 4, feature 2"):
            method(x, x.index_put((torch.tensor(4), torch.tensor(2)), torch.tensor(float("nan")).double()))

    def test_measures_through_the_front_door(self, name):
        found = distance(normal(60, 2), normal(50, 2, 1), name, **FIXED.get(name, {}))
        assert found.value == make(name)(normal(60, 2), normal(50, 2, 1)).item()
        assert (found.method, found.n, found.m, found.dim, found.interval) == (name, 60, 50, 2, None)
        assert found.note
        assert found.seconds > 0
        assert found.unit == METHODS[name].unit


points = st.integers(1, 3).flatmap(
    lambda d: st.tuples(
        *[
            st.integers(2, 6).flatmap(
                lambda n: arrays(np.float64, (n, d), elements=st.integers(-8, 8).map(lambda k: k / 4))
            )
        ]
        * 3
    )
)


@pytest.mark.parametrize("name", METRICS)
class TestEveryMetric:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(points)
    def test_axioms(self, name, sets):
        method = make(name)
        x, y, z = sets
        xy, yz, xz = method(x, y).item(), method(y, z).item(), method(x, z).item()
        # Roots of differences that cancel leave 1e-8 where 0 is meant.
        assert method(x, x[::-1].copy()).item() == pytest.approx(0, abs=2e-7)
        assert xy >= 0
        assert xy == pytest.approx(method(y, x).item(), abs=2e-7)
        assert xz <= xy + yz + 4e-7

    @settings(max_examples=20, deadline=None, derandomize=True)
    @given(points, st.sampled_from([0.125, 3.0, 1000.0]))
    def test_scaling(self, name, sets, factor):
        x, y, _ = sets
        degree = 0.5 if name == "energy" else 1  # its square is in the data's unit
        expected = factor**degree * make(name)(x, y).item()
        assert make(name)(factor * x, factor * y).item() == pytest.approx(expected, rel=1e-9, abs=1e-6 * factor**degree)

    def test_tells_any_two_sets_of_points_apart(self, name):
        if name == "gaussian":
            pytest.skip("sees no more than two moments")
        x = torch.tensor([[-1.0], [1.0], [-1.0], [1.0]]) * 0.5**0.5  # the mean and variance of the other
        y = torch.tensor([[-1.0], [0.0], [0.0], [1.0]])
        assert make(name)(x, y) > 0.1


# The front door


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "sinkhron"}, "unknown distance 'sinkhron'; nearest: sinkhorn"),
        ({"method": "sliced", "direction": 5}, "unknown option of sliced 'direction'; nearest: directions"),
        ({"method": "kl", "p": 2}, "p is 2, but kl has no power to choose; leave p out"),
        ({"method": "gaussian", "p": 3}, "p is 3, but gaussian"),
        ({"method": Sliced(), "directions": 5}, r"directions: set the fields of the method itself, Sliced\(...\)"),
        ({"method": "sliced", "directions": 1}, "directions is 1; expected at least 2"),
        ({"method": "max-sliced", "starts": 0}, "MaxSliced: starts is 0; expected 1 or more"),
        ({"method": "sinkhorn", "epsilon": 0.0}, "Sinkhorn: epsilon is 0.0; expected a positive number"),
        ({"method": "energy", "exponent": 2}, "Energy: exponent is 2; expected a number between 0 and 2"),
        ({"method": "mmd", "bandwidth": -1}, "MMD: bandwidth is -1; expected a positive number"),
        ({"method": "kl", "neighbours": 0}, "KullbackLeibler: neighbours is 0; expected 1 or more"),
        ({"method": "kl", "neighbours": 30}, "x holds 20 samples; expected more than the 30 nearest"),
        ({"confidence": 2}, "level is 2; expected it between 0 and 1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        distance(normal(20, 2), normal(20, 2, 1), **arguments)


def test_p_reaches_the_methods_that_have_it():
    x, y = normal(20, 2), normal(20, 2, 1)
    assert distance(x, y, "sliced", 2).value == Sliced(p=2)(x, y).item()
    assert distance(x, y, Exact(p=2)).p == 2
    assert distance(x, y, "gaussian").p == distance(x, y, "gaussian", 2).p == Gaussian.p == 2
    assert distance(x, y, "energy").p is None


def test_degenerate_data():
    same = torch.ones(10, 2)
    with pytest.raises(InputError, match="most samples are equal, so that the median distance is 0; give a bandwidth"):
        distance(same, same, "mmd")
    with pytest.raises(InputError, match="all samples are equal, so that their mean cost is 0; give an epsilon"):
        distance(same, same, "sinkhorn")
    with pytest.raises(InputError, match="x: 10 samples span 0 of 2 dimensions, so they have no density"):
        distance(same, same, "kl")
    for name in ("exact", "sliced", "energy", "gaussian", "max-sliced"):
        assert distance(same, same, name).value == pytest.approx(0, abs=1e-12)
        assert distance(same, same + 1, name).value > 0.5


def test_confidence_is_measured_on_request():
    found = distance(normal(80, 2), normal(80, 2, 1) + 1, "energy", confidence=0.9)
    assert found.interval.low < found.value < found.interval.high
    assert found.interval.level == 0.9
    assert "between samples of these sizes" in found.interval.covers
