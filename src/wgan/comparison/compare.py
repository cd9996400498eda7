"""How far apart two data sets are, by several methods on the same samples."""

import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from torch import Tensor

from wgan.comparison.columns import outweighing, standardized
from wgan.comparison.sides import NOTHING, Side, both_sides
from wgan.critic import estimate
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
from wgan.processes import present
from wgan.text import paragraph

__all__ = ["Comparison", "compare"]

HALVABLE = 4
"""Samples of each side that an interval needs, which comes from halves."""
SHARED = ("exact", "critic")
"""Methods whose work several processes share; all else is done by the first alone."""
REPEATABLE = 5000
"""Samples of a side up to which what takes dozens of measurements takes all of them."""


@dataclass(frozen=True)
class Comparison:
    """Distances between the same two sets of samples.

    Attributes:
        a: how the user named the first.
        b: and the second.
        unit: of the samples.
        rows: one distance per method.
        left_out: methods that cannot measure these samples, with the reason.
        halves: exact W₁ between halves of the two, and within each: what no difference at all looks like; None for
            too few samples.
        drift: how probable so great a distance would be, if both sets came from one distribution.
        sides: the samples themselves, which are no part of its JSON.
    """

    a: str
    b: str
    unit: str
    rows: list[Distance]
    left_out: dict[str, str]
    halves: Halves | None
    drift: PermutationTest
    sides: tuple[Side, ...] = field(default=(), repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 1."""
        found = {"schema": 1, **asdict(replace(self, sides=()))}
        del found["sides"]
        return found

    def to_text(self) -> str:
        """A table that a person reads."""
        first = self.rows[0]
        features = f"{first.dim:,} feature{'s' * (first.dim != 1)}"
        if self.sides and self.sides[0].cells is not None:
            features = self.sides[0].kind
        lines = [f"{self.a} ({first.n:,} samples) and {self.b} ({first.m:,}), {features}, {self.unit}"]
        lines += [f"{'method':<12}{'distance':>11}  {span(first.interval, 'interval'):<19}{'seconds':>8}  what it is"]
        lines += map(line, self.rows)
        lines += self.reasons
        if self.yardstick:
            lines.append(f"yardstick: {self.yardstick}")
        return paragraph([*lines, self.verdict])

    @property
    def reasons(self) -> list[str]:
        """Why methods were left out, a line for each reason."""
        lines = []
        for reason in dict.fromkeys(self.left_out.values()):
            names = ", ".join(name for name, of_it in self.left_out.items() if of_it == reason)
            lines.append(f"left out: {names} ({reason})")
        return lines

    @property
    def verdict(self) -> str:
        """Whether there is a difference at all, in one line."""
        test = self.drift
        verdict = "the difference is real" if test.p_value < 0.05 else "no difference is shown"
        chance = f"p = {test.p_value:.3g} by {test.permutations} permutations of the {test.method} distance"
        return f"{verdict}: {chance}"

    @property
    def yardstick(self) -> str:
        """What no difference at all looks like, in one line; empty for too few samples."""
        halves = self.halves
        if halves is None:
            return ""
        return (
            f"at half the size, exact W₁ is {halves.between:.4g} between the two, "
            f"{halves.within_x:.4g} within {self.a} and {halves.within_y:.4g} within {self.b}; "
            f"of the distributions it leaves {max(halves.debiased, 0):.4g} or more"
        )


def line(row: Distance) -> str:
    """A distance's row of the table."""
    return f"{row.method:<12}{row.value:>11.4g}  {span(row.interval):<19}{row.seconds:>8.2f}  {row.note}"


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
    options: Mapping[str, Any] = NOTHING,
    effort: Mapping[str, Any] = NOTHING,
    standardize: str | None = None,
) -> Comparison:
    """Measures the distance between two data sets, or a run and its data, in the user's units.

    Tables are matched by the names of their columns.

    Args:
        a: a data set as `open_source` takes it, or a run directory.
        b: likewise.
        method: a short name of `wgan.distances.methods()`, `critic`, or `all` for every one that needs no training.
        p: the power of the ground cost, for the methods that have one.
        n: at most this many samples of each side.
        seed: of the draw.
        confidence: the level of each distance's interval, among `all` of those only that are quick; None for none.
        options: data settings by name, for the sides that are no runs.
        effort: fields of `Exact`, such as `tolerance`, `seconds`, `tell` and `stop`.
        standardize: `deviation` or `rank` to bring each column to one scale first; None for the data's own units.

    Raises:
        InputError: for an unknown method or data set, a number out of range, or two sets that are not comparable.
    """
    check(method, p, n, confidence)
    refuse_effort(method, effort)
    x, y = both_sides(a, b, n, seed, options)
    if standardize is not None:
        x, y = standardized(x, y, standardize)
    if wide := outweighing(x, y):
        warnings.warn(wide, stacklevel=2)
    rows, left_out, processes = [], {}, present()
    for name in list(methods()) if method == "all" else [method]:
        try:
            level = None if method == "all" and methods()[name].costly else confidence
            task = partial(measure, x.values, y.values, name, p, seed, level, effort)
            rows.append(task() if name in SHARED else processes.first(task))
        except InputError as error:
            if method != "all":
                raise
            left_out[name] = str(error)
    if not rows:
        raise InputError(f"no distance can be measured: {'; '.join(dict.fromkeys(left_out.values()))}")
    some = x.values[:REPEATABLE], y.values[:REPEATABLE]
    if max(len(x.values), len(y.values)) > REPEATABLE:
        warnings.warn(f"the yardstick and the test of the difference take {REPEATABLE:,} samples a side", stacklevel=2)
    halves = None
    try:
        halves = processes.first(lambda: compare_halves(Exact(), *some, seed=seed))
    except InputError as error:
        left_out["yardstick"] = str(error)
    test = processes.first(lambda: permutation_test(*some, seed=seed))
    return Comparison(a, b, x.unit, rows, left_out, halves, test, (x, y))


