"""Pictures of vectors: the histogram of one feature, or the first two as points."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import torch
from torch import Tensor

from wgan.files import replacing
from wgan.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SMALL", "SPREADS", "saved", "short", "vector_figure"]

BINS = 60
SMALL = 1e-4
"""Spread of a feature, as a part of its size, below which its axis counts from a number near by."""
SPREADS = (1e-100, 1e100)
"""Spreads that matplotlib draws."""
MARGIN = 0.15
"""Room around the real samples, as a part of their spread."""
MISSING = "missing from font"

Groups = list[tuple[str, Tensor, str]]


def short(text: str, most: int = 80) -> str:
    """One line that fits a picture.

    Example:
        >>> short("a long name", 7)
        'a l…ame'
    """
    line, half = printable(text), (most - 1) // 2
    return line if len(line) <= most else f"{line[:half]}…{line[-half:]}"


@dataclass(frozen=True)
class Axis:
    """What one axis shows of a feature.

    Attributes:
        feature: its number.
        label: with the unit.
        origin: what is subtracted, where the spread is small against the size, as that of Unix times within an hour.
        low: the lower end, after that.
        high: the upper end.
    """

    feature: int
    label: str
    origin: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Tensor, feature: int, name: str, unit: str) -> "Axis":
        """The axis on which a feature's samples fit."""
        low, high = samples[:, feature].min().item(), samples[:, feature].max().item()
        spread = high - low or abs(low) or 1.0
        if not SPREADS[0] < spread < SPREADS[1]:
            raise ValueError(
                f"{short(name, 40)} spreads over {spread:.3g}; a figure shows {SPREADS[0]} to {SPREADS[1]}"
            )
        label, origin = short(name, 40), 0.0
        if spread < SMALL * abs(low):
            origin = round(low, -ceil(log10(spread)))
            label += f" − {origin:.15g}"
        low, high = low - origin - MARGIN * spread, high - origin + MARGIN * spread
        return cls(feature, f"{label} ({unit})", origin, low, high)

    def __call__(self, samples: Tensor) -> Tensor:
        """Where samples lie on it, `(n,)`."""
        return samples[:, self.feature] - self.origin


def vector_figure(
    real: Tensor, fake: Tensor, path: Path | BinaryIO, *, title: str, unit: str, columns: Sequence[str] | None
) -> None:
    """Writes the PNG; the arguments are those of `sample_figure`, finite and in float64."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    plane = figure.add_subplot()
    groups = [("real", real, "0.6"), ("generated", fake, "tab:red")][not len(real) :]
    axes = [
        Axis.of(groups[0][1], k, columns[k] if columns else f"feature {k + 1}", unit)
        for k in range(min(2, fake.shape[1]))
    ]
    if len(axes) == 1:
        histogram(plane, groups, axes[0], unit)
    else:
        points(plane, groups, axes)
    plane.set_title(short(title, 64), parse_math=False)
    plane.legend(loc="upper right")
    saved(figure, path)


def saved(figure: "Figure", path: Path | BinaryIO) -> None:
    """Writes a figure as a PNG, the same bytes each time."""
    with warnings.catch_warnings(record=True) as caught, replacing(path) as file:
        warnings.simplefilter("always")
        figure.savefig(file, format="png", metadata={"Software": None})
    if any(MISSING in str(warning.message) for warning in caught):
        warnings.warn("the figure's font lacks some letters of the names, which are drawn as boxes", stacklevel=4)


def histogram(plane: "Axes", groups: Groups, axis: Axis, unit: str) -> None:
    """The density of one feature, with how many samples are outside."""
    edges = np.linspace(axis.low, axis.high, BINS + 1)
    for name, samples, color in groups:
        counts, _ = np.histogram(axis(samples).numpy(), edges)
        density = counts / (len(samples) * (edges[1] - edges[0]))
        plane.stairs(density, edges, fill=True, alpha=0.6, label=legend(name, samples, [axis]), color=color)
    plane.set_xlim(axis.low, axis.high)
    plane.set_xlabel(axis.label, parse_math=False)
    plane.set_ylabel(f"density (1 / {unit})", parse_math=False)


def points(plane: "Axes", groups: Groups, axes: Sequence[Axis]) -> None:
    """Two features of each sample, with how many are outside."""
    x, y = axes
    for name, samples, color in groups:
        label = legend(name, samples, axes)
        plane.scatter(x(samples), y(samples), s=4, alpha=0.6, label=label, color=color, linewidths=0)
    plane.set(xlim=(x.low, x.high), ylim=(y.low, y.high))
    plane.set_xlabel(x.label, parse_math=False)
    plane.set_ylabel(y.label, parse_math=False)


def legend(name: str, samples: Tensor, axes: Sequence[Axis]) -> str:
    """A group's name, and how much of it is not to be seen."""
    values = torch.stack([(axis(samples) - axis.low) / (axis.high - axis.low) for axis in axes], 1)
    outside = len(samples) - int(((values >= 0) & (values <= 1)).all(1).sum())
    return f"{name} ({outside:,} of {len(samples):,} outside)" if outside else name
