"""How near a critic's gradient is to the optimal one's while a generator learns, by critic steps between its steps."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from wgan.data.toy import gaussians8
from wgan.distances import transport, wasserstein
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import train_system
from wgan.training import State

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PartialConvergence"]

RING = gaussians8()
COUNT = 256
AS_GOOD, AS_NEAR = 0.9, 1.1


class PartialConvergence(Study):
    """The cosine of the generator's gradient to that of the exact plan, along the training."""

    name: ClassVar[str] = "partial-convergence"
    title = "A critic that has not converged"
    chapter = Chapter.CRITIC
    claims = ("Q4",)
    question = "Does a critic that takes a few steps between those of the generator give as good a gradient?"
    criterion = (
        "With 1, 2, 5 and 20 critic steps for each generator step, the cosine of the generator's gradient to that of "
        "the exact transport plan, as a mean over the training, is at least 90 % of that with 100 steps, and the W₁ "
        "that is reached after as many generator steps at most 1.1 times as large."
    )
    refuted_if = "A smaller cosine or a larger W₁, beyond the noise between seeds."
    control = "A critic that keeps its random weights, against one with 20 steps: its cosine must fall short."
    caption = (
        "Cosine of the generator's gradient to the exact plan's (left) and W₁ after the training (right) over critic "
        "steps for each generator step, a dot for each seed."
    )
    deviations = (
        "The optimal critic is that of 256 samples of each side, by exact transport: its gradient is noisy itself, "
        "which lowers all cosines alike.",
    )
    size = (8.0, 3.6)

    def design(self, quick: bool) -> Sequence[Settings]:
        budget = {"iterations": 30 if quick else 150, "every": 10}
        levels = (1, 5, 100) if quick else (1, 2, 5, 20, 100)
        short = {"iterations": 10, "every": 5}
        return [
            *({**row, **budget} for row in grid(n_critic=levels, lr=(1e-3,), seed=range(3))),
            *({**row, **short} for row in grid(control=(True,), n_critic=(20,), lr=(1e-3,), seed=range(8))),
            *({**row, **short} for row in grid(control=(True,), n_critic=(1,), lr=(1e-12,), seed=range(8))),
        ]

    def measure(self, settings: Settings) -> Measures:
        found: list[float] = []

        def look(state: State) -> None:
            if state.iteration:
                found.append(gradient_cosine(state, settings["seed"]))

        made = train_system(
            "wgan-gp",
            RING,
            overrides(settings),
            seed=settings["seed"],
            iterations=settings["iterations"],
            every=settings["every"],
            look=look,
        )
        samples = made.sample(2 * COUNT, settings["seed"], averaged=False)
        real = RING.scaling.decode(RING.sample(2 * COUNT, stream(settings["seed"], "judge")))
        return {"cosines": found, "cosine": fmean(found), "w1": wasserstein(samples, real)}

    def checks(self, rows: Rows) -> Iterable[Check]:
        most = max(rows.levels("n_critic"))
        for n_critic in rows.levels("n_critic"):
            if n_critic != most:
                share = over(rows, "cosine", n_critic, most)
                what = "cosine to the exact gradient, over that with the most steps"
                yield Check(what, share, AS_GOOD, factor="critic steps", level=n_critic)
        for n_critic in rows.levels("n_critic"):
            if n_critic != most:
                share = over(rows, "w1", n_critic, most)
                what = "W₁ that is reached, over that with the most steps"
                yield Check(what, share, high=AS_NEAR, factor="critic steps", level=n_critic)

    def control_check(self, rows: Rows) -> Check:
        what = "cosine to the exact gradient of a random critic, over that with 20 steps"
        return Check(what, over(rows, "cosine", 1, 20), AS_GOOD)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        asked, _ = rows.parted()
        left, right = figure.subplots(1, 2)
        every_seed(left, asked, "n_critic", "cosine")
        every_seed(right, asked, "n_critic", "w1")
        reference = asked.where(n_critic=max(asked.levels("n_critic")))
        left.axhspan(AS_GOOD * fmean(reference.values("cosine")), 1, color="0.5", alpha=0.15, lw=0)
        right.axhspan(0, AS_NEAR * fmean(reference.values("w1")), color="0.5", alpha=0.15, lw=0)
        left.set(ylabel="cosine to the exact plan's gradient", ylim=(None, 1))
        right.set(ylabel="W₁ after the training", ylim=(0, None))
        for axes in (left, right):
            axes.set(xscale="log", xlabel="critic steps for each generator step")

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        told = ", ".join(f"{fmean(part.values('cosine')):.2f} with {n}" for n, part in asked.by("n_critic"))
        yield f"The mean cosines are {told} critic steps."
        early = ", ".join(f"{fmean(r['cosines'][0] for r in part):.2f} with {n}" for n, part in asked.by("n_critic"))
        yield f"At the first look, after {asked[0]['every']} generator steps, they are {early}."


def overrides(settings: Settings) -> dict[str, Any]:
    """A small WGAN-GP whose critic learns at this rate."""
    adam = {"type": "Adam", "betas": [0.0, 0.9]}
    return {
        "generator.widths": (64, 64),
        "critic.widths": (64, 64),
        "generator_optimizer": {**adam, "lr": 1e-3},
        "critic_optimizer": {**adam, "lr": settings["lr"]},
        "schedule": {"n_critic": settings["n_critic"]},
        "batch": 64,
    }


def gradient_cosine(state: State, seed: int) -> float:
    """Between the gradients, in the generator's weights, of the critic's value and of the exact W₁."""
    latent = torch.randn(COUNT, 8, generator=stream(seed, "look", state.iteration))
    samples = state.generator(latent)
    weights = list(state.generator.parameters())
    exact = transport(RING.sample(COUNT, stream(seed, "look real", state.iteration)), samples).distance
    found, best = (
        flat(torch.autograd.grad(loss, weights, retain_graph=True)) for loss in (-state.critic(samples).mean(), exact)
    )
    return float(torch.nn.functional.cosine_similarity(found, best, dim=0))


def flat(gradients: tuple[Tensor, ...]) -> Tensor:
    """As one vector."""
    return torch.cat([gradient.flatten() for gradient in gradients]).double()


def over(rows: Rows, name: str, level: int, reference: int) -> list[float]:
    """A measure with so many critic steps over that with the reference's, of each seed."""
    return [
        float(row[name]) / float(other[name])
        for row, other in zip(rows.where(n_critic=level), rows.where(n_critic=reference), strict=True)
    ]