def check(method: str, p: float | None, n: int, confidence: float | None) -> None:
    """Refuses what no data could make right.

    Raises:
        InputError: for an unknown method, or a number out of range.
    """
    known = [*methods(), "critic", "all"]
    if method not in known:
        raise unknown_name("distance", method, known)
    if n < 2:
        raise InputError(f"n is {n}; expected 2 samples or more of each side")
    if p is not None and not p >= 1:
        raise InputError(f"p is {p:g}; expected 1 or more, where W_p is a distance")
    if confidence is not None and not 0 < confidence < 1:
        raise InputError(f"confidence is {confidence:g}; expected a level below 1, or 0 for no intervals")


def refuse_effort(method: str, effort: Mapping[str, Any]) -> None:
    """Refuses limits of the exact distance where another is asked for.

    Raises:
        InputError: naming them.
    """
    given = ", ".join(name for name in effort if name not in ("tell", "stop"))
    if given and method not in ("exact", "all"):
        raise InputError(f"{given}: of the exact distance alone, not of {method}; leave out, or take --method exact")


def measure(
    x: Tensor, y: Tensor, method: str, p: float | None, seed: int, level: float | None, effort: Mapping[str, Any]
) -> Distance:
    """One distance; without its interval where the samples are too few for one, which its note says."""
    if method == "critic":
        if p not in (None, 1):
            raise InputError(f"p is {p:g}, but critic has no power to choose; leave p out")
        return by_critic(x, y, seed)
    power = 1 if p is None else p
    fields = dict(effort) if method == "exact" else {}
    if method == "exact" and max(len(x), len(y)) > REPEATABLE:
        found = distance(x, y, method, power, **fields)
        return found if level is None else replace(found, note=f"{found.note}; no interval at this size")
    fields = {name: value for name, value in fields.items() if name not in ("tell", "stop")}
    if level is None or min(len(x), len(y)) >= HALVABLE:
        return distance(x, y, method, power, confidence=level, **fields)
    found = distance(x, y, method, power, **fields)
    return replace(found, note=f"{found.note}; no interval from fewer than {HALVABLE} samples")


def by_critic(x: Tensor, y: Tensor, seed: int) -> Distance:
    """The critic's own estimate as a row beside the others."""
    began = time.perf_counter()
    found = estimate(x, y, seed=seed)
    best = f"the best of several critics, {found.name}, with κ = {found.kappa.used:.3g}"
    ends = f"the interval's upper end is the mean exact distance of batches, {found.upper:.4g}, plus its error"
    return Distance(
        value=found.value,
        method="critic",
        p=1,
        n=len(x),
        m=len(y),
        dim=x[0].numel(),
        interval=Interval(*found.interval, 0.95, "the distance of the distributions, however good the fit"),
        seconds=time.perf_counter() - began,
        unit="of the data",
        note="; ".join([best, ends, *found.warnings]),
    )
