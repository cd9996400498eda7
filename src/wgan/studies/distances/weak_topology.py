"""Which sequences of distributions W₁ takes for convergent, and where an unbounded space parts it from the others."""

from collections.abc import Iterable, Sequence
from math import log
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wgan.distances import JensenShannon, KullbackLeibler, TotalVariation, transport
from wgan.studies.check import Check
from wgan.studies.numbers import shown
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["WeakTopology"]

COMPACT = {
    "leaking": "(1 − 1/n) δ₀ + (1/n) δ₁ to δ₀",
    "grid": "uniform on {k/n} to uniform on [0, 1]",
    "moving": "δ at 1/n to δ₀",
}
ESCAPES = (0.25, 0.5, 0.75, 0.9, 1.0, 1.25, 1.5)
COUNTS = (4, 16, 64, 256, 1024, 4096)
FINE = 2**15
"""Atoms that stand for the uniform distribution on [0, 1]; none is at a place k / n."""


class WeakTopology(Study):
    """W₁, TV and JS along sequences that converge in distribution, on bounded and on unbounded spaces."""

    name: ClassVar[str] = "weak-topology"
    title = "Where W₁ tends to zero with convergence in distribution, and where not"
    chapter = Chapter.DISTANCES
    claims = ("C4",)
    question = "Does W₁ tend to zero along every sequence that converges in distribution, as TV and JS do not?"
    criterion = (
        "Along each sequence that converges in distribution W₁ falls as a power of n with an exponent of −.05 or less, "
        "also where TV stays at one; among them is mass 1/n that goes away as far as n to the power a."
    )
    refuted_if = "W₁ does not fall along a sequence that converges in distribution."
    control = "δ at 1 + 1/n against δ₀, to which it does not converge: W₁ must not fall."
    caption = (
        "Left: W₁ (lines) and TV (dotted) along sequences within [0, 1]. Right: W₁ of a point mass from itself with "
        "1/n of it at distance n to the power a; TV is 1/n for each a."
    )
    deviations = (
        "The uniform distribution on [0, 1] stands as 32,768 atoms, of which none is an atom of the sequence; W₁ is "
        "off by 8e-6 at most.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        counts = COUNTS[1::2] if quick else COUNTS
        return [
            *grid(sequence=COMPACT, n=counts),
            *grid(sequence=("escaping",), a=ESCAPES, n=counts),
            *grid(control=(True,), sequence=("elsewhere",), n=counts),
        ]

    def measure(self, settings: Settings) -> Measures:
        pair = member(settings["sequence"], settings["n"], settings.get("a", 0.0))
        found = transport(pair.x, pair.y, x_weights=pair.x_weights, y_weights=pair.y_weights)
        p, q = on_shared_cells(pair)
        kinds = (TotalVariation(), JensenShannon(), KullbackLeibler())
        return {"w1": float(found.distance), **{kind.name: kind.between_histograms(p, q) for kind in kinds}}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for sequence in COMPACT:
            part = rows.where(sequence=sequence)
            yield Check(
                "exponent of W₁ in n",
                (exponent(part),),
                high=-0.05,
                exact=True,
                factor="sequence",
                level=COMPACT[sequence],
            )
        for sequence in ("grid", "moving"):
            least = min(rows.where(sequence=sequence).values("tv"))
            yield Check("least TV", (least,), low=1 - 1e-9, exact=True, factor="sequence", level=COMPACT[sequence])
        for a, part in rows.where(sequence="escaping").by("a"):
            yield Check(
                "exponent of W₁ in n, 1/n of the mass at distance n^a",
                (exponent(part),),
                high=-0.05,
                exact=True,
                factor="a",
                level=a,
            )

    def control_check(self, rows: Rows) -> Check:
        return Check("exponent of W₁ in n, to another point", (exponent(rows),), high=-0.05, exact=True)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        for index, (sequence, label) in enumerate(COMPACT.items()):
            part = rows.where(sequence=sequence)
            thick = {"ms": 8 - 2 * index, "lw": 4 - 1.4 * index}
            left.loglog(part.values("n"), part.values("w1"), "o-", color=f"C{index}", label=label, **thick)
            left.loglog(part.values("n"), part.values("tv"), ":", color=f"C{index}", lw=thick["lw"])
        left.set(xlabel="n", ylabel="W₁ (lines with dots), TV (dotted)", ylim=(1e-5, 30))
        left.legend(fontsize=8)
        for index, (a, part) in enumerate(rows.where(sequence="escaping").by("a")):
            right.loglog(part.values("n"), part.values("w1"), "o-", color=f"C{index}")
            right.annotate(
                f"a = {a:g}",
                (part.values("n")[-1], part.values("w1")[-1]),
                (6, -3),
                textcoords="offset points",
                fontsize=8,
            )
        right.set(xlabel="n", ylabel="W₁", xlim=(3, 3e4))

    def remarks(self, rows: Rows) -> Iterable[str]:
        escaping = rows.where(sequence="escaping")
        most = max(escaping.levels("n"))
        still = escaping.where(a=1.0, n=most)[0]
        yield (
            f"On an unbounded space the claim turns at a = 1: at n = {most:,} TV is {still['tv']:.2g} and JS "
            f"{still['js']:.2g} nats, and W₁ is {still['w1']:.3g} as it was at n = {min(escaping.levels('n'))}."
        )
        far = escaping.where(a=1.5)
        yield f"At a = 1.5 W₁ grows, from {far[0]['w1']:.3g} to {far[len(far) - 1]['w1']:.3g}, while TV tends to zero."
        leaking = rows.where(sequence="leaking", n=most)[0]
        yield (
            f"Along the leaking sequence KL to the limit is {shown(float(leaking['kl']))} at any n, although W₁ and TV "
            "tend to zero."
        )


class Atoms(NamedTuple):
    """Two distributions of atoms on the line."""

    x: Tensor
    x_weights: Tensor
    y: Tensor
    y_weights: Tensor


def member(sequence: str, n: int, a: float) -> Atoms:
    """The n-th member of a sequence, and its limit, or what is taken for it."""
    if sequence == "grid":
        fine = (torch.arange(FINE, dtype=torch.float64) + 0.5) / FINE
        return Atoms(column(np.arange(1, n + 1) / n), even(n), fine[:, None], even(FINE))
    places = {"leaking": (0.0, 1.0), "moving": (1 / n,), "elsewhere": (1 + 1 / n,), "escaping": (0.0, n**a)}[sequence]
    weights = even(1) if len(places) == 1 else torch.tensor([1 - 1 / n, 1 / n], dtype=torch.float64)
    return Atoms(column(np.array(places)), weights, column(np.zeros(1)), even(1))


def column(places: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Tensor:
    """Places on the line as points, `(n, 1)`."""
    return torch.from_numpy(places).double()[:, None]


def even(n: int) -> Tensor:
    """Equal weights."""
    return torch.full((n,), 1 / n, dtype=torch.float64)


def on_shared_cells(pair: Atoms) -> tuple[Tensor, Tensor]:
    """The probabilities of both on the places where either has an atom."""
    _, cells = torch.unique(torch.cat([pair.x, pair.y]), return_inverse=True)
    cells, count = cells.flatten(), int(cells.max()) + 1
    of_x, of_y = cells.split([len(pair.x), len(pair.y)])
    empty = torch.zeros(count, dtype=torch.float64)
    return empty.index_add(0, of_x, pair.x_weights), empty.index_add(0, of_y, pair.y_weights)


def exponent(rows: Rows) -> float:
    """Of W₁ in n, from the second half of the sequence."""
    first, *_, last = list(rows)[len(rows) // 2 - 1 :]
    return log(last["w1"] / first["w1"]) / log(last["n"] / first["n"])
