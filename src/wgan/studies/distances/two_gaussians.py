"""Figure 2 of the WGAN paper: what a discriminator and a critic tell the generator between two normal distributions."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.lipschitz import Clipping
from wgan.losses import GAN, Wasserstein
from wgan.networks import MLP
from wgan.optimizers import Adam, RMSprop
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TwoGaussians"]

DISTANCES = (1.0, 2.0, 3.0, 4.0, 5.0, 5.5, 6.0, 8.0, 10.0, 14.0)
TRAINED = (2.0, 6.0, 10.0)
PLACED = (0.0, 3.0, 10.0)
"""Where the real mean is, for the critic at the greatest distance."""
BATCH, PLACES = 256, 201


class TwoGaussians(Study):
    """The gradient that the generator gets at each place, from the best discriminator and from a clipped critic."""

    name: ClassVar[str] = "two-gaussians"
    title = "Between two Gaussians: where a discriminator goes flat, and how straight a critic is"
    chapter = Chapter.DISTANCES
    claims = ("E2",)
    question = "From which distance on is a discriminator's gradient lost, and does a critic keep its slope?"
    criterion = (
        "At the generated mean the best discriminator's gradient is below 1e-6; from two standard deviations before "
        "the real mean to two beyond it, the slope of a trained clipped critic is nowhere below a tenth of its mean, "
        "and differs from it by at most 20 %."
    )
    refuted_if = "A gradient of 1e-6 or more, a slope that vanishes somewhere, or one that differs by more than 20 %."
    control = (
        "The best discriminator in the critic's place: the slope of the generator's loss must differ by over 20 %."
    )
    caption = (
        "Left: the best and a trained discriminator's probability and the clipped critic's score (scaled to 0 to 1), a "
        "line for each seed, between normal distributions at distance 10. Right: the best discriminator's gradient at "
        "the generated mean over the distance, and the greatest difference of the critic's slope from its mean."
    )
    deviations = (
        "The critic has two layers of 100 and c = .01, the discriminator the same layers; both take 1,000 steps.",
        "The place of the data and the least slope joined the criterion after a pilot had failed its first part.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        steps, distances, seeds = (200 if quick else 1000,), TRAINED[2:] if quick else TRAINED, range(3)
        return [
            *grid(part=("best",), distance=DISTANCES, place=(0.0,)),
            *grid(part=("critic", "discriminator"), distance=distances, place=(0.0,), steps=steps, seed=seeds),
            *grid(part=("critic",), distance=TRAINED[2:], place=PLACED[1:], steps=steps, seed=seeds),
            *grid(control=(True,), part=("best",), distance=DISTANCES, place=(0.0,)),
        ]

    def measure(self, settings: Settings) -> Measures:
        distance, place, clipped = settings["distance"], settings["place"], settings["part"] == "critic"
        network = best(distance) if settings["part"] == "best" else trained(settings)
        x = place + torch.linspace(-2, distance + 2, PLACES, dtype=torch.float64)
        slopes = generator_slopes(network, x, clipped)
        at_mean = generator_slopes(network, torch.tensor([place + distance], dtype=torch.float64), clipped)
        with torch.no_grad():
            scores = network(x[::4, None])
        return {
            "gradient": float(at_mean.abs()),
            "slope": float(slopes.mean()),
            "least": float(slopes.min() / slopes.mean()),
            "difference": float((slopes / slopes.mean() - 1).abs().max()),
            "scores": [round(float(score), 5) for score in scores],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for distance, part in rows.where(part="best").by("distance"):
            yield Check(
                "best discriminator's gradient at the generated mean",
                part.values("gradient"),
                high=1e-6,
                exact=True,
                factor="distance",
                level=distance,
            )
        critics = rows.where(part="critic")
        for factor, levels in (("distance", critics.where(place=0.0)), ("place", critics.where(distance=TRAINED[-1]))):
            name = "distance" if factor == "distance" else "place of the real mean"
            for level, part in levels.by(factor):
                yield Check(
                    "least slope of the critic, over its mean", part.values("least"), low=0.1, factor=name, level=level
                )
            for level, part in levels.by(factor):
                yield Check(
                    "greatest difference of its slope from its mean, relative",
                    part.values("difference"),
                    high=0.2,
                    factor=name,
                    level=level,
                )

    def control_check(self, rows: Rows) -> Check:
        least = min(rows.values("difference"))
        return Check("least over distances of that difference, best discriminator", (least,), high=0.2, exact=True)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        asked, _ = rows.parted()
        x = torch.linspace(-2, 12, PLACES)[::4].tolist()
        for index, (part, label) in enumerate(
            {"best": "best discriminator", "discriminator": "trained", "critic": "clipped critic"}.items()
        ):
            for number, row in enumerate(asked.where(part=part, distance=10.0, place=0.0)):
                left.plot(
                    x,
                    heights(row["scores"], part == "critic"),
                    color=("0.6", "C0", "C1")[index],
                    lw=3 if part == "best" else 1,
                    label=label if number == 0 else None,
                )
        left.set(xlabel="x (real mean 0, generated mean 10)", ylabel="probability of real; scaled score")
        left.legend(fontsize=8)
        exact = asked.where(part="best")
        right.semilogy(exact.values("distance"), exact.values("gradient"), "o-", color="0.5", label="best D: gradient")
        every_seed(
            right, asked.where(part="discriminator"), "distance", "gradient", label="trained D: gradient", colour="C0"
        )
        every_seed(
            right,
            asked.where(part="critic", place=0.0),
            "distance",
            "difference",
            label="critic: change of slope",
            colour="C1",
        )
        right.axhline(1e-6, color="0.5", lw=0.8)
        right.set(xlabel="distance of the means, standard deviations", ylabel="at the generated mean; relative change")
        right.legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        exact = asked.where(part="best")
        ten = exact.where(distance=10.0)[0]["gradient"]
        oracle = max(abs(row["gradient"] / expected(row["distance"]) - 1) for row in exact)
        yield (
            f"The best discriminator's gradient at the generated mean is Δσ(−Δ²/2), here within {oracle:.1g} of it; it "
            f"is {max(exact.values('gradient')):.2g} at most, and {ten:.1g} at Δ = 10."
        )
        for distance, part in asked.where(part="discriminator").by("distance"):
            values = part.values("gradient")
            yield (
                f"At distance {distance:g} a trained discriminator has {min(values):.1g} to {max(values):.1g}, "
                f"the best one's {expected(distance):.1g}."
            )
        for place, part in asked.where(part="critic", distance=TRAINED[-1]).by("place"):
            values = part.values("difference")
            yield (
                f"With the real mean at {place:g} the critic's slope differs from its mean by {min(values):.0%} to "
                f"{max(values):.0%}: units bend near the origin, so that it is straight where the data lie beyond."
            )


def expected(distance: float) -> float:
    """Δσ(−Δ²/2)."""
    return float(distance * torch.sigmoid(torch.tensor(-(distance**2) / 2, dtype=torch.float64)))


def best(distance: float) -> nn.Module:
    """The best discriminator's logits between N(0, 1), real, and N(Δ, 1): a linear function."""
    layer = nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.fill_(-distance)
        layer.bias.fill_(distance**2 / 2)
    return nn.Sequential(layer, nn.Flatten(0))


