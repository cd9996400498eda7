"""Intervals cover what they say, halves show the bias, permutations give valid p-values."""

import pytest
import torch

from wgan.distances import (
    MMD,
    DistanceMethod,
    Energy,
    Exact,
    Interval,
    Sliced,
    compare_halves,
    confidence_interval,
    permutation_test,
)
from wgan.errors import InputError


def normal(n, d, seed=0):
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("method", [Exact(), Energy()])
def test_intervals_cover_the_expected_value(method):
    def draw(seed):
        return normal(80, 1, seed), 1.5 * normal(60, 1, seed + 10_000) + 1

    expected = torch.stack([method(*draw(seed)) for seed in range(1000, 2000)]).mean().item()
    covered = 0
    for seed in range(60):
        interval = confidence_interval(method, *draw(seed), level=0.9, replicates=30, seed=seed)
        covered += interval.low < expected < interval.high
    assert 47 <= covered <= 59  # 54 expected, deviation 2.3


def test_intervals_narrow_with_the_root_of_the_sample_size():
    def width(n):
        interval = confidence_interval(Sliced(directions=50), normal(n, 3), normal(n, 3, 1) + 1, replicates=60)
        return interval.high - interval.low

    assert 2 < width(100) / width(1600) < 8  # 4 expected


def test_intervals_say_what_they_cover():
    assert "expected value between samples of these sizes, not that of the distributions" in Interval(0, 1, 0.95).covers


def test_halves_show_how_far_a_sample_is_from_itself():
    x, y = normal(400, 50), normal(400, 50, 1)
    halves = compare_halves(Exact(), x, y)
    assert (halves.n, halves.m) == (200, 200)
    # In 50 dimensions two batches of one distribution are as far apart as any two samples, about √(2 · 50) less some.
    assert halves.within_x > 5
    assert halves.between == pytest.approx(halves.within_x, rel=0.02)
    assert abs(halves.debiased) < 0.05
    # Exact W₁ of the whole is smaller than that of halves, and both are far above the truth, 0.
    assert 5 < Exact()(x, y).item() < halves.between


def test_the_truth_lies_between_debiased_and_plain():
    shift = 3 * torch.eye(20, dtype=torch.float64)[0]
    halves = compare_halves(Exact(), normal(300, 20), normal(300, 20, 1) + shift, splits=2)
    assert halves.debiased < 3 < halves.between


def test_p_values_are_uniform_where_nothing_differs():
    p = torch.tensor(
        [permutation_test(normal(20, 3, s), normal(15, 3, s + 999), permutations=39).p_value for s in range(200)]
    )
    assert p.min() >= 1 / 40
    for level in (0.1, 0.25, 0.5):
        assert (p <= level).double().mean().item() == pytest.approx(level, abs=0.11)  # three deviations


@pytest.mark.parametrize("method", [Energy(), MMD(), Exact(), Sliced(directions=20)])
def test_drift_is_found(method):
    found = permutation_test(normal(60, 5), normal(50, 5, 1) + 0.8, method=method, permutations=99)
    assert found.p_value == 0.01
    assert found.method == method.name
    assert found.value == pytest.approx(method(normal(60, 5), normal(50, 5, 1) + 0.8).item(), rel=1e-6)


@pytest.mark.parametrize("method", [Energy(), Energy(exponent=0.5), MMD(), MMD(bandwidth=0.7)])
def test_regroupings_by_one_matrix_equal_one_by_one(method):
    pooled = normal(50, 3)
    labels = torch.stack([torch.randperm(50, generator=torch.Generator().manual_seed(s)) < 20 for s in range(5)])
    torch.testing.assert_close(method.permuted(pooled, labels), DistanceMethod.permuted(method, pooled, labels))


def test_a_tie_counts_against_the_difference():
    # All regroupings of equal points are equally far apart.
    assert permutation_test(torch.zeros(5, 2), torch.zeros(6, 2), permutations=19).p_value == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: confidence_interval(Energy(), x, x, level=1.0), "level is 1; expected it between 0 and 1"),
        (lambda x: confidence_interval(Energy(), x, x, replicates=1), "replicates is 1; expected at least 2"),
        (lambda x: confidence_interval(Energy(), x[:3], x), "3 and 30 samples; expected at least 4 of each"),
        (lambda x: compare_halves(Energy(), x, x[:2]), "30 and 2 samples; expected at least 4"),
        (lambda x: permutation_test(x, x, permutations=0), "permutations is 0; expected at least 1"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(InputError, match=message):
        call(normal(30, 2))
