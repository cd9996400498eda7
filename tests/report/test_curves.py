"""Curves: nothing is lost by thinning, every value has its place, and what a drawing leaves out is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wgan.report.curves import MOST, Chart, Series, thinned
from wgan.report.scales import Scale

VALUES = arrays.arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e300, 1e300, allow_subnormal=False))


def chart(y, **fields):
    return Chart("T", "C", "", (Series("a", np.arange(1, len(y) + 1), y),), **fields)


@given(arrays.arrays(np.float64, st.integers(1, 80), elements=st.floats(-1e6, 1e6)), st.integers(1, 9))
def test_thinning_keeps_every_value_within_its_range(y, most):
    x = np.arange(1, len(y) + 1)
    found = thinned(x, y, most)
    assert len(found.mean) <= 2 * most
    assert (found.first[0], found.last[-1]) == (1, len(y))
    assert (found.first[1:] == found.last[:-1] + 1).all()
    for place, (first, last) in enumerate(zip(found.first, found.last, strict=True)):
        part = y[first - 1 : last]
        assert (found.low[place], found.high[place]) == (part.min(), part.max())
        assert found.mean[place] == pytest.approx(part.mean(), abs=1e-6)


@given(VALUES)
def test_every_chart_has_finite_places_within_it(y):
    drawn = chart(y)
    for line in drawn.lines:
        for point in line.points.split():
            x, height = map(float, point.split(","))
            assert drawn.left <= x <= drawn.right and drawn.top <= height <= drawn.bottom
    assert len(drawn.x_ticks) <= 8 and len(drawn.y_ticks) <= 8


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 8))
def test_ticks_are_few_and_ordered(low, spread, most):
    ticks = Scale(low, low + max(spread, abs(low) * 1e-6)).ticks(most)
    assert 1 <= len(ticks) <= most + 2
    assert sorted(place for place, _ in ticks) == [place for place, _ in ticks]


def test_thinning_is_said():
    (note,) = chart(np.sin(np.arange(100_000) / 1000)).notes
    assert note == (
        f"Thinned: 100,000 iterations in {MOST} points, each the mean of about 200, in a band from their least to "
        "their greatest value."
    )


def test_values_far_from_all_others_are_said_and_do_not_flatten_the_rest():
    y = np.sin(np.arange(400) / 9.0)
    y[7] = 1e6
    drawn = chart(y)
    assert drawn.y.high < 2
    assert drawn.notes == ["Values beyond the axis are drawn at its end; they reach from 1,000,000 to 1,000,000."]


def test_a_curve_over_many_powers_of_ten_has_such_an_axis():
    assert [label for _, label in chart(np.logspace(-2, 3, 200)).y_ticks] == ["0.01", "1", "100"]
    assert "0.1" in [label for _, label in Scale(0.01, 10, log=True).ticks()]


def test_a_chart_tells_in_words_what_it_shows():
    assert chart(np.array([3.0, 1.5])).summary == "T over iterations: a from 3 to 1.5"


def test_a_reference_is_within_the_chart():
    drawn = chart(np.array([3.0, 2.0]), reference=("real data", 0.5))
    assert drawn.level is not None and drawn.top <= drawn.level <= drawn.bottom


def test_one_value_that_is_not_positive_leaves_powers_of_ten_and_is_said():
    drawn = chart(np.append(np.logspace(-2, 3, 200), -5.0))
    assert drawn.y.log
    assert drawn.notes == ["Values beyond the axis are drawn at its end; they reach from -5 to -5."]
