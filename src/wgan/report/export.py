"""Samples as files that other programs read."""

import csv
import io
import os
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import numpy as np
from torch import Tensor

from wgan.errors import InputError
from wgan.files import new_folder, replacing
from wgan.report.figures import sample_figure, save_images, to_picture
from wgan.report.levels import Column
from wgan.report.tables import table_figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refuse_place", "write_samples"]

Names = Sequence[str] | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet runs instead of showing."""
MONEY = "[$\u00a2-\u00a5\u20a0-\u20cf]"
NUMBER = re.compile(
    rf"[+-]?({MONEY}[ \u00a0]?)?[+-]?[\d.,' \u00a0\u202f]*\d[\d.,]*([eE][+-]?\d+)?"
    rf"([ \u00a0]?([%‰]|°[CF]?|{MONEY}|[A-Za-z]{{1,8}}))?",
    re.ASCII,
)
"""Text that begins with a sign and is no formula, whichever sign stands before its decimals, and with a unit or not."""
DASHES = ("-", "--")
"""What stands for an empty cell, and runs nowhere."""
BYTES = (0.0, 1.0)
"""The bounds of images that hold bytes."""


class Form(Protocol):
    """How a text file writes rows, see `wgan.data.tables.form.TextForm`."""

    @property
    def separator(self) -> str:
        """Between cells."""

    @property
    def header(self) -> bool:
        """Whether there is one."""

    @property
    def quoted(self) -> tuple[str, ...]:
        """The columns whose cells are in quotes."""

    @property
    def names_quoted(self) -> bool:
        """Whether those of the header are."""

    @property
    def spaced(self) -> tuple[str, ...]:
        """The columns with a space before each cell."""


def write_samples(
    samples: Tensor,
    out: Path,
    *,
    columns: Names = None,
    bounds: tuple[float, float] | None = None,
    cells: "pd.DataFrame | None" = None,
    form: "Form | None" = None,
    described: Sequence[Column] | None = None,
    across: int = 8,
) -> Path:
    """Writes samples in the user's units, whole or not at all.

    Numbers have the 17 digits that bring back every one of them; an array of images is float32, of others float64.

    Args:
        samples: `(n, *shape)`; images between their bounds.
        out: `.png` for one picture, `.npy` or `.csv` for numbers, no suffix for a new folder with a PNG per image.
        columns: names of the features, for the first line of a `.csv` and the axes of a picture.
        bounds: what is black and what is white in images, 0 and 1 if not given.
        cells: the samples as rows of a table of mixed columns, for a `.csv`.
        form: of the text file that such a table was learned from.
        described: what its columns are, for a picture.
        across: images in a row of a picture.

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
            write_cells(cells, out, form)
        elif described is not None and write is write_picture:
            table_figure(described, {"generated": samples}, out, title=title_of(samples))
        elif write is write_picture and samples.dim() == 4:
            save_images(samples, out, across)
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


def write_cells(cells: "pd.DataFrame", out: Path, form: "Form | None" = None) -> None:
    """A table of mixed columns as its file writes it, but for words that a spreadsheet would take for a formula."""
    separator, header, quoted, spaced = (
        (",", True, (), ()) if form is None else (form.separator, form.header, form.quoted, form.spaced)
    )
    columns = []
    for name in cells.columns:
        texts = safe(name, texts_of(cells[name]))
        always, space = name in quoted, " " * (name in spaced)
        columns.append([space + in_quotes(text, separator, always=always) for text in texts])
    if len(columns) == 1:  # an empty line is no row
        columns[0] = [text or '""' for text in columns[0]]
    with replacing(out) as file:
        if header:
            write_header(list(cells.columns), file, separator, quoted=form is not None and form.names_quoted)
        for row in zip(*columns, strict=True):
            file.write((separator.join(row) + "\n").encode("utf-8", "backslashreplace"))


def texts_of(column: "pd.Series") -> list[str]:
    """The text of each cell, empty where there is none; times of midnight alone are dates."""
    filled = column.notna()
    if column.dtype.kind == "M" and (column[filled] == column[filled].dt.normalize()).all():
        column = column.dt.strftime("%Y-%m-%d")
    return [str(cell) if full else "" for cell, full in zip(column, filled, strict=True)]


def in_quotes(text: str, separator: str, *, always: bool) -> str:
    """A cell in quotes, where it needs them, or always unless it is empty."""
    needed = separator in text or text != text.strip() or any(mark in text for mark in '"\n\r') or text[:1] == "#"
    return '"' + text.replace('"', '""') + '"' if needed or (always and text) else text


def safe(name: str, texts: list[str]) -> list[str]:
    """Cells of which those that a spreadsheet would run have a ' before them; numbers have a sign."""
    formulas = {text for text in set(texts) if is_formula(text)}
    if not formulas:
        return texts
    count = sum(text in formulas for text in texts)
    warnings.warn(
        f"{count:,} cells of column {name!r} are written with a ' before them, which a spreadsheet would run as "
        "formulas",
        stacklevel=3,
    )
    return [f"'{text}" if text in formulas else text for text in texts]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet runs a cell.

    Example:
        >>> [is_formula(text) for text in ("=1+1", "-x", "@SUM(A1)", "-1+A1", "-1.234,5 €", "+3e5", "-$7", "-", "a=b")]
        [True, True, True, True, False, False, False, False, False]
    """
    return text.startswith(FORMULA) and NUMBER.fullmatch(text) is None and text not in DASHES


def write_header(columns: Sequence[str], file: BinaryIO, separator: str = ",", *, quoted: bool = False) -> None:
    """The columns' names, none of which a spreadsheet takes for a formula."""
    formulas = [name for name in columns if name.startswith(FORMULA)]
    if formulas:
        warnings.warn(
            f"columns {', '.join(map(repr, formulas))} are written with a ' before their names, "
            "which a spreadsheet would run as formulas",
            stacklevel=2,
        )
    text = io.StringIO()
    all_quoted = quoted or not all(map(str.isprintable, columns))
    rows = csv.writer(
        text,
        delimiter=separator,
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
    )
    rows.writerow(f"'{name}" if name in formulas else name for name in columns)
    file.write(text.getvalue().encode("utf-8", "backslashreplace"))


def write_picture(samples: Tensor, out: Path, columns: Names) -> None:
    """One picture of all vectors."""
    sample_figure(samples[:0], samples, out, title=title_of(samples), unit="data units", columns=columns)


def title_of(samples: Tensor) -> str:
    """What a picture of samples alone is called."""
    return f"{len(samples):,} generated samples"


def write_folder(samples: Tensor, out: Path, _: Names) -> None:
    """A picture of each."""
    with new_folder(out) as folder:
        for k, image in enumerate(samples):
            to_picture(image).save(folder / f"{k:06d}.png")


WRITERS = {".npy": write_array, ".csv": write_table, ".png": write_picture}
