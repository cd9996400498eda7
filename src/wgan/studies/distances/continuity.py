"""Whether W₁ to a generator's samples moves little when its parameters move little, and JS does not."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from wgan.distances import transport
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Continuity"]

ATOMS, LATENT, WIDTH = 64, 2, 16
STEPS = 64
SMOOTH = ("lines", "tanh", "relu")
LABELS = {"lines": "parallel lines", "tanh": "tanh", "relu": "ReLU", "step": "step function (control)"}


class Continuity(Study):
    """The greatest jump of W₁ and of JS on a path of parameters through the data, followed as the step is halved."""

    name: ClassVar[str] = "continuity"
    title = "W₁ is continuous in a generator's parameters, JS jumps by log 2"
    chapter = Chapter.DISTANCES
    claims = ("C3",)
    question = "Do the jumps of W₁ on a path of generators vanish with the step of the parameters, and those of JS not?"
    criterion = (
        "While the step is halved, W₁'s greatest jump falls with an exponent of .9 or more in the step and JS's stays "
        "at .999 log 2 or more, and at 95 % or more of random places the derivative along the transport plan is the "
        "difference quotient within 1e-3."
    )
    refuted_if = "W₁'s jump stops falling, JS's jump is below log 2, or the derivative is missing at many places."
    control = (
        "A generator whose activation is a step function, so that its samples are not continuous in its parameters: "
        "the greatest jump of W₁ to its 64 samples must not vanish with the step."
    )
    caption = (
        "Left: W₁ and JS along a straight path of parameters through the generator that made the data, for one seed of "
        "the tanh network. Right: the greatest jump between neighbours on the path, over their step; a line for each "
        "seed."
    )
    deviations = (
        "The data are 64 samples of a generator of the same family, so that JS can be counted: two sets of atoms are "
        "equal or disjoint.",
        "The greatest of 64 jumps on the path is followed by halving its interval, so that at small steps it is the "
        "greatest within the interval that was greatest before.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        budget = {"halvings": (10 if quick else 20,), "places": (20 if quick else 100,)}
        seeds = range(3 if quick else 5)
        return [
            *grid(generator=("lines",), **budget, seed=(0,)),
            *grid(generator=("tanh", "relu"), **budget, seed=seeds),
            *grid(control=(True,), generator=("step",), **budget, seed=seeds),
        ]

    def measure(self, settings: Settings) -> Measures:
        kind, seed, halvings = settings["generator"], settings["seed"], settings["halvings"]
        path = [distances(kind, 2 * index / STEPS - 1, seed) for index in range(STEPS + 1)]
        return {
            "w1_jumps": followed(kind, seed, [w1 for w1, _ in path], 0, halvings),
            "js_jumps": followed(kind, seed, [js for _, js in path], 1, halvings),
            "agreement": agreement(kind, seed, settings["places"]),
            "path": [[round(w1, 4), round(js, 4)] for w1, js in path],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for kind in SMOOTH:
            part, exact = rows.where(generator=kind), kind == "lines"
            jumps = [min(row["js_jumps"]) / log(2) for row in part]
            yield Check(
                "exponent of W₁'s greatest jump in the step",
                exponents(part),
                low=0.9,
                exact=exact,
                factor="generator",
                level=LABELS[kind],
            )
            yield Check(
                "JS's greatest jump, at least, over log 2",
                jumps,
                low=0.999,
                possible=(0, 1),
                exact=exact,
                factor="generator",
                level=LABELS[kind],
            )
            yield Check(
                "share of places with a derivative",
                part.values("agreement"),
                low=0.95,
                possible=(0, 1),
                exact=exact,
                factor="generator",
                level=LABELS[kind],
            )

    def control_check(self, rows: Rows) -> Check:
        return Check("exponent of W₁'s greatest jump in the step, step function", exponents(rows), low=0.9)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        values = rows.where(generator="tanh", seed=0)[0]["path"]
        at = [2 * index / (len(values) - 1) - 1 for index in range(len(values))]
        left.plot(at, [w1 for w1, _ in values], ".-", label="W₁, units of the data")
        left.plot(at, [js for _, js in values], ".-", label="JS, nats")
        left.set(xlabel="t, way along the path (0: the data's generator)", ylabel="distance to the data")
        left.legend()
        series = [(f"W₁, {LABELS[kind]}", kind, "w1_jumps") for kind in LABELS] + [("JS, tanh", "tanh", "js_jumps")]
        for index, (label, kind, measure) in enumerate(series):
            for row in rows.where(generator=kind):
                steps = [2 / STEPS / 2**halving for halving in range(len(row[measure]))]
                right.loglog(steps, row[measure], color=f"C{index}", lw=0.8, label=label * (row["seed"] == 0) or None)
        right.set(xlabel="step of t", ylabel="greatest jump", ylim=(1e-9, 3))
        right.legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        last = [row["w1_jumps"][-1] for row in rows.where(generator="step")]
        yield (
            f"A network of step functions turns it: W₁ to its 64 samples still jumps by {min(last):.2g} to "
            f"{max(last):.2g} however small the step, because single samples hop."
        )


def followed(kind: str, seed: int, values: list[float], which: int, halvings: int) -> list[float]:
    """The greatest jump on the path, and the greater one of both halves of its interval, again and again."""
    jumps = [abs(after - before) for before, after in pairwise(values)]
    found = [max(jumps)]
    index = jumps.index(found[0])
    low, high = 2 * index / STEPS - 1, 2 * (index + 1) / STEPS - 1
    at_low, at_high = values[index], values[index + 1]
    for _ in range(halvings):
        middle = (low + high) / 2
        at_middle = distances(kind, middle, seed)[which]
        if abs(at_middle - at_low) >= abs(at_high - at_middle):
            high, at_high = middle, at_middle
        else:
            low, at_low = middle, at_middle
        found.append(abs(at_high - at_low))
    return found


def exponents(rows: Rows) -> list[float]:
    """How fast the jump of W₁ falls with the step, from the first to the last, of each seed."""
    return [log(row["w1_jumps"][0] / row["w1_jumps"][-1]) / log(2) / row["halvings"] for row in rows]


def distances(kind: str, t: float, seed: int) -> tuple[float, float]:
    """W₁ and JS between the samples at t and at 0."""
    samples, data = generated(kind, torch.tensor(t, dtype=torch.float64), seed), data_of(kind, seed)
    equal = (samples[:, None] == data[None]).all(2)
    js = log(2) * (1 - float(equal.any(1).double().mean()))
    return float(transport(samples, data).distance), js


def data_of(kind: str, seed: int) -> Tensor:
    """The samples of the generator at the middle of the path."""
    return generated(kind, torch.zeros((), dtype=torch.float64), seed)


def generated(kind: str, t: Tensor, seed: int) -> Tensor:
    """Samples at a place on the path, `(64, 2)`."""
    if kind == "lines":
        heights = torch.linspace(0, 1, ATOMS, dtype=torch.float64)
        return torch.stack([t.expand(ATOMS), heights], 1)
    hidden = drawn(seed, "latents", (ATOMS, LATENT))
    sizes = (LATENT, WIDTH, WIDTH, 2)
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        middle, way = (drawn(seed, f"{name} {layer}", (fan_in + 1, fan_out)) for name in ("middle", "way"))
        weights = (middle + t * way) / fan_in**0.5
        hidden = hidden @ weights[:-1] + weights[-1]
        if layer < len(sizes) - 2:
            hidden = activated(kind, hidden)
    return hidden


def activated(kind: str, values: Tensor) -> Tensor:
    """The activation of a network."""
    return values.tanh() if kind == "tanh" else values.relu() if kind == "relu" else (values > 0).to(values)


def drawn(seed: int, name: str, size: tuple[int, int]) -> Tensor:
    """Standard normal numbers."""
    return torch.randn(size, generator=stream(seed, "continuity", name), dtype=torch.float64)


def agreement(kind: str, seed: int, count: int) -> float:
    """The share of random places where the derivative along the optimal plan is the central difference quotient."""
    places = torch.rand(count, generator=stream(seed, "places"), dtype=torch.float64) * 2 - 1
    data, step = data_of(kind, seed), 1e-6
    return sum(agrees(kind, place, seed, data, step) for place in places) / len(places)


def agrees(kind: str, place: Tensor, seed: int, data: Tensor, step: float) -> bool:
    """Whether it is at one place."""
    at = place.clone().requires_grad_()
    (slope,) = torch.autograd.grad(transport(generated(kind, at, seed), data).distance, at, allow_unused=True)
    low, high = (float(transport(generated(kind, place + s, seed), data).distance) for s in (-step, step))
    quotient = (high - low) / (2 * step)
    return slope is not None and abs(float(slope) - quotient) <= 1e-3 * max(1.0, abs(quotient))
