"""When a discriminator tells two manifolds apart for sure, and what is left of the generator's gradient then."""

from collections.abc import Iterable, Sequence
from math import log10
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.losses import GAN, Loss, NonSaturatingGAN
from wgan.networks import MLP
from wgan.optimizers import Adam
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PerfectDiscriminator"]

SPACE = 10
DIMS = (1, 4, 5, 7, 9)
"""Two planes meet from 5 on; up to 9 in a set of measure zero."""

NOISES = (0.1,)
BATCH, TESTED, LOOKS = 256, 20_000, 8


class PerfectDiscriminator(Study):
    """A trained discriminator between random subspaces of dimension k in ten dimensions."""

    name: ClassVar[str] = "perfect-discriminator"
    title = "A perfect discriminator leaves the generator no gradient, up to the dimension where manifolds meet"
    chapter = Chapter.DISTANCES
    claims = ("E14",)
    question = "Up to which dimension of two manifolds does a trained discriminator separate them perfectly?"
    criterion = (
        "Between two random flat manifolds of k < 10 dimensions in ten, the trained discriminator's accuracy on fresh "
        "samples is above .999 and the saturating generator's gradient has fallen by 1e3 or more since the start."
    )
    refuted_if = "An accuracy of .999 or less, or a gradient that fell by less, beyond the noise between seeds."
    control = (
        "Manifolds that fill the space, k = 10: two normal distributions that overlap, on which the accuracy must stay "
        "below .999."
    )
    caption = (
        "Left: accuracy of the trained discriminator over the dimension of both manifolds; from k = 5 on they meet, at "
        "k = 10 they fill the space. Right: by which power of ten the saturating generator's gradient has fallen "
        "while the discriminator was trained. A dot or a line for each seed."
    )
    deviations = (
        "The manifolds are flat, a normal distribution on a random k-dimensional plane through a random point.",
        "The discriminator is a network of two layers of 128 that takes 2,000 steps of Adam.",
    )

    def design(self, quick: bool) -> Sequence[Settings]:
        seeds, steps = range(3), (300 if quick else 2000,)
        dims, noises = ((1, 7), ()) if quick else (DIMS, NOISES)
        return [
            *grid(k=dims, noise=(0.0,), steps=steps, seed=seeds),
            *grid(control=(True,), k=(SPACE,), noise=(0.0,), steps=steps, seed=seeds),
            *grid(control=(True,), k=(2,), noise=noises, steps=steps, seed=seeds),
        ]

    def measure(self, settings: Settings) -> Measures:
        seed = settings["seed"]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "discriminator"))
            critic = MLP(widths=(128, 128)).build_critic((SPACE,))
        sides = manifolds(settings)
        tested = sides[1].samples(2048, stream(seed, "slopes"))
        before, history = slopes(critic, tested), []
        step = CriticStep(critic, GAN(), (), Adam(lr=1e-3, betas=(0.9, 0.999)).build(critic.parameters()))
        for index in range(settings["steps"]):
            rng = stream(seed, "samples", index)
            real, fake = (side.samples(BATCH, rng) for side in sides)
            step(real, fake, step=index, progress=0.0, rng=rng)
            if (index + 1) % (settings["steps"] // LOOKS) == 0:
                seen = falls(before, slopes(critic, tested))
                history.append([index + 1, accuracy(critic, sides, seed), *seen])
        return {"accuracy": history[-1][1], "fall": history[-1][2], "other_fall": history[-1][3], "history": history}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for k, part in rows.by("k"):
            yield Check("accuracy", part.values("accuracy"), low=0.999, possible=(0, 1), factor="k", level=k)
        for k, part in rows.by("k"):
            yield Check(
                "fall of the saturating gradient, power of ten", part.values("fall"), low=3.0, factor="k", level=k
            )

    def control_check(self, rows: Rows) -> Check:
        return Check("accuracy at k = 10", rows.where(k=SPACE).values("accuracy"), low=0.999, possible=(0, 1))

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        sharp = rows.where(noise=0.0)
        every_seed(left, sharp, "k", "accuracy")
        left.axhline(0.999, color="0.5", lw=0.8)
        left.set(xlabel="k, dimension of the manifolds in ten", ylabel="accuracy on fresh samples")
        for index, (k, part) in enumerate(sharp.by("k")):
            for row in part:
                steps, _, fall, _ = zip(*row["history"], strict=True)
                right.plot(steps, fall, color=f"C{index % 7}", lw=0.8, label=f"{k}" * (row["seed"] == 0) or None)
        right.axhline(3, color="0.5", lw=0.8)
        right.set(xlabel="steps of the discriminator", ylabel="fall of the saturating gradient, power of ten")
        right.set(ylim=(-1.8, 5.5))
        right.legend(title="k (10: control)", ncols=6, fontsize=8, handlelength=1, columnspacing=1, loc="upper left")

    def remarks(self, rows: Rows) -> Iterable[str]:
        for noise, part in rows.where(k=2).by("noise"):
            if noise:
                low, high = min(part.values("accuracy")), max(part.values("accuracy"))
                falls = part.values("fall")
                yield (
                    f"With noise of {noise:g} on both manifolds, k = 2, the accuracy is {low:.4f} to {high:.4f}, "
                    f"and the gradient falls by 10 to the power {min(falls):.1f} to {max(falls):.1f}."
                )
        others = rows.where(k=1, noise=0.0).values("other_fall")
        yield (
            f"The non-saturating gradient does not vanish: between lines it grows by 10 to the power "
            f"{-max(others):.1f} to {-min(others):.1f}."
        )
        for k, part in rows.where(noise=0.0).by("k"):
            first = [next((look for look in row["history"] if look[1] > 0.999), None) for row in part]
            seen = [look for look in first if look is not None]
            if len(seen) == len(part):
                steps, falls_then = [look[0] for look in seen], [look[2] for look in seen]
                yield (
                    f"At k = {k} the accuracy is above .999 by {max(steps):,} steps, when the saturating gradient has "
                    f"fallen by 10 to the power {min(falls_then):.1f} to {max(falls_then):.1f}: perfect comes first, "
                    "vanishing later."
                )


class Manifold(NamedTuple):
    """A random plane through a random point, with noise across it."""

    middle: Tensor
    directions: Tensor
    noise: float

    def samples(self, count: int, rng: torch.Generator) -> Tensor:
        """Points of a normal distribution on it, `(count, 10)`."""
        points = self.middle + torch.randn(count, self.directions.shape[1], generator=rng) @ self.directions.T
        return points + self.noise * torch.randn(count, SPACE, generator=rng)


def manifolds(settings: Settings) -> tuple[Manifold, Manifold]:
    """The real and the generated one."""
    real, fake = (manifold(side, settings) for side in ("real", "fake"))
    return real, fake


def manifold(side: str, settings: Settings) -> Manifold:
    """That of one side."""
    rng = stream(settings["seed"], "manifold", side)
    middle = torch.randn(SPACE, generator=rng) / SPACE**0.5
    directions, _ = torch.linalg.qr(torch.randn(SPACE, settings["k"], generator=rng))
    return Manifold(middle, directions, settings["noise"])


@torch.no_grad()
def accuracy(critic: nn.Module, sides: tuple[Manifold, Manifold], seed: int) -> float:
    """The share of fresh samples of both sides that get the right sign."""
    real, fake = (critic(side.samples(TESTED, stream(seed, "tested", index))) for index, side in enumerate(sides))
    return float(((real > 0).double().mean() + (fake < 0).double().mean()) / 2)


def slopes(critic: nn.Module, fake: Tensor) -> tuple[float, float]:
    """The mean norm of the generator's gradient at its samples, saturating and not."""
    return slope(critic, GAN(), fake), slope(critic, NonSaturatingGAN(), fake)


def falls(before: tuple[float, float], after: tuple[float, float]) -> list[float]:
    """By which power of ten each has fallen."""
    return [log10(start / max(end, 1e-300)) for start, end in zip(before, after, strict=True)]


def slope(critic: nn.Module, loss: Loss, fake: Tensor) -> float:
    """That of one loss, in float64, where it may vanish without being lost."""
    points = fake.double().requires_grad_()
    value = loss.generator_loss(critic.double(), points, points) * len(points)
    (gradient,) = torch.autograd.grad(value, points)
    critic.float()
    return float(gradient.norm(dim=1).mean())
