"""The standard GAN's objective at its optimum, and how near a trained discriminator comes to it."""

from collections.abc import Iterable, Sequence
from math import log
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.distances import JensenShannon
from wgan.losses import GAN, Hinge, Loss
from wgan.networks import MLP
from wgan.optimizers import Adam
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OptimalDiscriminator"]

DISTANCES = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0)
LOSSES: dict[str, Loss] = {"GAN": GAN(), "hinge": Hinge()}
BATCH = 512


class OptimalDiscriminator(Study):
    """V(D) of the exact and of a trained discriminator between two normal distributions at a distance."""

    name: ClassVar[str] = "optimal-discriminator"
    title = "The GAN's objective at the best discriminator, and how near a trained one comes"
    chapter = Chapter.DISTANCES
    claims = ("C1",)
    question = "Is the GAN's objective at the best discriminator 2 JS − log 4, and does a trained one reach it?"
    criterion = (
        "V at p / (p + q) is 2 JS − log 4 within 1 %; a trained network's JS, (V + log 4) / 2, is within 1 % of the "
        "true one, and its probabilities are within .02 of p / (p + q) wherever the middle 99 % of the samples lie, at "
        "each distance of the two."
    )
    refuted_if = "V at p / (p + q) is off by more than 1 %, or the trained network's value or probabilities are."
    control = "A discriminator trained with the hinge loss, whose optimum is another: its JS must be off by over 1 %."
    caption = (
        "Left: p / (p + q) (grey) and the trained discriminator's probability, for each seed, with the two normal "
        "distributions at distance 2. Right: JS that its value stands for, over the true one; a dot for each seed."
    )
    deviations = (
        "The value of the trained network is taken by quadrature over the true densities and not from samples.",
        "The network has two layers of 64 and takes 1,500 steps of Adam with 512 fresh samples of each side and a "
        "falling rate.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        distances, steps = ((1.0, 4.0), (200,)) if quick else (DISTANCES, (1500,))
        seeds = range(3)
        return [
            *grid(part=("exact",), distance=DISTANCES),
            *grid(part=("trained",), loss=("GAN",), distance=distances, steps=steps, seed=seeds),
            *grid(
                control=(True,),
                part=("trained",),
                loss=("hinge",),
                distance=(2.0,),
                steps=(800 if quick else 1500,),
                seed=seeds,
            ),
        ]

    def measure(self, settings: Settings) -> Measures:
        x, p, q = densities(settings["distance"])
        true, best = JensenShannon().between_histograms(p, q), logits(x, settings["distance"])
        if settings["part"] == "exact":
            return {"js": true, "value": value(best, p, q), "asked": 2 * true - log(4)}
        critic = trained(settings)
        with torch.no_grad():
            found = critic(x.float()[:, None]).double()
        middle = p.cumsum(0) + q.cumsum(0)
        inside = (middle > 0.01) & (middle < 1.99)
        error = (found.sigmoid() - best.sigmoid()).abs()[inside].max()
        shown = torch.linspace(0, len(x) - 1, 60).long()
        return {
            "js": true,
            "share": (value(found, p, q) + log(4)) / 2 / true,
            "error": float(error),
            "curve": curve(x[shown], found[shown]) if settings["distance"] == 2 else [],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        exact = rows.where(part="exact")
        off = max(abs(row["value"] / row["asked"] - 1) for row in exact)
        yield Check("greatest relative difference of V from 2 JS − log 4", (off,), high=0.01, exact=True)
        for distance, part in rows.where(part="trained").by("distance"):
            yield Check(
                "JS of the trained network over the true one",
                part.values("share"),
                0.99,
                1.01,
                factor="distance",
                level=distance,
            )
        for distance, part in rows.where(part="trained").by("distance"):
            yield Check(
                "greatest error of its probabilities",
                part.values("error"),
                high=0.02,
                possible=(0, 1),
                factor="distance",
                level=distance,
            )

    def control_check(self, rows: Rows) -> Check:
        return Check("JS of a hinge discriminator over the true one", rows.values("share"), 0.99, 1.01)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        asked, control = rows.parted()
        x = torch.linspace(-4, 6, 200, dtype=torch.float64)
        left.plot(x, logits(x, 2.0).sigmoid(), color="0.6", lw=4, label="p / (p + q)")
        for index, (part, label) in enumerate(((asked, "GAN"), (control, "hinge (control)"))):
            seen = [row["curve"] for row in part.where(part="trained") if row["curve"]]
            for number, line in enumerate(seen):
                at, height = zip(*line, strict=True)
                left.plot(at, height, color=f"C{index}", lw=0.8, label=label if number == 0 else None)
        left.set(xlabel="x", ylabel="probability that x is real", xlim=(-4, 6))
        left.legend(fontsize=8)
        every_seed(right, asked.where(part="trained"), "distance", "share", label="GAN")
        every_seed(right, control, "distance", "share", label="hinge (control)")
        right.axhspan(0.99, 1.01, color="0.5", alpha=0.15, lw=0)
        right.set(xscale="log", xlabel="distance of the means, standard deviations", ylabel="JS from V / true JS")
        right.legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        for distance, part in rows.where(part="trained", loss="GAN").by("distance"):
            shares, errors = part.values("share"), part.values("error")
            yield (
                f"At distance {distance:g}, where JS is {part[0]['js']:.3g} nats, the trained network's value gives "
                f"{min(shares):.4f} to {max(shares):.4f} of it, and its probabilities err by {max(errors):.2g} at most."
            )
        far = rows.where(part="trained", loss="GAN", distance=DISTANCES[-1])
        if far and max(far.values("error")) > 0.02:
            yield (
                f"The errors at distance {DISTANCES[-1]:g} lie between the two, where hardly a sample falls: the value "
                "does not feel them, a generator on its way through would."
            )


def densities(distance: float) -> tuple[Tensor, Tensor, Tensor]:
    """Places, and the probabilities of N(0, 1) and N(distance, 1) around them."""
    x = torch.linspace(-9, distance + 9, 20_001, dtype=torch.float64)
    return x, (-(x**2) / 2).softmax(0), (-((x - distance) ** 2) / 2).softmax(0)


def logits(x: Tensor, distance: float) -> Tensor:
    r"""$\log p / q$, the best discriminator's logits."""
    return distance * (distance / 2 - x)


def curve(x: Tensor, scores: Tensor) -> list[list[float]]:
    """Places with the probability there."""
    return [[round(float(at), 3), round(float(score), 4)] for at, score in zip(x, scores.sigmoid(), strict=True)]


def value(scores: Tensor, p: Tensor, q: Tensor) -> float:
    r"""$V = \mathbb{E}_p \log \sigma(D) + \mathbb{E}_q \log(1 - \sigma(D))$."""
    logsigmoid = nn.functional.logsigmoid
    return float((p * logsigmoid(scores)).sum() + (q * logsigmoid(-scores)).sum())


def trained(settings: Settings) -> nn.Module:
    """A network after its steps, the rate falling to zero."""
    seed, steps, distance = settings["seed"], settings["steps"], settings["distance"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "discriminator"))
        critic = MLP(widths=(64, 64), activation="SiLU").build_critic((1,))
    optimizer = Adam(lr=5e-3, betas=(0.9, 0.999)).build(critic.parameters())
    step = CriticStep(critic, LOSSES[settings["loss"]], (), optimizer)
    for index in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 - index / steps)
        rng = stream(seed, "samples", index)
        real, fake = (torch.randn(BATCH, 1, generator=rng) + shift for shift in (0.0, distance))
        step(real, fake, step=index, progress=0.0, rng=rng)
    return critic
