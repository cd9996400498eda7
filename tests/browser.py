"""Pages in a browser: what they ask for, what they complain of, and whether everybody can read them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; Debian's package chromium has one")

CONTRASTS = r"""
() => {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const seen = [];
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("script, style") || !element.checkVisibility()) continue;
    const [a, b] = [numbers(getComputedStyle(element).color), behind(element)].map(light);
    seen.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim().slice(0, 40)]);
  }
  return seen;
}
"""
"""The contrast of every text that is to be seen with what is behind it, by the formula of WCAG 2."""

NAMELESS = """
() => [...document.querySelectorAll("a, button, input, img, svg, [role=region], nav, section, table")].filter((e) => {
  if (e.closest("[aria-hidden=true]")) return false;
  const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
  const label = e.labels?.length ? e.labels[0].textContent : "";
  return ![e.getAttribute("aria-label"), ...by, label, e.alt, e.matches("a, button") ? e.textContent : ""]
    .some((text) => text?.trim());
}).map((e) => e.outerHTML.slice(0, 80))
"""
"""What can be reached or seen and has no name."""


@contextmanager
def opened(browser: Any, path: Path, *, width: int = 1200, dark: bool = False, script: bool = True) -> Iterator[Any]:
    """A page of a file; at its end it must have asked for nothing and complained of nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
    )
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert complaints == []
    assert all(url.startswith(path.parent.as_uri()) and url.endswith(".html") for url in asked), asked


def tabbed_to(page: Any, selector: str, most: int = 40) -> int:
    """Presses Tab until an element has the focus; returns how often."""
    for presses in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return presses
    raise AssertionError(f"{most} presses of Tab do not reach {selector}")
