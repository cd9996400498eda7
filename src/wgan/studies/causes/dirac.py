"""The Dirac-GAN: where training with a Wasserstein loss and with a penalised logistic loss ends, and at which steps."""

from collections.abc import Callable, Iterable, Sequence
from math import exp, hypot
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wgan.randomness import derive_seed
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DiracGan"]

Field = Callable[[float, float], tuple[float, float]]

SCHEMES = ("simultaneous", "alternating")
FIELDS = {
    "GAN": 0.0,
    "NSGAN": 0.0,
    "clipped": 1.0,
    "WGAN-GP": 0.7,
    "noise": 0.7,
    "R1": 0.3,
    "R1 strong": 1.0,
    "NS + R1": 0.3,
    "consensus": 1.0,
}
"""With the strength of what is added: the bound of the weight, of the penalty, of the noise."""

WASSERSTEIN = ("clipped", "WGAN-GP")
GAMMAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 9.0, 11.0, 30.0)
STEPS = (0.1, 0.2, 0.5, 1.0, 1.1, 1.3, 2.0, 4.0)
BOUNDS = (1.0, 0.3, 0.1, 0.03, 0.01)
SHORT = (0.2, 0.1, 0.05, 0.02, 0.01)
SHOWN = 80
"""Steps of a path that are drawn, for the fields that are."""

DRAWN = (*list(FIELDS)[:7], "consensus")


