"""The value surfaces of Gulrajani et al.: what critics with clipping and with a gradient penalty make of the data."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wgan.data import Source
from wgan.data.endless import Endless
from wgan.data.pairs.closed_forms import translated_gaussians
from wgan.data.toy import gaussians8, gaussians25, swissroll
from wgan.distances import transport
from wgan.lipschitz import GP, Clipping, LipschitzMethod
from wgan.networks import MLP
from wgan.optimizers import Adam, Optimizer, RMSprop
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.fitted import fit_critic, input_slopes, start_critic
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ClippingUnderfits"]


def noisy(source: Source) -> Endless:
    """The data with noise of deviation 1, which stands for a generator."""

    def draw(n: int, rng: torch.Generator) -> Tensor:
        return source.sample(n, rng) + torch.randn(n, 2, generator=rng)

    return Endless(name=f"{source.name} with noise", shape=(2,), draw=draw)


DATA: Mapping[str, Source] = {"swiss roll": swissroll(), "ring": gaussians8(), "grid": gaussians25()}
MOVED = translated_gaussians(2, 2.0)
SIDES: Mapping[str, tuple[Source, Source]] = {
    **{name: (source, noisy(source)) for name, source in DATA.items()},
    "moved": (MOVED.real, MOVED.fake),
}
C = (0.01, 0.03, 0.1, 0.3)
BETTER = 0.1
EDGE, CELLS = 1.6, 25
COUNT = 512


class ClippingUnderfits(Study):
    """Gradients of both critics beside those of the exact plan, and how much of them is a quadratic function."""

    name: ClassVar[str] = "clipping-underfits"
    title = "Clipping underfits"
    chapter = Chapter.CRITIC
    claims = ("C13",)
    question = "Does a clipped critic miss what a critic with a gradient penalty sees?"
    criterion = (
        "On the swiss roll, the ring and the grid, with generated samples that are the data with noise of deviation 1, "
        "the mean cosine of the critic's gradient to the direction of the exact plan is greater by .1 or more with a "
        "gradient penalty than with clipping, and the share of the critic's variance that no quadratic function "
        "explains as well: on each data set with c = .01, and over all of them for every c from .01 to .3."
    )
    refuted_if = "Differences below .1, beyond the noise between seeds."
    control = "Two Gaussians of which one is moved: their best critic is linear, and clipping must fit it as well."
    caption = (
        "Level lines of the critics with clipping at .01 (above) and a gradient penalty (below). Right: mean cosine to "
        "the exact plan and variance beyond quadratic functions over c, a dot for each data set and seed, with the "
        "gradient penalty's as dashed lines."
    )
    deviations = (
        "Three layers of 64 instead of 512 and a thousand critic steps: the networks of the paper's figure are larger.",
    )
    size = (11.0, 5.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        data, c = (("ring",), C[:1]) if quick else (tuple(DATA), C)
        steps, control = (150 if quick else 1000,), {"control": (True,), "data": ("moved",), "steps": (100,)}
        return [
            *grid(data=data, critic=("penalty",), c=(0.0,), steps=steps, seed=range(3)),
            *grid(data=data, critic=("clipping",), c=c, steps=steps, seed=range(3)),
            *grid(**control, critic=("penalty",), c=(0.0,), seed=range(3)),
            *grid(**control, critic=("clipping",), c=(0.01,), seed=range(3)),
        ]

    def measure(self, settings: Settings) -> Measures:
        real, fake = SIDES[settings["data"]]
        methods, optimizer = method_of(settings)
        seed = settings["seed"]
        critic = start_critic(MLP(widths=(64, 64, 64)), (2,), methods, seed)
        steps = settings["steps"]
        fit_critic(critic, real, fake, methods, steps=steps, seed=seed, optimizer=optimizer, batch=128)
        reals = real.sample(COUNT, stream(seed, "real seen")).float()
        fakes = fake.sample(COUNT, stream(seed, "fake seen")).float()
        return {
            "cosine": plan_cosine(critic, reals, fakes),
            "beyond": beyond_quadratic(critic, torch.cat([reals, fakes])),
            "surface": surface(critic) if seed == 0 else [],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for name, what in (("cosine", "cosine to the exact plan"), ("beyond", "variance beyond quadratics")):
            for data, part in rows.by("data"):
                yield ahead(f"{what}, GP less clipping at .01", part, name, 0.01, factor="data", level=data)
            for c in rows.where(critic="clipping").levels("c"):
                yield ahead(f"{what}, GP less clipping", rows, name, c, factor="c", level=c)

    def control_check(self, rows: Rows) -> Check:
        return ahead("cosine to the exact plan, GP less clipping", rows, "cosine", 0.01)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        asked, _ = rows.parted()
        places = asked.levels("data")
        axes = figure.subplots(2, len(places) + 1, squeeze=False)
        span = np.linspace(-EDGE, EDGE, CELLS)
        for column, data in enumerate(places):
            points = SIDES[data][0].sample(200, stream(0, "drawn"))
            for line, (critic, c) in enumerate((("clipping", 0.01), ("penalty", 0.0))):
                into = axes[line, column]
                (row,) = asked.where(data=data, critic=critic, c=c, seed=0)
                into.plot(*points.T.numpy(), ".", color="0.75", ms=2)
                if row["surface"]:
                    into.contour(span, span, np.array(row["surface"]), 9, cmap="viridis", linewidths=1)
                into.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal", xticks=(), yticks=())
            axes[0, column].set_title(data, fontsize=9)
        axes[0, 0].set_ylabel("clipping, c = .01")
        axes[1, 0].set_ylabel("gradient penalty")
        for into, name in zip(axes[:, -1], ("cosine", "beyond"), strict=True):
            for index, (data, part) in enumerate(asked.by("data")):
                every_seed(into, part.where(critic="clipping"), "c", name, label=data, colour=f"C{index}")
                into.axhline(fmean(part.where(critic="penalty").values(name)), color=f"C{index}", ls="--", lw=1)
            into.set(xscale="log", xlabel="c")
        axes[0, -1].set_ylabel("cosine to the exact plan")
        axes[1, -1].set_ylabel("variance beyond quadratics")
        axes[0, -1].legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for data, part in asked.by("data"):
            clipped = part.where(critic="clipping")
            told = ", ".join(f"{fmean(found.values('cosine')):.2f} with c = {c:g}" for c, found in clipped.by("c"))
            penalty = fmean(part.where(critic="penalty").values("cosine"))
            yield f"On the {data} the mean cosine to the exact plan is {penalty:.2f} with the penalty, {told}."


def method_of(settings: Settings) -> tuple[tuple[LipschitzMethod, ...], Optimizer]:
    """How the critic is kept Lipschitz, with the optimizer of that method's paper."""
    if settings["critic"] == "clipping":
        return (Clipping(c=settings["c"]),), RMSprop(lr=1e-3)
    return (GP(weight=0.1),), Adam(lr=1e-3, betas=(0.5, 0.9))