def trained(settings: Settings) -> nn.Module:
    """A critic or a discriminator after its steps, in float64."""
    seed, place, clipped = settings["seed"], settings["place"], settings["part"] == "critic"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "network"))
        network = MLP(widths=(100, 100)).build_critic((1,))
    kind = RMSprop(lr=1e-3) if clipped else Adam(lr=1e-3, betas=(0.9, 0.999))
    loss, methods = (Wasserstein(), (Clipping(c=0.01),)) if clipped else (GAN(), ())
    step = CriticStep(network, loss, methods, kind.build(network.parameters()))
    for index in range(settings["steps"]):
        rng = stream(seed, "samples", index)
        real, fake = (torch.randn(BATCH, 1, generator=rng) + shift for shift in (place, place + settings["distance"]))
        step(real, fake, step=index, progress=0.0, rng=rng)
    return network.double()


def generator_slopes(network: nn.Module, x: Tensor, wasserstein: bool) -> Tensor:
    """The derivative of the generator's loss for a sample at each place, saturating where it is a discriminator."""
    places = x[:, None].clone().requires_grad_()
    loss = Wasserstein() if wasserstein else GAN()
    (gradient,) = torch.autograd.grad(loss.generator_loss(network, places, places) * len(x), places)
    return gradient[:, 0]


def heights(scores: Sequence[float], scaled: bool) -> list[float]:
    """Probabilities, or scores from 0 to 1."""
    if scaled:
        return [(score - min(scores)) / (max(scores) - min(scores)) for score in scores]
    return torch.tensor(scores).sigmoid().tolist()
