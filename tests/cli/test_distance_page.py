"""The page of `wgan distance`: whole, escaped, and read in a browser."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from browser import CONTRASTS, NAMELESS, needs_chromium, opened
from running import command
from wgan.comparison import compare
from wgan.report.overlays import Histograms, Ladder, Rung, Scatter

HOSTILE = "<i>b & \"' </script><script>alert(1)</script>"
OTHERS = [f"c{k}" for k in range(9)]


def table(path: Path, rows: np.ndarray, names: list[str]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows.tolist()])
    return path


@pytest.fixture
def sides(tmp_path) -> tuple[Path, Path]:
    rows = np.random.default_rng(0).normal(size=(2, 60, 10))
    rows[1, :, 0] += 3
    rows[:, :, 1] += 1.7e9
    names = [HOSTILE, *OTHERS]
    return table(tmp_path / "a.csv", rows[0], names), table(tmp_path / "<i>b &.csv", rows[1], names)


@pytest.fixture
def page(sides, tmp_path, capsys) -> Path:
    said = command(capsys, "distance", *sides, "--page", tmp_path / "new/apart.html")
    assert said.code == 0 and "the difference is real" in said.out
    return tmp_path / "new/apart.html"


def test_it_shows_the_columns_that_differ_most_and_obeys_no_name(page):
    text = page.read_text()
    assert text.count('aria-label="Histograms of ') == 8 and "8 of 10" in text
    first = text.index("Histograms of ")
    assert text[first:].startswith("Histograms of &lt;i&gt;b &amp;")
    assert text.count("<script>") == 1 and "<i>" not in text


@pytest.mark.filterwarnings("always")
def test_what_was_said_stands_on_the_page(tmp_path, capsys):
    wide = table(tmp_path / "wide.csv", np.random.default_rng(0).normal(size=(30, 2)) * [1, 1e5], ["a", "b<i>"])
    said = command(capsys, "distance", wide, wide, "--method", "energy", "--page", tmp_path / "page.html")
    assert said.err.count("wgan: b<i> spreads") == 1
    assert '<p class="notice">b&lt;i&gt; spreads' in (tmp_path / "page.html").read_text()


@pytest.mark.filterwarnings("ignore:a spreads")
def test_distances_that_no_axis_reaches_are_said(tmp_path, capsys):
    huge = table(tmp_path / "huge.csv", np.array([[1.7e308, 1], [-1.7e308, 2], [1e300, 3], [1, 4]]), ["a", "b"])
    other = table(tmp_path / "other.csv", np.array([[1e300, 1], [-1e300, 2], [3e299, 3], [1, 4]]), ["a", "b"])
    said = command(capsys, "distance", huge, other, "--page", tmp_path / "page.html")
    assert (said.code, said.err) == (0, "")
    assert re.search("beyond 1e\\+100, so in the table alone: .*exact", (tmp_path / "page.html").read_text())


def test_json_is_all_of_stdout_and_holds_no_samples(sides, tmp_path, capsys):
    said = command(capsys, "distance", *sides, "--method", "exact", "--json", "--page", tmp_path / "apart.html")
    found = json.loads(said.out)
    assert found["schema"] == 1 and "sides" not in found
    assert (tmp_path / "apart.html").exists()


def test_a_place_that_cannot_be_written_is_said_first(sides, capsys, monkeypatch):
    monkeypatch.setattr("wgan.comparison.compare", lambda *_: pytest.fail("measured already"))
    said = command(capsys, "distance", sides[0], sides[0], "--page", sides[0] / "page.html")
    assert said.code == 2
    assert re.fullmatch(r"wgan: cannot write .*page\.html: .*; choose another --page\n", said.err)


def test_a_page_that_was_there_stays_until_there_is_another(sides, tmp_path, capsys):
    (tmp_path / "page.html").write_text("before")
    said = command(capsys, "distance", *sides, "--method", "nonsense", "--page", tmp_path / "page.html")
    assert said.code == 2
    assert [(path.name, path.read_text()) for path in tmp_path.glob("*.html")] == [("page.html", "before")]


def test_drift_makes_no_page(sides, tmp_path, capsys):
    said = command(capsys, "distance", *sides, "--drift", "--page", tmp_path / "page.html")
    assert said.code == 2 and "takes no --page" in said.err


def test_images_stand_side_by_side(tmp_path, capsys):
    said = command(capsys, "distance", "digits", "digits", "-n", "20", "--method", "energy", "--page", tmp_path / "p")
    assert said.code == 0
    text = (tmp_path / "p").read_text()
    assert text.count('<img src="data:image/') == 2 and "Histograms" not in text


def test_points_of_the_plane_lie_over_each_other(tmp_path, capsys):
    command(capsys, "distance", "gaussians8", "swissroll", "-n", "30", "--method", "energy", "--page", tmp_path / "p")
    paths = re.findall(r'class="c[01] dots" d="([^"]*)"', (tmp_path / "p").read_text())
    assert [path.count("M") for path in paths] == [30, 30]


def test_a_comparison_keeps_its_sides():
    found = compare("gaussians8", "gaussians8", "energy", n=5)
    assert [side.values.shape for side in found.sides] == [(5, 2), (5, 2)]
    assert all(isinstance(side.values, torch.Tensor) for side in found.sides)


def test_a_histogram_holds_every_value_of_both_sides():
    drawn = Histograms("a", "", (np.array([0.0, 0.0, 1.0]), np.array([0.5])))
    assert [share.sum() for share in drawn.shares] == [1, 1]
    assert drawn.shares[0].max() == pytest.approx(2 / 3)
    assert drawn.note == ""


def test_values_beyond_the_axis_are_said():
    drawn = Histograms("a", "", (np.append(np.linspace(-1, 1, 999), 1e6), np.zeros(1)))
    assert "Values beyond the axis are counted at its end; they reach from 1,000,000 to 1,000,000." in drawn.note
    assert drawn.shares[0].sum() == pytest.approx(1)


def test_times_within_an_hour_have_ticks_that_differ():
    times = 1.7e9 + np.arange(0.0, 3600, 60)
    drawn = Histograms("ts", "", (times, times))
    labels = [label for _, label in drawn.x_ticks]
    assert len(set(labels)) == len(labels) > 2 and drawn.label == "ts − 1700000000"


VALUES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=6).map(np.array)


@given(a=VALUES, b=VALUES)
def test_values_of_any_size_stay_inside_their_drawing(a, b):
    drawn = Histograms("a", "", (a, b))
    assert [share.sum() for share in drawn.shares] == pytest.approx([1, 1])
    assert all(drawn.left <= place <= drawn.right for place, _ in drawn.x_ticks)
    points = Scatter(("a", "b"), (np.stack([a, a], 1), np.stack([b, b], 1)))
    numbers = np.array(re.findall(r"[-\d.]+(?= |h)", "".join(points.dots)), dtype=float)
    assert len(numbers) == 2 * (len(a) + len(b)) and ((numbers >= 0) & (numbers <= points.width)).all()


def test_equal_values_can_be_drawn():
    same = np.full(5, 7.0)
    assert Histograms("a", "", (same, same)).shares[0].max() == 1
    points = np.stack([same, same], 1)
    assert [path.count("M") for path in Scatter(("a", "b"), (points, points)).dots] == [5, 5]


def test_intervals_lie_around_their_values_from_zero_on():
    ladder = Ladder("of the data", [Rung("exact", 2.0, (1.0, 3.0)), Rung("sliced", 1.0, None)])
    (_, _, value, (low, high)), (_, _, other, none) = ladder.rows
    assert ladder.left < other == low < value < high == ladder.right and none == ()
    assert ladder.x.low == 0


def test_values_far_apart_stand_in_powers_of_ten():
    assert Ladder("", [Rung("a", 1e-3, None), Rung("b", 1e3, None)]).x.log


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_and_sort_it(browser, page, dark):
    with opened(browser, page, dark=dark, width=390) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert [one for one in tab.evaluate(CONTRASTS) if one[0] < 4.5] == []
        assert tab.evaluate(NAMELESS) == []
        tab.locator("button.sort", has_text="Distance").first.click()
        cells = tab.locator("[aria-labelledby=methods] td[data-label=Distance]").all()
        values = [float(cell.get_attribute("data-sort")) for cell in cells]
        assert values == sorted(values) and len(values) > 8


@needs_chromium
def test_no_text_of_a_drawing_is_cut_off(browser, page):
    with opened(browser, page) as tab:
        outside = tab.evaluate(
            """() => [...document.querySelectorAll("svg.plot text")].filter((text) => {
              const [one, all] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
              return one.left < all.left - 1 || one.right > all.right + 1 || one.bottom > all.bottom + 1;
            }).map((text) => text.textContent)"""
        )
        assert outside == []
