"""Choosing among certified critics by what they find on samples that none of them has seen."""

from wgan.critic.candidates import MANY, SAMPLES_PER_FUNNEL, funnels, plain
from wgan.critic.fitting import Fitting, StopRule, mean_gap
from wgan.critic.samples import Sides, Split
from wgan.distances import wasserstein
from wgan.networks import Funnel

__all__ = ["choose", "plan_cost"]

FIRST = 100  # steps of every candidate
CLOSED = 1e-3  # relative width at which the bracket counts as closed


def choose(samples: Split, rule: StopRule, seed: int) -> list[Fitting]:
    """Fits the default candidates, drops the worse ones early, and lets the best one converge.

    Every one of them is 1-Lipschitz, so that the greatest value is the nearest to the truth, and one more candidate
    can only help. It begins with the cheapest and ends where a plan's cost shows that nothing is left to be found.

    Returns:
        All fits, the best one first.
    """
    some = Sides(*(side[:2048] for side in samples.check))
    ceiling = plan_cost(some) * (1 - CLOSED)
    fits: list[Fitting] = []
    for candidate in plain(len(samples.fit.real)):
        fits.append(Fitting(candidate, samples, rule, seed))
        fits[-1].advance(FIRST)
        if mean_gap(fits[-1].critic, some).value >= ceiling:
            break
    else:
        if len(samples.fit.real) >= MANY * SAMPLES_PER_FUNNEL:
            fits.append(Fitting(funnels(MANY, better_sign(fits)), samples, rule, seed))
            fits[-1].advance(2 * FIRST)
        for fit in ranked(fits)[:2]:
            fit.advance(FIRST)
    ranked(fits)[0].finish()
    return ranked(fits)


def ranked(fits: list[Fitting]) -> list[Fitting]:
    """The best first."""
    return sorted(fits, key=lambda fit: fit.best, reverse=True)


def better_sign(fits: list[Fitting]) -> int:
    """Which way the funnels of the best fit that has any stand."""
    return next(fit.candidate.network.sign for fit in ranked(fits) if isinstance(fit.candidate.network, Funnel))


def plan_cost(sides: Sides, most: int = 2048) -> float:
    """The mean cost of an exact plan between samples.

    Its expectation is an upper bound of the distributions' distance, since the best critic of the samples beats, on
    them, the best critic of the distributions.
    """
    n = min(most, *(len(side) for side in sides))
    return wasserstein(sides.real[:n], sides.fake[:n])
