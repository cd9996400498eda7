"""Samples as files that other programs read."""

import csv
import io
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from torch import Tensor

from wgan.errors import InputError
from wgan.files import new_folder, replacing
from wgan.report.figures import sample_figure, save_images, to_picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refuse_place", "write_samples"]

Names = Sequence[str] | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet runs instead of showing."""
BYTES = (0.0, 1.0)
"""The bounds of images that hold bytes."""


def write_samples(
    samples: Tensor,
    out: Path,
    *,
    columns: Names = None,
    bounds: tuple[float, float] | None = None,
    cells: "pd.DataFrame | None" = None,
) -> Path:
    """Writes samples in the user's units, whole or not at all.

    Numbers have the 17 digits that bring back every one of them; an array of images is float32, of others float64.

    Args:
        samples: `(n, *shape)`; images between their bounds.
        out: `.png` for one picture, `.npy` or `.csv` for numbers, no suffix for a new folder with a PNG per image.
        columns: names of the features, for the first line of a `.csv` and the axes of a picture.
        bounds: what is black and what is white in images, 0 and 1 if not given.
        cells: the samples as rows of a table of mixed columns, for a `.csv`.

    Raises:
        InputError: for another suffix, a folder that exists or is meant for vectors, or a place that cannot be
            written to.
        FigureFailed: for a picture that cannot be drawn.
    """
    samples = samples.detach().cpu()
    write = writer(out, images=samples.dim() == 4)
    if bounds is not None and bounds != BYTES and samples.dim() == 4 and write not in (write_array, write_table):
        samples = shaded(samples, *bounds)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if cells is not None and write is write_table:
            write_cells(cells, out)
        else:
            write(samples, out, columns)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}; choose another --out") from None
    return out


def shaded(images: Tensor, black: float, white: float) -> Tensor:
    """Images of deep levels in [0, 1], for pictures; that these hold fewer levels is said."""
    warnings.warn(
        f"pictures hold 256 levels, {black:g} is black and {white:g} white; write .npy to keep the values", stacklevel=3
    )
    return (images - black) / (white - black)


def refuse_place(out: Path, shape: Sequence[int]) -> None:
    """Refuses, before anything is generated, where samples of that shape cannot be written.

    Raises:
        InputError: as `write_samples`.
    """
    writer(out, images=len(shape) == 3)


def writer(out: Path, *, images: bool) -> Callable[[Tensor, Path, Names], None]:
    """What writes samples to such a place."""
    if (kind := out.suffix.lower()) in WRITERS:
        return WRITERS[kind]
    if out.suffix or not images:
        kinds = ".png, .npy, .csv" + (" or a folder" if images else "")
        raise InputError(f"cannot write samples to {out}; expected {kinds}")
    if os.path.lexists(out):  # and not Path.exists, which may fail
        raise InputError(f"{out} exists; choose a new folder with --out")
    return write_folder


def write_array(samples: Tensor, out: Path, _: Names) -> None:
    """An array that NumPy reads."""
    with replacing(out) as file:
        np.save(file, (samples.float() if samples.dim() == 4 else samples.double()).numpy())


def write_table(samples: Tensor, out: Path, columns: Names) -> None:
    """A row for each sample, below the columns' names if there are any."""
    with replacing(out) as file:
        if columns is not None:
            write_header(columns, file)
        np.savetxt(file, samples.flatten(1).double().numpy(), delimiter=",", fmt="%.17g")


def write_cells(cells: "pd.DataFrame", out: Path) -> None:
    """A table of mixed columns, none of whose words a spreadsheet takes for a formula."""
    with replacing(out) as file:
        write_header(list(cells.columns), file)
        safe = cells.apply(harmless)
        safe.to_csv(file, header=False, index=False, lineterminator="\n", encoding="utf-8", mode="wb")


def harmless(column: "pd.Series") -> "pd.Series":
    """A column in which words that a spreadsheet would run have a ' before them; numbers have a sign."""
    if column.dtype != object:
        return column
    words = column[column.map(lambda cell: isinstance(cell, str) and cell.startswith(FORMULA) and not is_number(cell))]
    if not len(words):
        return column
    warnings.warn(
        f"{len(words):,} cells of column {column.name!r} are written with a ' before them, which a spreadsheet would "
        "run as formulas",
        stacklevel=2,
    )
    return column.where(~column.index.isin(words.index), "'" + words)


def is_number(text: str) -> bool:
    """Whether Python reads a number in it."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_header(columns: Sequence[str], file: BinaryIO) -> None:
    """The columns' names, none of which a spreadsheet takes for a formula."""
    formulas = [name for name in columns if name.startswith(FORMULA)]
    if formulas:
        warnings.warn(
            f"columns {', '.join(map(repr, formulas))} are written with a ' before their names, "
            "which a spreadsheet would run as formulas",
            stacklevel=2,
        )
    text = io.StringIO()
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain = csv.writer(text, lineterminator="\n")
    rows = plain if all(map(str.isprintable, columns)) else quoted
    rows.writerow(f"'{name}" if name in formulas else name for name in columns)
    file.write(text.getvalue().encode("utf-8", "backslashreplace"))


def write_picture(samples: Tensor, out: Path, columns: Names) -> None:
    """One picture of them all."""
    if samples.dim() == 4:
        save_images(samples, out)
    else:
        title = f"{len(samples):,} generated samples"
        sample_figure(samples[:0], samples, out, title=title, unit="data units", columns=columns)


def write_folder(samples: Tensor, out: Path, _: Names) -> None:
    """A picture of each."""
    with new_folder(out) as folder:
        for k, image in enumerate(samples):
            to_picture(image).save(folder / f"{k:06d}.png")


WRITERS = {".npy": write_array, ".csv": write_table, ".png": write_picture}
