"""How far apart two data sets are, by several methods on the same samples."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from wgan.critic import estimate
from wgan.data import DataSettings, Source, open_source
from wgan.distances import (
    Distance,
    Exact,
    Halves,
    Interval,
    PermutationTest,
    compare_halves,
    distance,
    methods,
    permutation_test,
)
from wgan.errors import InputError, unknown_name
from wgan.randomness import stream
from wgan.runs.run import Run

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Distances between the same two sets of samples.

    Attributes:
        a: how the user named the first.
        b: and the second.
        unit: of the samples.
        rows: one distance per method.
        left_out: methods that cannot measure these samples, with the reason.
        halves: exact W₁ between halves of the two, and within each: what no difference at all looks like.
        drift: how probable so great a distance would be, if both sets came from one distribution.
    """

    a: str
    b: str
    unit: str
    rows: list[Distance]
    left_out: dict[str, str]
    halves: Halves
    drift: PermutationTest

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 1."""
        return {"schema": 1, **asdict(self)}

    def to_text(self) -> str:
        """A table that a person reads."""
        first = self.rows[0]
        lines = [f"{self.a} ({first.n:,} samples) and {self.b} ({first.m:,}), {first.dim} features, {self.unit}"]
        lines += [f"{'method':<12}{'distance':>11}  {span(first.interval, 'interval'):<19}{'seconds':>8}  what it is"]
        lines += [
            f"{row.method:<12}{row.value:>11.4g}  {span(row.interval):<19}{row.seconds:>8.2f}  {row.note}"
            for row in self.rows
        ]
        for reason in dict.fromkeys(self.left_out.values()):
            names = ", ".join(name for name, of_it in self.left_out.items() if of_it == reason)
            lines.append(f"left out: {names} ({reason})")
        halves = (
            f"at half the size, exact W₁ is {self.halves.between:.4g} between the two, "
            f"{self.halves.within_x:.4g} within {self.a} and {self.halves.within_y:.4g} within {self.b}; "
            f"of the distributions it leaves {self.halves.debiased:.4g} or more"
        )
        test = self.drift
        drift = f"p = {test.p_value:.3g} by {test.permutations} permutations of the {test.method} distance"
        verdict = "the difference is real" if self.drift.p_value < 0.05 else "no difference is shown"
        return "\n".join([*lines, f"yardstick: {halves}", f"{verdict}: {drift}"])


def span(interval: Interval | None, title: str = "") -> str:
    """An interval, or the title of their column, in a cell of the table."""
    if interval is None:
        return ""
    return f"{interval.level:.0%} {title}" if title else f"{interval.low:.4g} to {interval.high:.4g}"


def compare(
    a: str,
    b: str,
    method: str = "all",
    p: float | None = None,
    n: int = 1000,
    seed: int = 0,
    confidence: float | None = None,
) -> Comparison:
    """Measures the distance between two data sets, or a run and its data, in the user's units.

    Args:
        a: a data set as `open_source` takes it, or a run directory.
        b: likewise.
        method: a short name of `wgan.distances.methods()`, `critic`, or `all` for every one that needs no training.
        p: the power of the ground cost, for the methods that have one.
        n: at most this many samples of each side.
        seed: of the draw.
        confidence: the level of each distance's interval, among `all` of those only that are quick; None for none.

    Raises:
        InputError: for an unknown method or data set, or two sets of different shape.
    """
    known = [*methods(), "critic", "all"]
    if method not in known:
        raise unknown_name("distance", method, known)
    runs = [Run.open(spec) if (Path(spec) / "recipe.toml").is_file() else None for spec in (a, b)]
    like = next((run.recipe.data for run in runs if run), DataSettings())
    (x, unit), (y, _) = (
        samples_of(prepared(spec, like) if run is None else run, n, seed, side)
        for spec, run, side in zip((a, b), runs, "ab", strict=True)
    )
    if x.shape[1:] != y.shape[1:]:
        raise InputError(
            f"{a} has samples of shape {tuple(x.shape[1:])}, {b} of {tuple(y.shape[1:])}; expected equal ones"
        )
    rows, left_out = [], {}
    for name in list(methods()) if method == "all" else [method]:
        try:
            if name == "critic":
                rows.append(by_critic(x, y, seed))
            else:
                level = None if method == "all" and methods()[name].costly else confidence
                rows.append(distance(x, y, name, p or 1, confidence=level))
        except InputError as error:
            if method != "all":
                raise
            left_out[name] = str(error)
    return Comparison(
        a, b, unit, rows, left_out, compare_halves(Exact(), x, y, seed=seed), permutation_test(x, y, seed=seed)
    )


def prepared(spec: str, like: DataSettings) -> Source:
    """A data set as a run that it is compared with has seen it: as large, as grey, and of its classes if it is its."""
    if spec != like.source:
        like = replace(like, source=spec, classes=None, limit=None)
    return open_source(replace(like, mirror=False, dequantize=0.0))


def samples_of(side: Source | Run, n: int, seed: int, name: str) -> tuple[Tensor, str]:
    """At most `n` samples of a data set or a run in the user's units, and the unit."""
    if isinstance(side, Run):
        return side.sample(n, seed=seed), side.card.scaling.unit
    return side.observed(side.at_most(n), stream(seed, "comparison", name)), side.scaling.unit


def by_critic(x: Tensor, y: Tensor, seed: int) -> Distance:
    """The critic's own estimate as a row beside the others."""
    began = time.perf_counter()
    found = estimate(x, y, seed=seed)
    note = f"the best of several critics, {found.name}, with κ = {found.kappa.used:.3g}"
    return Distance(
        value=found.value,
        method="critic",
        p=1,
        n=len(x),
        m=len(y),
        dim=x[0].numel(),
        interval=Interval(*found.interval, 0.95, "the distance of the distributions, if a critic reaches it"),
        seconds=time.perf_counter() - began,
        unit="of the data",
        note="; ".join([note, *found.warnings]),
    )
