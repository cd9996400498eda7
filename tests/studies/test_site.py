"""The site of findings: every claim, whole pages, hostile texts shown, bad input said; and read in a browser."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from findings import HOSTILE, KINDS, found, hostile, record
from made_up import World
from markupsafe import escape

from browser import CONTRASTS, NAMELESS, needs_chromium, opened, tabbed_to
from running import command, spawn
from wgan.errors import InputError
from wgan.studies.claims import CLAIMS, SOURCES
from wgan.studies.finding import Finding
from wgan.studies.site import claim_rows, in_order, write_site
from wgan.studies.summary import fill_in, filled, in_short
from wgan.studies.writing import read_findings

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "docs/findings"


FIRSTS = {kind.chapter: name for name, kind in reversed(KINDS.items())}
STUDIES = [name for name in KINDS if name == "kappa" or name in FIRSTS.values()]
"""One of each chapter, and another."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Findings of all kinds of outcome, and a hostile one."""
    folder = tmp_path_factory.mktemp("findings")
    record(folder, STUDIES)
    hostile(folder)
    with pytest.warns(UserWarning, match="hostile is no study any more; its finding is shown as it was"):
        write_site(folder, folder / "site")
    return folder / "site"


def text_of(path):
    return re.sub(r"<[^>]*>", "", path.read_text().split("</style>")[1].split("<script>")[0])


def test_every_claim_is_in_the_table_with_its_sources(site):
    table = (site / "index.html").read_text()
    ids = re.findall(r'<span class="id">(\w+)</span>', table)
    assert list(dict.fromkeys(ids)) == list(CLAIMS)
    assert all(f'id="{name}"' in table for name in SOURCES)
    ours = [claim for claim in CLAIMS.values() if not claim.sources]
    assert table.count('class="sources">this package</td>') == len(ours) > 0
    assert f"{len(CLAIMS) - len(ours)} claims about Wasserstein GANs" in table


def test_a_study_has_a_page_with_everything_and_its_json_beside(site):
    for name in STUDIES:
        finding = Finding.from_json((site / f"{name}.json").read_bytes(), name)
        page = (site / f"{name}.html").read_text()
        for text in (finding.title, finding.question, finding.criterion, finding.refuted_if, finding.control):
            assert escaped(text) in page
        for text in (*finding.deviations, *finding.remarks, *finding.turns, finding.control_check.sentence):
            assert escaped(text) in page
        for claim in finding.claims:
            assert all(escaped(quote.text) in page for quote in CLAIMS[claim.id].quotes)
        assert page.count("<svg") == 1
        assert f'href="{name}.json"' in page


def escaped(text):
    return str(escape(text))


def test_chapters_are_walked_by_links_and_end(site):
    chapters: dict[str, list[str]] = {}
    for name in STUDIES:
        chapters.setdefault(KINDS[name].chapter, []).append(name)
    for members in chapters.values():
        for name, before, after in zip(members, [None, *members], [*members[1:], None], strict=False):
            page = (site / f"{name}.html").read_text()
            assert re.findall(r'rel="prev" href="(.+?).html"', page) == [before] * (before is not None)
            assert re.findall(r'rel="next" href="(.+?).html"', page) == [after] * (after is not None)


def test_a_quick_finding_says_so_everywhere(tmp_path):
    record(tmp_path, ["kappa"], quick=True)
    write_site(tmp_path, tmp_path / "site")
    for page in (tmp_path / "site").glob("*.html"):
        assert "decides nothing" in text_of(page) or "decide nothing" in text_of(page)
        assert "quick" in text_of(page)
    assert "quick, decides nothing" in in_short(read_findings(tmp_path)[0], "")


def test_hostile_texts_are_shown_and_not_obeyed(site):
    for page in (site / "hostile.html", site / "index.html"):
        body = page.read_text()
        assert HOSTILE not in body
        assert "<img" not in body
        assert body.count("<script>") == 1


def test_long_lists_are_short_in_the_table(site):
    assert "… (28)" in (site / "hostile.html").read_text()
    assert (site / "hostile.html").stat().st_size < 100_000


def test_an_earlier_site_is_replaced_and_its_leftovers_said(tmp_path):
    record(tmp_path, ["kappa"])
    assert write_site(tmp_path, tmp_path / "site") == 1
    first = (tmp_path / "site/kappa.html").read_bytes()
    finding = replace(read_findings(tmp_path)[0][0], title="Another title")
    (tmp_path / "kappa.json").write_text(finding.to_json())
    (tmp_path / "site/old.html").write_bytes(first)
    (tmp_path / "site/notes.html").write_text("mine")
    with pytest.warns(UserWarning, match=r"^old\.html in .*site: of no finding any more; remove what you do not need"):
        write_site(tmp_path, tmp_path / "site")
    assert "Another title" in (tmp_path / "site/kappa.html").read_text()
    assert (tmp_path / "site/notes.html").read_text() == "mine"


