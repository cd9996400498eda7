"""What several subcommands take."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter, Token

from wgan.errors import InputError

__all__ = ["NO_OPTIONS", "Count", "DataOptions", "Flag", "Place"]


def place(kind: type, tokens: Sequence[Token]) -> Path:  # noqa: ARG001 - the form of a converter
    """A path, which an empty text is not: it would be the current folder."""
    if not tokens[0].value:
        raise InputError("an empty text is no path; expected one, or . for the current folder")
    return Path(tokens[0].value)


Place = Annotated[Path, Parameter(converter=place)]
Flag = Annotated[bool, Parameter(negative="")]
Switch = Annotated[bool | None, Parameter(negative="")]
Count = Annotated[int, Parameter(name=["-n", "--n"])]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """The data settings that have an option of their own, by the same name; the others are `--data.NAME`."""

    classes: str | None = None
    """Keep only these classes, such as `0,1`."""
    limit: int | None = None
    """Keep only this many samples."""
    resolution: str | None = None
    """Resize images to this height and width, such as `32` or `32,64`."""
    gray: Switch = None
    """Make images grey."""
    strict: Switch = None
    """Stop at a file that is no image instead of skipping it."""
    header: str | None = None
    """Whether the first line of a text file holds the columns' names: `yes`, `no` or `auto`, to tell by its content."""
    columns: str | None = None
    """Keep only these columns of a table, such as `age,income`."""
    drop: str | None = None
    """Leave out these columns of a table."""

    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NO_OPTIONS = DataOptions()
