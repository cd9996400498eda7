"""Cells of the continuous W₁ benchmark, how slopes are judged, and how rates are."""

import pytest

from wgan.data.pairs.funnels import funnel_pair
from wgan.studies import ClassicalCritics, IntervalCoverage
from wgan.studies.approximation.classical_critics import METHODS
from wgan.studies.benchmark import CELLS, agreement
from wgan.studies.check import Check, Status


def test_all_28_cells_have_what_was_published():
    assert len(CELLS) == 28
    assert CELLS[2, 4] == (0.859, 0.069)
    assert CELLS[16, 64] == (0.785, 0.457)
    assert CELLS[128, 256] == (0.612, 0.731)
    assert all(0.5 < cosine < 1 and 0 < l2 < 1 for cosine, l2 in CELLS.values())


def test_the_optimal_critic_agrees_with_itself_and_its_negative_with_nothing():
    pair = funnel_pair(8, 4)
    assert agreement(pair, pair.potential) == pytest.approx((1, 0), abs=1e-9)
    assert agreement(pair, lambda x: -pair.potential(x)) == pytest.approx((-1, 4), abs=1e-6)


def test_every_classical_method_learns_a_direction():
    found = ClassicalCritics().measure({"dim": 8, "funnels": 4, "steps": 30, "seed": 0})
    assert set(found) == {"w1", *METHODS}
    cosines = {name: found[name]["cosine"] for name in METHODS}
    assert all(cosine > 0.2 for cosine in cosines.values()), cosines


def test_intervals_are_of_the_estimate_and_their_hits_are_counted():
    found = IntervalCoverage().measure({"pair": "shell 16-D", "n": 200, "steps": 50, "draws": 3, "seed": 1})
    assert found["w1"] == 1
    assert all(len(found[name]) == 3 for name in ("low", "value", "high", "covers"))
    for low, value, high, hit in zip(*(found[name] for name in ("low", "value", "high", "covers")), strict=True):
        assert low <= value <= high
        assert hit == (low - 1e-6 <= 1 <= high)


ENDS = {(10, 10): (0.6915, 1), (0, 10): (0, 0.3085), (9, 10): (0.5550, 0.9975), (40, 40): (0.9119, 1)}


@pytest.mark.parametrize(("hits", "draws"), ENDS)
def test_a_rate_has_the_interval_of_clopper_and_pearson(hits, draws):
    check = Check("covered", [1] * hits + [0] * (draws - hits), low=0.9, rate=True)
    assert check.interval == pytest.approx(ENDS[hits, draws], abs=1e-4)
    assert check.status is {10: Status.OPEN, 40: Status.HOLDS}[draws] if hits else Status.FAILS
