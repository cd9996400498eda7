"""The Wasserstein-1 distance of two sets of samples as a critic measures it, with its error."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from wgan.critic.candidates import Candidate, certified
from wgan.critic.fitting import Fitting, Look, StopRule, mean_gap
from wgan.critic.samples import Samples, Split, gather
from wgan.distances import wasserstein
from wgan.lipschitz import LipschitzMethod
from wgan.networks import CriticNetwork, Initialises
from wgan.randomness import derive_seed, stream

__all__ = ["CriticEstimate", "Kappa", "estimate"]

Z95 = 1.959963984540054  # two-sided 95 % of a normal distribution


@dataclass(frozen=True)
class Kappa:
    """What is known of a critic's Lipschitz constant κ.

    Attributes:
        upper: certified, None where no bound is known.
        lower: the steepest slope that was measured.
        calibrated: what the same critic makes of a pair with known distance, None if it was not asked.
    """

    upper: float | None
    lower: float
    calibrated: float | None = None


@dataclass(frozen=True)
class CriticEstimate:
    r"""What a critic says about $W_1(P, Q)$.

    Attributes:
        value: the estimate of $W_1$, `raw / κ`, in the samples' units.
        raw: $\mathbb{E}_P f - \mathbb{E}_Q f$ on samples that took no part in the fit.
        kappa: what is known of the critic's Lipschitz constant.
        interval: 95 % interval of the value.
        lower: a lower bound of $W_1$ up to sampling error, None for a critic without certificate.
        upper: an upper bound of $W_1$ up to sampling error, the cost of an exact plan between samples.
        critic: the fitted potential, `(B, *shape) -> (B,)`, in the samples' units.
        name: which of the candidates it is.
        history: every look at every candidate.
        converged: whether the stop rule was met.
        warnings: what speaks against the value.
    """

    value: float
    raw: float
    kappa: Kappa
    interval: tuple[float, float]
    lower: float | None
    upper: float
    critic: Callable[[Tensor], Tensor] = field(repr=False)
    name: str
    history: tuple[Look, ...] = field(repr=False)
    converged: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Potential:
    """A fitted critic in the samples' own units, where its slope is what it was in the critic's."""

    critic: nn.Module
    shift: Tensor
    scale: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """`(B, *shape) -> (B,)`, differentiable in `x`."""
        scores: Tensor = self.scale * self.critic((x.to(self.shift) - self.shift) / self.scale)
        return scores


def estimate(
    real: Samples,
    fake: Samples,
    critic: CriticNetwork | None = None,
    methods: Sequence[LipschitzMethod] = (),
    *,
    rule: StopRule | None = None,
    samples: int = 1 << 16,
    seed: int = 0,
) -> CriticEstimate:
    r"""Estimates $W_1(P, Q) = \sup_{\|f\|_L \le 1} \mathbb{E}_P f - \mathbb{E}_Q f$ with a critic.

    Args:
        real: samples of $P$, `(n, *shape)`, or a source, from which fresh samples are drawn.
        fake: samples of $Q$, `(m, *shape)`, or a source.
        critic: the critic's family; by default the best of several certified ones.
        methods: how the given critic is kept Lipschitz.
        rule: when a fit stops.
        samples: how many samples a source gives to the fit.
        seed: of everything random.

    Raises:
        InputError: if the samples cannot be used, see `gather`.

    Example:
        >>> x = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0))
        >>> distance = estimate(x, x + torch.tensor([3.0, 4.0]))
        >>> abs(distance.value - 5) < 0.25
        True
    """
    rule = rule or StopRule()
    split = gather(real, fake, (samples, samples // 4, samples // 4), seed)
    candidates = certified(len(split.fit.real)) if critic is None else [Candidate("critic", critic, methods)]
    fits = [_start(candidate, split, rule, seed) for candidate in candidates]
    best = _race(fits)
    mean = mean_gap(best.critic, split.report)
    scale = float(split.scale)
    raw, error = mean.value * scale, Z95 * mean.error * scale
    return CriticEstimate(
        value=raw,
        raw=raw,
        kappa=Kappa(1.0, 1.0),
        interval=(raw - error, raw + error),
        lower=raw,
        upper=_plan_cost(split),
        critic=Potential(best.critic, split.shift, split.scale),
        name=best.name,
        history=tuple(look for fit in fits for look in fit.looks),
        converged=best.converged,
        warnings=(),
    )


def _start(candidate: Candidate, split: Split, rule: StopRule, seed: int) -> Fitting:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initialisation", candidate.name))
        critic = candidate.network.critic(split.shape).to(split.shift)
    if isinstance(critic, Initialises):
        some = slice(1 << 14)
        critic.initialise(split.fit.real[some], split.fit.fake[some], stream(seed, "initialise", candidate.name))
    for method in candidate.methods:
        method.parametrize(critic)
    return Fitting(candidate.name, critic, candidate.methods, split, rule, seed=derive_seed(seed, candidate.name))


def _race(fits: Sequence[Fitting], looks: int = 4) -> Fitting:
    """Lets all fits advance, drops the worse half, and so on until one is left, which runs to its end."""
    running = list(fits)
    while len(running) > 1:
        for fit in running:
            fit.advance(looks)
        running = sorted(running, key=lambda fit: fit.best, reverse=True)[: len(running) // 2]
        looks *= 2
    running[0].advance(running[0].rule.most_steps)
    return max(fits, key=lambda fit: fit.best)


def _plan_cost(split: Split, most: int = 2048) -> float:
    """The mean cost of an exact plan between samples, which overestimates the distance of the distributions."""
    n = min(most, len(split.report.real), len(split.report.fake))
    return wasserstein(split.report.real[:n], split.report.fake[:n]) * float(split.scale)
