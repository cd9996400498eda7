"""Pages of one style: one file each, everything in it, no request to anywhere."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["GENERATOR", "page"]

GENERATOR = "wgan"
"""Who wrote a page, as its head says."""


def page(template: str, **values: object) -> bytes:
    """Renders a template of `wgan/report/templates`, with the shared stylesheet and script inside.

    Every value is escaped, and a name that the template lacks is an error.

    Args:
        template: its name without `.html.j2`.
        values: by the names that it uses.

    Example:
        >>> b"<h1>a &lt; b</h1>" in page("plain", title="a < b", text="")
        True
    """
    return environment().get_template(f"{template}.html.j2").render(**values).encode()


@cache
def environment() -> Environment:
    """The templates, with what every page holds."""
    made = Environment(
        loader=PackageLoader("wgan.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(generator=GENERATOR, style=part("style.css"), script=part("script.js"))
    made.globals.update(charts_style=part("charts.css"), charts_script=part("charts.js"))
    return made


def part(name: str) -> Markup:
    """A file of ours that stands in a page as it is."""
    return Markup((files("wgan.report") / "templates" / name).read_text(encoding="utf-8"))
