"""Critics with the classical constraints and losses, briefly trained, in all cells of the continuous W₁ benchmark."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.data.pairs.funnels import funnel_pair
from wgan.lipschitz import GP, LP, Clipping, LipschitzMethod, Orthogonal, SpectralNorm
from wgan.losses import CoWGAN, CTransform, EntropicCTransform, Loss, Wasserstein
from wgan.networks import MLP
from wgan.optimizers import Adam
from wgan.randomness import stream
from wgan.studies.benchmark import CELLS, DIMENSIONS, agreement
from wgan.studies.check import Check
from wgan.studies.drawing import COLOURS
from wgan.studies.fitted import start_critic
from wgan.studies.rows import Measures, Rows, Settings
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ClassicalCritics"]

STEPS, BATCH, POOL, WIDTHS = 120, 256, 1 << 14, (128, 128, 128)
SEEDS = range(3)
OFF = 0.1
"""The least relative error of what is no estimate."""


@dataclass(frozen=True)
class Method:
    """A loss with what keeps its critic Lipschitz, and the activations that go with it."""

    loss: Loss
    constraints: Sequence[LipschitzMethod] = ()
    activation: str = "ReLU"


METHODS: Mapping[str, Method] = {
    "clipping": Method(Wasserstein(), (Clipping(c=0.01),)),
    "GP": Method(Wasserstein(), (GP(weight=10.0),)),
    "LP": Method(Wasserstein(), (LP(weight=10.0),)),
    "SN": Method(Wasserstein(), (SpectralNorm(),), "LeakyReLU"),
    "GroupSort": Method(Wasserstein(), (Orthogonal(),), "MaxMin"),
    "c-transform": Method(CTransform()),
    "(c, ε)": Method(EntropicCTransform(epsilon=0.1)),
    "CoWGAN": Method(CoWGAN()),
}


class ClassicalCritics(Study):
    """Slopes and values of eight methods that share their network, batches and number of steps."""

    name: ClassVar[str] = "classical-critics"
    title = "The classical methods on the continuous W₁ benchmark"
    chapter = Chapter.APPROXIMATION
    claims = ("P3", "P4")
    question = (
        "In which dimensions do briefly trained critics of the classical methods point along the optimal one, and what "
        "are their values worth as estimates of W₁?"
    )
    criterion = (
        "For each method and dimension, over pairs of 4 and of 64 funnels, the mean cosine between the critic's slopes "
        "and the optimal ones is above zero; and each method's value, divided by no κ, is off by 10 % of W₁ or more on "
        "average over all of these pairs."
    )
    refuted_if = "Slopes point away from the optimal ones, or values are within 10 %, beyond the noise between draws."
    control = (
        "A gradient penalty whose two sides are exchanged, in 8 dimensions with 4 funnels: its critic must point away "
        "from the optimal one."
    )
    caption = (
        "Above: mean cosine between the slopes of a briefly trained critic and the optimal ones over the dimension, a "
        "panel for each method, a dot for each draw and a line through the means for each number of funnels. Below: "
        "each method's value over W₁, a dot for each cell and draw."
    )
    deviations = (
        "All methods share one network, three layers of 128, and 120 steps of Adam at batch 256, where the published "
        "ones take 5,000 to 60,000 steps.",
        "Of the four numbers of funnels of the benchmark two are taken, 4 and 64.",
        "Clipping has c = 0.01, and its value is not divided by a κ.",
    )
    size = (9.0, 7.5)

    def design(self, quick: bool) -> Sequence[Settings]:
        cells = [(8, 4)] if quick else [cell for cell in CELLS if cell[1] in (4, 64)]
        budget = {"steps": 30 if quick else STEPS}
        asked = [{"dim": dim, "funnels": n, **budget, "seed": seed} for dim, n in cells for seed in SEEDS]
        control = {"control": True, "dim": 8, "funnels": 4, "steps": 60}
        return [*asked, *[{**control, "seed": seed} for seed in SEEDS]]

    def measure(self, settings: Settings) -> Measures:
        pair, seed = funnel_pair(settings["dim"], settings["funnels"], settings["seed"]), settings["seed"]
        sides = [side.sample(2 * POOL, stream(seed, side.name, "pool")).float() for side in (pair.real, pair.fake)]
        exchanged = settings.get("control", False)
        found: dict[str, Any] = {"w1": round(pair.w1, 5)}
        for name in ("GP",) if exchanged else METHODS:
            critic = trained(METHODS[name], sides[::-1] if exchanged else sides, settings["steps"], seed)
            slopes = agreement(pair, lambda x, critic=critic: critic(x.float()))  # type: ignore[misc]
            told = {"cosine": slopes.cosine, "l2": slopes.l2, "ratio": value(critic, sides) / pair.w1}
            found[name] = {key: round(number, 5) for key, number in told.items()}
        return found

    def checks(self, rows: Rows) -> Iterable[Check]:
        for name in METHODS:
            for dim, part in rows.by("dim"):
                yield towards(f"{name}: mean cosine with the optimal slopes", name, part, "D", dim)
        for name in METHODS:
            errors = [fmean(abs(row[name]["ratio"] - 1) for row in part) for _, part in rows.by("seed")]
            yield Check(f"{name}: mean relative error of the value", errors, low=OFF, claim="P4")

    def control_check(self, rows: Rows) -> Check:
        return towards("GP with its sides exchanged: mean cosine with the optimal slopes", "GP", rows)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        shown, _ = rows.parted()
        places = figure.add_gridspec(3, 4)
        panels = [figure.add_subplot(places[index // 4, index % 4]) for index in range(len(METHODS))]
        for axes, name in zip(panels, METHODS, strict=True):
            cosines(axes, shown, name)
        for axes in panels[::4]:
            axes.set_ylabel("mean cosine")
        panels[0].legend(fontsize=8, title="funnels", title_fontsize=8, ncols=2, loc="lower left", columnspacing=0.8)
        ratios(figure.add_subplot(places[2, :]), shown)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for dim, part in shown.by("dim"):
            found = {name: fmean(row[name]["cosine"] for row in part) for name in METHODS}
            told = ", ".join(
                f"{name} {cosine:.2f}" for name, cosine in sorted(found.items(), key=lambda item: -item[1])
            )
            yield f"In {dim} dimensions the mean cosines are {told}."
        for name in METHODS:
            found_ratios = [row[name]["ratio"] for row in shown]
            yield f"Values of {name} are {min(found_ratios):.3f} to {max(found_ratios):.3f} of W₁."


def trained(method: Method, sides: Sequence[Tensor], steps: int, seed: int) -> nn.Module:
    """The critic after its steps on the first samples of the pool."""
    network = MLP(widths=WIDTHS, activation=method.activation)
    critic = start_critic(network, tuple(sides[0].shape[1:]), method.constraints, seed)
    optimizer = Adam(lr=1e-3, betas=(0.0, 0.9)).build(critic.parameters())
    step = CriticStep(critic, method.loss, list(method.constraints), optimizer)
    for index in range(steps):
        rng = stream(seed, "batch", index)
        chosen = torch.randint(POOL, (2, BATCH), generator=rng)
        real, fake = (side[rows] for side, rows in zip(sides, chosen, strict=True))
        step(real, fake, step=index, progress=index / steps, rng=rng)
    return critic.eval()


@torch.no_grad()
def value(critic: nn.Module, sides: Sequence[Tensor]) -> float:
    """The mean gap on the other samples of the pool."""
    real, fake = (critic(side[POOL:]).double().mean() for side in sides)
    return float(real - fake)


def towards(what: str, name: str, rows: Rows, factor: str = "", level: float | str = "") -> Check:
    """The mean cosine over the funnels, of each seed."""
    found = [fmean(row[name]["cosine"] for row in part) for _, part in rows.by("seed")]
    return Check(what, found, low=0, claim="P3", factor=factor, level=level, possible=(-1, 1))


def cosines(axes: "Axes", rows: Rows, name: str) -> None:
    """A method's cosines over the dimension."""
    axes.axhline(0, color="0.3", lw=0.8, zorder=0)
    for place, (count, part) in enumerate(rows.by("funnels")):
        axes.plot(part.values("dim"), [row[name]["cosine"] for row in part], "o", color=f"C{place}", alpha=0.5, ms=3)
        means = [(dim, fmean(row[name]["cosine"] for row in some)) for dim, some in part.by("dim")]
        axes.plot(*zip(*means, strict=True), color=f"C{place}", label=str(count))
    axes.set(xscale="log", title=name, xlabel="dimension, D", ylim=(-0.65, 1.05))
    axes.set_xticks(DIMENSIONS, [str(dim) for dim in DIMENSIONS])
    axes.minorticks_off()


def ratios(axes: "Axes", rows: Rows) -> None:
    """Every method's values over W₁, the dimensions side by side in colours."""
    axes.axhline(1, color="0.3", lw=0.8, zorder=0)
    for place, (dim, part) in enumerate(rows.by("dim")):
        spots = [
            (column + 0.1 * (place - 3), row[name]["ratio"]) for column, name in enumerate(METHODS) for row in part
        ]
        axes.plot(*zip(*spots, strict=True), "o", color=COLOURS[place], alpha=0.6, ms=2.5, label=str(dim))
    axes.set_xticks(range(len(METHODS)), list(METHODS))
    axes.set_ylabel("value / W₁")
    axes.legend(fontsize=8, title="dimension", title_fontsize=8, ncols=2, loc="upper center")
