"""The critic's estimate: near the truth, never above it, the same in every unit, and honest about its failures."""

import numpy as np
import pytest
import torch
from torch import nn

from wgan.critic import StopRule, estimate
from wgan.data import TensorSource
from wgan.data.pairs.closed_forms import cones, parallel_lines, scaled_gaussians, shell, translated_gaussians
from wgan.data.pairs.funnels import funnel_pair
from wgan.errors import InputError
from wgan.lipschitz import LP, Orthogonal
from wgan.networks import MLP, CriticNetwork, Funnel
from wgan.optimizers import Adam
from wgan.randomness import stream

SHORT = StopRule(batch=256, most_steps=400)
SHORTEST = StopRule(batch=64, every=10, most_steps=20)
PAIRS = [
    funnel_pair(2, 4),
    translated_gaussians(128, 3.0),
    scaled_gaussians(16),
    scaled_gaussians(16, 2.0, 1.0),
    shell(128),
    cones(2),
    parallel_lines(0.5),
]


def gaussians(n: int, dim: int, name: str) -> torch.Tensor:
    return torch.randn(n, dim, generator=stream(0, name), dtype=torch.float64)


def assert_bounds_hold(found, w1):
    """Beyond four of their standard errors, which chance does not reach here, and rounding."""
    rounding = 1e-5 * w1
    assert found.lower - 4 * found.lower_error <= w1 + rounding
    assert found.upper + 4 * found.upper_error >= w1 - rounding
    assert found.interval[0] <= max(found.lower, 0) and found.upper <= found.interval[1]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
@pytest.mark.parametrize("n", [8, 60, 2000])
def test_bounds_hold_of_a_fit_that_is_cut_short(pair, n):
    """After no more than 20 steps, and where a side has no more than one sample for each batch."""
    real, fake = (side.sample(n, stream(1, side.name)) for side in (pair.real, pair.fake))
    found = estimate(real, fake, Funnel(centers=1, sign=1), rule=SHORTEST)
    assert_bounds_hold(found, pair.w1)
    assert not found.converged and any("true distance may be greater" in text for text in found.warnings)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_it_finds_known_distances_from_below(pair):
    """Within 5 %, and above the truth by no more than four standard errors of what it was measured on."""
    found = estimate(pair.real, pair.fake, rule=SHORT, samples=8000)
    assert found.value == pytest.approx(pair.w1, rel=0.05)
    assert found.lower == pytest.approx(found.value, rel=1e-5)
    assert_bounds_hold(found, pair.w1)


def test_it_does_not_depend_on_units():
    x, y = gaussians(600, 2, "x"), 2 * gaussians(600, 2, "y")
    one = estimate(x, y, rule=SHORTEST)
    other = estimate(1000 * x + 7, 1000 * y + 7, rule=SHORTEST)
    assert other.value == pytest.approx(1000 * one.value, rel=1e-6)
    points = gaussians(10, 2, "points")
    steps = [critic(unit * points + shift) for critic, unit, shift in ((one.critic, 1, 0), (other.critic, 1000, 7))]
    torch.testing.assert_close(steps[1], 1000 * steps[0], rtol=1e-5, atol=1e-3)


def test_the_same_seed_gives_the_same_bits_and_leaves_the_global_generator_alone():
    x, y = gaussians(600, 2, "x"), 2 * gaussians(600, 2, "y")
    state = torch.get_rng_state()
    one, other = (estimate(x, y, rule=SHORTEST, seed=3) for _ in range(2))
    assert (one.value, one.interval, one.kappa) == (other.value, other.interval, other.kappa)
    assert [look[3] for look in one.history] == [look[3] for look in other.history]
    assert torch.equal(torch.get_rng_state(), state)


def test_arrays_tensors_and_sources_of_the_same_samples_are_understood():
    x, y = gaussians(600, 2, "x"), gaussians(600, 2, "y") + 3
    values = [
        estimate(*sides, rule=SHORTEST).value
        for sides in ((x, y), (x.numpy(), y.numpy()), (TensorSource(x), TensorSource(y)))
    ]
    assert values[0] == values[1] == pytest.approx(18**0.5, rel=0.1)
    assert values[2] == pytest.approx(18**0.5, rel=0.1)


def test_a_critic_of_ones_own_that_is_certified_is_divided_by_its_certificate():
    pair = parallel_lines(0.5, dim=4)
    family, rate = MLP(widths=(16,), activation="MaxMin"), Adam(lr=0.01)
    found = estimate(pair.real, pair.fake, family, (Orthogonal(),), optimizer=rate, rule=SHORT)
    assert found.kappa.calibrated is None
    assert found.kappa.upper == pytest.approx(1, abs=1e-3)
    assert found.value == pytest.approx(0.5, rel=0.05)