def plan_cosine(critic: nn.Module, real: Tensor, fake: Tensor) -> float:
    """Mean cosine of the gradient at generated samples to where the exact plan takes them."""
    plan = transport(fake, real).solution
    towards = real[plan.columns] - fake[plan.rows]
    return float(
        torch.nn.functional.cosine_similarity(input_slopes(critic, fake)[plan.rows], towards, eps=1e-30).mean()
    )


@torch.no_grad()
def beyond_quadratic(critic: nn.Module, points: Tensor) -> float:
    """The share of the critic's variance over the points that no quadratic function explains."""
    x, y = points.double().T.numpy()
    features = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values: NDArray[np.float64] = critic(points).double().numpy()
    fitted, *_ = np.linalg.lstsq(features, values, rcond=None)
    return float(((values - features @ fitted) ** 2).sum() / max(((values - values.mean()) ** 2).sum(), 1e-300))


@torch.no_grad()
def surface(critic: nn.Module) -> list[list[int]]:
    """The critic over the square, from 0 to 999."""
    span = torch.linspace(-EDGE, EDGE, CELLS)
    y, x = torch.meshgrid(span, span, indexing="ij")
    values = critic(torch.stack([x.flatten(), y.flatten()], dim=1)).view(CELLS, CELLS)
    scaled: Tensor = 999 * (values - values.min()) / (values.max() - values.min()).clamp(min=1e-30)
    return [[round(value) for value in line] for line in scaled.tolist()]


def ahead(what: str, rows: Rows, name: str, c: float, *, factor: str = "", level: float | str = "") -> Check:
    """By how much a measure is greater with the penalty, as the mean over data sets, for each seed."""
    found = [
        fmean(part.where(critic="penalty").values(name)) - fmean(part.where(critic="clipping", c=c).values(name))
        for _, part in rows.by("seed")
    ]
    return Check(what, found, BETTER, factor=factor, level=level)
