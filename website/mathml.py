"""Formulas of the pages as MathML, which browsers draw by themselves: no script, no fonts, no request."""

import html
import re

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
"""What `pymdownx.arithmatex` makes of `$...$` and of `$$...$$`."""


def drawn(formula: re.Match[str]) -> str:
    """A formula in place of its text."""
    block = formula[2] == "["
    made = convert(html.unescape(formula[3]).strip(), display="block" if block else "inline")
    return f'<div class="formula">{made}</div>' if block else made


class Formulas(Postprocessor):
    """Draws the formulas of a page."""

    def run(self, text: str) -> str:
        """The page with them."""
        return FORMULA.sub(drawn, text)


class MathML(Extension):
    """Formulas as MathML, behind `pymdownx.arithmatex`."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown asks for
        """Comes last."""
        md.postprocessors.register(Formulas(md), "mathml", -10)


def makeExtension(**settings: object) -> MathML:  # noqa: N802 - the name that Markdown asks for
    """The extension `mathml`."""
    return MathML(**settings)
