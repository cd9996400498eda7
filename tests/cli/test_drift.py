"""Columns are brought to one scale, one that outweighs all others is named, and those that have drifted are."""

import json

import numpy as np
import pytest
import torch
from scipy.stats import rankdata, wasserstein_distance

from running import command
from wgan.comparison import compare, drift
from wgan.comparison.columns import pooled_ranks
from wgan.comparison.drift import column_p_values, holm
from wgan.comparison.grouping import Ordered
from wgan.errors import InputError

NAMES = [f"c{k}" for k in range(12)]


def rows(seed, n=400):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 12)) @ (np.eye(12) + 0.3)
    values[:, 3] = np.exp(3 * rng.normal(size=n))
    values[:, 4] = rng.integers(0, 3, n)
    return values


def write(path, values, names=NAMES):
    np.savetxt(path, values, fmt="%.17g", delimiter=",", header=",".join(names), comments="")
    return str(path)


@pytest.fixture
def shifted(tmp_path):
    before, after = rows(0), rows(1)
    after[:, 1] += 0.6
    after[:, 3] *= 5
    after[:, 4] = np.where(np.random.default_rng(2).random(400) < 0.3, 2, after[:, 4])
    order = np.random.default_rng(3).permutation(12)
    return (
        write(tmp_path / "a.csv", before),
        write(tmp_path / "b.csv", after[:, order], [NAMES[k] for k in order]),
    )


def test_three_shifted_columns_of_twelve_are_named(shifted):
    found = drift(*shifted)
    assert sorted(found.drifted) == ["c1", "c3", "c4"]
    assert [one.distance for one in found.columns[:3]] == sorted((one.distance for one in found.columns), reverse=True)[
        :3
    ]
    assert all(one.corrected >= one.p_value for one in found.columns)


def test_the_report_as_text_and_as_json(shifted, capsys):
    said = command(capsys, "distance", *shifted, "--drift")
    assert said.code == 0
    assert "drift in 3 of 12: " in said.out
    found = json.loads(command(capsys, "distance", *shifted, "--drift", "--json").out)
    assert found["schema"] == 2
    assert sorted(found["drifted"]) == ["c1", "c3", "c4"]
    assert len(found["columns"]) == 12
    wrong = command(capsys, "distance", *shifted, "--drift", "--p", 2, "--standardize", "rank")
    assert wrong.code == 2
    assert "--drift measures each column by its ranks and takes no --p, --standardize" in wrong.err
    pictures = command(capsys, "distance", "digits", "digits", "--drift", "-n", 20)
    assert pictures.code == 2
    assert "drift is told of the columns of tables, and digits holds pictures" in pictures.err


def ordered(values):
    """The columns of a table of numbers."""
    return [Ordered(column) for column in values.T]


def alarms(splits):
    """How many of the fresh splits of one law name a column."""
    found = 0
    for seed in range(splits):
        values = torch.from_numpy(np.r_[rows(2 * seed + 100, 200), rows(2 * seed + 101, 200)])
        found += min(holm(column_p_values(ordered(values), 400, 200, 0.01, seed)[1])) < 0.01
    return found


def test_no_drift_on_fresh_splits():
    assert alarms(15) <= 1


@pytest.mark.slow
def test_at_most_five_false_alarms_in_a_hundred_splits():
    assert alarms(100) <= 5


def test_distances_between_ranks_are_those_of_scipy():
    x, y = rows(0, 60), rows(1, 45)
    pooled = np.r_[x, y]
    ranks = pooled_ranks(torch.from_numpy(pooled))
    values, _ = column_p_values(ordered(torch.from_numpy(pooled)), 105, 60, 0.01, 0)
    for k in range(12):
        by_hand = (rankdata(pooled[:, k]) - 0.5) / 105
        assert ranks[:, k].numpy() == pytest.approx(by_hand)
        assert values[k].item() == pytest.approx(wasserstein_distance(by_hand[:60], by_hand[60:]), abs=1e-12)


def test_ranks_do_not_see_the_unit():
    x = torch.from_numpy(rows(0, 50))
    assert torch.equal(pooled_ranks(x), pooled_ranks(1e6 * x + 3))


def test_p_values_of_equal_tables_are_uniform():
    p = []
    for seed in range(12):
        values = torch.from_numpy(np.random.default_rng(seed).normal(size=(60, 20)))
        p += column_p_values(ordered(values), 60, 30, 0.05, seed)[1]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.06)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.1)


# One scale


def test_a_column_that_outweighs_all_others_is_named_before_the_values(tmp_path, capsys):
    rng = np.random.default_rng(0)
    names = ["age", "rate", "price"]
    a, b = (write(tmp_path / f"{k}.csv", rng.normal(size=(50, 3)) * [1, 2, 1e5], names) for k in "ab")
    with pytest.warns(UserWarning, match=r"^price spreads .* times as much as any other column .*--standardize"):
        compare(a, b, "exact")
    for how in ("deviation", "rank"):
        scaled = command(capsys, "distance", a, b, "--method", "exact", "--confidence", 0, "--standardize", how)
        assert scaled.code == 0
        assert "spreads" not in scaled.err
        assert {"deviation": "deviations of each column", "rank": "ranks from 0 to 1"}[how] in scaled.out


@pytest.mark.parametrize("how", ["deviation", "rank"])
def test_standardized_distances_do_not_hang_on_the_unit(tmp_path, how):
    names = ["u", "v"]
    x, y = (np.random.default_rng(seed).normal(size=(40, 2)) for seed in (0, 1))
    values = []
    for scale in (1, 1e6):
        a, b = (write(tmp_path / f"{k}.csv", side * [1, scale], names) for k, side in (("a", x), ("b", y)))
        values.append(compare(a, b, "exact", standardize=how).rows[0].value)
    assert values[1] == pytest.approx(values[0], rel=1e-9)


def test_wrong_ways_to_standardize(shifted):
    with pytest.raises(InputError, match="unknown way to standardize 'ranks'; nearest: rank"):
        compare(*shifted, "exact", standardize="ranks")
    with pytest.raises(InputError, match="standardize is for the columns of tables, and digits holds pictures"):
        compare("digits", "digits", "exact", n=20, standardize="rank")
