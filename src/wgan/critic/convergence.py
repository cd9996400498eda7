"""Whether a fit has found the optimum: another one, from a second seed, finds the same."""

import torch

from wgan.critic.choice import CLOSED, ranked
from wgan.critic.fitting import Fitting, StopRule, mean_gap
from wgan.critic.kappa import TIGHT
from wgan.critic.samples import Sides, Split
from wgan.lipschitz.constant import certified_constant
from wgan.randomness import derive_seed

__all__ = ["Z95", "doubts_of", "with_second"]

Z95 = 1.959963984540054  # two-sided 95 % of a normal distribution
AGREE = 0.01  # share of the greater value by which two fits may differ


def with_second(fit: Fitting, samples: Split, rule: StopRule, seed: int, ceiling: float) -> list[Fitting]:
    """The fit, and the same from a second seed, unless there is nothing to be found: nothing to fit, or no more room.

    Of two that are certified 1-Lipschitz the better one comes first; without that the greater value may be that of the
    steeper critic alone, and the order stays.

    Args:
        fit: a finished one.
        samples: what to fit to.
        rule: how.
        seed: of the first.
        ceiling: an upper bound of the distance, in the samples' normalised units.
    """
    if not fit.steps or mean_gap(fit.critic, samples.check).value >= ceiling * (1 - CLOSED):
        return [fit]
    second = Fitting(fit.candidate, samples, rule, derive_seed(seed, "second fit"))
    second.finish()
    pair = [fit, second]
    constants = [certified_constant(one.critic, samples.shape) for one in pair]
    return ranked(pair) if all(constant is not None and constant <= TIGHT for constant in constants) else pair


def doubts_of(fits: list[Fitting], samples: Split) -> list[str]:
    """What speaks against the fit's being the optimum, where it took a second one to tell."""
    if len(fits) == 1:
        return []
    first, second = fits
    stopped = [f"not converged after {fit.steps} steps: the true distance may be greater" for fit in fits[:1]]
    doubts = [] if first.converged and second.converged else stopped
    if not agree(first, second, samples.check):
        ends = [f"{fit.best * float(samples.scale):.4g}" for fit in fits]
        doubts.append(f"fits from two seeds end at {' and '.join(ends)}: the true distance may be greater")
    return doubts


@torch.no_grad()
def agree(one: Fitting, other: Fitting, sides: Sides) -> bool:
    """Whether their values on the samples differ by no more than their error, or by little."""
    gaps = [one.critic(side).double() - other.critic(side).double() for side in sides]
    error: float = sum(float(gap.var()) / len(gap) for gap in gaps) ** 0.5
    apart = abs(float(gaps[0].mean() - gaps[1].mean()))
    return apart <= Z95 * error + AGREE * max(one.best, other.best, 0.0)
