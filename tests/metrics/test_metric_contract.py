"""What every exported metric keeps, and every input that all of them refuse."""

from itertools import pairwise

import pytest
import torch

from wgan.errors import InputError
from wgan.metrics import Frechet, InceptionScore, Need, Precision, metric_kinds, metrics_named
from wgan.metrics.intervals import by_halves, half_values

KINDS = list(metric_kinds().values())
every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def rows(need, seed, n=100, width=4, scale=1.0, shift=0.0):
    """Rows of the kind that a metric needs: normal ones, and what becomes of them."""
    x = scale * torch.randn(n, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift
    return {Need.CLASSES: (2 * x).softmax(1), Need.MODES: 2 * x.abs()}.get(need, x)


@every
def test_names_what_it_is_and_lies_within_its_bounds(kind):
    assert kind.title and kind.better in ("less", "more") and kind.against in ("held-out", "training")
    found = kind()(rows(kind.needs, 0), rows(kind.needs, 1))
    assert kind.bounds[0] <= found.value <= kind.bounds[1]
    assert "\n" not in found.note


@every
def test_worse_samples_do_not_score_better(kind):
    real, near = rows(kind.needs, 0, n=400), rows(kind.needs, 1, n=400)
    far = rows(kind.needs, 2, n=400, shift=8.0 if kind.needs is not Need.CLASSES else torch.tensor([8.0, 0, 0, 0]))
    values = [kind()(real, fake).value for fake in (near, far)]
    first, second = values if kind.better == "less" else values[::-1]
    assert first <= second


@every
def test_equal_rows_give_equal_values(kind):
    real, fake = rows(kind.needs, 0), rows(kind.needs, 1)
    assert kind()(real, fake, seed=3) == kind()(real.clone(), fake.clone(), seed=3)


@every
def test_identical_samples_have_a_finite_value_and_interval(kind):
    real, fake = rows(kind.needs, 0), rows(kind.needs, 1)[:1].expand(100, -1)
    found = kind()(real, fake)
    interval = found.interval or by_halves(kind(), found.value, half_values(kind(), real, fake, 0, 5))
    assert interval.low <= found.value <= interval.high
    assert torch.tensor([found.value, interval.low, interval.high]).isfinite().all()


@every
def test_one_sample_is_refused(kind):
    with pytest.raises(InputError, match=r"y holds 1 sample; expected at least \d+|has? no .* nearest neighbours"):
        kind()(rows(kind.needs, 0), rows(kind.needs, 1, n=1))


@every
def test_rows_that_are_not_finite_are_refused_but_for_empty_cells(kind):
    bad = rows(kind.needs, 1)
    bad[3, 2] = torch.nan
    if kind.needs is Need.TABLE:
        assert 0 <= kind()(rows(kind.needs, 0), bad).value <= 1 or kind.name == "usefulness"
        bad[3, 2] = torch.inf
    with pytest.raises(InputError, match="NaN or infinite values in y: 1, the first in sample 3, feature 2"):
        kind()(rows(kind.needs, 0), bad)


@every
def test_rows_of_two_widths_are_refused(kind):
    what = "x holds samples of 4 features and y of 5; expected the same number|y has 5 columns; expected 4"
    with pytest.raises(InputError, match=what):
        kind()(rows(kind.needs, 0), rows(kind.needs, 1, width=5))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.needs is Need.CLASSES], ids=lambda kind: kind.name)
def test_rows_that_are_no_probabilities_are_refused(kind):
    with pytest.raises(InputError, match="class probabilities: values from .*; expected rows of probabilities"):
        kind()(rows(Need.FEATURES, 0), rows(Need.FEATURES, 1))


def test_too_few_samples_for_neighbours_and_splits_are_refused():
    few = rows(Need.FEATURES, 0, n=3)
    with pytest.raises(InputError, match="3 samples have no 3 nearest neighbours each; expected 4 samples or more"):
        Precision()(few, few)
    few = rows(Need.CLASSES, 0, n=3)
    with pytest.raises(InputError, match="Inception score of 3 samples in 10 splits; expected one in each"):
        InceptionScore()(few, few)


