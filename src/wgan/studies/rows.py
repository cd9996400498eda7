"""What a study measured, a row for each setting and seed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, overload

__all__ = ["Measures", "Row", "Rows", "Settings", "grid"]

Settings = Mapping[str, Any]
Measures = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        settings: what was varied, the seed among them.
        measures: what came out.
        seconds: of processor time.
        processor: that measured it.
        commit: of the source tree, where there was one.
    """

    settings: Settings
    measures: Measures
    seconds: float = 0.0
    processor: str = ""
    commit: str | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a setting or a measure
        return self.measures[name] if name in self.measures else self.settings[name]


@dataclass(frozen=True)
class Rows(Sequence[Row]):
    """Rows to ask for parts and columns.

    Example:
        >>> rows = Rows([Row({"n": n, "seed": s}, {"error": 1 / n}) for n in (2, 4) for s in (0, 1)])
        >>> [(n, part.values("error")) for n, part in rows.by("n")]
        [(2, [0.5, 0.5]), (4, [0.25, 0.25])]
        >>> rows.where(n=4, seed=1).values("error")
        [0.25]
    """

    rows: Sequence[Row]

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows": ...
    def __getitem__(self, index: int | slice) -> "Row | Rows":
        return Rows(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, **settings: Any) -> "Rows":  # noqa: ANN401 - any setting
        """Those with these settings; a row that lacks one is left out."""
        return Rows([row for row in self.rows if all(row.settings.get(k) == v for k, v in settings.items())])

    def parted(self) -> tuple["Rows", "Rows"]:
        """Those of the claim, and those of the control, which have the setting `control=True`."""
        control = [row for row in self.rows if row.settings.get("control", False)]
        return Rows([row for row in self.rows if not row.settings.get("control", False)]), Rows(control)

    def values(self, name: str) -> list[float]:
        """A measure or a setting of every row, as numbers."""
        return [float(row[name]) for row in self.rows]

    def levels(self, setting: str) -> list[Any]:
        """The values of a setting, in the order in which they appear."""
        return list(dict.fromkeys(row.settings[setting] for row in self.rows if setting in row.settings))

    def by(self, setting: str) -> Iterator[tuple[Any, "Rows"]]:
        """The rows of each level of a setting."""
        for level in self.levels(setting):
            yield level, self.where(**{setting: level})


def grid(**levels: Iterable[Any]) -> list[Settings]:
    """Every combination of the levels, the last name varying fastest.

    Example:
        >>> grid(n=(1, 2), seed=range(2))
        [{'n': 1, 'seed': 0}, {'n': 1, 'seed': 1}, {'n': 2, 'seed': 0}, {'n': 2, 'seed': 1}]
    """
    return [dict(zip(levels, values, strict=True)) for values in product(*levels.values())]