def test_a_site_is_the_same_for_the_same_findings(tmp_path):
    record(tmp_path, ["kappa"])
    for name in ("a", "b"):
        write_site(tmp_path, tmp_path / name)
    assert [p.read_bytes() for p in sorted((tmp_path / "a").iterdir())] == [
        p.read_bytes() for p in sorted((tmp_path / "b").iterdir())
    ]


def test_a_site_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    record(tmp_path, ["kappa"])
    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_site(tmp_path, tmp_path / "site")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kappa.json", "kappa.svg"]


def full_disk(*_):
    raise OSError(28, "No space left on device")


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    record(tmp_path, ["kappa"])
    with pytest.raises(InputError, match=r"holds other things; expected a new folder or an earlier report: choose"):
        write_site(tmp_path, tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=r"file is a file; expected a folder for the pages: choose another --out"):
        write_site(tmp_path, tmp_path / "file")


def test_no_findings_are_said(tmp_path):
    with pytest.raises(InputError, match=r"nowhere is no folder; expected the one that `wgan study run` writes"):
        write_site(tmp_path / "nowhere", tmp_path / "site")
    with pytest.raises(InputError, match=r"holds no finding; run `wgan study run NAME --out .*` first"):
        write_site(tmp_path, tmp_path / "site")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken", b"{", r"broken\.json is no finding \(.*\); run its study again, or remove the file; it is left out"),
        ("empty", b"", r"empty\.json is no finding"),
        ("list", b"[]", r"list\.json is no finding"),
        ("binary", b"\xff\x00", r"binary\.json is no finding"),
        ("other", b'{"schema": 7}', r"other\.json is a finding of version 7; expected 1: run its study again; it is"),
        ("copy", "kappa", r"copy\.json is a finding of 'kappa'; expected a file of the study's name; it is left out"),
        ("index", "index", r"index\.json is a finding of 'index'; expected a file of the study's name; it is left out"),
    ],
)
def test_a_file_that_is_no_finding_is_said_and_the_others_shown(tmp_path, name, content, said):
    (finding,) = record(tmp_path, ["kappa"])
    if isinstance(content, str):
        content = replace(finding, study=content).to_json().encode()
    (tmp_path / f"{name}.json").write_bytes(content)
    with pytest.warns(UserWarning, match=said):
        assert write_site(tmp_path, tmp_path / "site") == 1
    assert (tmp_path / "site/kappa.html").exists()


@pytest.mark.parametrize("drawing", [None, b"no drawing"])
def test_a_figure_that_is_missing_or_broken_is_said(tmp_path, drawing):
    record(tmp_path, ["kappa"])
    (tmp_path / "kappa.svg").unlink()
    if drawing is not None:
        (tmp_path / "kappa.svg").write_bytes(drawing)
    with pytest.warns(UserWarning, match=r"kappa\.svg cannot be shown \((?i:no).*\); run `wgan study run kappa` again"):
        write_site(tmp_path, tmp_path / "site")
    assert "The figure is missing." in (tmp_path / "site/kappa.html").read_text()


def test_the_command_says_where_the_site_is(tmp_path, capsys):
    record(tmp_path, ["kappa"])
    said = command(capsys, "study", "report", "--findings", tmp_path)
    assert (said.code, said.out, said.err) == (0, f"1 finding: {tmp_path}/site/index.html\n", "")
    said = command(capsys, "study", "report", "--findings", tmp_path, "--out", tmp_path / "other", "--json")
    assert json.loads(said.out) == {"schema": 1, "findings": 1, "page": f"{tmp_path}/other/index.html"}
    (tmp_path / "broken.json").write_text("{")
    said = spawn("study", "report", "--findings", tmp_path)
    _, err = said.communicate(timeout=60)
    assert (said.returncode, err.count("\n")) == (0, 1)
    assert re.match(r"wgan: .*broken\.json is no finding", err)
    said = command(capsys, "study", "report", "--findings", tmp_path / "none")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_findings_go_into_markdown_between_their_lines(tmp_path, capsys):
    record(tmp_path / "findings", ["kappa"])
    file = tmp_path / "README.md"
    file.write_text("before\n<!-- claims -->\nold\n<!-- end of claims -->\nafter\n")
    said = command(capsys, "study", "report", "--findings", tmp_path / "findings", "--markdown", file)
    assert said.code == 0
    before, table, after = re.split(r"<!-- .*claims -->\n", file.read_text())
    assert (before, after) == ("before\n", "after\n")
    links = ", ".join(f"[{claim}](findings/README.md#kappa)" for claim in ("E1", "E8", "C6"))
    assert f"| confirmed | 3 | {links} |" in table
    assert f"3 of {len(CLAIMS)} claims have a recorded finding." in table
    again = file.read_text()
    fill_in(file, tmp_path / "findings")
    assert file.read_text() == again


