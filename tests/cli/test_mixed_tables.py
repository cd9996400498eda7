"""Tables of mixed columns are measured and compared as they are: a column means the same in both, however written."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from browser import CONTRASTS, NAMELESS, needs_chromium, opened
from running import command
from wgan.comparison import compare, drift
from wgan.comparison.distance_page import panels
from wgan.comparison.grouping import Coded, Ordered
from wgan.comparison.sides import both_sides
from wgan.report.overlays import Histograms
from wgan.report.shares import Shares

ROWS = "rows of mixed columns (3 number, 1 category, 1 date, 1 yes/no)"
CITIES = np.array(["Rome", "Oslo", "Lima", "Bern"])


def people(seed, n=300):
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    frame = pd.DataFrame({
        "name": [f"P-{seed}-{k:04d}" for k in range(n)],
        "age": rng.integers(18, 90, n),
        "pay": [f"${pay:,.2f}" for pay in np.exp(rng.normal(10, 1, n))],
        "city": CITIES[rng.integers(0, 4, n)],
        "joined": days.strftime("%d.%m.%Y"),
        "member": np.where(rng.random(n) < 0.4, "yes", "no"),
        "score": np.round(rng.normal(size=n), 3),
    })  # fmt: skip
    frame["score"] = frame["score"].where(rng.random(n) > 0.2)
    return frame


def written(frame, path, **fields) -> str:
    frame.to_csv(path, index=False, **fields)
    return str(path)


@pytest.fixture
def sides(tmp_path) -> tuple[str, str]:
    before, after = people(0), people(1)
    after["city"] = np.where(np.random.default_rng(2).random(300) < 0.3, "Oslo", after["city"])
    after["joined"] = (pd.to_datetime(after["joined"], format="%d.%m.%Y") + pd.Timedelta(days=120)).dt.strftime(
        "%d.%m.%Y"
    )
    after.loc[after.index[:120], "score"] = np.nan
    return written(before, tmp_path / "a.csv"), written(after[after.columns[::-1]], tmp_path / "b.csv")


@pytest.mark.filterwarnings("ignore:.*left out 'name'")
def test_three_shifted_columns_of_any_kind_are_named(sides):
    found = drift(*sides)
    assert sorted(found.drifted) == ["city", "joined", "score"]
    told = {one.name: one for one in found.columns}
    assert len(told) == 6  # all but the names of the rows
    assert told["city"].of == "Oslo" and told["city"].after - told["city"].before == pytest.approx(told["city"].moved)
    assert told["score"].of == "empty" and told["score"].after > 0.4
    assert told["joined"].before.endswith(".2020") or told["joined"].before.endswith(".2021")
    assert told["joined"].moved == pytest.approx(120, abs=25)
    assert told["pay"].of == "mean"


@pytest.mark.filterwarnings("always::UserWarning")
def test_the_command_tells_what_is_left_out_and_in_what_unit(sides, capsys):
    said = command(capsys, "distance", *sides, "--drift")
    assert said.code == 0
    assert "a.csv: left out 'name', which names the rows" in said.err
    assert re.search(r"^city +0\.\d+ .* % +\d.* % +\d.* % +Oslo$", said.out, re.MULTILINE)
    assert re.search(r"^joined .* days +\d\d\.\d\d\.20\d\d +\d\d\.\d\d\.20\d\d +mean$", said.out, re.MULTILINE)
    found = command(capsys, "distance", *sides, "--method", "exact", "-n", 100)
    assert found.code == 0
    assert f"{ROWS}, standard deviations, or 1 between two categories" in found.out
    scaled = command(capsys, "distance", *sides, "--standardize", "rank")
    assert scaled.code == 2 and "are in standard deviations" in scaled.err and "leave out standardize" in scaled.err


@pytest.mark.filterwarnings("ignore:.*left out 'name'", "ignore:.*count as empty")
@pytest.mark.parametrize("form", ["shuffled", "other separators", "parquet"])
def test_the_same_rows_are_at_no_distance_however_they_are_written(tmp_path, form):
    frame = people(3).drop(columns="name")
    one, other = written(frame, tmp_path / "a.csv"), str(tmp_path / "b.csv")
    again = frame.sample(frac=1, random_state=0)
    if form == "shuffled":
        written(again[again.columns[::-1]], other)
    elif form == "other separators":
        written(again.assign(pay=again["pay"].str.replace(",", "")), other, sep=";", na_rep="n/a")
        written(again.assign(pay=again["pay"].str.replace(",", "")), one)
    else:
        other = str(tmp_path / "b.parquet")
        amounts = again["pay"].str.replace("[$,]", "", regex=True).astype(float)
        days = pd.to_datetime(again["joined"], format="%d.%m.%Y")
        again.assign(pay=amounts, joined=days, member=again["member"] == "yes").to_parquet(other, index=False)
        written(frame.assign(member=frame["member"] == "yes"), one)
    assert compare(one, other, "exact").rows[0].value == pytest.approx(0, abs=1e-9)


@pytest.mark.filterwarnings("always::UserWarning")
def test_a_run_is_compared_with_its_table(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(people(4).drop(columns="name"), Path("a.csv"))
    written(people(5).drop(columns="name").sort_values("city"), Path("b.csv"))
    assert command(capsys, "train", "--data", "a.csv", "--out", "run", "--iterations", 3).code == 0
    for other in ("a.csv", "b.csv"):
        found = json.loads(command(capsys, "distance", "run", other, "--method", "exact", "-n", 200, "--json").out)
        assert np.isfinite(found["rows"][0]["value"])
    report = json.loads(command(capsys, "distance", "b.csv", "run", "--drift", "--json").out)
    assert {one["name"] for one in report["columns"]} == {"age", "pay", "city", "joined", "member", "score"}


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("5\n5\n5\n", "5\n7\n6\n", True),  # constant in one, amounts in the other
        ("1\n2\n3\n", "1\n2\n3\n", False),
        ("0\n1\n1\n", "0\n1\n7\n", True),  # yes and no, and amounts
        ("x\nx\nx\n", "x\ny\nx\n", True),
        ("01\n02\n03\n", "1\n2\n3\n", True),  # codes are no amounts
    ],
)
def test_a_column_of_two_kinds_is_what_both_can_be(tmp_path, a, b, apart):
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path, cells in zip(paths, (a, b), strict=True):
        rows = zip(cells.split(), ("u", "v", "u"), strict=False)
        path.write_text("n,w\n" + "".join(f"{cell},{word}\n" for cell, word in rows))
    x, y = both_sides(*map(str, paths), 10, 0)
    assert x.values.isfinite().all() and x.values.shape == y.values.shape
    assert (compare(*map(str, paths), "exact").rows[0].value > 0.1) == apart


def test_a_column_that_is_empty_in_one_of_them_is_measured(tmp_path):
    (tmp_path / "a.csv").write_text("w,n\nu,\nv,\nu,\n")
    (tmp_path / "b.csv").write_text("w,n\nu,1\nv,2\nu,\n")
    paths = str(tmp_path / "a.csv"), str(tmp_path / "b.csv")
    assert compare(*paths, "exact").rows[0].value > 0.3
    assert {one.name: one.of for one in drift(*paths).columns}["n"] == "empty"


@pytest.mark.filterwarnings("always::UserWarning")
def test_a_table_that_is_read_twice_says_its_lines_once(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("n;m\n1,5;2,5\n3,25;4\n5,5;1\n")
    (tmp_path / "b.csv").write_text("n;m\n1,5;x\n3,25;y\n5,5;x\n")
    said = command(capsys, "distance", tmp_path / "a.csv", tmp_path / "b.csv", "--method", "energy")
    assert said.code == 0
    assert said.err.count("a.csv: its numbers have decimal commas") == 1
    said = command(capsys, "distance", tmp_path / "a.csv", tmp_path / "c.csv", "--method", "energy")
    assert said.code == 2
    assert "a.csv: its numbers have decimal commas" in said.err and "no such file" in said.err


def test_times_of_day_are_drawn_in_hours(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.csv", "b.csv"):
        times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in rng.integers(0, 24 * 60, 90)]
        pd.DataFrame({"t": times, "w": rng.choice(["x", "y"], 90)}).to_csv(tmp_path / name, index=False)
    paths = str(tmp_path / "a.csv"), str(tmp_path / "b.csv")
    (drawn,) = (one for one in panels(*both_sides(*paths, 90, 0)) if isinstance(one, Histograms))
    assert drawn.name == "t, in hours" and drawn.sides[0].min() >= 0 and 12 < drawn.sides[0].max() < 24
    assert next(one.change.cells for one in drift(*paths).columns if one.name == "t")[0].endswith(" hours")


@pytest.mark.filterwarnings("always::UserWarning")
def test_columns_of_one_table_alone_are_left_out_and_said(tmp_path, capsys):
    rows = "".join(f"{word},{number}\n" for word, number in zip("uvuvuw", range(6), strict=True))
    (tmp_path / "a.csv").write_text("w,n\n" + rows)
    (tmp_path / "b.csv").write_text("w,other\n" + rows)
    (tmp_path / "c.csv").write_text("p,q\n" + rows)
    said = command(capsys, "distance", tmp_path / "a.csv", tmp_path / "b.csv", "--method", "energy")
    assert said.code == 0
    assert "a.csv: left out 'n', which the other table does not have, or" in said.err
    said = command(capsys, "distance", tmp_path / "a.csv", tmp_path / "c.csv", "--method", "energy")
    assert said.code == 2 and "have no column in common; expected tables with the same header" in said.err
    said = command(capsys, "distance", tmp_path / "a.csv", "digits", "--method", "energy")
    assert said.code == 2 and "digits holds pictures of shape (1, 8, 8)" in said.err


@pytest.fixture
def page(sides, tmp_path, capsys) -> Path:
    said = command(capsys, "distance", *sides, "--method", "energy", "--page", tmp_path / "apart.html")
    assert said.code == 0
    return tmp_path / "apart.html"


@pytest.mark.filterwarnings("always::UserWarning")
def test_the_page_draws_amounts_dates_and_categories(page):
    text = page.read_text()
    assert re.findall("<h3>(.*?)</h3>", text)[:3] == ["score", "joined, in years", "city"]
    assert re.search(r'aria-label="Shares of the values of city: .*Oslo \d\d\.\d% in A and \d\d\.\d% in B', text)
    assert len(re.findall(r'<rect class="c[01] bar"', text)) == 2 * (4 + 2)
    assert re.search(r"empty: \d+\.?\d* % in A, \d+\.?\d* % in B", text)
    assert ROWS in text and "left out &#39;name&#39;" in text


@needs_chromium
@pytest.mark.filterwarnings("always::UserWarning")
def test_it_can_be_read_on_a_telephone(browser, page):
    with opened(browser, page, width=390) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert [one for one in tab.evaluate(CONTRASTS) if one[0] < 4.5] == []
        assert tab.evaluate(NAMELESS) == []


def test_values_that_few_rows_hold_are_drawn_together(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.csv", "b.csv"):
        words = [f"word {k}" for k in rng.integers(0, 30, 200)]
        pd.DataFrame({"w": words, "n": rng.normal(size=200).round(2)}).to_csv(tmp_path / name, index=False)
    x, y = both_sides(str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), 200, 0)
    (drawn,) = (one for one in panels(x, y) if isinstance(one, Shares))
    assert drawn.rows[-1][0] == "23 others"
    assert [sum(column) for column in list(zip(*drawn.rows, strict=True))[1:]] == pytest.approx([1, 1])


@pytest.mark.parametrize("hollow", [False, True])
def test_distances_of_a_grouping_are_those_by_hand(hollow):
    rng = np.random.default_rng(0)
    values, first = rng.normal(size=40), rng.random(40) < 0.4
    codes = rng.integers(0, 3, 40).astype(float)
    if hollow:
        values[first & (rng.random(40) < 0.5)] = np.nan
        codes[::7] = np.nan
    groups = torch.tensor(np.where(first, 1 / first.sum(), -1 / (~first).sum()))[None]
    shares = [pd.Series(codes[rows]).value_counts(normalize=True, dropna=False) for rows in (first, ~first)]
    total = shares[0].sub(shares[1], fill_value=0).abs().sum() / 2
    assert Coded(torch.from_numpy(codes), 3).apart(groups).item() == pytest.approx(total / 2)
    empty = [np.isnan(values[rows]).mean() for rows in (first, ~first)]
    ranks = pd.Series(values).rank().to_numpy() - 0.5
    ranks /= (~np.isnan(values)).sum()
    from scipy.stats import wasserstein_distance

    between = wasserstein_distance(*(ranks[rows & ~np.isnan(values)] for rows in (first, ~first)))
    expected = (1 - max(empty)) * between + abs(empty[0] - empty[1]) / 2
    assert Ordered(torch.from_numpy(values)).apart(groups).item() == pytest.approx(expected)
