"""The front door: one text names any data set, toy or file."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path

from wgan.data import toy
from wgan.data.idx import is_idx
from wgan.data.images.folders import read_folder, read_zip
from wgan.data.named import NAMED, Parts
from wgan.data.pairs.funnels import funnel_side
from wgan.data.pixels import Pixels
from wgan.data.source import Source, TensorSource
from wgan.data.stored import Options, StoredData
from wgan.data.tables.arrays import read_csv, read_idx_table, read_npy, read_npz
from wgan.data.tables.parquet import read_hub, read_parquet
from wgan.errors import InputError, unknown_name
from wgan.randomness import stream

__all__ = ["open_source", "source_names"]

_TOYS: dict[str, Callable[..., toy.Toy]] = {
    name: getattr(toy, name) for name in toy.__all__ if inspect.isfunction(getattr(toy, name))
}
_READERS: dict[str, Callable[[str, Path], StoredData]] = {".npy": read_npy, ".npz": read_npz, ".csv": read_csv}
_READERS |= {".parquet": read_parquet, ".zip": read_zip}
_KINDS = f"a folder, {', '.join(_READERS)}, .idx or .idx.gz"


def source_names() -> tuple[str, ...]:
    """The names that `open_source` knows, besides files and folders.

    Example:
        >>> source_names()[:3]
        ('digits', 'mnist', 'fashion-mnist')
    """
    return (*NAMED, *_TOYS, "funnels")


def open_source(
    spec: str,
    *,
    classes: Sequence[str] | None = None,
    limit: int | None = None,
    resolution: int | tuple[int, int] | None = None,
    gray: bool = False,
    mirror: bool = False,
    strict: bool = False,
    pixel_range: tuple[float, float] = (-1.0, 1.0),
    dequantize: float = 0.0,
    standardize: bool = True,
    seed: int = 0,
) -> Source:
    """Opens a data set by name, a toy, or a file.

    Args:
        spec: a name of `source_names()`, a toy with its parameter such as `lines:0.5`, a side of a benchmark pair such
            as `funnels:16:64:fake` (see `wgan.data.pairs.funnels.funnel_side`), or the path of a file or folder.
        classes: keep only these, each the name or the index of a class, numbered anew in this order.
        limit: keep only the first samples of a permutation; a toy is drawn that many times, once and for all.
        resolution: of images, a side or `(height, width)`: the centre is cropped to the proportions, then resized.
        gray: one channel of luma instead of colours.
        mirror: flip each image of a batch left to right with probability one half.
        strict: refuse a picture that cannot be used, instead of skipping it with a warning.
        pixel_range: model values of black and white.
        dequantize: width of the uniform noise added to each pixel, in grey levels (see `Pixels`).
        standardize: bring every column of a table to mean 0 and deviation 1.
        seed: of the permutations behind `limit` and `Source.split`.

    Raises:
        InputError: the data cannot be found, read or used; the message says what to do.

    Example:
        >>> digits = open_source("digits", classes=["0", "1"])
        >>> digits.shape, len(digits), digits.classes
        ((1, 8, 8), 360, ('0', '1'))
    """
    options = Options(
        resolution=(resolution, resolution) if isinstance(resolution, int) else resolution,
        gray=gray,
        strict=strict,
        pixels=Pixels(*pixel_range, dequantize=dequantize, mirror=mirror),
        standardize=standardize,
        seed=seed,
    )
    if limit is not None and limit < 2:
        raise InputError(f"limit {limit}: expected at least 2 samples")
    if plane := _toy(spec):
        return _open_toy(plane, classes, limit, options)
    train, test = _read(spec)
    source = _narrowed(train, classes, limit, seed).source(options)
    if test is not None:
        source.held_out = _narrowed(test, classes, None, seed).source(options)
    return source


def _narrowed(raw: StoredData, classes: Sequence[str] | None, limit: int | None, seed: int) -> StoredData:
    chosen = raw if classes is None else raw.only(classes)
    if len(chosen) < 2:
        raise InputError(f"{raw.name}: holds {len(chosen)} of the samples asked for; expected at least 2")
    return chosen if limit is None else chosen.first(limit, seed)


def _toy(spec: str) -> Source | None:
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


def _open_toy(plane: Source, classes: Sequence[str] | None, limit: int | None, options: Options) -> Source:
    options.refuse_for(plane.name)
    if classes is not None:
        raise InputError(f"{plane.name} has no classes; leave out --classes")
    if limit is None:
        return plane
    points = plane.sample(limit, stream(options.seed, "limit"))
    drawn = TensorSource(points, plane.name, plane.scaling, seed=options.seed)
    drawn.modes, drawn.mode_std = plane.modes, plane.mode_std
    return drawn


def _read(spec: str) -> Parts:
    if spec in NAMED:
        return NAMED[spec]()
    if spec.startswith("hf:"):
        return read_hub(spec)
    path = Path(spec).expanduser()
    if not path.exists():
        if path.suffix or len(path.parts) > 1:
            raise InputError(
                f"{spec}: no such file or folder; check the path, or use one of {', '.join(source_names())}"
            )
        raise unknown_name("data", spec, source_names())
    if path.is_dir():
        return read_folder(spec, path), None
    if not path.stat().st_size:
        raise InputError(f"{spec}: is empty (0 bytes); copy or download it anew")
    if is_idx(path):
        return read_idx_table(spec, path), None
    if path.suffix.lower() not in _READERS:
        raise InputError(f"{spec}: {path.suffix or 'a file without a suffix'} is not known; expected {_KINDS}")
    return _READERS[path.suffix.lower()](spec, path), None
