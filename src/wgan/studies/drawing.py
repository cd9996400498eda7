"""Figures of studies: every seed visible, the same bytes for the same rows."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wgan.studies.rows import Rows
from wgan.studies.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "accepted", "drawn", "every_seed"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's, told apart by all kinds of sight."""

STYLE: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wgan",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": "cycler('color', " + repr(list(COLOURS)) + ")",
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
}


def drawn(study: Study, rows: Rows) -> bytes:
    """The study's figure as SVG, with its text as text."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=study.size, layout="constrained")
        FigureCanvasSVG(figure)
        study.draw(rows, figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "wgan"})
    return buffer.getvalue()


def every_seed(axes: "Axes", rows: Rows, x: str, y: str, *, label: str = "", colour: str | None = None) -> None:
    """A dot for every row, and a line through the means of each level of `x`.

    Args:
        axes: to draw into.
        rows: of one series.
        x: a setting with numbers, or with texts, which are spread evenly.
        y: a measure.
        label: of the series.
        colour: by default the next one.
    """
    levels = rows.levels(x)
    places = {level: place for place, level in enumerate(levels)} if isinstance(levels[0], str) else None
    at = [places[row[x]] if places else row[x] for row in rows]
    means = [sum(part.values(y)) / len(part) for _, part in rows.by(x)]
    (line,) = axes.plot([places[v] if places else v for v in levels], means, color=colour, label=label or None)
    axes.plot(at, rows.values(y), "o", color=line.get_color(), alpha=0.6)
    if places:
        axes.set_xticks(list(places.values()), list(places))


def accepted(axes: "Axes", low: float, high: float, label: str = "accepted") -> None:
    """A grey band where the criterion holds."""
    axes.axhspan(low, high, color="0.5", alpha=0.15, lw=0, label=label)
