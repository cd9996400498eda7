"""What is printed: names that others chose can neither steer a terminal nor forge a line."""

import html
import re
import unicodedata
from collections.abc import Iterable

__all__ = ["as_markdown", "paragraph", "printable"]

MARKS = re.compile(r"([\\`*_\[\]|~$@]|:(?=\S)|(?<=www)\.|^[-+#=])")
"""What Markdown takes for more than itself within a line; brackets, so that round ones make no link either."""
SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""One line that only shows: escapes for control characters, line ends, and marks that turn the writing direction.

    Letters of every script and every kind of space stay as they are.

    Example:
        >>> print(printable("cats\nwgan: done\x1b[2J\u202e, Größe 3 µm"))
        cats\nwgan: done\u001b[2J\u202e, Größe 3 µm
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def paragraph(lines: Iterable[str]) -> str:
    """Lines one below the other, each made `printable`."""
    return "\n".join(map(printable, lines))


def as_markdown(text: str) -> str:
    r"""Text that a page of Markdown shows as it is: no mark of its own, no HTML, no link.

    Example:
        >>> print(as_markdown("<b>a|b</b> *x*"))
        &lt;b&gt;a\|b&lt;/b&gt; \*x\*
    """
    return MARKS.sub(r"\\\1", html.escape(printable(text), quote=False))


def _escaped(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    code = ord(character)
    return SHORT.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
