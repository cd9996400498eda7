"""A critic on its way to its optimum: the error of its estimate and of the gradient that a generator would get."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from wgan.data import Pair
from wgan.data.pairs.funnels import funnel_pair
from wgan.lipschitz import GP, Clipping, LipschitzMethod, Orthogonal
from wgan.networks import MLP
from wgan.optimizers import Adam, Optimizer, RMSprop
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.fitted import fit_critic, input_slopes, mean_gap, start_critic
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CriticConvergence"]

PAIR = funnel_pair(2, 4)
RELU, SORTING = MLP(widths=(100, 100)), MLP(widths=(64, 64), activation="GroupSort16")
ADAM = Adam(lr=1e-3, betas=(0.0, 0.9))
CRITICS: Mapping[str, tuple[MLP, tuple[LipschitzMethod, ...], Optimizer]] = {
    "clipping": (RELU, (Clipping(c=0.01),), RMSprop(lr=1e-3)),
    "GP, λ = 10": (RELU, (GP(weight=10.0),), ADAM),
    "GP, λ = 0.1": (RELU, (GP(weight=0.1),), ADAM),
    "orthogonal": (SORTING, (Orthogonal(),), Adam(lr=0.01, betas=(0.9, 0.99))),
}
LOOKS = (4, 16, 64, 256, 1024)
MONOTONE = -0.9 + 1e-9
"""One pair of five neighbours may stand the wrong way round, up to rounding."""


class CriticConvergence(Study):
    """Errors over critic steps, between two distributions whose best critic is known."""

    name: ClassVar[str] = "critic-convergence"
    title = "Training the critic to its optimum"
    chapter = Chapter.CRITIC
    claims = ("C7",)
    question = "Are a critic's estimate and gradient the more accurate the longer it was trained?"
    criterion = (
        "Over 4, 16, 64, 256 and 1024 critic steps the rank correlation of steps and error is −.9 or less: of the "
        "error of the gradient at generated samples, one less its mean cosine to that of the best critic, for every "
        "kind of critic; and of the relative error of the value, for those that mean to be 1-Lipschitz."
    )
    refuted_if = "An error that does not fall with the steps, beyond the noise between seeds."
    control = "A clipped critic between two sets of samples of one distribution, which teach nothing of the pair."
    caption = (
        "Errors over critic steps, a dot for each seed. Left: of the gradient, as one less the mean cosine. Right: of "
        "the value, relative to the true W₁."
    )
    deviations = (
        "Ten seeds instead of five, and a tolerance of rounding in the bound, came after a first full run, whose rows "
        "were discarded.",
    )
    size = (8.5, 3.8)

    def design(self, quick: bool) -> Sequence[Settings]:
        looks = LOOKS[:4] if quick else LOOKS
        return [
            *grid(critic=CRITICS, looks=(looks,), seed=range(3 if quick else 10)),
            *grid(control=(True,), critic=("clipping",), looks=(LOOKS[:4],), seed=range(8)),
        ]

    def measure(self, settings: Settings) -> Measures:
        network, methods, optimizer = CRITICS[settings["critic"]]
        seed, errors, values = settings["seed"], [], []
        critic = start_critic(network, (2,), methods, seed)

        def look(_: int) -> None:
            errors.append(gradient_error(critic, PAIR, seed))
            values.append(abs(1 - mean_gap(critic, PAIR.real, PAIR.fake, seed) / PAIR.w1))

        fit_critic(
            critic,
            PAIR.fake if settings.get("control") else PAIR.real,
            PAIR.fake,
            methods,
            steps=max(settings["looks"]),
            seed=seed,
            optimizer=optimizer,
            look_at=settings["looks"],
            look=look,
        )
        return {"gradient": errors, "value": values}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for critic, part in rows.by("critic"):
            yield falling("gradient's error", part, "gradient", factor="critic", level=critic)
        for critic, part in rows.by("critic"):
            if critic != "clipping":
                yield falling("value's error", part, "value", factor="critic", level=critic)

    def control_check(self, rows: Rows) -> Check:
        return falling("gradient's error", rows, "gradient")

    def draw(self, rows: Rows, figure: "Figure") -> None:
        asked, control = rows.parted()
        for axes, name in zip(figure.subplots(1, 2), ("gradient", "value"), strict=True):
            series: list[tuple[str, Rows, dict[str, Any]]] = [(c, part, {}) for c, part in asked.by("critic")]
            series.append(("control", control, {"color": "0.5", "ls": ":"}))
            for label, part, style in series:
                if name == "value" and label in ("clipping", "control"):
                    axes.plot([], [])
                    continue
                looks = part[0]["looks"]
                means = [sum(row[name][i] for row in part) / len(part) for i in range(len(looks))]
                (line,) = axes.plot(looks, means, label=label, **style)
                for row in part:
                    axes.plot(row["looks"], row[name], "o", color=line.get_color(), alpha=0.5)
            axes.set(xscale="log", yscale="log", xlabel="critic steps")
        left, right = figure.axes
        left.set_ylabel("1 − cosine to the best critic's gradient")
        right.set_ylabel("relative error of the value")
        left.legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for critic, part in asked.by("critic"):
            for name in ("gradient", "value")[: 1 if critic == "clipping" else 2]:
                looks = part[0]["looks"]
                means = [sum(row[name][i] for row in part) / len(part) for i in range(len(looks))]
                best = min(range(len(looks)), key=means.__getitem__)
                yield (
                    f"{critic}: the {name}'s error is least, {means[best]:.3f}, after {looks[best]} steps, and "
                    f"{means[-1]:.3f} after {looks[-1]}."
                )


def gradient_error(critic: nn.Module, pair: Pair, seed: int) -> float:
    """One less the mean cosine of the critic's gradient to the best one's, at generated samples."""
    points = pair.fake.sample(2048, stream(seed, "gradient points"))
    found, best = input_slopes(critic, points.float()).double(), input_slopes(pair.potential, points)
    return 1 - float(cosines(found, best).mean())


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """Of rows, zero where one is zero."""
    return torch.nn.functional.cosine_similarity(a, b, dim=1, eps=1e-30)


def falling(what: str, rows: Rows, name: str, *, factor: str = "", level: str = "") -> Check:
    """The rank correlation of steps and error, of each row."""
    found = [float(spearmanr(row["looks"], row[name]).statistic) for row in rows]
    what = f"rank correlation of steps and the {what}"
    return Check(what, found, high=MONOTONE, factor=factor, level=level, possible=(-1, 1))