def test_equal_training_samples_have_no_copies():
    copies = metric_kinds()["copies"]()
    with pytest.raises(InputError, match="all 5 training samples are equal; copies need two different ones"):
        copies(torch.ones(5, 2), torch.zeros(4, 2))


def test_the_name_says_which_fields_are_not_at_their_defaults():
    assert (Precision().protocol, Precision(k=5).protocol, Frechet().protocol) == ("precision", "precision_k5", "fd")


def test_fields_are_checked():
    with pytest.raises(InputError, match="Precision: k is 0; expected 1 or more"):
        Precision(k=0)


def test_metrics_are_found_by_name():
    assert [metric.name for metric in metrics_named(["kid", "fd", "kid"])] == ["kid", "fd"]
    assert len(metrics_named(["all"])) == len(KINDS)
    with pytest.raises(InputError, match="unknown metric 'fdd'; nearest: fd"):
        metrics_named(["fdd"])


def test_the_frechet_distance_falls_towards_that_of_the_distributions():
    values = [
        Frechet()(rows(Need.FEATURES, 0, n=n), rows(Need.FEATURES, 1, n=n)).value for n in (20, 200, 2000, 20_000)
    ]
    assert all(first > second for first, second in pairwise(values))
    assert values[-1] < 2e-3


def test_fewer_samples_than_features_are_measured_with_the_bias_and_the_way_out_said():
    few = Frechet()(rows(Need.FEATURES, 0, n=20, width=30), rows(Need.FEATURES, 1, n=20, width=30))
    assert few.value > 2 * Frechet()(*(rows(Need.FEATURES, seed, n=300, width=30) for seed in (0, 1))).value
    assert few.note == (
        "20 samples of 30 features: far too large a value; take 300 or narrower features, or look at sw and kid, which "
        "need fewer"
    )
    assert not Frechet()(rows(Need.FEATURES, 0, n=31, width=30), rows(Need.FEATURES, 1, n=31, width=30)).note


DRAWS, SAMPLES = 200, 200
"""At a true rate of 95 %, fewer than 176 of 200 cover with a probability of 1e-4."""
FEW_DRAWS = 40
"""Of metrics that halve less, for they take long: fewer than 32 of 40 likewise."""


@pytest.mark.slow
@every
def test_intervals_cover_at_their_rate(kind):
    values, intervals = [], []
    training = rows(kind.needs, 10**6, n=2000)
    draws, least = (DRAWS, 176) if kind.halvings == 20 else (FEW_DRAWS, 32)
    for draw in range(draws):
        real = training if kind.against == "training" else rows(kind.needs, 2 * draw, n=SAMPLES)
        fake = rows(kind.needs, 2 * draw + 1, n=SAMPLES, scale=1.2, shift=0.3)
        found = kind()(real, fake)
        values.append(found.value)
        intervals.append(
            found.interval or by_halves(kind(), found.value, half_values(kind(), real, fake, draw, kind.halvings))
        )
    mean = sum(values) / draws
    assert sum(one.low - 1e-12 <= mean <= one.high + 1e-12 for one in intervals) >= least


def test_the_interval_of_the_frechet_distance_covers_at_its_rate():
    covered = 0
    draws = [(rows(Need.FEATURES, 2 * i), rows(Need.FEATURES, 2 * i + 1, scale=1.2, shift=0.3)) for i in range(DRAWS)]
    values = [Frechet()(*pair).value for pair in draws]
    for draw, (pair, value) in enumerate(zip(draws, values, strict=True)):
        interval = by_halves(Frechet(), value, half_values(Frechet(), *pair, draw, 20))
        covered += interval.low <= sum(values) / DRAWS <= interval.high
    assert covered >= 176
