"""The default estimate from finite samples in all cells of the continuous W₁ benchmark."""

from collections.abc import Iterable, Sequence
from itertools import chain
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from wgan.critic import StopRule, estimate
from wgan.data.pairs.funnels import funnel_pair
from wgan.distances import wasserstein
from wgan.randomness import stream
from wgan.studies.benchmark import CELLS, COUNTS, DIMENSIONS, agreement
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FiniteSamples"]

SIZES = (2_000, 20_000, 60_000)
DRAWS = 3
WHOLE, SHORT = StopRule().most_steps, 200
"""Steps of a fit at most."""

LEAST = {dim: 0.9 if dim <= 32 else 0.85 for dim in DIMENSIONS if dim <= 64}
"""Share of W₁ that the values of a dimension reach from so many samples; none is asked in 128."""

COVERED, ENOUGH = 0.9, 40
"""Share of the intervals that shall hold W₁, and how many it takes to tell that from chance."""

FEW = 1000
"""Samples of a side whose exact distance is the control."""


class FiniteSamples(Study):
    """Value, bounds and slopes where the samples are all that there is, with one setting for all cells."""

    name: ClassVar[str] = "finite-samples"
    title = "The default estimate from finite samples"
    chapter = Chapter.APPROXIMATION
    claims = ("P7",)
    question = (
        "How near does the default estimate come to W₁ from 2,000, 20,000 and 60,000 samples of each side, and do its "
        "bounds hold?"
    )
    criterion = (
        "From 60,000 samples of each side the values of the cells of 4 to 256 funnels are on average between 90 and "
        "110 % of W₁ in 2 to 32 dimensions, and between 85 and 115 % in 64. Of the intervals from 2,000, from 20,000 "
        "and from 60,000 samples, which state 95 %, at least 90 % hold W₁."
    )
    refuted_if = "The values of a dimension are outside of that, or intervals miss W₁ more often, beyond chance."
    control = (
        "The exact W₁ between 1,000 samples of each side in 16 dimensions, which is known to be much greater than that "
        "of the distributions: it must be more than 10 % off."
    )
    caption = (
        "Left: value over W₁, a dot for each draw of a cell and a line through the means of a dimension. Right: mean "
        "cosine between the critic's slopes and the optimal ones from 60,000 samples; the dashed lines are the best "
        "published cosines of any solver, from endless samples."
    )
    deviations = ("The published potentials cannot be drawn again, so that each cell has funnels of its own.",)
    size = (9.0, 4.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        control = grid(control=(True,), dim=(16,), funnels=(4,), n=(FEW,), seed=range(3))
        if quick:
            return [*grid(dim=(4,), funnels=COUNTS[:2], n=SIZES[:1], steps=(SHORT,), seed=(0,)), *control]
        draws = {n: range(DRAWS if n == SIZES[0] else 1) for n in SIZES}
        whole = [grid(dim=DIMENSIONS, funnels=COUNTS, n=(n,), steps=(WHOLE,), seed=draws[n]) for n in SIZES]
        return [*chain(*whole), *control]

    def measure(self, settings: Settings) -> Measures:
        n, seed = settings["n"], settings["seed"]
        pair = funnel_pair(settings["dim"], settings["funnels"], seed)
        real, fake = (side.sample(n, stream(seed, side.name)) for side in (pair.real, pair.fake))
        if settings.get("control"):
            return {"w1": pair.w1, "value": wasserstein(real, fake)}
        found = estimate(real, fake, rule=StopRule(most_steps=settings["steps"]), seed=seed)
        low, high = found.interval
        told = {"w1": pair.w1, "value": found.value, "low": low, "high": high, "critic": found.name}
        return {**told, **agreement(pair, found.critic)._asdict(), "converged": found.converged}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for dim, part in most(rows).by("dim"):
            if dim in LEAST:
                yield within("value / W₁ from the most samples", part, LEAST[dim], dim)
        held = [int(row["low"] <= row["w1"] <= row["high"]) for row in rows]
        if len(held) >= ENOUGH:
            yield Check("share of intervals that hold W₁", held, low=COVERED, rate=True)

    def control_check(self, rows: Rows) -> Check:
        return within("exact W₁ of 1,000 samples / W₁", rows, 0.9)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        shown, _ = rows.parted()
        for place, (n, part) in enumerate(shown.by("n")):
            line(left, part, place, [row["value"] / row["w1"] for row in part], f"{n:,} samples")
        left.axhline(1, color="0.3", lw=0.8, zorder=0)
        left.set(ylabel="value / W₁", ylim=(0.2, 1.06))
        left.legend(fontsize=8, loc="lower left")
        for place, (count, part) in enumerate(most(shown).by("funnels")):
            line(right, part, place, part.values("cosine"), f"{count} funnels")
            right.plot(DIMENSIONS, [CELLS[dim, count].cosine for dim in DIMENSIONS], "--", color=f"C{place}", lw=0.9)
        right.set(ylabel="mean cosine with the optimal slopes", ylim=(0, 1.02))
        right.legend(fontsize=8, loc="lower left")

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for n, part in shown.by("n"):
            worst = min(part, key=ratio)
            off = fmean(abs(ratio(row) - 1) for row in part)
            cell = f"{worst['dim']} dimensions with {worst['funnels']} funnels"
            least = f"the lowest is {ratio(worst):.3f} of W₁, in {cell}"
            yield f"From {n:,} samples values are {off:.1%} off on average; {least}."
        many = most(shown)
        better = sum(row["cosine"] > CELLS[row["dim"], row["funnels"]].cosine for row in many)
        yield f"From the most samples the cosine is above the best published one in {better} of {len(many)} draws."
        missed = sum(not row["low"] <= row["w1"] <= row["high"] for row in shown)
        yield f"{len(shown) - missed} of {len(shown)} intervals hold W₁."
        seconds = [row.seconds for row in many]
        yield f"A fit to the most samples takes {min(seconds):.0f} to {max(seconds):.0f} CPU seconds."


def most(rows: Rows) -> Rows:
    """Those from the most samples."""
    return rows.where(n=max(rows.levels("n")))


def ratio(row: Row) -> float:
    """The value in units of the truth."""
    found: float = row["value"] / row["w1"]
    return found


def within(what: str, rows: Rows, least: float, dim: int | str = "") -> Check:
    """The value over W₁, as far below one as above."""
    return Check(what, [ratio(row) for row in rows], least, 2 - least, factor="D" if dim else "", level=dim)


def line(axes: "Axes", rows: Rows, place: int, values: Sequence[float], label: str) -> None:
    """Every draw over the dimension, and a line through the means, series a little apart."""
    at = [row["dim"] * 1.05 ** (place - 1.5) for row in rows]
    axes.plot(at, values, "osD^"[place], color=f"C{place}", alpha=0.6, ms=3.5)
    means = {x: fmean(v for where, v in zip(at, values, strict=True) if where == x) for x in dict.fromkeys(at)}
    axes.plot(list(means), list(means.values()), color=f"C{place}", label=label)
    axes.set(xscale="log", xlabel="dimension, D")
    axes.set_xticks(DIMENSIONS, [str(dim) for dim in DIMENSIONS])
    axes.minorticks_off()
