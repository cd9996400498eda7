"""Pictures of samples: real ones beside generated ones."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import pad

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["image_grid", "sample_figure", "save_images", "to_picture"]

INK, PAPER = 0.25, 1.0
GAP = 2  # pixels between tiles, after enlarging
TILE = 56  # pixels that a tile is enlarged to, at least


def image_grid(images: Tensor, columns: int) -> Tensor:
    """Tiles on a grid with lines between them, small images enlarged by a whole factor.

    Args:
        images: `(N, channels, height, width)` in [0, 1].
        columns: tiles per row.

    Returns:
        `(channels, H, W)` in [0, 1].
    """
    factor = max(1, TILE // max(images.shape[-2:]))
    large = images.clamp(0, 1).repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    missing = -len(large) % columns
    large = torch.cat([large, large.new_full((missing, *large.shape[1:]), PAPER)])
    tiles = pad(large, (GAP, 0, GAP, 0), value=INK)
    count, channels, height, width = tiles.shape
    rows = tiles.view(count // columns, columns, channels, height, width).permute(2, 0, 3, 1, 4)
    grid = rows.reshape(channels, count // columns * height, columns * width)
    return pad(grid, (0, GAP, 0, GAP), value=INK)


def save_images(images: Tensor, path: Path, columns: int = 8) -> None:
    """Writes a grid of images, `(N, channels, height, width)` in [0, 1], as a PNG."""
    to_picture(image_grid(images, columns)).save(path)


def to_picture(image: Tensor) -> "Image":
    """A Pillow picture of one image, `(channels, height, width)` in [0, 1], one channel or three."""
    from PIL import Image

    pixels = (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def sample_figure(real: Tensor, fake: Tensor, path: Path, *, title: str, unit: str) -> None:
    """Writes a PNG of real samples beside generated ones: tiles for images, points or histograms for vectors.

    Args:
        real: `(N, *shape)` in the user's units, images in [0, 1]; of vectors there may be none.
        fake: `(N, *shape)` likewise.
        path: of the PNG.
        title: what and when, such as `wgan-gp on digits, iteration 1000`.
        unit: of the samples, for the axes.
    """
    real, fake = real.cpu(), fake.cpu()
    if real.dim() == 4:
        _image_figure(real, fake, path, title)
    else:
        _vector_figure(real, fake, path, title, unit)


def _image_figure(real: Tensor, fake: Tensor, path: Path, title: str) -> None:
    from PIL import Image, ImageDraw

    panels = [to_picture(image_grid(images[:64], 8)) for images in (real, fake)]
    width, height = panels[0].size
    margin, head = 12, 36
    sheet = Image.new(panels[0].mode, (2 * width + 3 * margin, height + head + margin), "white")
    draw = ImageDraw.Draw(sheet)
    for k, (panel, name) in enumerate(zip(panels, ("real", "generated"), strict=True)):
        left = margin + k * (width + margin)
        sheet.paste(panel, (left, head))
        draw.text((left, head - 16), name, fill="black")
    draw.text((margin, 4), title, fill="black")
    sheet.save(path)


def _vector_figure(real: Tensor, fake: Tensor, path: Path, title: str, unit: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    groups = [("real", real, "0.6"), ("generated", fake, "tab:red")][not len(real) :]
    real = real if len(real) else fake
    if real.shape[1] == 1:
        low, high = real.min().item(), real.max().item()
        for name, samples, color in groups:
            axes.hist(samples[:, 0], bins=60, range=(low, high), density=True, alpha=0.6, label=name, color=color)
        axes.set(xlabel=f"value ({unit})", ylabel=f"density (1 / {unit})")
    else:
        for name, samples, color in groups:
            axes.scatter(samples[:, 0], samples[:, 1], s=4, alpha=0.6, label=name, color=color, linewidths=0)
        spans = [(real[:, k].min().item(), real[:, k].max().item()) for k in range(2)]
        margins = [0.15 * (high - low) or 1.0 for low, high in spans]
        limits = [(low - margin, high + margin) for (low, high), margin in zip(spans, margins, strict=True)]
        axes.set(xlim=limits[0], ylim=limits[1], xlabel=f"feature 1 ({unit})", ylabel=f"feature 2 ({unit})")
    axes.set_title(title)
    axes.legend(loc="upper right")
    figure.savefig(path, metadata={"Software": None})
