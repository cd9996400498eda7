"""The page of `wgan compare`: whole, escaped, sorted and read in a browser."""

import re
from pathlib import Path

import pytest

from browser import CONTRASTS, NAMELESS, needs_chromium, opened
from running import SMALL, command
from wgan.recipes import Recipe
from wgan.runs import start

HOSTILE = "<i>b & \"'"


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    for name, iterations in (("a", 40), (HOSTILE, 20)):
        fields = {**SMALL, "iterations": iterations, "evaluate_every": 10, "name": "x<script>"}
        start(Recipe.named("wgan-gp", fields), folder / name, quiet=True)
    return folder / "a", folder / HOSTILE


@pytest.fixture
def page(runs, tmp_path, capsys) -> Path:
    said = command(capsys, "compare", *runs, "--metrics", "w1,fd", "-n", "50", "--page", tmp_path / "new/page.html")
    assert (said.code, said.err) == (0, "")
    assert "noise between samples" in said.out
    return tmp_path / "new/page.html"


def test_the_page_has_verdicts_curves_and_samples_and_obeys_no_name(page, runs):
    text = page.read_text()
    assert text.count("B against A") == 2
    assert text.count("<img ") == 3
    assert len(re.findall(r'class="curve c1" data-name="B"', text)) >= 3
    assert text.count("<script>") == 1 and "<i>" not in text


@pytest.mark.parametrize("place", ["file/page.html", "folder/page.html"])
def test_a_place_that_cannot_be_written_is_said_first(runs, tmp_path, capsys, monkeypatch, place):
    monkeypatch.setattr("wgan.comparison.compare_runs", lambda *_, **__: pytest.fail("runs are compared already"))
    (tmp_path / "file").touch()
    (tmp_path / "folder/page.html").mkdir(parents=True)
    said = command(capsys, "compare", *runs, "--page", tmp_path / place)
    assert said.code == 2
    assert re.fullmatch(r"wgan: cannot write .*page\.html: .*; choose another --page\n", said.err)


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_and_sort_it(browser, page, dark):
    with opened(browser, page, dark=dark, width=390) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert [one for one in tab.evaluate(CONTRASTS) if one[0] < 4.5] == []
        assert tab.evaluate(NAMELESS) == []
        tab.locator("button.sort", has_text="Difference").first.click()
        cells = tab.locator("[aria-labelledby=verdicts] td[data-label=Difference]").all()
        values = [float(cell.get_attribute("data-sort")) for cell in cells]
        assert values == sorted(values) and len(values) == 2


@needs_chromium
def test_a_curve_is_read_only_as_far_as_it_goes(browser, page):
    with opened(browser, page) as tab:
        tab.locator("svg.curves").first.focus()
        tab.keyboard.press("End")
        reading = tab.locator(".reading").first
        assert re.fullmatch(r"iteration 40: A \S+", reading.inner_text())
        tab.keyboard.press("Home")
        assert re.fullmatch(r"iteration 1: A \S+, B \S+", reading.inner_text())
