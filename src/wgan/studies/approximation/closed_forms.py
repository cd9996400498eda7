"""The default estimate on pairs with a closed form of W₁."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

from wgan.critic import StopRule, estimate
from wgan.critic.candidates import Linear
from wgan.data import Pair
from wgan.data.pairs.closed_forms import cones, scaled_gaussians, shell, translated_gaussians
from wgan.studies.check import Check
from wgan.studies.drawing import accepted
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ClosedForms"]

PAIRS: Mapping[str, Callable[[int], Pair]] = {
    "moved Gaussians": translated_gaussians,
    "scaled Gaussians": scaled_gaussians,
    "shell": shell,
    "three shells": cones,
}
SEEDS = range(3)

WHOLE = {"batch": StopRule().batch, "steps": StopRule().most_steps, "samples": 1 << 18}
SHORT = {"batch": 512, "steps": 200, "samples": 1 << 13}
"""The estimate's default budget, and a small one."""

WITHIN = 0.05


class ClosedForms(Study):
    """The best of several critics where the optimal one is a plane, a cone, or three cones."""

    name: ClassVar[str] = "closed-forms"
    title = "The default estimate where W₁ has a closed form"
    chapter = Chapter.APPROXIMATION
    claims = ("P5",)
    question = "Is the default estimate right where the optimal critic is no set of funnels with random centres?"
    criterion = (
        "The value is within 5 % of W₁ in 2, 16 and 128 dimensions, between two normal distributions of which one is "
        "moved or scaled, between a point and the sphere around it, and between three points and their spheres."
    )
    refuted_if = "The value is off by more than 5 %, beyond the noise between seeds."
    control = (
        "The best linear critic alone between a point and the sphere around it, of which no plane can tell the "
        "distance: its value must be off by more than 5 %."
    )
    caption = (
        "Value over W₁, a dot for each seed, with the interval that the estimate gives, in 2, 16 and 128 dimensions; "
        "the band is what is accepted."
    )
    size = (8.0, 3.4)

    def design(self, quick: bool) -> Sequence[Settings]:
        control = grid(control=(True,), pair=("shell",), dim=(16,), critic=("linear",), **single(SHORT), seed=SEEDS)
        names, dimensions = (("moved Gaussians", "shell"), (16,)) if quick else (tuple(PAIRS), (16, 128, 2))
        budget = single(SHORT if quick else WHOLE)
        return [*grid(dim=dimensions, pair=names, critic=("best",), **budget, seed=SEEDS), *control]

    def measure(self, settings: Settings) -> Measures:
        pair, seed, samples = PAIRS[settings["pair"]](settings["dim"]), settings["seed"], settings["samples"]
        rule = StopRule(batch=settings["batch"], most_steps=settings["steps"])
        critic = Linear() if settings["critic"] == "linear" else None
        found = estimate(pair.real, pair.fake, critic, rule=rule, samples=samples, seed=seed)
        low, high = found.interval
        told = {"w1": pair.w1, "value": found.value, "low": low, "high": high, "upper": found.upper}
        return {**told, "name": found.name}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for pair, part in rows.by("pair"):
            for dim in sorted(part.levels("dim")):
                yield within(f"{pair}: value / W₁", part.where(dim=dim), "D", dim)

    def control_check(self, rows: Rows) -> Check:
        return within("a plane at a shell: value / W₁", rows)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        every = figure.subplots(1, len(shown.levels("pair")), sharey=True, squeeze=False)[0]
        for axes, (pair, part) in zip(every, shown.by("pair"), strict=True):
            accepted(axes, 1 - WITHIN, 1 + WITHIN)
            axes.axhline(1, color="0.3", lw=0.8)
            dots(axes, part)
            axes.set(title=pair, xlabel="dimension")
        every[0].set_ylabel("value and interval / W₁")

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        off = [abs(row["value"] / row["w1"] - 1) for row in shown]
        yield f"All {len(off)} values are within {max(off):.1%} of W₁, and {fmean(off):.1%} off on average."
        missed = [row for row in shown if not row["low"] - 1e-6 <= row["w1"] <= row["high"]]
        places = ", ".join(f"{row['pair']} in {row['dim']} dimensions" for row in missed)
        held = f"{len(shown) - len(missed)} of the {len(shown)} intervals, which trusted the fit then, hold W₁"
        yield f"{held}{f'; those that miss it: {places}' if places else ''}."
        for pair, part in shown.by("pair"):
            names = ", ".join(dict.fromkeys(row["name"] for row in part))
            yield f"The best critics of the {pair} are {names}."


def single(budget: Mapping[str, int]) -> dict[str, tuple[int]]:
    """One level of each."""
    return {name: (value,) for name, value in budget.items()}


def within(what: str, rows: Rows, factor: str = "", level: float | str = "") -> Check:
    """The value over W₁."""
    return Check(what, [row["value"] / row["w1"] for row in rows], 1 - WITHIN, 1 + WITHIN, factor=factor, level=level)


def dots(axes: "Axes", rows: Rows) -> None:
    """Every seed's value and interval over W₁, the dimensions side by side."""
    levels = sorted(rows.levels("dim"))
    at = [levels.index(row["dim"]) + 0.15 * (row["seed"] - 1) for row in rows]
    value, low, high = ([row[name] / row["w1"] for row in rows] for name in ("value", "low", "high"))
    axes.vlines(at, low, high, color="C0", lw=1)
    axes.plot(at, value, "o", color="C0", alpha=0.8)
    axes.set_xticks(range(len(levels)), [str(dim) for dim in levels])
    axes.set_xlim(-0.5, len(levels) - 0.5)
