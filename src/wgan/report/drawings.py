"""Drawings that somebody else may have made, put into a page: shapes and text, and nothing that acts or loads."""

import re
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from markupsafe import Markup

__all__ = ["inline_svg"]

SHAPES = {"circle", "clipPath", "defs", "ellipse", "g", "image", "line", "path", "polygon", "polyline", "rect", "text"}
SHAPES |= {"linearGradient", "radialGradient", "stop", "svg", "tspan", "use"}
HREF = "href"
PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
LOADS = re.compile(r"url\((?!\s*['\"]?#)|image(-set)?\(|\\", re.IGNORECASE)
ROOT = ("viewBox", "width", "height")


def inline_svg(drawing: bytes, name: str, description: str) -> Markup:
    """An SVG as an image of the page, with a name and a description for those who do not see it.

    Elements other than shapes and text are left out, and so is what runs or refers elsewhere.

    Args:
        drawing: a whole SVG file.
        name: in a few words.
        description: what is to be seen.

    Raises:
        ValueError: if it is no SVG.

    Example:
        >>> inline_svg(b'<svg viewBox="0 0 1 1"><script>x()</script><g onclick="x()"/></svg>', "a", "b")
        Markup('<svg viewBox="0 0 1 1" role="img" aria-label="a"><desc>b</desc><g /></svg>')
    """
    try:
        root = fromstring(drawing)
    except ParseError as error:
        raise ValueError(f"no SVG ({error})") from None
    if local(root.tag) != "svg":
        raise ValueError("no SVG")
    attributes = {key: value for key, value in root.attrib.items() if key in ROOT}
    made = Element("svg", {**attributes, "role": "img", "aria-label": name})
    SubElement(made, "desc").text = description
    fill(made, root)
    return Markup(tostring(made, encoding="unicode"))


def fill(made: Element, original: Element) -> None:
    """Copies the children that are shapes or text."""
    for child in original:
        if isinstance(child.tag, str) and local(child.tag) in SHAPES:
            kept = {local(key): value for key, value in child.attrib.items() if harmless(local(key), value)}
            copy = SubElement(made, local(child.tag), kept)
            copy.text, copy.tail = child.text, child.tail
            fill(copy, child)


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def harmless(key: str, value: str) -> bool:
    """Whether an attribute only says how something looks."""
    if key == HREF:
        return value.startswith("#") or PICTURE.fullmatch(value) is not None
    return not key.startswith("on") and not LOADS.search(value)
