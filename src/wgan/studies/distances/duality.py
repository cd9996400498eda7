"""Kantorovich–Rubinstein duality as two linear programs, and what a constraint between near points alone is worth."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from scipy.optimize import linprog
from scipy.sparse import coo_array
from torch import Tensor

from wgan.distances import transport
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Duality"]

DIMS = (1, 2, 16, 128)
KAPPAS = (0.01, 1.0, 100.0)
NEIGHBOURS = (2, 4, 6, 8, 12, 16, 24, 32, 39)
EQUAL = (1 - 1e-6, 1 + 1e-6)


class Duality(Study):
    """The least cost of a plan against the greatest difference of means of a Lipschitz function."""

    name: ClassVar[str] = "duality"
    title = "W₁ is the greatest difference of means of a 1-Lipschitz function"
    chapter = Chapter.DISTANCES
    claims = ("C5",)
    question = "Do the cheapest plan and the best κ-Lipschitz function give the same number, up to κ?"
    criterion = (
        "For samples of two distributions the best difference of means over κ-Lipschitz functions, by a linear program "
        "of its own, is κ times the cost of the cheapest plan within 1e-6, and so is the one of the 1-Lipschitz "
        "function that the plan's potentials give."
    )
    refuted_if = "A difference of means that is less or more than κ W₁ by over 1e-6 of it."
    control = (
        "The same program in which only each point and its four nearest are held to slope one, so that the function "
        "need not be Lipschitz: its value must differ from W₁."
    )
    caption = (
        "W₁ over the best difference of means, when only pairs of a point and its k nearest of the 39 others are held "
        "to slope one; a dot for each seed; zero where the points fall apart into groups, and one with all pairs."
    )
    size = (6.0, 3.6)

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds = range(3 if quick else 5)
        return [
            *grid(part=("potential",), d=DIMS[:3] if quick else DIMS, n=(64 if quick else 256,), seed=seeds),
            *grid(part=("program",), d=(2,), n=(20,), kappa=KAPPAS, neighbours=(39,), seed=seeds),
            *grid(
                control=(True,),
                part=("program",),
                d=(2,),
                n=(20,),
                kappa=(1.0,),
                neighbours=NEIGHBOURS[:-1],
                seed=seeds,
            ),
        ]

    def measure(self, settings: Settings) -> Measures:
        real, fake = (samples(side, settings) for side in ("real", "fake"))
        found = transport(real, fake)
        w1 = float(found.distance)
        if settings["part"] == "potential":
            gap, slope = potential(real, fake, found.potentials[1])
            return {"w1": w1, "dual": found.bound / w1, "gap": gap / w1, "slope": slope}
        value = best_difference(torch.cat([real, fake]), settings["kappa"], settings["neighbours"])
        return {"w1": w1, "share": settings["kappa"] * w1 / value, "value": value / w1}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for kappa, part in rows.where(part="program").by("kappa"):
            yield Check("κ W₁ over the best difference of means", part.values("share"), *EQUAL, factor="κ", level=kappa)
        for d, part in rows.where(part="potential").by("d"):
            yield Check("dual bound over the plan's cost", part.values("dual"), *EQUAL, factor="d", level=d)
            yield Check("difference of means of the potential over W₁", part.values("gap"), *EQUAL, factor="d", level=d)
            yield Check("greatest slope of the potential", part.values("slope"), high=EQUAL[1], factor="d", level=d)

    def control_check(self, rows: Rows) -> Check:
        shares = rows.where(neighbours=4).values("share")
        return Check("W₁ over the best difference, four neighbours", shares, *EQUAL, possible=(0, 1))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        axes = figure.subplots()
        programs = Rows(sorted(rows.where(part="program", kappa=1.0), key=lambda row: row["neighbours"]))
        every_seed(axes, programs, "neighbours", "share")
        axes.axhline(1, color="0.5", lw=0.8)
        axes.set(xlabel="k, nearest points to which the slope is held", ylabel="W₁ / best difference of means")
        axes.set(ylim=(-0.05, 1.1))

    def remarks(self, rows: Rows) -> Iterable[str]:
        programs = rows.where(part="program", kappa=1.0)
        shares = {k: part.values("share") for k, part in sorted(programs.by("neighbours"))}
        told = "; ".join(f"{k}: {min(values):.2f} to {max(values):.2f}" for k, values in shares.items())
        yield (
            "A slope of one between near points alone is no Lipschitz constraint on 40 samples: W₁ over the best "
            f"difference of means is, by the number of neighbours, {told}."
        )


def samples(side: str, settings: Settings) -> Tensor:
    """A standard normal sample, or a wider one that is moved, `(n, d)`."""
    size = settings["n"], settings["d"]
    drawn = torch.randn(size, generator=stream(settings["seed"], "duality", side), dtype=torch.float64)
    return drawn if side == "real" else 1.5 * drawn + 0.5


def potential(real: Tensor, fake: Tensor, v: Tensor) -> tuple[float, float]:
    r"""The difference of means of $f(x) = \min_j \|x - y_j\| - v_j$, and the greatest slope between two samples."""
    points = torch.cat([real, fake])
    f = (torch.cdist(points, fake, compute_mode="donot_use_mm_for_euclid_dist") - v).amin(1)
    apart = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(torch.inf)
    slope = ((f[:, None] - f[None]).abs() / apart).max()
    return float(f[: len(real)].mean() - f[len(real) :].mean()), float(slope)


def best_difference(points: Tensor, kappa: float, neighbours: int) -> float:
    r"""$\max \bar f_{\text{real}} - \bar f_{\text{fake}}$ with $|f_i - f_j| \le \kappa \|x_i - x_j\|$ for neighbours.

    Infinite where the neighbours fall apart into groups.
    """
    count = len(points)
    apart = torch.cdist(points, points).numpy()
    near = np.argsort(apart, axis=1)[:, 1 : neighbours + 1]
    i, j = np.repeat(np.arange(count), near.shape[1]), near.ravel()
    pairs = np.concatenate([i, j]), np.concatenate([j, i])
    rows = np.arange(len(pairs[0]))
    signs = np.concatenate([np.ones(len(rows)), -np.ones(len(rows))])
    matrix = coo_array((signs, (np.concatenate([rows, rows]), np.concatenate(pairs))), shape=(len(rows), count))
    objective = np.repeat([-1.0, 1.0], count // 2) / (count // 2)
    bounds = [(0, 0), *[(None, None)] * (count - 1)]
    solved = linprog(objective, A_ub=matrix.tocsr(), b_ub=kappa * apart[pairs], bounds=bounds, method="highs")
    return float(-solved.fun) if solved.status == 0 else float("inf")
