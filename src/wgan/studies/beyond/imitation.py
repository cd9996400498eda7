"""Imitation of a pole balancer by a Wasserstein critic and by a discriminator, and the gradients of an actor."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import log10
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import GP, Clipping, LipschitzMethod
from wgan.losses import GAN, Loss, Wasserstein
from wgan.networks import MLP
from wgan.optimizers import Adam
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.drawing import COLOURS
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Imitation"]

JUDGES: dict[str, tuple[Loss, tuple[LipschitzMethod, ...]]] = {
    "JS": (GAN(), ()),
    "W, clipped": (Wasserstein(), (Clipping(c=0.1),)),
    "W, gradient penalty": (Wasserstein(), (GP(weight=1.0),)),
    "W, centred reward": (Wasserstein(), (GP(weight=1.0),)),
}
CLIPS = {"none": 0.0, "0.1": 0.1, "0.01": 0.01}
"""Bounds on the weights of the critic in actor-critic learning, which sees the true reward."""

EXPERT = (0.05, 0.2, 1.0, 0.5)
"""A linear controller: to the right where this mixture of position, speed, angle and its speed is positive."""

SCALE = (2.4, 2.0, 0.2, 2.0)
DISCOUNT, EPOCHS, STEPS, BATCH = 0.99, 4, 10, 128
EPISODES, JUDGED = 8, 10
LOSS = 0.05
"""What a return may be short of another, as a share of the expert's."""