def test_a_soft_constraint_is_calibrated_and_said_to_be_soft():
    """A weak penalty lets the slope grow beyond 1; the calibration on a translation takes it back."""
    pair = translated_gaussians(2, 2.0)
    soft = estimate(pair.real, pair.fake, MLP(widths=(32,)), (LP(weight=1.0),), rule=SHORT, samples=4000)
    assert soft.raw > 1.1 * pair.w1
    assert soft.kappa.lower > 1.1
    assert soft.value == pytest.approx(pair.w1, rel=0.1)
    assert any("outside the constraint" in warning for warning in soft.warnings)


def test_it_warns_when_nothing_is_found_and_when_it_was_cut_short():
    x, y = gaussians(400, 8, "x"), gaussians(400, 8, "y")
    same = estimate(x, y, Funnel(centers=4), rule=SHORTEST)
    assert any("negative" in text or "error of zero" in text for text in same.warnings)
    assert any("not converged" in text for text in same.warnings)
    assert not same.converged
    apart = estimate(x, y + 5, rule=SHORTEST)
    assert apart.converged
    assert apart.warnings == ()


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (torch.zeros(9, 2), torch.zeros(9, 3), r"real samples have shape \(2,\), fake \(3,\)"),
        (torch.zeros(0, 2), torch.zeros(9, 2), "real holds 0 samples; expected at least 8"),
        (torch.zeros(9, 2), torch.zeros(7, 2), "fake holds 7 samples; expected at least 8"),
        (torch.zeros(9, 2), torch.zeros(9, 2), "all samples, real and fake, are one point"),
        (
            np.array([[0.0, 1], [2, np.nan], [np.inf, 3], [4, 5]]),
            torch.rand(9, 2),
            "real: 2, the first in sample 1, feature 1",
        ),
        ({"a": [1.0]}, torch.rand(9, 2), "real is of type dict; expected an array, .* hand over one of its values"),
    ],
)
def test_samples_that_cannot_be_used_are_refused(real, fake, message):
    with pytest.raises(InputError, match=message):
        estimate(real, fake)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("batch", 0, "batch is 0; expected 1 or more"), ("decay", 1.0, "decay is 1.0; expected a share")],
)
def test_a_stop_rule_that_never_stops_is_refused(field, value, message):
    with pytest.raises(InputError, match=message):
        StopRule(**{field: value})


def test_two_seeds_that_do_not_agree_are_told_and_the_greater_value_is_given():
    """One of two cones is found from each seed, or both: a fit of three steps keeps what it began with."""
    pair, rule = funnel_pair(16, 16), StopRule(batch=32, every=1, most_steps=3)
    real, fake = (side.sample(4000, stream(0, side.name)) for side in (pair.real, pair.fake))
    found = estimate(real, fake, MLP(widths=(16,), activation="MaxMin"), (Orthogonal(),), rule=rule)
    ends = [max(look.checked for look in found.history[start : start + 4]) for start in (0, 4)]
    assert ends[0] > ends[1]
    assert any(f"fits from two seeds end at {ends[0]:.4g} and {ends[1]:.4g}" in text for text in found.warnings)
    assert not found.converged


def test_nothing_is_shown_negative():
    x, y = gaussians(400, 8, "x"), gaussians(400, 8, "y")
    found = estimate(x, y, Funnel(centers=4), rule=SHORTEST)
    assert found.raw < 0
    assert found.value == 0 and found.interval[0] == 0


class Squaring(nn.Linear):
    """Of no Lipschitz constant."""

    def forward(self, x):
        return super().forward(x)[:, 0].square()


class Squares(CriticNetwork):
    def build_critic(self, shape):
        return Squaring(shape[0], 1)


def test_without_a_certificate_nothing_bounds_from_below():
    x, y = gaussians(400, 2, "x"), gaussians(400, 2, "y") + 3
    found = estimate(x, y, Squares(), (LP(weight=1.0),), rule=SHORTEST)
    assert found.lower is found.lower_error is None
    assert found.interval[0] == 0 < found.upper - 4 * found.upper_error


def test_of_values_that_cannot_be_told_apart_the_simplest_critic_is_taken():
    pair = funnel_pair(4, 4)
    found = estimate(pair.real, pair.fake, rule=StopRule(batch=256, most_steps=800), samples=8000)
    tried = {look.critic: look.checked for look in found.history}
    assert tried["peaks 512"] == pytest.approx(tried["peaks 64"], rel=0.05)
    assert found.name == "peaks 64"
