"""Which data, and how it is prepared: the one list of its settings."""

import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Annotated, Any

from wgan.checks import Checked, NotNegative, Rule
from wgan.data.pixels import Pixels
from wgan.errors import InputError

__all__ = ["DataSettings"]

Samples = Annotated[int, Rule("2 samples or more", lambda value: value >= 2)]
Header = Annotated[str, Rule("auto, yes or no", lambda value: value in ("auto", "yes", "no"))]
Decimal = Annotated[str, Rule("auto, a point or a comma", lambda value: value in ("auto", ".", ","))]
_IMAGES, _TABLES = {"of": "images"}, {"of": "tables"}


@dataclass(frozen=True, kw_only=True)
class DataSettings(Checked):
    """Which data, and how it is prepared; `wgan.data.open_source` opens it.

    Lists may arrive as text with commas, and the resolution as one side; the fields hold what they mean.

    Args:
        source: a name of `wgan.data.source_names`, a toy with its parameter such as `lines:0.5`, a side of a benchmark
            pair such as `funnels:16:64:fake`, or the path of a file or folder.
        classes: keep only these, each the name or the index of a class, numbered anew in this order; none for all.
        limit: keep only the first samples of a permutation; a toy is drawn that many times, once and for all.
        resolution: of images, `(height, width)` or one side: the centre is cropped to the proportions, then resized.
        gray: one channel of luma instead of colours.
        mirror: flip each image of a batch left to right with probability one half.
        strict: refuse a picture that cannot be used, instead of skipping it with a warning.
        pixel_range: model values of black and white.
        dequantize: width of the uniform noise added to each pixel, in grey levels (see `Pixels`).
        standardize: bring every column of a table to mean 0 and deviation 1.
        columns: of a table, keep only these, each a name or a number counted from 1, in this order; none for all.
        drop: of a table, leave these columns out.
        header: whether the first line of a text file holds the columns' names: `auto` to tell by what it holds.
        decimal: the sign before the decimals in a text file, `.` or `,`; `auto` to tell where only one can be meant.
        mixed: of a table, whether columns may hold words, dates and empty cells, and numbers are learned as they are
            written; else every cell is a number.
        kind: of which kind columns of such a table are, each as `age=number`; a form for `strftime` says how dates are
            written: `born=%d/%m/%Y`.
        label: of such a table, the column that is to be told from the others, by which samples are judged.
        seed: of the permutations behind `limit` and `Source.split`.

    Raises:
        InputError: a value that cannot be meant.

    Example:
        >>> DataSettings(source="photos", resolution="32,64", classes="cat,dog").resolution
        (32, 64)
        >>> DataSettings(source="photos", resolution=32).resolution
        (32, 32)
    """

    source: str = "digits"
    classes: tuple[str, ...] | None = None
    limit: Samples | None = None
    resolution: tuple[int, ...] | None = field(default=None, metadata=_IMAGES)
    gray: bool = field(default=False, metadata=_IMAGES)
    mirror: bool = field(default=False, metadata=_IMAGES)
    strict: bool = False
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    dequantize: NotNegative = field(default=0.0, metadata=_IMAGES)
    standardize: bool = True
    columns: tuple[str, ...] | None = field(default=None, metadata=_TABLES)
    drop: tuple[str, ...] = field(default=(), metadata=_TABLES)
    header: Header = field(default="auto", metadata=_TABLES)
    decimal: Decimal = field(default="auto", metadata=_TABLES)
    mixed: bool = field(default=False, metadata=_TABLES)
    kind: tuple[str, ...] = field(default=(), metadata=_TABLES)
    label: str | None = field(default=None, metadata=_TABLES)
    seed: int = 0

    def __post_init__(self) -> None:
        """Brings every field to its one form, then checks it."""
        normal: dict[str, object] = {
            "source": str(self.source),
            "classes": as_names(self.classes),
            "resolution": as_resolution(self.resolution),
            "pixel_range": tuple(self.pixel_range),
            "columns": as_names(self.columns),
            "drop": as_names(self.drop) or (),
            "kind": as_kinds(self.kind),
        }
        for name, value in normal.items():
            object.__setattr__(self, name, value)
        super().__post_init__()
        if not self.source.strip():
            raise InputError("the name of the data is empty; expected one such as digits, or the path of a file")
        assert self.pixels, "making it checks the range of the pixels"

    @property
    def size(self) -> tuple[int, int] | None:
        """`(height, width)` of images, or None to keep theirs."""
        return None if self.resolution is None else (self.resolution[0], self.resolution[1])

    @cached_property
    def pixels(self) -> Pixels:
        """How stored bytes become model units."""
        return Pixels(*self.pixel_range, dequantize=self.dequantize, mirror=self.mirror)

    def refuse_others(self, name: str, kind: str) -> None:
        """Refuses what was asked for that this kind of data does not have.

        Args:
            name: how the user named the data.
            kind: `images`, `tables` or `points`.

        Raises:
            InputError: a setting of another kind differs from its default.
        """
        for setting in fields(self):
            of = setting.metadata.get("of", kind)
            if of != kind and getattr(self, setting.name) != setting.default:
                raise InputError(f"--{setting.name} is for {of}, not for {kind} such as {name}; leave it out")


def as_resolution(given: Any) -> tuple[int, int] | None:  # noqa: ANN401 - a number, its text, or a list of either
    """`(height, width)` from one side or both.

    Raises:
        InputError: anything else.

    Example:
        >>> as_resolution("32"), as_resolution([32, 64]), as_resolution(None)
        ((32, 32), (32, 64), None)
    """
    if given is None:
        return None
    parts = given.strip("()[] ").split(",") if isinstance(given, str) else given
    try:
        sides = [side_from(part) for part in (parts if isinstance(parts, Iterable) else [parts])]
    except (TypeError, ValueError):
        sides = []
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise InputError(f"resolution {given}: expected a side or height,width of 1 pixel or more, such as 32,64")

    return sides[0], sides[-1]


def side_from(part: Any) -> int:  # noqa: ANN401 - a whole number of any type, or its text
    """A whole number, which a fraction is not."""
    return int(part) if isinstance(part, str) else operator.index(part)


def as_names(given: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - text with commas, or a list
    """Names from a list, or from text with commas.

    Example:
        >>> as_names("age, income"), as_names([1, "age"]), as_names(None)
        (('age', 'income'), ('1', 'age'), None)
    """
    if given is None:
        return None
    return tuple(str(name).strip() for name in (given.split(",") if isinstance(given, str) else given))


def as_kinds(given: Any) -> tuple[str, ...]:  # noqa: ANN401 - text with commas, or a list of such
    """Pairs such as `age=number` from a list, or from text with commas; a form of dates may hold commas itself.

    Example:
        >>> as_kinds("age=number,born=%b %d, %Y"), as_kinds(["a=date", "b=category"])
        (('age=number', 'born=%b %d, %Y'), ('a=date', 'b=category'))
    """
    texts = [given] if isinstance(given, str) else map(str, given or ())
    return tuple(pair.strip() for text in texts for pair in re.split(r",(?=[^,]*=)", text) if pair.strip())
