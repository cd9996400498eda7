"""The figures of `evaluation.py`: how the metrics agree, and what they tell apart from how many samples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telling_apart import Row
from torch import Tensor

__all__ = ["agreement_figure", "telling_figure"]


def pyplot() -> Any:  # noqa: ANN401 - a module
    """Matplotlib's, without a screen."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def agreement_figure(names: Sequence[str], rho: Tensor, path: Path) -> None:
    """A matrix of rank correlations."""
    plt = pyplot()
    size = 0.45 * len(names) + 2
    drawing, axes = plt.subplots(figsize=(size, size), layout="constrained")
    image = axes.imshow(rho.numpy(), cmap="RdBu", vmin=-1, vmax=1)
    for row in range(len(names)):
        for column in range(len(names)):
            value = float(rho[row, column])
            axes.text(
                column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color=("k", "w")[abs(value) > 0.7]
            )
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    drawing.colorbar(image, label="Spearman's ρ of the systems' order", shrink=0.7)
    drawing.savefig(path, dpi=100)
    plt.close(drawing)


def telling_figure(rows: Sequence[Row], path: Path) -> None:
    """Three shares of draws over the number of samples, a line for each metric."""
    plt = pyplot()
    drawing, panels = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    shares = {
        "in the right order, same latents": ("right", 0.95),
        "told apart, other latents": ("told", 0.95),
        "one checkpoint told apart from itself": ("alarms", 0.05),
    }
    for axes, (title, (field, level)) in zip(panels, shares.items(), strict=True):
        for place, name in enumerate(dict.fromkeys(row.metric for row in rows)):
            own = [row for row in rows if row.metric == name]
            axes.plot(
                [row.n for row in own], [getattr(row, field) for row in own], ".-", lw=1, color=f"C{place}", label=name
            )
        axes.axhline(level, color="0.6", lw=0.8, ls="--")
        axes.set(title=title, xlabel="samples of each side", xscale="log", ylim=(-0.02, 1.02))
    panels[0].set_ylabel("share of draws")
    panels[2].legend(frameon=False, fontsize=7, ncols=2)
    drawing.savefig(path, dpi=100)
    plt.close(drawing)
