"""Every pair with a known distance keeps what it says: its plan's cost, its potential's value and their equality."""

import pytest
import torch

from wgan.data import Pair, TensorSource
from wgan.data.pairs.closed_forms import (
    cones,
    parallel_lines,
    scaled_gaussians,
    shell,
    translated_gaussians,
    translation,
)
from wgan.data.pairs.funnels import funnel_pair
from wgan.distances import wasserstein
from wgan.errors import InputError
from wgan.randomness import stream

IMAGES = TensorSource(torch.rand(200, 1, 4, 4, generator=stream(0, "images")), "images")
PAIRS = [
    *(funnel_pair(dim, count) for dim, count in ((2, 4), (2, 64), (16, 16), (64, 4))),
    translation(IMAGES, torch.full((1, 4, 4), 0.5)),
    translated_gaussians(16, 2.0),
    scaled_gaussians(1, 2.0, 0.5),
    scaled_gaussians(16, 1.0, 2.0),
    shell(128, 3.0),
    cones(2),
    cones(16),
    parallel_lines(-0.5),
    parallel_lines(2.0, 16),
]


@pytest.fixture(params=PAIRS, ids=lambda pair: pair.name)
def pair(request) -> Pair:
    return request.param


def test_the_potential_gains_on_the_plan_exactly_what_the_plan_costs(pair):
    """f(x) − f(y) = ‖x − y‖ on the plan: primal = dual, sample by sample."""
    real, fake = pair.plan(2000, stream(1, "plan"))
    cost = (real - fake).flatten(1).norm(dim=1)
    torch.testing.assert_close(pair.potential(real) - pair.potential(fake), cost, rtol=1e-9, atol=1e-9)


def test_no_pair_of_points_is_steeper_than_one(pair):
    points = torch.cat(pair.plan(2000, stream(2, "plan")))
    points = points + torch.randn(points.shape, generator=stream(2, "noise"), dtype=points.dtype)
    others = points.roll(1, 0)
    rise = (pair.potential(points) - pair.potential(others)).abs()
    assert (rise <= (points - others).flatten(1).norm(dim=1) + 1e-9).all()


def test_the_distance_is_the_cost_of_the_plan_and_the_value_of_the_potential(pair):
    """Both as means over samples, within five standard errors; the plan's ends have the laws of the two sides."""
    real, fake = pair.plan(20_000, stream(3, "plan"))
    cost = (real - fake).flatten(1).norm(dim=1)
    assert abs(cost.mean() - pair.w1) <= 5 * cost.std() / len(cost) ** 0.5 + 1e-9
    sides = [
        pair.potential(side.sample(20_000, stream(3, name)))
        for side, name in ((pair.real, "real"), (pair.fake, "fake"))
    ]
    error = sum(scores.var() / len(scores) for scores in sides) ** 0.5
    assert abs(sides[0].mean() - sides[1].mean() - pair.w1) <= 5 * error + 1e-9


@pytest.mark.parametrize("pair", [funnel_pair(2, 4), scaled_gaussians(2), cones(2)], ids=lambda pair: pair.name)
def test_exact_transport_between_samples_agrees_in_the_plane(pair):
    """It overestimates by the two samples' own distance from their laws, about n^(−1/2) in the plane."""
    n = 2000
    real, fake = pair.real.sample(n, stream(4, "real")), pair.fake.sample(n, stream(4, "fake"))
    assert wasserstein(real, fake) == pytest.approx(pair.w1, abs=6 * float(fake.std()) / n**0.5)


def test_other_seeds_give_other_funnels_and_the_same_seed_the_same():
    assert funnel_pair(2, 4, seed=0).w1 == funnel_pair(2, 4, seed=0).w1 != funnel_pair(2, 4, seed=1).w1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: funnel_pair(0, 4), "dimension 0: expected 1 or more"),
        (lambda: funnel_pair(2, 0), "number of funnels 0: expected 1 or more"),
        (lambda: cones(2, (0.0, 1.0)), r"spheres of radius 1 around \(0.0, 1.0\) overlap"),
        (lambda: translation(IMAGES, torch.ones(16)), r"vector has shape \(16,\); expected \(1, 4, 4\)"),
        (lambda: translation(IMAGES, torch.zeros(1, 4, 4)), "the vector is zero"),
    ],
)
def test_what_has_no_known_distance_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
