"""The front door: one text names any data set, toy or file."""

import inspect
import math
import stat
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from wgan.data import toy
from wgan.data.endless import Endless
from wgan.data.hub import read_hub
from wgan.data.idx import is_idx
from wgan.data.images.folders import is_picture, read_folder, read_stack, read_zip
from wgan.data.named import NAMED, Parts
from wgan.data.pairs.funnels import funnel_side
from wgan.data.reading import reading
from wgan.data.settings import DataSettings
from wgan.data.source import Source
from wgan.data.stored import StoredData
from wgan.data.tables.arrays import read_idx_table, read_npy, read_npz
from wgan.data.tables.columns import NotNumbers
from wgan.data.tables.parquet import read_parquet
from wgan.data.tables.text import read_text
from wgan.data.tensor import TensorSource
from wgan.errors import InputError, unknown_name
from wgan.memory import require_memory
from wgan.randomness import stream

__all__ = ["open_as_it_is", "open_source", "source_names"]

_TOYS: dict[str, Callable[..., Endless]] = {
    name: getattr(toy, name) for name in toy.__all__ if inspect.isfunction(getattr(toy, name))
}
READERS: dict[str, Callable[[Path, DataSettings], StoredData]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".csv": read_text,
    ".tsv": read_text,
    ".txt": read_text,
    ".parquet": read_parquet,
}
"""How a table is read, by the suffix of its file."""
_KINDS = f"a folder, {', '.join(READERS)}, .csv.gz, .tsv.gz, .txt.gz, .zip, .idx, .idx.gz or a stack such as .tif"


def source_names() -> tuple[str, ...]:
    """The names that `open_source` knows, besides files and folders.

    Example:
        >>> source_names()[:3]
        ('digits', 'mnist', 'fashion-mnist')
    """
    return (*NAMED, *_TOYS, "funnels")


def open_source(source: str | Path | DataSettings, **fields: Any) -> Source:  # noqa: ANN401 - the settings' own fields
    """Opens a data set by name, a toy, or a file.

    Args:
        source: a name, a path or complete settings, see `DataSettings`.
        fields: of the settings, by name.

    Raises:
        InputError: the data cannot be found, read or used; the message says what to do.

    Example:
        >>> digits = open_source("digits", classes=["0", "1"])
        >>> digits.shape, len(digits), digits.classes
        ((1, 8, 8), 360, ('0', '1'))
    """
    if isinstance(source, DataSettings):
        settings = replace(source, **fields)
    else:
        settings = DataSettings(source=str(source), **fields)
    if plane := _toy(settings.source):
        return _prepared(plane, settings)
    train, test = _read(settings)
    opened = _narrowed(train, settings).source(settings)
    if test is not None:
        opened.held_out = _narrowed(test, replace(settings, limit=None)).source(settings, opened)
    return opened


def open_as_it_is(settings: DataSettings) -> Source:
    """Opens a data set, and a table as one of mixed columns if its cells are not all numbers.

    Raises:
        InputError: the data cannot be found, read or used either way.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            source = open_source(settings)
        except InputError as error:
            if not is_table(settings.source):
                raise
            said.clear()
            source = _open_mixed(settings, error)
    for line in said:
        warnings.warn(str(line.message), stacklevel=2)
    return source


def _open_mixed(settings: DataSettings, error: InputError) -> Source:
    """The table of mixed columns, or why it is none: what is wrong with it as numbers, unless that is their kind."""
    try:
        return open_source(settings, mixed=True)
    except InputError as other:
        raise (other if isinstance(error, NotNumbers) else error) from None


def is_table(source: str) -> bool:
    """Whether a name is that of a file whose columns may be mixed."""
    plain = source.lower().removesuffix(".gz")
    return READERS.get(Path(plain).suffix) in (read_text, read_parquet)


def _narrowed(stored: StoredData, settings: DataSettings) -> StoredData:
    chosen = stored if settings.classes is None else stored.only(settings.classes)
    if len(chosen) < 2:
        raise InputError(f"{stored.name}: holds {len(chosen)} of the samples asked for; expected at least 2")
    return chosen if settings.limit is None else chosen.first(settings.limit, settings.seed)


def _toy(spec: str) -> Endless | None:
    name, colon, parameter = spec.partition(":")
    if name == "funnels":
        return funnel_side(spec)
    if name not in _TOYS:
        return None
    if not colon:
        return _TOYS[name]()
    try:
        value = float(parameter)
    except ValueError:
        raise InputError(f"{spec}: {parameter!r} is no number; expected such as {name}:0.5, or {name} alone") from None
    return _TOYS[name](value)


def _prepared(plane: Endless, settings: DataSettings) -> Source:
    settings.refuse_others(plane.name, "points")
    if settings.classes is not None:
        raise InputError(f"{plane.name} has no classes; leave out --classes")
    if settings.limit is None:
        return plane
    numbers = settings.limit * math.prod(plane.shape)
    require_memory(8 * numbers, f"{settings.limit:,} samples of {plane.name}", "lower --limit")
    points = plane.sample(settings.limit, stream(settings.seed, "limit"))
    drawn = TensorSource(points, plane.name, plane.scaling, seed=settings.seed)
    drawn.modes, drawn.mode_std = plane.modes, plane.mode_std
    return drawn


def _read(settings: DataSettings) -> Parts:
    spec = settings.source
    if spec in NAMED:
        return _familiar(NAMED[spec]())
    if spec.startswith("hf:"):
        return read_hub(settings)
    path = _found(spec)
    if path.is_dir():
        return read_folder(spec, path)
    if is_picture(path):
        return read_stack(spec, path), None
    if path.suffix.lower() == ".zip":
        return read_zip(spec, path)
    if is_idx(path):
        return read_idx_table(path, settings), None
    plain = path.name.lower().removesuffix(".gz")
    reader = READERS.get(Path(plain).suffix)
    if reader is None or (plain != path.name.lower() and reader is not read_text):
        raise InputError(f"{spec}: {path.suffix or 'a file without a suffix'} is not known; expected {_KINDS}")
    return reader(path, settings), None


def _found(spec: str) -> Path:
    """The file or folder of that name, which can be read to an end."""
    with reading(spec, "a name, or the path of a file or folder that may be read"):
        path = Path(spec).expanduser()
        mode = path.stat().st_mode if path.exists() else None
    if mode is None:
        if path.suffix or len(path.parts) > 1:
            raise InputError(
                f"{spec}: no such file or folder; check the path, or use one of {', '.join(source_names())}"
            )
        raise unknown_name("data", spec, source_names())
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError(f"{spec}: is a pipe or a device; write its content into a file first")
    if stat.S_ISREG(mode) and not path.stat().st_size:
        raise InputError(f"{spec}: is empty (0 bytes); copy or download it anew")
    return path


def _familiar(parts: Parts) -> Parts:
    for part in parts:
        if part is not None:
            part.familiar = True
    return parts