class Imitation(Study):
    """Imitation learning on CartPole with four critics, and actor-critic learning with and without clipping."""

    name: ClassVar[str] = "imitation"
    title = "Imitation with a Wasserstein critic, and an actor's gradients"
    chapter = Chapter.BEYOND
    claims = ("A18", "Q5", "Q6")
    question = (
        "Does a Wasserstein critic in the place of the discriminator imitate a controller better, and are an actor's "
        "gradients very large or small so that clipping its critic helps?"
    )
    criterion = (
        "As shares of the expert's return: A18, in the last quarter of training that with a Wasserstein critic is "
        "at most .05 below the discriminator's; Q6, in all training it is not below; Q5, without clipping the norms of "
        "the actor's gradients spread over 2 decades or more from their 5 to their 95 % quantile, and in all training "
        "the return with a clipped critic is not below that without clipping."
    )
    refuted_if = "A return below that, or gradients of fewer than 2 decades, beyond the noise between seeds."
    control = "A policy that is not trained at all: its return must be more than .05 below the expert's, as a share."
    caption = (
        "Left: return of each batch of episodes in imitation, the mean over seeds with every seed behind it; 500 is "
        "perfect. Right: quantiles of 5, 50 and 95 % of the norm of the actor's gradient, a line for each seed, in "
        "imitation and in actor-critic learning with the true reward and clipped critics."
    )
    deviations = (
        "The task is CartPole, the expert a linear controller of which 100 pairs of state and action are shown.",
        "The policy learns by clipped surrogate steps in the place of a trust region.",
        "The least value in a batch is taken from a Wasserstein critic, whose constant is free, so that its reward is "
        "positive as the discriminator's; “centred” takes the mean.",
    )
    needs = ("gymnasium",)
    size = (7.6, 3.8)

    def design(self, quick: bool) -> Sequence[Settings]:
        rounds, seeds = (4, range(3)) if quick else (40, range(5))
        judges, clips = (tuple(JUDGES)[:2], tuple(CLIPS)[:2]) if quick else (tuple(JUDGES), tuple(CLIPS))
        return [
            *grid(judge=judges, rounds=(rounds,), seed=seeds),
            *grid(clip=clips, rounds=(rounds,), seed=seeds),
            *grid(control=(True,), judge=("JS",), rounds=(0,), seed=range(3)),
        ]

    def measure(self, settings: Settings) -> Measures:
        learner, judge = Learner.start(settings), None
        expert = played(expert_policy, EPISODES, settings["seed"], "expert")
        if "judge" in settings:
            judge = Judge.start(settings, pairs(expert)[:: max(1, len(pairs(expert)) // 100)])
        curve = [learner.round(judge, index) for index in range(settings["rounds"])]
        curve = curve or played(learner.act, JUDGED, settings["seed"], "untrained").returns
        return {
            "return": fmean(curve[-len(curve) // 4 :]),
            "mean": fmean(curve),
            "expert": fmean(expert.returns),
            "curve": [round(value, 1) for value in curve],
            "gradients": [round(q, 3) for q in np.quantile(learner.norms or [0.0], (0.05, 0.5, 0.95)).tolist()],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        js = rows.where(judge="JS")
        for judge, part in rows.by("judge"):
            if judge in ("W, clipped", "W, gradient penalty"):
                what = "return in the last quarter less the discriminator's, over the expert's"
                yield Check(what, gains(part, js, "return"), -LOSS, claim="A18", factor="critic", level=judge)
                what = "return in all training less the discriminator's, over the expert's"
                yield Check(what, gains(part, js, "mean"), 0, claim="Q6", factor="critic", level=judge)
        free = rows.where(clip="none")
        spread = [row["gradients"][2] - row["gradients"][0] for row in free]
        yield Check("spread of the actor's gradients", spread, 2, unit="decades", claim="Q5")
        for clip, part in rows.by("clip"):
            if CLIPS[clip]:
                what = "return with a clipped critic less that without clipping, over the expert's"
                yield Check(what, gains(part, free, "mean"), 0, claim="Q5", factor="c", level=CLIPS[clip])

    def control_check(self, rows: Rows) -> Check:
        gap = [row["return"] / row["expert"] - 1 for row in rows]
        return Check("return of an untrained policy less the expert's, over the expert's", gap, -LOSS)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        shown, _ = rows.parted()
        for colour, (judge, part) in zip(COLOURS, shown.by("judge"), strict=False):
            for row in part:
                left.plot(row["curve"], color=colour, lw=0.6, alpha=0.35)
            left.plot(np.mean([row["curve"] for row in part], axis=0), color=colour, label=judge)
        left.set(xlabel="rounds of 8 episodes", ylabel="return", ylim=(0, None))
        left.legend(fontsize=8)
        groups = [*shown.by("judge"), *((f"true reward,\nclip {clip}", part) for clip, part in shown.by("clip"))]
        for place, (_, part) in enumerate(groups):
            for row in part:
                low, middle, high = (10**q for q in row["gradients"])
                at = place + 0.12 * (row["seed"] - 2)
                right.plot([at, at], [low, high], color=COLOURS[place % 7])
                right.plot([at], [middle], "o", color=COLOURS[place % 7])
        right.set(yscale="log", ylabel="norm of the actor's gradient")
        right.set_xticks(range(len(groups)), [name.replace(", ", ",\n", 1) for name, _ in groups], fontsize=8)
        right.tick_params(axis="x", rotation=60)

    def remarks(self, rows: Rows) -> Iterable[str]:
        shown, _ = rows.parted()
        for name in ("judge", "clip"):
            for level, part in shown.by(name):
                end, whole = fmean(part.values("return")), fmean(part.values("mean"))
                low, middle, high = (fmean(row["gradients"][i] for row in part) for i in range(3))
                who = f"Imitation by {level}" if name == "judge" else f"The true reward with clipping at {level}"
                yield (
                    f"{who} has a return of {whole:.0f}, and {end:.0f} in the last quarter; log₁₀ of the actor's "
                    f"gradient is {middle:.2f}, {low:.2f} to {high:.2f}."
                )


Policy = Callable[[Tensor, torch.Generator], Tensor]
"""States in units of `SCALE`, `(N, 4)`, to actions, `(N,)`."""


@dataclass(frozen=True)
class Played:
    """Episodes: the states, in units of `SCALE`, and actions of each."""

    states: list[Tensor]
    actions: list[Tensor]

    @property
    def returns(self) -> list[float]:
        """CartPole gives one for each step."""
        return [float(len(actions)) for actions in self.actions]


def played(policy: Policy, count: int, seed: int, *address: str | int) -> Played:
    """Episodes of CartPole side by side.

    Raises:
        InputError: if gymnasium is not installed.
    """
    games = [game() for _ in range(count)]
    starts = [g.reset(seed=derive_seed(seed, "game", i, *address) % 2**31)[0] for i, g in enumerate(games)]
    states, rng = torch.tensor(np.stack(starts)), stream(seed, "actions", *address)
    seen: list[list[tuple[Tensor, int]]] = [[] for _ in games]
    alive = list(range(count))
    while alive:
        actions = policy(states[alive] / torch.tensor(SCALE), rng).tolist()
        going = []
        for index, action in zip(alive, actions, strict=True):
            seen[index].append((states[index].clone() / torch.tensor(SCALE), action))
            state, _, ended, cut, _ = games[index].step(action)
            states[index] = torch.from_numpy(state)
            going += [] if ended or cut else [index]
        alive = going
    return Played([torch.stack([s for s, _ in e]) for e in seen], [torch.tensor([a for _, a in e]) for e in seen])


def game() -> Any:  # noqa: ANN401 - gymnasium's environment
    """CartPole."""
    try:
        return import_module("gymnasium").make("CartPole-v1")
    except ImportError:
        raise InputError('imitation needs gymnasium, which is missing; pip install "wgan[studies]"') from None


def expert_policy(states: Tensor, rng: torch.Generator) -> Tensor:
    """The linear controller's actions."""
    del rng
    return ((states * torch.tensor(SCALE)) @ torch.tensor(EXPERT) > 0).long()


def pairs(games: Played) -> Tensor:
    """States beside their actions as one of two, `(N, 6)`."""
    states, actions = torch.cat(games.states), torch.cat(games.actions)
    return torch.cat([states, nn.functional.one_hot(actions, 2)], 1)


@dataclass
class Judge:
    """What tells the expert's pairs from the policy's, and the reward that it makes of it."""

    expert: Tensor
    step: CriticStep
    centred: bool
    seed: int

    @classmethod
    def start(cls, settings: Settings, expert: Tensor) -> "Judge":
        """An untrained one."""
        loss, methods = JUDGES[settings["judge"]]
        critic = network(6, 1, settings["seed"], "judge")
        step = CriticStep(critic, loss, methods, Adam(lr=1e-3, betas=(0.5, 0.9)).build(critic.parameters()))
        return cls(expert, step, "centred" in settings["judge"], settings["seed"])

    def rewards(self, seen: Tensor, turn: int) -> Tensor:
        """Learns from the pairs, and rewards them."""
        for index in range(turn * STEPS, (turn + 1) * STEPS):
            rng = stream(self.seed, "judge", index)
            real, fake = (x[torch.randint(len(x), (BATCH,), generator=rng)] for x in (self.expert, seen))
            self.step(real, fake, step=index, progress=0.0, rng=rng)
        with torch.no_grad():
            scores: Tensor = self.step.critic(seen)
        if isinstance(self.step.loss, GAN):
            return nn.functional.softplus(scores)
        return scores - (scores.mean() if self.centred else scores.min())


@dataclass
class Learner:
    """A policy, the critic of its states, and the norms of the policy's gradients, as their log₁₀."""

    policy: nn.Module
    critic: nn.Module
    clip: float
    seed: int
    norms: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.optimizers = [torch.optim.Adam(part.parameters(), lr=3e-3) for part in (self.policy, self.critic)]

    @classmethod
    def start(cls, settings: Settings) -> "Learner":
        """Fresh networks."""
        seed, clip = settings["seed"], CLIPS[settings.get("clip", "none")]
        return cls(network(4, 2, seed, "policy"), network(4, 1, seed, "critic"), clip, seed)

    @torch.no_grad()
    def act(self, states: Tensor, rng: torch.Generator) -> Tensor:
        """Random actions, as likely as the policy says."""
        return torch.multinomial(self.policy(states).softmax(1), 1, generator=rng)[:, 0]

    def round(self, judge: Judge | None, turn: int) -> float:
        """Plays, is rewarded and learns; the mean return."""
        games = played(self.act, EPISODES, self.seed, "round", turn)
        seen = pairs(games)
        rewards = judge.rewards(seen, turn) if judge else torch.ones(len(seen))
        lengths = [len(part) for part in games.actions]
        ahead = torch.cat([to_go(part) for part in torch.split(rewards, lengths)])
        self.learn(torch.cat(games.states), torch.cat(games.actions), ahead)
        return fmean(games.returns)

    def learn(self, states: Tensor, actions: Tensor, ahead: Tensor) -> None:
        """Steps of the policy along what was better than the critic had thought, then steps of the critic."""
        with torch.no_grad():
            before, gains = self.log_likelihood(states, actions), ahead - self.critic(states)[:, 0]
        for _ in range(EPOCHS):
            ratio = (self.log_likelihood(states, actions) - before).exp()
            loss = -torch.minimum(ratio * gains, ratio.clamp(0.8, 1.2) * gains).mean()
            self.descend(0, loss)
            norm = torch.nn.utils.get_total_norm([w.grad for w in self.policy.parameters() if w.grad is not None])
            self.norms.append(log10(max(float(norm), 1e-12)))
        for _ in range(STEPS):
            self.descend(1, (self.critic(states)[:, 0] - ahead).square().mean())
            if self.clip:
                Clipping(c=self.clip).project(self.critic)

    def descend(self, which: int, loss: Tensor) -> None:
        """One step of the policy, 0, or the critic, 1."""
        self.optimizers[which].zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizers[which].step()

    def log_likelihood(self, states: Tensor, actions: Tensor) -> Tensor:
        """Of the actions that were taken."""
        logits: Tensor = self.policy(states)
        return logits.log_softmax(1).gather(1, actions[:, None])[:, 0]


def network(inputs: int, outputs: int, seed: int, name: str) -> nn.Module:
    """Two layers of 64; a critic of pairs gives one number for each."""
    family = MLP(widths=(64, 64), activation="Tanh")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, name))
        return family.build_critic((inputs,)) if name == "judge" else family.build_generator(inputs, (outputs,))


def to_go(rewards: Tensor) -> Tensor:
    """The discounted mean of the rewards from each step on, times 1 − γ so that it is a reward in size."""
    total, found = 0.0, []
    for reward in reversed(rewards.tolist()):
        total = (1 - DISCOUNT) * reward + DISCOUNT * total
        found.append(total)
    return torch.tensor(found[::-1])


def gains(rows: Rows, others: Rows, measure: str) -> list[float]:
    """By how much a measure is above another's, over the expert's return, of each seed."""
    return [(row[measure] - peer[measure]) / row["expert"] for row, peer in zip(rows, others, strict=True)]
