"""KL from data to a model whose support they leave: how little it takes, and who notices."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, ClassVar

import torch

from wgan.distances import JensenShannon, KullbackLeibler, TotalVariation, wasserstein
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.numbers import shown
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OffSupport"]

SHARES = (0.1, 1e-2, 1e-4, 1e-8, 1e-16, 1e-64, 1e-300)
FLOORS = (1e-1, 1e-2, 1e-4, 1e-8, 1e-16, 1e-32, 1e-64, 1e-128, 1e-300)
DISTANCES = (5.0, 10.0, 12.0, 14.0, 16.0, 20.0, 30.0, 36.0, 40.0, 50.0)
LEFT = 0.01
"""The share of the data beyond the support, where that is not varied."""


class OffSupport(Study):
    """KL of data of which a share lies where the model has no mass, a little mass, or a Gaussian's tail."""

    name: ClassVar[str] = "off-support"
    title = "One point off the support makes KL infinite, and a floor of 1e-300 makes it small"
    chapter = Chapter.DISTANCES
    claims = ("C15",)
    question = "How large a share of the data must leave the model's support for KL to be infinite, and can it be seen?"
    criterion = "KL from data to model is infinite at every share of the data off the support, down to 1e-300."
    refuted_if = "KL is finite at some share above zero."
    control = "A model that keeps a share of its mass, at least 1e-300, where the data go: KL must be finite."
    caption = (
        "Left: KL of data of which 1 % lie where the model's mass is δ. Right: the estimate by nearest neighbours from "
        "n samples, a dot for each seed, where the true KL is infinite."
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        sizes = (100, 1000) if quick else (100, 300, 1000, 3000)
        return [
            *grid(part=("share",), share=SHARES),
            *grid(part=("samples",), n=sizes, seed=range(3 if quick else 5)),
            *grid(control=(True,), part=("floor",), floor=FLOORS),
            *grid(control=(True,), part=("tail",), distance=DISTANCES),
        ]

    def measure(self, settings: Settings) -> Measures:
        part = settings["part"]
        if part == "share":
            return divergences((1 - settings["share"], settings["share"]), (1.0, 0.0))
        if part == "floor":
            return divergences((1 - LEFT, LEFT), (1 - settings["floor"], settings["floor"]))
        return tail(settings["distance"]) if part == "tail" else estimated(settings["n"], settings["seed"])

    def checks(self, rows: Rows) -> Iterable[Check]:
        for share, part in rows.where(part="share").by("share"):
            yield Check(
                "KL from data to model",
                part.values("kl"),
                low=inf,
                unit="nats",
                exact=True,
                factor="share off the support",
                level=share,
            )

    def control_check(self, rows: Rows) -> Check:
        greatest = max(rows.where(part="floor").values("kl"))
        return Check("greatest KL to a model with a floor", (greatest,), low=inf, unit="nats", exact=True)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        floors = rows.where(part="floor")
        left.semilogx(floors.values("floor"), floors.values("kl"), "o-")
        left.set(xlabel="δ, the model's mass there", ylabel="KL, nats", ylim=(0, None))
        left.set_xticks([1e-300, 1e-200, 1e-100, 1], ["1e-300", "1e-200", "1e-100", "1"])
        every_seed(right, rows.where(part="samples"), "n", "kl")
        right.set(xscale="log", xlabel="n, samples of each side", ylabel="estimate of KL, nats (true: infinite)")
        right.axhline(0, color="0.5", lw=0.8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        floor = rows.where(part="floor", floor=1e-300)[0]
        yield (
            f"It explodes only as a logarithm: with 1 % of the data off the support, a floor of 1e-300 brings KL from "
            f"infinity to {shown(float(floor['kl']))} nats."
        )
        small = rows.where(part="share", share=1e-8)[0]
        yield (
            f"At a share of 1e-8 KL is infinite where JS is {small['js']:.1g} nats and W₁ to a point at distance one "
            f"{small['w1']:.1g}."
        )
        for n, part in rows.where(part="samples").by("n"):
            values = part.values("kl")
            reach = f"{min(values):.2f} to {max(values):.2f}"
            yield f"From {n:,} samples nearest neighbours estimate {reach} nats, where KL is infinite."
        for name, label in (("single", "float32"), ("double", "float64")):
            tails = rows.where(part="tail")
            lost = [row["distance"] for row in tails if float(row[name]) == inf]
            if lost:
                at = min(lost)
                yield (
                    f"Computed from densities in {label} instead of their logarithms, KL between two Gaussians of "
                    f"standard deviation one is infinite from a distance of {at:g} on, where it is {at**2 / 2:g}."
                )


def divergences(p: tuple[float, float], q: tuple[float, float]) -> Measures:
    """Of distributions on the points 0 and 1."""
    cells = (torch.tensor(side, dtype=torch.float64) for side in (p, q))
    real, fake = cells
    kinds = (KullbackLeibler(), JensenShannon(), TotalVariation())
    return {**{kind.name: kind.between_histograms(real, fake) for kind in kinds}, "w1": abs(p[1] - q[1])}


def tail(distance: float) -> Measures:
    """KL between standard normal distributions at a distance, and its quadrature from densities of 32 and 64 bits."""
    x = torch.linspace(-8, distance + 8, 20_001, dtype=torch.float64)
    found = {}
    for name, kind in (("single", torch.float32), ("double", torch.float64)):
        p, q = (torch.exp(-((x.to(kind) - at) ** 2) / 2) for at in (distance, 0.0))
        p, q = (density.double() / density.double().sum() for density in (p, q))
        found[name] = KullbackLeibler().between_histograms(p, q)
    return {"kl": distance**2 / 2, **found}


def estimated(n: int, seed: int) -> Measures:
    """From samples: uniform on [0, 1], and the same with 1 % of it moved by two."""
    rng = stream(seed, "off support", n)
    real, fake = (torch.rand(n, 1, generator=rng, dtype=torch.float64) for _ in range(2))
    real[: max(1, round(LEFT * n))] += 2
    return {"kl": float(KullbackLeibler()(real, fake)), "w1": wasserstein(real, fake)}