@pytest.mark.parametrize("text", ["", "<!-- claims -->\n", "<!-- claims -->\n<!-- end of findings -->"])
def test_markdown_without_the_lines_is_refused(tmp_path, text):
    (tmp_path / "a.md").write_text(text)
    with pytest.raises(InputError, match=r"a\.md has no line `<!-- claims -->` with `<!-- end of claims -->` below it"):
        fill_in(tmp_path / "a.md", tmp_path)
    assert (tmp_path / "a.md").read_text() == text


def test_markdown_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.md").write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"a\.md is no text in UTF-8 \(.*\); expected a Markdown file"):
        fill_in(tmp_path / "a.md", tmp_path)


def test_markdown_shows_hostile_texts(tmp_path):
    hostile(tmp_path)
    made = filled("<!-- findings -->\n<!-- end of findings -->", read_findings(tmp_path)[0], "", "a.md")
    assert not re.search(r"(?<!\\)<(script|img)", re.sub("`.*?`", "", made))
    tables = [part.splitlines() for part in made.split("\n\n") if part.startswith("| ")]
    assert [len({line.count(" | ") for line in table if line.startswith("| ")}) for table in tables] == [1, 1]


@pytest.mark.parametrize("name", ["README.md", "docs/findings/README.md"])
def test_the_documents_show_the_recorded_findings(name):
    text = (ROOT / name).read_text()
    place = "docs/findings/" if name == "README.md" else ""
    findings, refused = read_findings(RECORDED)
    assert refused == []
    assert text == filled(text, in_order(findings), place, name)


def test_a_claim_without_a_finding_names_the_command():
    finding = found(KINDS["kappa"](), World.TRUE)
    rows = {row.claim.id: row for row in claim_rows([finding])}
    assert list(rows) == list(CLAIMS)
    examined = {claim for kind in KINDS.values() for claim in kind.claims}
    for name, row in rows.items():
        if name in finding_ids(finding):
            assert (row.verdict, row.study, row.command) == ("confirmed", "kappa", "")
        else:
            assert row.verdict == "not run yet"
            assert row.command.startswith("wgan study run ") == (name in examined)


def finding_ids(finding):
    return {claim.id for claim in finding.claims}


PAGES = ["index", "hostile", "kappa"]


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_a_page(browser, site, name, dark):
    with opened(browser, site / f"{name}.html", dark=dark) as page:
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 20
        assert [one for one in contrasts if one[0] < 4.5] == []
        assert page.evaluate(NAMELESS) == []
        assert page.title() != "taken"
        assert page.locator("h1").count() == 1
        background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", background))) < 200) == dark
        headings = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))")
        assert all(after - before <= 1 for before, after in pairwise(headings))
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids))


@needs_chromium
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(browser, site, name):
    with opened(browser, site / f"{name}.html", width=390) as page:
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@needs_chromium
def test_the_table_is_searched_and_sorted_by_keyboard(browser, site):
    with opened(browser, site / "index.html") as page:
        rows = page.locator("#claim-table tbody tr:visible")
        everything = rows.count()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert tabbed_to(page, "#search") <= 3
        page.keyboard.type("parallel segments")
        assert 1 <= rows.count() < everything
        assert page.locator("[role=status]").inner_text() == f"{rows.count()} of {everything} claims shown"
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        assert rows.count() == everything

        tabbed_to(page, "[data-outcome='not run yet'], button[data-outcome]:last-of-type")
        page.keyboard.press("Enter")
        outcome = page.evaluate("document.activeElement.dataset.outcome")
        assert 1 <= rows.count() < everything or everything == rows.count()
        assert {text.split()[-1] for text in page.locator("tbody tr:visible .outcome").all_inner_texts()} == {
            outcome.split()[-1]
        }
        page.keyboard.press("Space")
        assert rows.count() == everything

        tabbed_to(page, "button.sort")
        ids = page.locator("#claim-table .id")
        page.keyboard.press("Enter")
        assert ids.first.inner_text() == "E1"
        page.keyboard.press("Space")
        assert ids.first.inner_text() == list(CLAIMS)[-1]
        assert page.locator("th").first.get_attribute("aria-sort") == "descending"


@needs_chromium
def test_a_page_without_a_script_shows_everything(browser, site):
    with opened(browser, site / "index.html", script=False) as page:
        assert page.locator("#claim-table tbody tr:visible").count() >= len(CLAIMS)
        assert not page.locator("#search").is_visible()


@needs_chromium
def test_numbers_sort_as_numbers(browser, site):
    with opened(browser, site / "kappa.html") as page:
        page.locator("summary").click()
        button = page.locator(".rows button.sort", has_text="value")
        column = button.evaluate("b => b.closest('th').cellIndex")
        button.click()
        values = page.locator(f".rows tbody tr td:nth-child({column + 1})").all_inner_texts()
        numbers = [float(value) for value in values]
        assert numbers == sorted(numbers)
        assert len(set(numbers)) > 3