class DiracGan(Study):
    """Gradient descent of a point against a linear critic, for nine losses, by both ways to take turns."""

    name: ClassVar[str] = "dirac"
    title = "Dirac-GAN: a Wasserstein loss circles, a logistic loss with R1 converges, for a step that fits"
    chapter = Chapter.CAUSES
    claims = ("C8", "A13")
    question = "Does training converge to the data with a Wasserstein loss, and with a logistic loss and R1?"
    criterion = (
        "From (1, 1), the mean distance from the equilibrium in the last 50 steps stays at .5 or more for a clipped "
        "critic and for one with a penalty (for a bound c at .5 c), whatever the step, the bound and the number of "
        "critic steps; with R1 it is 1e-3 or less at every γ and step, and all eigenvalues at the equilibrium have "
        "negative real parts."
    )
    refuted_if = "A Wasserstein critic ends within .5 of the equilibrium, or R1 does not end within 1e-3 of it."
    control = "Consensus optimisation, which converges: its distance must not stay at .5 or more."
    caption = (
        "Above: the first 80 steps of size .2 from (1, 1), simultaneous (blue) and alternating (orange), over the "
        "field of directions; θ is the generator's point, ψ the critic's slope; data and equilibrium are at zero. "
        "Below: where training ends, over the strength of R1 (cut off at 1e-20) and over the bound of a clipped critic."
    )
    size = (7.2, 6.2)

    def design(self, quick: bool) -> Sequence[Settings]:
        deterministic = [name for name in FIELDS if name not in ("noise", "consensus")]
        base: dict[str, Any] = {"h": 0.2, "steps": 500, "turns": 1, "seed": 0}
        long = base | {"steps": 1000 if quick else 5000}
        rows = [cell(part="table", field=f, scheme=s, **base) for f in deterministic for s in SCHEMES]
        rows += [cell(part="table", field="noise", scheme=s, **base | {"seed": i}) for s in SCHEMES for i in range(3)]
        rows += [cell(part="table", field="consensus", scheme=s, control=True, **base) for s in SCHEMES]
        thin = 2 if quick else 1
        rows += [
            cell(part="γ", field="R1", scheme=s, strength=g, **long) for s in SCHEMES for g in GAMMAS[thin - 1 :: thin]
        ]
        rows += [
            cell(part="h", field="R1", scheme=s, **long | {"h": h}) for s in SCHEMES for h in STEPS[thin - 1 :: thin]
        ]
        rows += [
            cell(part="c", field="clipped", scheme="alternating", strength=c, **long) for c in BOUNDS[thin - 1 :: thin]
        ]
        for field in WASSERSTEIN:
            for h in SHORT[thin - 1 :: thin]:
                rows.append(
                    cell(part="short", field=field, scheme="simultaneous", **base | {"h": h, "steps": round(100 / h)})
                )
            rows += [cell(part="turns", field=field, scheme="alternating", **long | {"turns": n}) for n in (1, 5, 25)]
        return rows

    def measure(self, settings: Settings) -> Measures:
        path = trained(settings)
        last = path[-50:]
        smooth = settings["field"] not in (*WASSERSTEIN, "noise")
        return {
            "radius": fmean(min(hypot(*place), 1e6) for place in last),
            "point": fmean(min(abs(theta), 1e6) for theta, _ in last),
            "growth": growth(field_of(settings)) if smooth else None,
            "path": [[round(x, 2) for x in place] for place in path[:SHOWN]] if drawn(settings) else [],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        yield from circling(rows)
        for scheme in SCHEMES:
            for part in ("γ", "h"):
                for level, one in rows.where(part=part, scheme=scheme).by("strength" if part == "γ" else "h"):
                    yield Check(
                        f"distance at the end with R1, {scheme}",
                        one.values("radius"),
                        high=1e-3,
                        claim="A13",
                        exact=True,
                        factor=part,
                        level=level,
                    )
        greatest = max(row["growth"] for row in rows.where(field="R1"))
        yield Check("greatest real part of an eigenvalue with R1", (greatest,), high=-1e-3, claim="A13", exact=True)

    def control_check(self, rows: Rows) -> Check:
        return Check("distance at the end, consensus", rows.values("radius"), low=0.5, exact=True)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        layout: list[Any] = [list(DRAWN[:4]), list(DRAWN[4:]), ["γ", "γ", "c", "c"]]
        axes = figure.subplot_mosaic(layout, height_ratios=[1, 1, 1.1])
        for name in DRAWN:
            portrait(axes[name], rows.where(part="table", field=name), name)
        for scheme in SCHEMES:
            part = rows.where(part="γ", scheme=scheme)
            axes["γ"].loglog(
                part.values("strength"), [max(r, 1e-20) for r in part.values("radius")], "o-", label=scheme
            )
        axes["γ"].axhline(1e-3, color="0.5", lw=0.8)
        axes["γ"].set(xlabel="γ of R1 (step .2)", ylabel="distance at the end")
        axes["γ"].legend(fontsize=8)
        clipped = rows.where(part="c")
        axes["c"].loglog(clipped.values("strength"), clipped.values("radius"), "o-", label="clipped, alternating")
        axes["c"].loglog(clipped.values("strength"), clipped.values("strength"), color="0.5", lw=0.8, label="c")
        axes["c"].set(xlabel="c, bound of the critic's slope", ylabel="distance at the end")
        axes["c"].legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        for scheme in SCHEMES:
            told = ", ".join(
                f"{name} {fmean(part.values('radius')):.2g}"
                for name, part in rows.where(part="table", scheme=scheme).by("field")
            )
            yield f"Mean distance in the last 50 of 500 {scheme} steps of .2: {told}."
        ratios = [row["radius"] / row["strength"] for row in rows.where(part="c")]
        yield (
            f"A clipped critic circles at {min(ratios):.2f} to {max(ratios):.2f} times its bound c: it does not "
            "converge, but a small c brings the generator within c of the data."
        )
        points = ", ".join(f"{row['field']} {row['turns']}: {row['point']:.2g}" for row in rows.where(part="turns"))
        yield f"More critic steps do not help it to converge; mean |θ| at the end, by critic steps: {points}."
        slow = max(row["growth"] for row in rows.where(part="table", field="R1"))
        yield (
            f"With γ = .3 the eigenvalues' real part is {slow:.3g}, −γ/2; without a penalty it is "
            f"{rows.where(part='table', field='GAN')[0]['growth']:.2g}, and any simultaneous step makes that divergent."
        )


def cell(**settings: Any) -> Settings:  # noqa: ANN401 - any setting
    """Settings with the usual strength of the field where none is given."""
    return {"strength": FIELDS[settings["field"]], **settings}


def drawn(settings: Settings) -> bool:
    """Whether the figure shows this path."""
    return settings["part"] == "table" and settings["field"] in DRAWN


def circling(rows: Rows) -> Iterable[Check]:
    """What is asked of the Wasserstein losses."""
    for field in WASSERSTEIN:
        for scheme in SCHEMES:
            one = rows.where(part="table", field=field, scheme=scheme)
            yield Check(
                f"distance at the end, {scheme}",
                one.values("radius"),
                low=0.5,
                claim="C8",
                exact=True,
                factor="critic",
                level=field,
            )
        for part, factor, how in (("short", "h", "simultaneous"), ("turns", "turns", "alternating")):
            for level, one in rows.where(part=part, field=field).by(factor):
                yield Check(
                    f"distance at the end, {field}, {how}",
                    one.values("radius"),
                    low=0.5,
                    claim="C8",
                    exact=True,
                    factor="critic steps" if part == "turns" else "h",
                    level=level,
                )
    for bound, one in rows.where(part="c").by("strength"):
        yield Check(
            "distance at the end over c, alternating",
            [row["radius"] / bound for row in one],
            low=0.5,
            claim="C8",
            exact=True,
            factor="c",
            level=bound,
        )


def sigma(t: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + exp(-t)) if t > -700 else 0.0


def field_of(settings: Settings) -> Field:
    """The directions in which generator and critic go, for D(x) = ψx and data at 0."""
    name, strength = settings["field"], settings["strength"]
    if name in WASSERSTEIN:
        pull = strength if name == "WGAN-GP" else 0.0
        return lambda theta, psi: (-psi, theta - pull * (abs(psi) - 1) * float(np.sign(psi)))
    if name == "noise":
        return noisy(strength, settings["seed"])
    if name == "consensus":
        return consensus(strength)
    pull, sign = (strength if "R1" in name else 0.0), (-1 if name.startswith("NS") else 1)
    return lambda theta, psi: (
        -psi * sigma(-sign * theta * psi),
        theta * sigma(-theta * psi) - pull * psi,
    )


def noisy(strength: float, seed: int) -> Field:
    """Instance noise on both sides, by 1,000 samples a step."""
    rng = np.random.default_rng(derive_seed(seed, "dirac noise"))

    def field(theta: float, psi: float) -> tuple[float, float]:
        fake, real = theta + strength * rng.standard_normal(1000), strength * rng.standard_normal(1000)
        of_fake, of_real = 1 / (1 + np.exp(fake * psi)), 1 / (1 + np.exp(-real * psi))
        return float(-psi * of_fake.mean()), float((fake * of_fake - real * of_real).mean())

    return field


def consensus(strength: float) -> Field:
    """The GAN's field v, less the gradient of strength · |v|² / 2 = strength · s² (θ² + ψ²) / 2, s = σ(−θψ)."""

    def field(theta: float, psi: float) -> tuple[float, float]:
        s = sigma(-theta * psi)
        change = -s * (1 - s) * s * (theta**2 + psi**2)
        pulls = s * s * theta + change * psi, s * s * psi + change * theta
        return -psi * s - strength * pulls[0], theta * s - strength * pulls[1]

    return field


def trained(settings: Settings) -> list[tuple[float, float]]:
    """The places after each of the steps; training ends where it leaves a distance of a million."""
    field, h, bound = field_of(settings), settings["h"], settings["strength"]
    theta = psi = 1.0
    path = []
    for _ in range(settings["steps"]):
        pull = field(theta, psi)[0]
        if settings["scheme"] == "alternating":
            theta += h * pull
        for _ in range(settings["turns"]):
            psi += h * field(theta, psi)[1]
            if settings["field"] == "clipped":
                psi = min(max(psi, -bound), bound)
        if settings["scheme"] == "simultaneous":
            theta += h * pull
        path.append((theta, psi))
        if hypot(theta, psi) > 1e6:
            return [path[-1]] * 50
    return path


def growth(field: Field, step: float = 1e-5) -> float:
    """The greatest real part of the field's eigenvalues at the equilibrium, by central differences."""
    sides = [
        [(after - before) / (2 * step) for before, after in zip(field(-a, -b), field(a, b), strict=True)]
        for a, b in ((step, 0.0), (0.0, step))
    ]
    return float(np.linalg.eigvals(np.array(sides).T).real.max())


def portrait(axes: "Axes", rows: Rows, name: str) -> None:
    """Paths over the field of directions."""
    at = np.linspace(-1.9, 1.9, 9)
    places = [(x, y) for y in at for x in at]
    field = field_of(cell(field=name, seed=0))
    ways = np.array([field(x, y) for x, y in places])
    ways = ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
    axes.quiver(*np.array(places).T, *ways.T, color="0.8", scale=16, width=0.006)
    for row in rows:
        x, y = zip(*[(1.0, 1.0), *map(tuple, row["path"])], strict=True)
        axes.plot(x, y, ".-", ms=2, lw=0.6, color=f"C{SCHEMES.index(row['scheme'])}")
    axes.plot([0], [0], "k+", ms=6)
    axes.set(xlim=(-2.1, 2.1), ylim=(-2.1, 2.1), aspect="equal", title=name, xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axes.set(xlabel="θ", ylabel="ψ")
