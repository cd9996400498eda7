"""Pictures of samples: real ones beside generated ones."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import torch
from torch import Tensor
from torch.nn.functional import pad

from wgan.errors import FigureFailed
from wgan.files import replacing
from wgan.report.vectors import short, vector_figure

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["image_grid", "panels", "sample_figure", "save_images", "to_picture"]

INK, PAPER = 0.25, 1.0
GAP = 2  # pixels between tiles, after enlarging
TILE = 56  # pixels that a tile is enlarged to, at least
MARGIN, HEAD = 12, 36  # pixels around the two grids, and above them


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
    with replacing(path) as file:
        to_picture(image_grid(images, columns)).save(file, "PNG")


def to_picture(image: Tensor) -> "Image":
    """A Pillow picture of one image, `(channels, height, width)` in [0, 1], one channel or three."""
    from PIL import Image

    pixels = (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def sample_figure(
    real: Tensor,
    fake: Tensor,
    path: Path | BinaryIO,
    *,
    title: str,
    unit: str,
    columns: Sequence[str] | None = None,
) -> None:
    """Writes a PNG of real samples beside generated ones: tiles for images, points or histograms for vectors.

    Samples with a value that is not finite are left out, with a warning.

    Args:
        real: `(N, *shape)` in the user's units, images in [0, 1]; of vectors there may be none.
        fake: `(N, *shape)` likewise.
        path: of the PNG, which appears whole or not at all; or an open file.
        title: what and when, such as `wgan-gp on digits, iteration 1000`.
        unit: of the samples, for the axes.
        columns: names of the features, of which the first two are drawn.

    Raises:
        FigureFailed: if it cannot be drawn or written, whatever the reason.
    """
    try:
        real, fake = finite(real.detach().cpu(), "real"), finite(fake.detach().cpu(), "generated")
        if real.dim() == 4:
            _image_figure(real, fake, path, title)
        else:
            vector_figure(real.double(), fake.double(), path, title=title, unit=unit, columns=columns)
    except Exception as error:
        name = path if isinstance(path, Path) else "the figure"
        raise FigureFailed(f"cannot draw {name}: {str(error) or type(error).__name__}") from error


def finite(samples: Tensor, name: str) -> Tensor:
    """The samples that are finite, `(n, *shape)`; what is left out is said."""
    kept = samples[samples.flatten(1).isfinite().all(1)]
    if lost := len(samples) - len(kept):
        warnings.warn(f"{lost:,} of {len(samples):,} {name} samples are NaN or infinite, not drawn", stacklevel=3)
        if not len(kept):
            raise ValueError(f"no {name} sample is finite")
    return kept


def _image_figure(real: Tensor, fake: Tensor, path: Path | BinaryIO, title: str) -> None:
    from PIL import Image, ImageDraw

    grids = [to_picture(image_grid(images[:64], 8)) for images in (real, fake)]
    width, height = (max(sizes) for sizes in zip(*(grid.size for grid in grids), strict=True))
    sheet = Image.new(grids[0].mode, (2 * width + 3 * MARGIN, height + HEAD + MARGIN), "white")
    draw = ImageDraw.Draw(sheet)
    for k, (grid, name) in enumerate(zip(grids, ("real", "generated"), strict=True)):
        left = MARGIN + k * (width + MARGIN)
        sheet.paste(grid, (left, HEAD))
        draw.text((left, HEAD - 16), name, fill="black")
    draw.text((MARGIN, 4), short(title), fill="black")
    with replacing(path) as file:
        sheet.save(file, "PNG")


def panels(sheet: "Image") -> tuple["Image", "Image"]:
    """The grid of real and that of generated images of a figure.

    Raises:
        ValueError: if the picture is too small for a figure of images.
    """
    width, height = (sheet.width - 3 * MARGIN) // 2, sheet.height - HEAD - MARGIN
    if min(width, height) < 1:
        raise ValueError(f"it has {sheet.width} x {sheet.height} pixels, too few for images side by side")
    left, right = ((place, HEAD, place + width, HEAD + height) for place in (MARGIN, 2 * MARGIN + width))
    return sheet.crop(left), sheet.crop(right)
