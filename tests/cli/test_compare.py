"""What is compared is prepared alike on both sides, and its columns are matched by name."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from running import SMALL, command, words
from wgan.comparison import Comparison, compare
from wgan.comparison.compare import HALVABLE
from wgan.comparison.sides import Side, both_sides, matched, prepared
from wgan.data import DataSettings
from wgan.distances import Distance, Halves, Interval, PermutationTest, methods
from wgan.errors import InputError

ROWS = np.random.default_rng(0).normal(size=(50, 2)) * [1, 10]


def table(path: Path, rows: np.ndarray, header: str = "") -> Path:
    np.savetxt(path, rows, fmt="%.17g", delimiter=",", header=header, comments="")
    return path


def exact(a: object, b: object, **options: object) -> float:
    (row,) = compare(str(a), str(b), "exact", **options).rows
    return row.value


def test_samples_that_do_not_fit_are_refused_before_they_are_read(tmp_path, monkeypatch):
    paths = [str(table(tmp_path / f"{name}.csv", ROWS[:count])) for name, count in (("a", 50), ("b", 40))]
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 8_000)
    line = r"comparing 50 samples of .*a\.csv with 40 of .*b\.csv needs 8\.4 KiB and 7\.8 KiB are free; lower -n"
    with pytest.raises(InputError, match=line):
        both_sides(*paths, 1000, 0)


def test_data_is_prepared_as_the_run_saw_it():
    like = DataSettings(source="digits", classes=("0",), resolution=16, dequantize=1.0, mirror=True)
    source = prepared("digits", like)
    assert source.shape == (1, 16, 16)
    assert len(source) == 178  # the zeros among the digits
    assert source.pixels.dequantize == 0
    assert not source.pixels.mirror


def test_other_data_keeps_its_classes_and_takes_the_resolution():
    source = prepared("digits", DataSettings(source="mnist", classes=("0",), resolution=4))
    assert source.shape == (1, 4, 4)
    assert len(source) == 1797


def test_options_of_the_data_hold_for_both_sides():
    x, y = both_sides("digits", "digits", 10, 0, {"classes": "0,1", "resolution": "4,6"})
    assert x.values.shape == y.values.shape == (10, 1, 4, 6)


def test_times_half_a_minute_apart_are_half_a_minute_apart(tmp_path):
    times = 1_700_000_000 + np.arange(0, 3600, 18)[:, None]
    a, b = table(tmp_path / "a.csv", times, "ts"), table(tmp_path / "b.csv", times + 30, "ts")
    assert exact(a, b) == pytest.approx(30, rel=1e-12)


def test_columns_in_another_order_change_nothing(tmp_path):
    a = table(tmp_path / "a.csv", ROWS, "age,income")
    b = table(tmp_path / "b.csv", ROWS[:, ::-1], "income,age")
    assert exact(a, b) == 0


@given(order=st.permutations(range(4)))
def test_any_order_is_matched_by_name(order):
    names, values = tuple("abcd"), torch.arange(12.0).view(3, 4)
    shuffled = Side("y", values[:, list(order)], tuple(names[k] for k in order), "data units")
    found = matched(shuffled, Side("x", values, names, "data units"))
    assert torch.equal(found.values, values) and found.columns == names


def test_other_names_are_refused_by_name(tmp_path):
    a, c = table(tmp_path / "a.csv", ROWS, "age,income"), table(tmp_path / "c.csv", ROWS, "age,weight")
    with pytest.raises(
        InputError, match="a.csv alone has 'income', .*c.csv alone has 'weight'; expected the same names"
    ):
        compare(str(a), str(c))


def test_columns_are_selected_by_name(tmp_path):
    a, c = (
        table(tmp_path / "a.csv", ROWS, "age,income"),
        table(tmp_path / "c.csv", ROWS + np.array([3, 0]), "age,weight"),
    )
    assert exact(a, c, options={"columns": "age"}) == pytest.approx(3)


def test_names_on_one_side_only_are_said(tmp_path):
    a, bare = table(tmp_path / "a.csv", ROWS, "age,income"), table(tmp_path / "bare.csv", ROWS)
    with pytest.warns(UserWarning, match=r"only .*a\.csv names its columns; .*bare\.csv is compared by position"):
        assert exact(a, bare) == 0


def test_two_kinds_are_refused(tmp_path):
    a, one = table(tmp_path / "a.csv", ROWS), table(tmp_path / "one.csv", ROWS[:, :1])
    for other, message in (
        ("digits", r"a.csv holds rows of 2 columns, digits pictures of shape \(1, 8, 8\); expected the same"),
        (str(one), r"a.csv holds rows of 2 columns, .*one.csv rows of 1 column; .* or select --columns"),
    ):
        with pytest.raises(InputError, match=message):
            compare(str(a), other)
    np.save(tmp_path / "large.npy", np.zeros((12, 28, 28), np.uint8))
    with pytest.raises(InputError, match=r"digits holds .* \(1, 8, 8\), .*large.npy .* \(1, 28, 28\); .*--resolution"):
        compare("digits", str(tmp_path / "large.npy"), n=10)


def test_few_samples_are_measured_without_what_needs_more(tmp_path):
    a, b = table(tmp_path / "a.csv", ROWS[: HALVABLE - 1]), table(tmp_path / "b.csv", ROWS[10:20])
    found = compare(str(a), str(b), "exact", confidence=0.9)
    assert found.rows[0].interval is None and "no interval from fewer than 4 samples" in found.to_text()
    assert "left out: yardstick (the sets hold 3 and 10 samples; expected at least 4" in found.to_text()
    enough = compare(str(table(a, ROWS[:HALVABLE])), str(b), "exact", confidence=0.99)
    assert enough.rows[0].interval is not None and enough.halves is not None


def test_costly_intervals_are_measured_on_demand_only():
    everything = {row.method: row for row in compare("digits", "digits", n=40, confidence=0.9).rows}
    assert everything["exact"].interval.level == 0.9
    assert everything["sinkhorn"].interval is None
    (asked,) = compare("digits", "digits", "sinkhorn", n=20, confidence=0.9).rows
    assert asked.interval.low < asked.value < asked.interval.high


def test_a_table_goes_through_a_run_and_back_with_names_and_digits(tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = np.c_[1_700_000_000 + rng.integers(0, 60, 60), rng.normal(size=60)]
    data, run, out = table(tmp_path / "data.csv", rows, "ts,v"), tmp_path / "run", tmp_path / "samples.csv"
    fields = words({**SMALL, "batch": 8, "iterations": 2})
    assert command(capsys, "train", "wgan-gp", *fields, "--data", data, "--out", run).code == 0
    assert command(capsys, "sample", run, "-n", 20, "--out", out).code == 0
    assert out.read_text().startswith("ts,v\n")
    times = np.loadtxt(out, delimiter=",", skiprows=1)[:, 0]
    assert len(set(times)) == 20 and abs(times.mean() - rows[:, 0].mean()) < 60
    permuted = table(tmp_path / "permuted.csv", rows[:, ::-1], "v,ts")
    assert exact(run, permuted) < 60
    said = command(capsys, "distance", run, run, "--classes", "0")
    assert said.code == 2 and "are runs, whose data is settled; leave out --classes" in said.err


def test_the_yardstick_leaves_no_less_than_nothing():
    row = Distance(0.02, "kl", None, 9, 9, 1, Interval(0.0, 0.4, 0.95), 0.1, "nats", "by neighbours")
    found = Comparison("a", "b", "", [row], {}, Halves(1.0, 50.0, 60.0, 4, 4), PermutationTest(0.5, 1.0, 199, "energy"))
    assert "of the distributions it leaves 0 or more" in found.to_text()


@pytest.mark.filterwarnings("ignore:price spreads")
def test_the_default_command_shows_nothing_impossible_and_converges_on_prices(tmp_path):
    rng = np.random.default_rng(0)
    a, b = (
        table(tmp_path / f"{name}.csv", np.c_[rng.normal(size=(150, 2)), rng.lognormal(3, 3, 150)], "age,rate,price")
        for name in "ab"
    )
    found = compare(str(a), str(b), confidence=0.95)
    assert not found.left_out
    for row in found.rows:
        least, most = (0, methods()[row.method].most)
        assert least <= row.value <= most
        assert row.interval is None or least <= row.interval.low <= row.value <= row.interval.high <= most
        assert "not converged" not in row.note
