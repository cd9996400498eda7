"""What several subcommands take."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, Token

from wgan.catalogue import metric_names
from wgan.errors import InputError

if TYPE_CHECKING:
    from wgan.metrics import Metric
    from wgan.metrics.features import Features

__all__ = ["METRICS", "NO_JUDGE_OPTIONS", "NO_OPTIONS", "Count", "DataOptions", "Flag", "JudgeOptions", "Place"]


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
    decimal: str | None = None
    """The decimal sign of a text file: `.`, `,` or `auto`, to tell by its content."""
    columns: str | None = None
    """Keep only these columns of a table, such as `age,income`."""
    drop: str | None = None
    """Leave out these columns of a table."""
    kind: list[str] | None = None
    """Of which kind a column of a table is, such as `age=number`: `number`, `category`, `yes/no`, `date`, a form of
    dates such as `%d/%m/%Y`, or `identifier`, to have new ones made up. May be repeated."""
    label: str | None = None
    """The column of a table that is to be told from the others, by which samples are judged."""

    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NO_OPTIONS = DataOptions()

METRICS = f"""What to measure: {", ".join(f"`{name}`" for name in metric_names())}, with commas between them, or `all`;
by default `w1`, what is known of modes, and of tables of mixed columns `shapes`, `pairs`, `detection`, `usefulness`,
`copies` and `nn`."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class JudgeOptions:
    """How generated samples are measured."""

    metrics: Annotated[str | None, Parameter(help=METRICS)] = None
    features: str | None = None
    """In which features, for the metrics that need them: `digits`, `fashion`, `stacked-digits`, `inception`, `pixels`,
    or a .pt, .onnx or .pth file; by default those of the classifier that knows the data, else `pixels`."""
    n: Annotated[int | None, Parameter(name=["-n", "--n"])] = None
    """This many samples of each side; by default 1,000, up to 30,000 for what is measured of tables, fewer of a
    small data set or of large images."""

    def chosen(self) -> tuple["tuple[Metric, ...] | None", "Features | None"]:
        """The metrics and the features by their names.

        Raises:
            InputError: for an unknown name, with the nearest ones.
        """
        from wgan.metrics import metrics_named
        from wgan.metrics.features import features_named

        metrics = None if self.metrics is None else metrics_named(name.strip() for name in self.metrics.split(","))
        return metrics, None if self.features is None else features_named(self.features)


NO_JUDGE_OPTIONS = JudgeOptions()
