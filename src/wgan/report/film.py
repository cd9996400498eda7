"""Pictures of samples over a training, as an animation."""

import io
import os
import warnings
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from wgan.errors import InputError, shown
from wgan.files import replacing

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["durations", "refuse_film", "sheet_of", "thinned", "write_film"]

SUFFIXES = {".webp": "WEBP", ".gif": "GIF"}
MOST = 100
"""Pictures of a film."""
SIDE = 1280
"""Pixels of its longer side, at most."""
BAND, LETTERS = 28, 16
"""Pixels below a picture for its caption, and of the caption's letters."""
HELD = 4
"""The last picture takes this part of the whole, or twice as long as others if that is more."""
TICK, SHORTEST, LONGEST = 10, 40, 600
"""Milliseconds that a GIF counts in, and of a picture at least; seconds of a film at most."""
QUALITY = 85


def refuse_film(out: Path, seconds: float) -> None:
    """Refuses, before anything is read, a film that cannot be written.

    Raises:
        InputError: for an unknown suffix, a place that is taken, or a length that is none.
    """
    from PIL import features

    if out.suffix.lower() not in SUFFIXES:
        raise InputError(f"cannot write a film to {out}; expected .webp or .gif")
    if os.path.lexists(out):  # and not Path.exists, which may fail
        raise InputError(f"{out} exists; choose another --out")
    if not (isfinite(seconds) and 0 < seconds <= LONGEST):
        raise InputError(f"a film of {shown(seconds)} seconds; expected more than 0 and at most {LONGEST}")
    if SUFFIXES[out.suffix.lower()] == "WEBP" and not features.check("webp"):
        raise InputError("Pillow was built here without WebP; choose a .gif")


def durations(count: int, seconds: float) -> list[int]:
    """Milliseconds of each picture, which make up the whole; the last one is held.

    Args:
        count: of pictures, at least 2.
        seconds: of the whole; it is longer where a picture would be too short to be seen.

    Example:
        >>> durations(3, 6)
        [1500, 1500, 3000]
        >>> durations(7, 6)
        [750, 750, 750, 750, 750, 750, 1500]
    """
    whole = round(seconds * 1000 / TICK) * TICK
    held = max(whole // HELD, 2 * whole // (count + 1))
    each = max((whole - held) // (count - 1) // TICK * TICK, SHORTEST)
    return [each] * (count - 1) + [max(whole - each * (count - 1), each)]


def thinned(iterations: Sequence[int], most: int = MOST) -> list[int]:
    """At most so many, evenly, the first and the last among them; what is left out is said.

    Example:
        >>> thinned([1, 2, 3])
        [1, 2, 3]
    """
    if len(iterations) <= most:
        return list(iterations)
    warnings.warn(f"{most} of the {len(iterations):,} pictures are in the film, evenly over the training", stacklevel=2)
    return [iterations[round(k * (len(iterations) - 1) / (most - 1))] for k in range(most)]


def write_film(sheets: Sequence[tuple[int, "Image"]], out: Path, seconds: float) -> list[int]:
    """Writes pictures as an animation that is played again and again, each with its iteration below it.

    A picture that equals the one before it is left out, and one that is smaller than others stands on white; both are
    said.

    Args:
        sheets: iterations, increasing, with the picture of each, see `sheet_of`; at least 2.
        out: a `.webp` or a `.gif`, which appears whole or not at all.
        seconds: of the whole, see `durations`.

    Returns:
        The milliseconds of each picture.

    Raises:
        OSError: if it cannot be written.
        InputError: if no two pictures differ.
    """
    sheets = differing(sheets)
    width, height = (max(sizes) for sizes in zip(*(sheet.size for _, sheet in sheets), strict=True))
    if odd := sum(sheet.size != (width, height) for _, sheet in sheets):
        warnings.warn(f"{odd} of {len(sheets)} pictures are smaller than {width} x {height}, on white", stacklevel=2)
    frames = [captioned(sheet, (width, height), f"iteration {iteration:,}") for iteration, sheet in sheets]
    lengths = durations(len(frames), seconds)
    if (whole := sum(lengths)) > seconds * 1000 + TICK:
        warnings.warn(f"the film takes {whole / 1000:g} s, {SHORTEST / 1000:g} for each picture", stacklevel=2)
    form = SUFFIXES[out.suffix.lower()]
    with replacing(out) as file:
        frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=lengths, loop=0, quality=QUALITY)
    return lengths


def sheet_of(picture: bytes) -> "Image":
    """A PNG as a picture in colour, made smaller where it is larger than a film, which is said.

    Raises:
        OSError: if it is no picture.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=["PNG"]) as opened:
            sheet = Image.new("RGB", opened.size, "white")
            coloured = opened.convert("RGBA")
    except (SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise OSError(str(error)) from None
    sheet.paste(coloured, mask=coloured)
    sheet.thumbnail((SIDE, SIDE))
    if sheet.size != coloured.size:
        warnings.warn(f"pictures are made smaller than they are, to {SIDE:,} pixels at most", stacklevel=3)
    return sheet


def differing(sheets: Sequence[tuple[int, "Image"]]) -> list[tuple[int, "Image"]]:
    """Those that differ from the one before them.

    Raises:
        InputError: if fewer than two do.
    """
    kept = list(sheets[:1])
    for iteration, sheet in sheets[1:]:
        if sheet != kept[-1][1]:
            kept.append((iteration, sheet))
    if len(kept) == 1:
        raise InputError(f"all {len(sheets)} pictures are equal, and a film needs 2 that differ")
    if lost := len(sheets) - len(kept):
        warnings.warn(f"{lost} of {len(sheets)} pictures equal the one before them and are left out", stacklevel=3)
    return kept


def captioned(sheet: "Image", size: tuple[int, int], caption: str) -> "Image":
    """A picture in the upper left of white paper, a line of text below it."""
    from PIL import Image, ImageDraw, ImageFont

    paper = Image.new("RGB", (size[0], size[1] + BAND), "white")
    paper.paste(sheet, (0, 0))
    font = ImageFont.load_default(LETTERS)
    ImageDraw.Draw(paper).text((size[0] / 2, size[1] + BAND / 2), caption, fill="black", font=font, anchor="mm")
    return paper
