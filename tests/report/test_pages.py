"""Pages escape what they show, miss no name, hold everything they need; drawings only show."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from wgan.report.drawings import inline_svg
from wgan.report.pages import page

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">%s</svg>'


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_text_cannot_open_a_tag(text):
    before = page("plain", title="", text="").count(b"<")
    assert page("plain", title=text, text=text).count(b"<") == before


def test_a_name_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        page("plain", title="a")


def test_a_page_refers_to_nothing_elsewhere():
    made = page("plain", title="a", text="b").decode()
    assert re.findall(r'(?:src|href)="(?!#|data:,)[^"]*"', made) == []
    assert "@import" not in made
    assert "url(" not in made


@pytest.mark.parametrize(
    "inside",
    [
        b"<script>x()</script>",
        b"<style>*{}</style>",
        b"<foreignObject><p/></foreignObject>",
        b"<a xlink:href='javascript:x()'><text/></a>",
        b"<set attributeName='onload' to='x()'/>",
        b"<animate attributeName='href' values='javascript:x()'/>",
        b"<!-- x --><?x x?>",
    ],
)
def test_a_drawing_keeps_nothing_that_acts(inside):
    assert inline_svg(SVG % inside, "a", "b") == inline_svg(SVG % b"", "a", "b")


@pytest.mark.parametrize(
    "attribute",
    [
        b"onclick='x()'",
        b"xlink:href='https://example.org/x'",
        b"href='javascript:x()'",
        b"xlink:href='data:image/svg+xml;base64,AAAA'",
        b"fill='url(https://example.org/x)'",
        b"fill='url( &quot;//example.org/x)'",
        b"style='fill: URL(x)'",
        b"style='fill: \\75rl(x)'",
        b"style='background: image-set(x)'",
    ],
)
def test_a_drawing_keeps_nothing_that_loads(attribute):
    assert inline_svg(SVG % (b"<g " + attribute + b"/>"), "a", "b") == inline_svg(SVG % b"<g/>", "a", "b")


def test_a_drawing_keeps_shapes_texts_pictures_and_references_within():
    inside = b'<g id="a" clip-path="url(#c)"><text x="1">E = <tspan>1</tspan> &lt; 2</text></g><use href="#a" />'
    inside += b'<image id="image1" href="data:image/png;base64,AAAA" />'
    assert inside.decode() in inline_svg(SVG % inside, "a", "b")


def test_a_drawing_has_its_name_and_description():
    made = inline_svg(SVG % b"", 'a "name"', "what <is> seen")
    assert 'role="img" aria-label="a &quot;name&quot;"' in made
    assert "<desc>what &lt;is&gt; seen</desc>" in made


@pytest.mark.parametrize("drawing", [b"", b"no drawing", b"<html/>", b"<svg>", b"\xff\xfe\x00"])
def test_what_is_no_drawing_is_refused(drawing):
    with pytest.raises(ValueError, match="no SVG"):
        inline_svg(drawing, "a", "b")


def test_entities_do_not_grow():
    entities = b"".join(b'<!ENTITY e%d "%s">' % (k, b"&e%d;" % (k - 1) * 10) for k in range(1, 12))
    bomb = b'<!DOCTYPE svg [<!ENTITY e0 "ha">' + entities + b"]><svg><text>&e11;</text></svg>"
    with pytest.raises(ValueError, match="no SVG"):
        inline_svg(bomb, "a", "b")
