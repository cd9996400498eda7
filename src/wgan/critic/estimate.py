"""The Wasserstein-1 distance of two distributions as a critic measures it, with what speaks for and against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from wgan.arrays import ArrayLike
from wgan.critic.candidates import Candidate
from wgan.critic.choice import choose, plan_cost
from wgan.critic.fitting import Fitting, Look, Mean, StopRule, mean_gap
from wgan.critic.kappa import TIGHT, Kappa, kappa_of
from wgan.critic.samples import Split, gather
from wgan.data import Source
from wgan.lipschitz import LipschitzMethod
from wgan.networks import CriticNetwork
from wgan.optimizers import Adam, Optimizer

__all__ = ["CriticEstimate", "Potential", "estimate"]

Z95 = 1.959963984540054  # two-sided 95 % of a normal distribution


@dataclass(frozen=True)
class Potential:
    """A fitted critic in the samples' own units; its slopes are those that it has in the normalised ones."""

    critic: nn.Module
    origin: Tensor
    shift: Tensor
    scale: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """`(B, *shape) -> (B,)`, float64, differentiable in `x`."""
        like = next(self.critic.parameters())
        scores: Tensor = self.critic(((x.to(self.shift) - self.origin - self.shift) / self.scale).to(like))
        return self.scale * scores.double()


@dataclass(frozen=True)
class CriticEstimate:
    r"""What a critic says about $W_1(P, Q)$, in the samples' units.

    Attributes:
        value: the estimate, `raw / kappa.used`.
        raw: $\mathbb{E}_P f - \mathbb{E}_Q f$ on samples that took no part in the fit.
        kappa: what is known of the critic's Lipschitz constant.
        interval: from the value on unseen samples, which no critic overestimates, to the value on the samples of the
            fit, which the best one does not underestimate, each widened by 1.96 standard errors, and above by the
            progress that the stop rule no longer waits for.
        lower: `raw` over the certified κ, a lower bound of $W_1$ up to the sampling error of the interval; None
            without a certificate.
        upper: the cost of an exact plan between samples, in expectation an upper bound; loose in many dimensions.
        critic: the fitted potential, `(B, *shape) -> (B,)`.
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
    critic: Potential = field(repr=False)
    name: str
    history: tuple[Look, ...] = field(repr=False)
    converged: bool
    warnings: tuple[str, ...]


def estimate(
    real: ArrayLike | Source,
    fake: ArrayLike | Source,
    critic: CriticNetwork | None = None,
    methods: Sequence[LipschitzMethod] = (),
    *,
    optimizer: Optimizer | None = None,
    rule: StopRule | None = None,
    samples: int = 1 << 18,
    seed: int = 0,
) -> CriticEstimate:
    r"""Estimates $W_1(P, Q) = \sup_{\|f\|_L \le 1} \mathbb{E}_P f - \mathbb{E}_Q f$ with a critic.

    By default the best of several critics that are 1-Lipschitz by construction: a linear one, funnels
    $\mp\min_k(\|x - a_k\| + b_k)$ of both orientations, and an orthogonal GroupSort network. Each gives a lower bound
    of $W_1$, so the greatest is the best and one more can only help. It is chosen on some samples and measured on
    others, and none of them is fitted to either. Location and scale of the samples do not matter.

    Korotin, Kolesov & Burnaev 2022, https://arxiv.org/abs/2206.07767 (funnels); Anil, Lucas & Grosse 2019,
    https://arxiv.org/abs/1811.05381 (GroupSort).

    Args:
        real: samples of $P$, `(n, *shape)`, or a source; an infinite one is drawn from anew.
        fake: samples of $Q$, `(m, *shape)`, or a source.
        critic: the family of the one critic to use instead.
        methods: how that critic is kept Lipschitz. Unless its certificate is tight, it is calibrated: fitted once
            more to a known distance, and the value divided by what it made of it.
        optimizer: of that critic; Adam at 10⁻³ by default.
        rule: how a fit goes and when it stops.
        samples: how many samples of each source to fit, a quarter as many to report on; fewer if they are large.
        seed: of everything random.

    Raises:
        InputError: if a side is no set of finite numbers or holds fewer than 8 samples, both are one point, or their
            shapes or columns differ.

    Example:
        >>> import torch
        >>> x = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0))
        >>> distance = estimate(x, x + torch.tensor([3.0, 4.0]))
        >>> abs(distance.value - 5) < 0.25
        True
    """
    rule = rule or StopRule()
    split = gather(real, fake, samples, seed)
    if critic is None:
        fits = choose(split, rule, seed)
    else:
        optimizer = optimizer or Adam(lr=1e-3, betas=(0.9, 0.99))
        fits = [Fitting(Candidate(type(critic).__name__, critic, tuple(methods), optimizer), split, rule, seed)]
        fits[0].finish()
    return _reported(fits, split, kappa_of(fits[0], split, rule, seed), rule)


def _reported(fits: list[Fitting], split: Split, kappa: Kappa, rule: StopRule) -> CriticEstimate:
    best, scale = fits[0], float(split.scale)
    unseen, fitted = mean_gap(best.critic, split.report), mean_gap(best.critic, split.fit)
    ends = (
        unseen.value - Z95 * unseen.error,
        max(unseen.value + Z95 * unseen.error, fitted.value + Z95 * fitted.error) + rule.progress * abs(unseen.value),
    )
    potential = best.critic.eval().requires_grad_(requires_grad=False)
    value = unseen.value * scale / kappa.used
    return CriticEstimate(
        value=value,
        raw=unseen.value * scale,
        kappa=kappa,
        interval=(ends[0] * scale / kappa.used, ends[1] * scale / kappa.used),
        lower=unseen.value * scale / kappa.upper if kappa.upper else None,
        upper=plan_cost(split.report) * scale,
        critic=Potential(potential, split.origin, split.shift, split.scale),
        name=best.candidate.name,
        history=tuple(look for fit in fits for look in fit.looks),
        converged=best.converged,
        warnings=tuple(_warnings(best, unseen, kappa)),
    )


def _warnings(fit: Fitting, unseen: Mean, kappa: Kappa) -> list[str]:
    """What a reader of the value must know."""
    complaints = {
        f"not converged after {fit.steps} steps: the true distance may be greater": not fit.converged,
        "negative on unseen samples: the critic has learnt nothing that holds beyond its own": unseen.value < 0,
        "within its sampling error of zero: more samples are needed to tell the two sides apart": (
            0 <= unseen.value <= Z95 * unseen.error
        ),
        f"outside the constraint: a slope of {kappa.lower:.2f} was measured; the value is divided by a calibrated κ": (
            kappa.calibrated is not None and kappa.lower > TIGHT
        ),
    }
    return [text for text, applies in complaints.items() if applies]
