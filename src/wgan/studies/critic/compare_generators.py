"""One critic's architecture and one c for several generators: whether its values rank them as the exact W₁ does."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import torch
from scipy.stats import spearmanr
from torch import Tensor

from wgan.data import Source
from wgan.data.endless import Endless
from wgan.data.toy import gaussians8
from wgan.distances import wasserstein
from wgan.lipschitz import Clipping
from wgan.networks import MLP
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.fitted import fit_critic, mean_gap, start_critic
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CompareGenerators"]

RING = gaussians8()
SAMPLES = 512
DIAGONAL = torch.full((2,), 0.5**0.5)
RANK = 0.9
C = (0.003, 0.01, 0.03, 0.1)


def dropped(modes: int) -> Callable[[int, torch.Generator], Tensor]:
    """The ring whose last modes are missing."""

    def draw(n: int, rng: torch.Generator) -> Tensor:
        angles = torch.randint(8 - modes, (n,), generator=rng) * (math.pi / 4)
        means = 2 / 1.414 * torch.stack([angles.cos(), angles.sin()], dim=1)
        return means + 0.02 / 1.414 * torch.randn(n, 2, generator=rng)

    return draw


def moved(by: float) -> Callable[[int, torch.Generator], Tensor]:
    """The ring moved along the diagonal."""
    return lambda n, rng: RING.sample(n, rng) + by * DIAGONAL


def scaled(by: float) -> Callable[[int, torch.Generator], Tensor]:
    """The ring, smaller or larger."""
    return lambda n, rng: by * RING.sample(n, rng)


def noisy(std: float) -> Callable[[int, torch.Generator], Tensor]:
    """The ring with blurred modes."""
    return lambda n, rng: RING.sample(n, rng) + std * torch.randn(n, 2, generator=rng)


GENERATORS: Mapping[str, tuple[str, Callable[[int, torch.Generator], Tensor]]] = {
    **{f"drops {modes}": ("drops modes", dropped(modes)) for modes in (1, 3, 5, 7)},
    **{f"moved by {by:g}": ("moved", moved(by)) for by in (0.1, 0.3, 0.7, 1.2)},
    **{f"scaled by {by:g}": ("scaled", scaled(by)) for by in (0.9, 0.7, 0.4, 0.0)},
    **{f"noise {std:g}": ("blurred", noisy(std)) for std in (0.1, 0.25, 0.5, 1.0)},
}
KINDS = tuple(dict.fromkeys(kind for kind, _ in GENERATORS.values()))


class CompareGenerators(Study):
    """Sixteen generators of four kinds of faults, ranked by a clipped critic."""

    name: ClassVar[str] = "compare-generators"
    title = "Generators ranked by a clipped critic"
    chapter = Chapter.CRITIC
    claims = ("Q2",)
    question = "Can generators be compared by the values of critics of one architecture and one c?"
    criterion = (
        "Over sixteen generators the rank correlation of the critic's value with the exact W₁ is .9 or more, for every "
        "c from .003 to .1 after the last step, and from 100 steps on for c = .01."
    )
    refuted_if = "Rank correlations below .9, beyond the noise between seeds."
    control = "Critics with random weights: their values must not rank the generators."
    caption = (
        "Left: the value of a critic with c = .01 over the exact W₁, a dot for each generator and seed, coloured by "
        "what is wrong with the generator. Right: rank correlation over steps for each c, a dot for each seed."
    )
    deviations = (
        "The generators are the data with known faults instead of trained networks, so that their faults are of "
        "different kinds.",
    )
    size = (8.5, 3.8)

    def design(self, quick: bool) -> Sequence[Settings]:
        looks = (100, 200) if quick else (30, 100, 300, 1000)
        names = tuple(GENERATORS)[:: 2 if quick else 1]
        looked = tuple(looks)
        return [
            *grid(c=C[1:2] if quick else C, looks=(looked,), generator=names, seed=range(3)),
            *grid(control=(True,), c=(0.01,), looks=((0,),), generator=tuple(GENERATORS)[::2], seed=range(12)),
        ]

    def measure(self, settings: Settings) -> Measures:
        generator = generator_of(settings["generator"])
        methods, seed = (Clipping(c=settings["c"]),), settings["seed"]
        critic = start_critic(MLP(widths=(100, 100)), (2,), methods, seed)
        values: list[float] = []
        fit_critic(
            critic,
            RING,
            generator,
            methods,
            steps=max(settings["looks"]),
            seed=seed,
            look_at=settings["looks"],
            look=lambda _: values.append(mean_gap(critic, RING, generator, seed)),
        )
        return {"values": values, "w1": exact(settings["generator"])}

    def checks(self, rows: Rows) -> Iterable[Check]:
        last = -1
        yield ranked(rows.where(c=0.01), last)
        for c, part in rows.by("c"):
            yield ranked(part, last, factor="c", level=c)
        for index, steps in enumerate(rows[0]["looks"]):
            yield ranked(rows.where(c=0.01), index, factor="critic steps", level=steps)

    def control_check(self, rows: Rows) -> Check:
        return ranked(rows, 0)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        asked, _ = rows.parted()
        for kind in KINDS:
            part = of_kind(asked.where(c=0.01), kind)
            left.plot(part.values("w1"), [row["values"][-1] for row in part], "o", alpha=0.7, label=kind)
        left.set(xlabel="exact W₁", ylabel="critic's value, c = .01", xscale="log", yscale="log")
        left.set_xticks([0.2, 0.5, 1, 2], ["0.2", "0.5", "1", "2"])
        left.minorticks_off()
        left.legend(fontsize=8)
        for index, (c, part) in enumerate(asked.by("c")):
            looks = part[0]["looks"]
            found = [correlations(part, look) for look in range(len(looks))]
            right.plot(looks, [sum(r) / len(r) for r in found], color=f"C{index}", label=f"c = {c:g}")
            for steps, seeds in zip(looks, found, strict=True):
                right.plot([steps] * len(seeds), seeds, "o", color=f"C{index}", alpha=0.6)
        right.axhspan(RANK, 1, color="0.5", alpha=0.15, lw=0)
        right.set(xlabel="critic steps", ylabel="rank correlation with W₁", xscale="log")
        right.legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        part = asked.where(c=0.01)
        inside = {kind: correlations(of_kind(part, kind), -1) for kind in KINDS}
        told = ", ".join(f"{kind} {sum(found) / len(found):.2f}" for kind, found in inside.items())
        yield f"Within one kind of fault the rank correlations with c = .01 are {told}."
        kappas = {kind: [row["values"][-1] / row["w1"] for row in of_kind(part, kind)] for kind in KINDS}
        told = ", ".join(f"{kind} {min(found):.4f} to {max(found):.4f}" for kind, found in kappas.items())
        yield f"What the critic with c = .01 makes of one unit of W₁ depends on the fault: {told}."


def generator_of(name: str) -> Source:
    """One of the generators."""
    return Endless(name=name, shape=(2,), draw=GENERATORS[name][1])


@cache
def exact(name: str) -> float:
    """W₁ between samples of the ring and of a generator."""
    ring, other = stream(0, "exact ring"), stream(0, "exact other")
    return wasserstein(RING.sample(SAMPLES, ring), generator_of(name).sample(SAMPLES, other))


def of_kind(rows: Rows, kind: str) -> Rows:
    """Rows of generators with this kind of fault."""
    return Rows([row for row in rows if GENERATORS[row["generator"]][0] == kind])


def correlations(rows: Rows, look: int) -> list[float]:
    """Spearman's, of each seed; none where all values are equal."""
    found = [
        float(spearmanr([row["values"][look] for row in part], part.values("w1")).statistic)
        for _, part in rows.by("seed")
    ]
    return [0.0 if math.isnan(value) else value for value in found]


def ranked(rows: Rows, look: int, *, factor: str = "", level: float | str = "") -> Check:
    """The criterion at one look."""
    found = correlations(rows, look)
    return Check("rank correlation of value and W₁", found, RANK, factor=factor, level=level, possible=(-1, 1))
