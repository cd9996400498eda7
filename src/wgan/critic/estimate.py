"""The Wasserstein-1 distance of two distributions as a critic measures it, with what speaks for and against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from wgan.arrays import ArrayLike
from wgan.critic.bounds import Bound, lower_bound, upper_bound
from wgan.critic.candidates import Candidate
from wgan.critic.choice import choose
from wgan.critic.convergence import Z95, doubts_of, with_second
from wgan.critic.fitting import Fitting, Look, Mean, StopRule, mean_gap
from wgan.critic.kappa import TIGHT, Kappa, kappa_of
from wgan.critic.samples import Split, gather
from wgan.data import Source
from wgan.lipschitz import LipschitzMethod
from wgan.networks import CriticNetwork
from wgan.optimizers import Adam, Optimizer

__all__ = ["CriticEstimate", "Potential", "estimate"]


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
    r"""What a critic says about $W_1(P, Q)$, in the samples' units, between two bounds that hold without its help.

    $$\frac{\mathbb{E}_P f - \mathbb{E}_Q f}{\kappa} \;\le\; W_1(P, Q) \;\le\; \mathbb{E}\, W_1(P_n, Q_n)$$

    Attributes:
        value: the estimate, `raw / kappa.used`; 0 where that is negative, as no distance is.
        raw: $\mathbb{E}_P f - \mathbb{E}_Q f$ on samples that took no part in the fit.
        kappa: what is known of the critic's Lipschitz constant.
        lower: `raw` over the certified κ, of which $W_1$ is the supremum over all critics: in expectation a lower
            bound, however badly the critic is fitted; None without a certificate.
        lower_error: its standard error; None likewise.
        upper: the mean exact distance of disjoint batches of the samples, in expectation an upper bound, as $W_1$ is
            convex; loose in many dimensions.
        upper_error: its standard error.
        interval: of 95 %, whether or not the fit converged: from `lower` to `upper`, each widened by Student's quantile
            of 97.5 % times its error; from 0 without a certificate. Nothing narrower is one.
        critic: the fitted potential, `(B, *shape) -> (B,)`.
        name: which of the candidates it is.
        history: every look at every candidate.
        converged: whether there was nothing left to find: the bounds have met, or the fit and another one from a second
            seed both met the stop rule, and agree.
        warnings: what speaks against the value.
    """

    value: float
    raw: float
    kappa: Kappa
    lower: float | None
    lower_error: float | None
    upper: float
    upper_error: float
    interval: tuple[float, float]
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
    others, and none of them is fitted to either. It is fitted again from another seed: where the two disagree, they
    have not found the optimum, which is said, and the value is the greater one where both are certified. Location and
    scale of the samples do not matter.

    The value may be too low. The interval is safe from that: its upper end is
    $\frac1B \sum_b W_1(P_n^{(b)}, Q_n^{(b)})$ over disjoint batches, which no critic has a part in.

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
    upper = upper_bound(split)
    if critic is None:
        fits = choose(split, rule, seed)
    else:
        optimizer = optimizer or Adam(lr=1e-3, betas=(0.9, 0.99))
        fits = [Fitting(Candidate(type(critic).__name__, critic, tuple(methods), optimizer), split, rule, seed)]
        fits[0].finish()
    pair = with_second(fits[0], split, rule, seed, upper.value)
    return _reported(pair, [*pair, *fits[1:]], split, kappa_of(pair[0], split, rule, seed), upper)


def _reported(pair: list[Fitting], fits: list[Fitting], split: Split, kappa: Kappa, upper: Bound) -> CriticEstimate:
    best, scale = pair[0], float(split.scale)
    lower = lower_bound(best.critic, split.report, kappa.upper).scaled(scale) if kappa.upper else None
    unseen, upper = mean_gap(best.critic, split.report), upper.scaled(scale)
    potential = best.critic.eval().requires_grad_(requires_grad=False)
    doubts = doubts_of(pair, split)
    return CriticEstimate(
        value=max(unseen.value * scale / kappa.used, 0.0),
        raw=unseen.value * scale,
        kappa=kappa,
        lower=lower.value if lower else None,
        lower_error=lower.error if lower else None,
        upper=upper.value,
        upper_error=upper.error,
        interval=(max(lower.value - lower.reach, 0.0) if lower else 0.0, upper.value + upper.reach),
        critic=Potential(potential, split.origin, split.shift, split.scale),
        name=best.candidate.name,
        history=tuple(look for fit in fits for look in fit.looks),
        converged=not doubts,
        warnings=(*doubts, *_warnings(unseen, kappa)),
    )


def _warnings(unseen: Mean, kappa: Kappa) -> list[str]:
    """What a reader of the value must know."""
    complaints = {
        "negative on unseen samples: the critic has learnt nothing that holds beyond its own": unseen.value < 0,
        "within its sampling error of zero: more samples are needed to tell the two sides apart": (
            0 <= unseen.value <= Z95 * unseen.error
        ),
        f"outside the constraint: a slope of {kappa.lower:.2f} was measured; the value is divided by a calibrated κ": (
            kappa.calibrated is not None and kappa.lower > TIGHT
        ),
    }
    return [text for text, applies in complaints.items() if applies]
