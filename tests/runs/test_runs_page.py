"""A run's page: whole in every state, true to the run, harmless whatever names it shows; and read in a browser."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from markupsafe import escape
from PIL import Image

from browser import CONTRASTS, NAMELESS, needs_chromium, opened, tabbed_to
from running import SMALL, checkpoints, command, content
from wgan.errors import Diverged
from wgan.recipes import Recipe
from wgan.report.frames import MOST, ROOM, strip
from wgan.runs import Interrupted, files, resume, start
from wgan.runs.journal import Journal
from wgan.runs.page import RunContents, tail
from wgan.runs.status import Status

HOSTILE = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"
FIELDS = {**SMALL, "iterations": 60, "save_every": 20, "sample_every": 10, "evaluate_every": 15}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole"
    start(Recipe.named("wgan-gp", FIELDS), path, quiet=True)
    return path


@pytest.fixture(scope="module")
def long(finished) -> RunContents:
    """Contents with a journal of 100,000 lines."""
    rng, steps = torch.Generator().manual_seed(0), torch.arange(100_000.0)
    falling = 10 * torch.exp(-steps / 20_000)
    rows = torch.stack([-falling, falling, falling, falling / 9, 1 + falling], 1).double()
    noise = 1 + 0.2 * torch.randn(rows.shape, generator=rng, dtype=torch.float64)
    return replace(RunContents.open(finished), metrics=rows * noise)


@pytest.fixture
def copy(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def page_of(run: Path) -> str:
    return RunContents.open(run).page().decode()


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", page.split("</style>")[1].rpartition("<script>")[0]).split())


def test_a_run_writes_its_page_and_where_it_stands(finished):
    status = Status.read(finished)
    assert status is not None and status.judged is not None
    assert (status.state, status.iteration, status.judged.iteration) == ("finished", 60, 60)
    page = (finished / "report.html").read_text()
    assert "60 of 60 iterations" in text_of(page)
    assert page.count('class="curves"') == 5  # estimate, gradient norm, penalty, losses, w1
    assert page.count("data-iteration=") == 6
    assert "95 % interval" in page and "w1_359" in page
    for line in ("train --resume", "sample", "evaluate", "compare", "report"):
        assert f"wgan {line} " in text_of(page)


def test_the_command_writes_the_page_that_the_run_wrote(finished):
    assert page_of(finished) == (finished / "report.html").read_text()


def test_pages_change_no_bit_of_a_run(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(RunContents, "page", lambda _: b"")
    start(Recipe.named("wgan-gp", FIELDS), tmp_path / "plain", quiet=True)
    assert content(tmp_path / "plain") == content(finished)


def test_the_command_says_where_the_page_is(copy, tmp_path, capsys):
    said = command(capsys, "report", copy)
    assert (said.code, said.out, said.err) == (0, f"finished, iteration 60: {copy}/report.html\n", "")
    said = command(capsys, "report", copy, "--out", tmp_path / "new/page.html", "--json")
    assert json.loads(said.out) == {
        "schema": 1,
        "run": str(copy),
        "iteration": 60,
        "state": "finished",
        "page": f"{tmp_path}/new/page.html",
    }
    assert (tmp_path / "new/page.html").read_text() == page_of(copy)


def test_what_is_no_run_and_a_place_that_cannot_be_written_are_said(copy, tmp_path, capsys):
    said = command(capsys, "report", tmp_path)
    assert said.code == 2 and "is no run directory" in said.err
    (tmp_path / "file").touch()
    said = command(capsys, "report", copy, "--out", tmp_path / "file" / "page.html")
    assert said.code == 2 and said.err.count("\n") == 1
    assert re.match(r"wgan: cannot write .*page\.html: .*; choose another --out", said.err)


def test_a_run_that_trains_says_so(copy):
    Path(copy / "lock").write_text("1 elsewhere\n")
    found = RunContents.open(copy)
    assert (found.status.state, found.status.reason) == ("training", "It is being trained by process 1 on elsewhere.")
    assert "Train on, once it has stopped" in page_of(copy)


def test_records_after_the_checkpoint_are_shown(copy):
    shutil.rmtree(checkpoints(copy)[-1])
    with (copy / "metrics.jsonl").open("a") as file:
        file.write('{"iteration": 61, "crit')
    found = RunContents.open(copy)
    assert (found.status.state, len(found.metrics)) == ("stopped", 60)
    assert "60 of 60 iterations" in text_of(page_of(copy))


def test_only_the_end_of_a_huge_journal_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"0123456789")
    assert (tail(tmp_path / "a", 4), tail(tmp_path / "a", 20)) == (b"6789", b"0123456789")


def test_a_run_without_pictures_or_records_says_so(tmp_path, monkeypatch):
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wgan.runs.session.train", killed)
    with pytest.raises(Interrupted):
        start(Recipe.named("wgan-gp", FIELDS), tmp_path / "run", quiet=True)
    page = text_of(page_of(tmp_path / "run"))
    assert "0 of 60 iterations" in page
    assert "No iteration is recorded yet." in page
    assert "No picture yet: the run draws one every 10 iterations and at its end." in page
    assert "Not measured yet." in page


def test_a_run_that_diverges_says_so_and_how_to_go_on(tmp_path, monkeypatch):
    add = Journal.add

    def spoilt(self, record, write=False):
        nan = record.estimate * float("nan") if self.iteration + len(self.pending) == 30 else record.estimate
        return add(self, record._replace(estimate=nan), write)

    monkeypatch.setattr(Journal, "add", spoilt)
    with pytest.raises(Diverged):
        start(Recipe.named("wgan-gp", FIELDS), tmp_path / "run", quiet=True)
    for page in ((tmp_path / "run/report.html").read_text(), page_of(tmp_path / "run")):
        assert 'class="standing diverged"' in page
        assert "estimate became nan at iteration 31" in text_of(page)
        assert "--critic_optimizer.lr" in page


@pytest.mark.parametrize("name", ["status.json", "report.html"])
def test_a_disk_that_is_full_while_a_page_is_written_costs_one_line(name, finished, tmp_path, monkeypatch, capfd):
    write = files.write

    def full(root: Path, file: str, text: str | bytes) -> None:
        if file == name:
            raise OSError(28, "No space left on device")
        write(root, file, text)

    monkeypatch.setattr(files, "write", full)
    start(Recipe.named("wgan-gp", FIELDS), tmp_path / "run")
    said = capfd.readouterr().err
    line = f"{name} could not be written (No space left on device); the run goes on, and wgan report"
    assert said.count(line) == 1
    assert content(tmp_path / "run") == content(finished)


def test_a_status_that_is_damaged_is_none(copy):
    for text in ("", "[]", "{", '{"state": "asleep"}', "[" * 100_000):
        (copy / "status.json").write_text(text)
        assert Status.read(copy) is None
        assert "finished" in text_of(page_of(copy))


def test_seconds_add_up_over_sittings(copy):
    Status("finished", 60, 1000.0).write(copy)
    resume(copy, {"iterations": 62}, quiet=True)
    found = Status.read(copy)
    assert found is not None and found.seconds > 1000 and found.iteration == 62


def test_hostile_names_are_shown_and_not_obeyed(tmp_path):
    folder = tmp_path / "<b>data & 'more'"
    folder.mkdir()
    table = folder / "<i>.csv"
    rows = np.random.default_rng(0).normal(size=(80, 2))
    np.savetxt(table, rows, delimiter=",", header=f'<u>a</u>,"{HOSTILE.replace(chr(34), chr(34) * 2)}"', comments="")
    fields = {**FIELDS, "name": "x<script>", "summary": HOSTILE, "data.source": str(table)}
    start(Recipe.named("wgan-gp", fields), folder / "run", quiet=True)
    page = (folder / "run/report.html").read_text()
    assert page.count("<script>") == 1
    assert HOSTILE not in page and "<i>" not in page and "<u>a" not in page and "<b>" not in page
    assert str(escape(HOSTILE)) in page


def test_a_run_on_a_table_shows_real_and_generated_in_one_picture(tmp_path):
    path = tmp_path / "people.csv"
    rng = np.random.default_rng(0)
    rows = zip(rng.integers(18, 80, 120), rng.choice(["cat", "dog"], 120), strict=True)
    path.write_text("age,pet\n" + "".join(f"{age},{pet}\n" for age, pet in rows))
    fields = {**FIELDS, "generator.widths": [16], "critic.widths": [16], "data.source": str(path)}
    start(Recipe.named("table", fields), tmp_path / "run", quiet=True)
    page = (tmp_path / "run/report.html").read_text()
    assert "real and generated" in page and "made.csv" in page
    assert page.count("data-iteration=") == 6


def test_a_damaged_picture_is_left_out_and_said(copy):
    (copy / "samples/000020.png").write_bytes(b"no picture")
    page = page_of(copy)
    assert "The picture of iteration 20 cannot be read" in page
    assert page.count("data-iteration=") == 5


def test_many_pictures_are_thinned_to_fit_and_said(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (420, 836, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    picture = (tmp_path / "a.png").read_bytes()
    found = strip(range(10, 2000, 10), lambda _: picture, images=True)
    assert sum(len(frame.uri) for frame in found.frames) <= ROOM
    assert 2 <= len(found.frames) <= MOST
    assert (found.frames[0].iteration, found.frames[-1].iteration) == (10, 1990)
    (note,) = found.notes
    assert note == f"Thinned: {len(found.frames)} of the 199 pictures are here, the others in the run's folder."


def test_a_long_journal_makes_a_small_page(long):
    page = long.page()
    assert len(page) < 3_000_000
    assert b"Thinned: 100,000 iterations in 500 points" in page
    assert max(len(found.split()) for found in re.findall(r'data-mean="([^"]*)"', page.decode())) <= 1000


# In a browser


@pytest.fixture(scope="module")
def pages(long, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "long.html").write_bytes(long.page())
    return folder


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_the_page(browser, pages, dark):
    with opened(browser, pages / "long.html", dark=dark) as page:
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert [one for one in page.evaluate(CONTRASTS) if one[0] < 4.5] == []
        assert page.evaluate(NAMELESS) == []
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids))


@needs_chromium
def test_the_page_fits_a_phone(browser, pages):
    with opened(browser, pages / "long.html", width=390) as page:
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow  # it looks at the clock
@needs_chromium
def test_the_page_of_a_long_run_opens_at_once(browser, pages):
    with opened(browser, pages / "long.html") as page:
        assert page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart") < 2000


@needs_chromium
def test_curves_are_read_by_pointer_and_by_keyboard(browser, pages):
    with opened(browser, pages / "long.html") as page:
        curve = page.locator("svg.curves").first
        curve.hover(position={"x": 200, "y": 100})
        reading = page.locator(".reading").first
        assert re.fullmatch(r"iterations [\d,]+ to [\d,]+: Critic's estimate \S+ \(\S+ to \S+\)", reading.inner_text())
        page.mouse.move(0, 0)
        assert reading.inner_text() == ""
        tabbed_to(page, "svg.curves")
        page.keyboard.press("Home")
        assert reading.inner_text().startswith("iterations 1 to 200: ")
        page.keyboard.press("ArrowRight")
        assert reading.inner_text().startswith("iterations 201 to 400: ")
        assert curve.get_attribute("aria-valuetext") == reading.inner_text()


@needs_chromium
def test_pictures_are_scrolled_through(browser, pages):
    with opened(browser, pages / "long.html") as page:
        assert page.locator("img[data-iteration]:visible").get_attribute("data-iteration") == "60"
        tabbed_to(page, "input[type=range]")
        page.keyboard.press("Home")
        assert page.locator("img[data-iteration]:visible").get_attribute("data-iteration") == "10"
        page.keyboard.press("ArrowRight")
        assert page.locator(".when").inner_text() == "20"
        assert page.locator("input[type=range]").get_attribute("aria-valuetext") == "iteration 20"
        assert page.locator(".moment:not([hidden])").count() >= 4


@needs_chromium
def test_the_page_without_a_script_shows_curves_and_the_last_picture(browser, pages):
    with opened(browser, pages / "long.html", script=False) as page:
        assert page.locator("img[data-iteration]:visible").count() == 1
        assert page.locator("polyline.line:visible").count() >= 5
        assert not page.locator("input[type=range]").is_visible()
