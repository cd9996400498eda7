"""Bounds of the Wasserstein-1 distance that hold whatever a fit has come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import torch
from scipy.special import stdtrit
from torch import Tensor, nn

from wgan.critic.fitting import scores_of
from wgan.critic.samples import LEAST, Sides, Split
from wgan.distances import transport
from wgan.processes import alone
from wgan.sweeps import Sweep

__all__ = ["Bound", "lower_bound", "upper_bound"]

TAIL = 0.975  # of each bound, so that both hold at once with 95 %
BATCHES = LEAST
LARGEST = 8192  # samples of each side in a batch
ENOUGH = 1e-3  # how much above the least cost a batch's plan may be: the bound holds for any plan
ROUNDINGS = 8  # units in the last place of a score's size that a mean of scores may be off


@dataclass(frozen=True)
class Bound:
    r"""A number whose expectation lies on one side of the distance.

    Attributes:
        value: the number.
        error: its standard error.
        reach: how far beyond the number the distance may lie, in 2.5 % of all cases at most: its error times Student's
            quantile, and rounding.
    """

    value: float
    error: float
    reach: float

    def scaled(self, factor: float) -> "Bound":
        """The same in other units."""
        return Bound(self.value * factor, self.error * factor, self.reach * factor)


@torch.no_grad()
def lower_bound(critic: nn.Module, sides: Sides, constant: float) -> Bound:
    r"""$(\mathbb{E}_P f - \mathbb{E}_Q f) / L \le W_1(P, Q)$, over samples that took no part in the fit.

    Whatever function $f$ with the certified Lipschitz constant $L$ this is, the distance is the supremum.

    Args:
        critic: `(B, *shape) -> (B,)`.
        sides: samples of both distributions.
        constant: $L$.
    """
    scores = [scores_of(critic, side) for side in sides]
    exact = [side.double() for side in scores]
    error = sum(float(side.var()) / len(side) for side in exact) ** 0.5
    size = max(float(side.abs().mean()) for side in exact)
    rounding = ROUNDINGS * torch.finfo(scores[0].dtype).eps * size
    wide = quantile(min(map(len, exact)) - 1)
    return Bound(float(exact[0].mean() - exact[1].mean()), error, wide * error + rounding).scaled(1 / constant)


def upper_bound(samples: Split) -> Bound:
    r"""$\frac1B \sum_b W_1(P_n^{(b)}, Q_n^{(b)})$, the mean exact distance of disjoint batches of the samples.

    $W_1$ is a supremum of functions that are linear in $(P, Q)$, so it is convex, and as $\mathbb{E} P_n = P$ and
    $\mathbb{E} Q_n = Q$, Jensen's inequality gives $\mathbb{E}\, W_1(P_n, Q_n) \ge W_1(P, Q)$ for any $n$: the best
    critic of the samples beats, on them, that of the distributions. No critic is asked.

    Args:
        samples: all that there are.
    """
    sides = [torch.cat(parts) for parts in zip(samples.fit, samples.check, samples.report, strict=True)]
    pairs = list(zip(*map(batches, sides, [min(map(len, sides))] * 2), strict=True))
    sweep = Sweep(len(pairs))
    with alone():
        own = [transport(*pair, tolerance=ENOUGH).distance for part in sweep for pair in pairs[part]]
    values = sweep.gathered(torch.tensor(own, dtype=torch.float64)).tolist()
    return mean_bound(values, ROUNDINGS * torch.finfo(sides[0].dtype).eps * fmean(values))


def batches(side: Tensor, count: int) -> Sequence[Tensor]:
    """Disjoint batches of equal size from a side's first `count` samples, which come in random order."""
    size = min(count // BATCHES, LARGEST)
    return torch.split(side[: BATCHES * size], size)


def mean_bound(values: Sequence[float], rounding: float) -> Bound:
    """The mean of independent values."""
    error = stdev(values) / len(values) ** 0.5
    return Bound(fmean(values), error, quantile(len(values) - 1) * error + rounding)


def quantile(freedom: int) -> float:
    """Student's, of so many degrees of freedom; of two samples of unlike variance, those of the smaller are safe."""
    return float(stdtrit(freedom, TAIL))
