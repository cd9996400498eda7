"""Generated samples against held-out data, in the user's units or in standard deviations."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan.data import Scaling, TensorSource, open_source
from wgan.distances import wasserstein
from wgan.errors import InputError
from wgan.metrics import evaluate, sample_size

RNG = torch.Generator().manual_seed(0)
MODEL = torch.randn(80, 2, generator=RNG)
FAKE = torch.randn(30, 2, generator=RNG, dtype=torch.float64)


def source(scaling: Scaling, rows: slice) -> TensorSource:
    return TensorSource(MODEL[rows], "numbers", scaling)


def found(scaling: Scaling) -> tuple[float, float, str]:
    data, held_out = source(scaling, slice(0, 50)), source(scaling, slice(50, 80))
    result = evaluate(scaling.decode(FAKE), data, held_out, seed=0)
    score = result["w1"]
    assert score.samples == 30 and score.name == "w1_30"
    return score.value, score.floor, score.unit


def test_the_distance_is_that_of_the_samples():
    w1, _, unit = found(Scaling())
    assert w1 == pytest.approx(wasserstein(FAKE, MODEL[50:]), rel=1e-12) and unit == "data units"


@given(shift=st.floats(-1e9, 1e9), scale=st.floats(1e-3, 1e6))
@settings(max_examples=20, deadline=None)
def test_one_factor_is_in_the_users_units(shift, scale):
    (w1, baseline, _), (w1_of_model, baseline_of_model, _) = found(Scaling(shift, scale)), found(Scaling())
    rounding = 1e-14 * abs(shift) / scale + 1e-12
    assert w1 / scale == pytest.approx(w1_of_model, rel=rounding)
    assert baseline / scale == pytest.approx(baseline_of_model, rel=rounding)


def test_a_factor_for_each_column_is_in_standard_deviations_at_any_offset():
    w1, baseline, unit = found(Scaling((1.7e9, 0.0), (3600.0, 1e-3)))
    w1_of_model, baseline_of_model, _ = found(Scaling())
    assert unit == "standard deviations"
    assert (w1, baseline) == (pytest.approx(w1_of_model, rel=1e-9), pytest.approx(baseline_of_model, rel=1e-9))


def test_modes_are_counted_in_the_models_units():
    circle = open_source("gaussians8")
    fake = circle.scaling.decode(circle.modes)
    result = evaluate(fake, circle, circle, seed=0)
    assert result["modes"].value == 8 and result["modes"].note == "of 8" and result["quality"].value == 1


def test_as_many_samples_as_there_are():
    many, few = source(Scaling(), slice(0, 50)), source(Scaling(), slice(0, 3))
    assert sample_size(many, few) == 3
    assert sample_size(open_source("gaussians8")) == 1000
    assert sample_size(TensorSource(torch.zeros(9, 3, 256, 256, dtype=torch.uint8), "pictures")) == 9


def test_too_few_samples_are_refused_by_name():
    one = TensorSource(MODEL[:1], "few.csv")
    with pytest.raises(InputError, match=r"few.csv has 1 sample to compare .*; expected 2 or more: give it more data"):
        sample_size(source(Scaling(), slice(0, 50)), one)
