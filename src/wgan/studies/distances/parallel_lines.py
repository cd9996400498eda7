"""What five measures of distance say of two parallel lines, and how much noise it takes until JS has a gradient."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from wgan.distances import JensenShannon, KullbackLeibler, ReverseKullbackLeibler, TotalVariation, wasserstein
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ParallelLines"]

THETAS = (-1.0, -0.5, -0.1, -1e-3, -1e-6, 1e-6, 1e-3, 0.1, 0.5, 1.0)
NOISES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
ATOMS = 16
LOG2 = 0.6931471805599453


class ParallelLines(Study):
    """TV, KL both ways, JS and W₁ between a segment and itself moved by θ, sharp and smeared."""

    name: ClassVar[str] = "parallel-lines"
    title = "Parallel lines: JS is log 2 at any distance, W₁ is the distance"
    chapter = Chapter.DISTANCES
    claims = ("C2",)
    question = (
        "Do the divergences between disjoint supports tell how far apart these are, and how much overlap is enough?"
    )
    criterion = (
        "At every θ but zero JS is log 2 and its slope over θ zero, both within 1e-12, TV is one, KL and reverse KL "
        "are infinite, and W₁ is |θ| within 1e-9 of itself."
    )
    refuted_if = "JS differs from log 2 or has a slope at any θ, or TV is below one, or a KL is finite."
    control = (
        "Lines at distance one, smeared by Gaussian noise of standard deviation one, so that their supports overlap: "
        "JS must have a slope."
    )
    caption = (
        "Left: JS, TV and W₁ of a segment from itself moved by θ; the open dot is θ = 0. Right: the slope over θ at "
        "θ = 1 of JS and of W₁, when both segments are smeared by Gaussian noise of standard deviation σ."
    )
    deviations = ("Each segment stands as 16 atoms at equal distances, for which all five numbers are exact.",)

    def design(self, quick: bool) -> Sequence[Settings]:
        noises = NOISES[1::4] if quick else NOISES
        return [
            *grid(theta=(*THETAS, 0.0), noise=(0.0,)),
            *grid(control=(True,), theta=(1.0,), noise=sorted({*noises, 1.0})),
        ]

    def measure(self, settings: Settings) -> Measures:
        theta, noise = settings["theta"], settings["noise"]
        return smeared(theta, noise) if noise else sharp(theta)

    def checks(self, rows: Rows) -> Iterable[Check]:
        apart = Rows([row for row in rows if row["theta"]])
        steepest = max(map(abs, apart.values("js_slope")))
        off = max(abs(js - LOG2) for js in apart.values("js"))
        error = max(abs(w1 / abs(theta) - 1) for w1, theta in zip(*map(apart.values, ("w1", "theta")), strict=True))
        yield Check("greatest difference of JS from log 2", (off,), high=1e-12, unit="nats", exact=True)
        yield Check("greatest slope of JS over θ", (steepest,), high=1e-12, unit="nats per unit", exact=True)
        yield Check("least TV", (min(apart.values("tv")),), low=1 - 1e-12, exact=True)
        yield Check("least KL", (min(apart.values("kl")),), low=float("inf"), unit="nats", exact=True)
        yield Check("least reverse KL", (min(apart.values("reverse_kl")),), low=float("inf"), unit="nats", exact=True)
        yield Check("greatest relative difference of W₁ from |θ|", (error,), high=1e-9, exact=True)

    def control_check(self, rows: Rows) -> Check:
        slopes = rows.where(noise=1.0).values("js_slope")
        return Check("slope of JS with noise σ = θ", slopes, high=1e-12, unit="nats per unit", exact=True)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        sharp_rows, smeared_rows = rows.parted()
        apart, same = (Rows([row for row in sharp_rows if bool(row["theta"]) is flag]) for flag in (True, False))
        for index, (name, label) in enumerate({"js": "JS, nats", "tv": "TV", "w1": "W₁"}.items()):
            colour = f"C{index}"
            left.plot(apart.values("theta"), apart.values(name), "o-", color=colour, label=label)
            left.plot(same.values("theta"), same.values(name), "o", mfc="white", color=colour)
        left.set(xlabel="θ, distance of the lines", ylabel="distance of the distributions")
        left.legend()
        right.loglog(smeared_rows.values("noise"), smeared_rows.values("js_slope"), "o-", label="JS, nats per unit")
        right.loglog(smeared_rows.values("noise"), smeared_rows.values("w1_slope"), "o-", color="C2", label="W₁")
        right.set(xlabel="σ of the noise, in units of θ", ylabel="slope over θ", ylim=(1e-12, 10))
        right.legend()

    def remarks(self, rows: Rows) -> Iterable[str]:
        _, noisy = rows.parted()
        slopes = dict(zip(noisy.values("noise"), noisy.values("js_slope"), strict=True))
        best = max(slopes, key=lambda noise: slopes[noise])
        yield (
            f"Noise gives JS a gradient: steepest at σ = {best:g} θ, with {slopes[best]:.2g} nats per unit, while "
            "W₁ has slope one at any noise."
        )
        for share in (1e-2, 1e-6):
            flat = [noise for noise, slope in slopes.items() if noise < best and slope < share * slopes[best]]
            if flat:
                yield f"Up to σ = {max(flat):g} θ its slope is below {share:g} of that: overlap alone does not help."
        js = dict(zip(noisy.values("noise"), noisy.values("js"), strict=True))
        almost = [noise for noise, value in js.items() if value > 0.99 * LOG2]
        if almost:
            least = max(almost)
            yield f"JS is within 1 % of log 2 up to σ = {least:g} θ, where its slope is {slopes[least]:.2g}, not zero."


def sharp(theta: float) -> Measures:
    """All measures between the segments as atoms, and slopes over θ as central differences."""
    step = abs(theta) / 8
    values = divergences(*shared_cells(theta))
    if not theta:
        return {**values, "w1": 0.0, "js_slope": 0.0, "w1_slope": 0.0}
    before, after = (JensenShannon().between_histograms(*shared_cells(theta + s)) for s in (-step, step))
    low, high = (wasserstein(*segments(theta + s)) for s in (-step, step))
    return {
        **values,
        "w1": wasserstein(*segments(theta)),
        "js_slope": (after - before) / (2 * step),
        "w1_slope": (high - low) / (2 * step),
    }


def smeared(theta: float, noise: float) -> Measures:
    r"""The same for $N(0, \sigma^2)$ against $N(\theta, \sigma^2)$ across the lines, by quadrature.

    Along the lines both are equal, so that only this direction counts. With $r = \log p / q$ the slope is
    $-\tfrac12 \int \partial_\theta q \log(1 + e^r)$.
    """
    x = torch.linspace(-12 * noise, theta + 12 * noise, 20_001, dtype=torch.float64)
    log_p, log_q = -(x**2) / (2 * noise**2), -((x - theta) ** 2) / (2 * noise**2)
    p, q = log_p.softmax(0), log_q.softmax(0)
    slope = -(q * (x - theta) / noise**2 * torch.nn.functional.softplus(log_p - log_q)).sum() / 2
    return {**divergences(p, q), "w1": abs(theta), "js_slope": float(slope), "w1_slope": 1.0}


def divergences(p: Tensor, q: Tensor) -> dict[str, float]:
    """Those between histograms."""
    kinds = (TotalVariation(), KullbackLeibler(), ReverseKullbackLeibler(), JensenShannon())
    return {kind.name.replace("-", "_"): kind.between_histograms(p, q) for kind in kinds}


def segments(theta: float) -> tuple[Tensor, Tensor]:
    """Atoms of both segments, `(16, 2)` each."""
    heights = torch.linspace(0, 1, ATOMS, dtype=torch.float64)
    return torch.stack([0 * heights, heights], 1), torch.stack([0 * heights + theta, heights], 1)


def shared_cells(theta: float) -> tuple[Tensor, Tensor]:
    """The probabilities of both on the places where either has an atom."""
    real, fake = segments(theta)
    _, cells = torch.unique(torch.cat([real, fake]), dim=0, return_inverse=True)
    count = int(cells.max()) + 1
    real_cells, fake_cells = cells.split(ATOMS)
    return real_cells.bincount(minlength=count) / ATOMS, fake_cells.bincount(minlength=count) / ATOMS
