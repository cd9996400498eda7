"""The default estimate in all cells of the continuous W₁ benchmark, beside the best published values."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from wgan.critic import StopRule, estimate
from wgan.data import Pair
from wgan.data.pairs.funnels import funnel_pair
from wgan.distances import wasserstein
from wgan.randomness import stream
from wgan.studies.benchmark import CELLS, DIMENSIONS, agreement
from wgan.studies.check import Check
from wgan.studies.drawing import accepted
from wgan.studies.rows import Measures, Row, Rows, Settings
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["W1Benchmark"]

SEEDS = range(3)
WHOLE = {"batch": StopRule().batch, "steps": StopRule().most_steps, "samples": 1 << 18}
SHORT = {"batch": 512, "steps": 200, "samples": 1 << 13}
"""The estimate's default budget, and a small one."""

FEW = 1000
"""Samples of a side whose exact distance is the control."""

WITHIN = 0.05


class W1Benchmark(Study):
    """Value and slopes of the default estimate, with one setting for all cells."""

    name: ClassVar[str] = "w1-benchmark"
    title = "The default estimate on the continuous W₁ benchmark"
    chapter = Chapter.APPROXIMATION
    claims = ("P1", "P2")
    question = (
        "How near does the default estimate come to W₁ and to the optimal critic's slopes, in which dimensions and "
        "with how many funnels?"
    )
    criterion = (
        "In each of the 28 cells, from 2 to 128 dimensions and from 4 to 256 funnels, the value is within 5 % of W₁, "
        "and the mean cosine between the critic's slopes and the optimal ones is above the best published one."
    )
    refuted_if = "Values are off by more than 5 %, or cosines below the published ones, beyond the noise between draws."
    control = (
        "The exact W₁ between 1,000 samples of each side in 16 dimensions, which is known to be much greater than that "
        "of the distributions: it must be off by more than 5 %."
    )
    caption = (
        "Left: value over W₁, a dot for each draw and a line through the means; the band is what is accepted. Right: "
        "mean cosine between the critic's slopes and the optimal ones at 4,096 real samples; the dashed lines are the "
        "best published cosines of any solver."
    )
    deviations = (
        "The potentials of the published cells cannot be drawn again, so that each draw has funnels of its own.",
        "A published cosine is the best one of about ten solvers, each chosen afterwards, and has no interval.",
    )
    size = (9.0, 4.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        cells, budget = ([(16, 4)], SHORT) if quick else (list(CELLS), WHOLE)
        asked = [cell(*at) | budget | {"seed": seed} for at in cells for seed in SEEDS]
        return [*asked, *[{"control": True} | cell(16, 4) | {"samples": FEW, "seed": seed} for seed in SEEDS]]

    def measure(self, settings: Settings) -> Measures:
        pair = funnel_pair(settings["dim"], settings["funnels"], settings["seed"])
        return plugged_in(pair, settings) if settings.get("control") else estimated(pair, settings)

    def checks(self, rows: Rows) -> Iterable[Check]:
        for count, part in rows.by("funnels"):
            for dim, level in part.by("dim"):
                yield within(f"{count} funnels: value / W₁", level, "D", dim)
        for count, part in rows.by("funnels"):
            for dim, level in part.by("dim"):
                more = [row["cosine"] - CELLS[dim, count].cosine for row in level]
                what = f"{count} funnels: cosine less the best published one"
                yield Check(what, more, low=0, claim="P2", factor="D", level=dim)

    def control_check(self, rows: Rows) -> Check:
        return within("exact W₁ of 1,000 samples / W₁", rows)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        shown, _ = rows.parted()
        for place, (count, part) in enumerate(shown.by("funnels")):
            line(left, part, place, [row["value"] / row["w1"] for row in part], f"{count} funnels")
            line(right, part, place, part.values("cosine"), f"{count} funnels")
            published = [CELLS[dim, count].cosine for dim in DIMENSIONS]
            right.plot(DIMENSIONS, published, "--", color=f"C{place}", lw=0.9)
        accepted(left, 1 - WITHIN, 1 + WITHIN)
        left.axhline(1, color="0.3", lw=0.8, zorder=0)
        left.set(ylabel="value / W₁", ylim=(0.93, 1.055))
        left.legend(fontsize=8, loc="lower left")
        right.set(ylabel="mean cosine with the optimal slopes", ylim=(0.5, 1.01))
        right.text(0.98, 0.02, "dashed: best published", transform=right.transAxes, ha="right", fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        worst = min(shown, key=lambda row: row["value"] / row["w1"])
        off = fmean(abs(row["value"] / row["w1"] - 1) for row in shown)
        lowest = f"{worst['value'] / worst['w1']:.3f} of W₁, {place_of(worst)}"
        yield f"Values are {off:.1%} off on average; the lowest is {lowest}."
        yield f"The mean cosine of the draws is above the best published one in {above(shown)} cells."
        below = [row for row in shown if row["cosine"] < CELLS[row["dim"], row["funnels"]].cosine]
        for row in below:
            theirs = CELLS[row["dim"], row["funnels"]].cosine
            yield f"One draw has a cosine of {row['cosine']:.3f}, below the published {theirs:.3f}, {place_of(row)}."
        worse = [f"{dim}-D with {count}" for (dim, count), part in cells_of(shown) if l2(part) > CELLS[dim, count].l2]
        told = f" in {', '.join(worse)} funnels" if worse else " nowhere"
        yield f"The mean squared difference of the slopes is greater than the best published one{told}."
        missed = [row for row in shown if not row["low"] <= row["w1"] <= row["high"]]
        by_dim = {dim: sum(row["dim"] == dim for row in missed) for dim in dict.fromkeys(row["dim"] for row in missed)}
        told = ", ".join(f"{count} in {dim} dimensions" for dim, count in sorted(by_dim.items()))
        where = f": {told}" if told else ""
        draws = f"{len(missed)} of {len(shown)} draws{where}"
        yield f"The interval that trusted the fit, as it was then, misses W₁ in {draws}."
        seconds = [row.seconds for row in shown]
        yield f"A draw takes {min(seconds):.0f} to {max(seconds):.0f} CPU seconds, {fmean(seconds):.0f} on average."


def cell(dim: int, count: int) -> dict[str, int]:
    """Its settings."""
    return {"dim": dim, "funnels": count}


def estimated(pair: Pair, settings: Settings) -> Measures:
    """The estimate from endless samples."""
    rule = StopRule(batch=settings["batch"], most_steps=settings["steps"])
    found = estimate(pair.real, pair.fake, rule=rule, samples=settings["samples"], seed=settings["seed"])
    low, high = found.interval
    told = {"w1": pair.w1, "value": found.value, "low": low, "high": high, "upper": found.upper}
    return {**told, **agreement(pair, found.critic)._asdict(), "critic": found.name, "converged": found.converged}


def plugged_in(pair: Pair, settings: Settings) -> Measures:
    """The exact distance of a few samples, taken for that of the distributions."""
    n, seed = settings["samples"], settings["seed"]
    real, fake = (side.sample(n, stream(seed, side.name)) for side in (pair.real, pair.fake))
    return {"w1": pair.w1, "value": wasserstein(real, fake)}


def within(what: str, rows: Rows, factor: str = "", level: float | str = "") -> Check:
    """The value over W₁."""
    values = [row["value"] / row["w1"] for row in rows]
    return Check(what, values, 1 - WITHIN, 1 + WITHIN, claim="P1", factor=factor, level=level)


def line(axes: "Axes", rows: Rows, place: int, values: Sequence[float], label: str) -> None:
    """Every draw over the dimension, and a line through the means, series a little apart."""
    at = [row["dim"] * 1.05 ** (place - 1.5) for row in rows]
    axes.plot(at, values, "osD^"[place], color=f"C{place}", alpha=0.6, ms=3.5)
    found = {x: fmean(v for where, v in zip(at, values, strict=True) if where == x) for x in dict.fromkeys(at)}
    axes.plot(list(found), list(found.values()), color=f"C{place}", label=label)
    axes.set(xscale="log", xlabel="dimension, D")
    axes.set_xticks(DIMENSIONS, [str(dim) for dim in DIMENSIONS])
    axes.minorticks_off()


def cells_of(rows: Rows) -> list[tuple[tuple[int, int], Rows]]:
    """The rows of each cell that has any."""
    return [((dim, count), part) for dim, some in rows.by("dim") for count, part in some.by("funnels")]


def above(rows: Rows) -> str:
    """In how many cells the mean cosine is above the published one."""
    found = [fmean(part.values("cosine")) > CELLS[cell].cosine for cell, part in cells_of(rows)]
    return f"{sum(found)} of {len(found)}"


def l2(rows: Rows) -> float:
    """The mean squared difference, over the draws."""
    return fmean(rows.values("l2"))


def place_of(row: Row) -> str:
    """The cell, in words."""
    return f"in {row['dim']} dimensions with {row['funnels']} funnels"
