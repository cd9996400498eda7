"""The documentation as pages: builds without a warning, asks for nothing, and explains every public name."""

import functools
import http.server
import importlib
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from browser import CHROMIUM, needs_chromium

ROOT = Path(__file__).parents[1]
SITE = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]


def pages(nav):
    """The files of a table of contents."""
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for below in entry.values():
                yield from pages([below] if isinstance(below, str) else below)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("website")
    for name in ("docs", "src", "website"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "zensical.toml", folder)
    said = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": "website", "NO_COLOR": "1"},
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert "No issues found" in said.stdout + said.stderr
    return folder / "build/docs"


def test_every_page_is_in_the_contents():
    files = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(pages(SITE["nav"])) == sorted(name for name in files if not re.match(r"speed/", name))


def test_formulas_are_drawn_and_every_public_name_is_explained(site):
    for page in (ROOT / "docs/reference").glob("*.md"):
        place = site / "reference" / ("" if page.stem == "index" else page.stem) / "index.html"
        made = place.read_text()
        assert 'class="arithmatex"' not in made
        explained = set(re.findall(r' id="(wgan[^"]*)"', made))
        named = re.findall(r"^::: (\S+)", page.read_text(), re.MULTILINE)
        twice = [name for name in named if name.endswith("." + ".".join([name.rpartition(".")[2]] * 2))]
        functions = [*twice, *({"wgan.processes.together"} & set(named))]
        assert set(functions) <= explained
        for name in set(named) - set(functions):
            for public in importlib.import_module(name).__all__:
                hidden = any(one.endswith(f".{public}.{public}") for one in functions)  # by the module of its name
                assert hidden or f"{name}.{public}" in explained, (page.name, name, public)
    assert (site / "reference/losses/index.html").read_text().count("<math") > 50


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_open_in_a_browser(site, width):
    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}/"
    heard = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith((home, "data:", "blob:")) or heard.append(asked.url))
        for name in pages(SITE["nav"]):
            place = re.sub(r"(index|README)$", "", name.removesuffix(".md"))
            page.goto(home + place + "/" * bool(place and not place.endswith("/")))
            assert page.locator("h1").first.is_visible(), name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        browser.close()
    server.shutdown()
    assert heard == []
