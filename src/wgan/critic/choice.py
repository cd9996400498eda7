"""Choosing among certified critics by what they find on samples that none of them has seen."""

import torch

from wgan.critic.candidates import MANY, SAMPLES_PER_FUNNEL, many, plain
from wgan.critic.fitting import Fitting, StopRule, mean_gap
from wgan.critic.samples import Sides, Split
from wgan.distances import wasserstein
from wgan.networks import Funnel

__all__ = ["CLOSED", "choose", "ranked"]

FIRST = 200  # steps of every candidate
NEAR = 0.03  # share of the best value that a simpler critic may lack and still be fitted to the end
CLOSED = 1e-3  # relative width at which the bracket counts as closed


def choose(samples: Split, rule: StopRule, seed: int) -> list[Fitting]:
    """Fits the default candidates, drops the worse ones early, and lets the best ones converge.

    Every one of them is 1-Lipschitz, so that the greatest value is the nearest to the truth, and one more candidate
    can only help. It begins with the cheapest and ends where a plan's cost shows that nothing is left to be found. Of
    values that cannot be told apart it takes that of the simplest critic.

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
            for candidate in many(better_sign(fits), endless=samples.endless):
                fits.append(Fitting(candidate, samples, rule, seed))
                fits[-1].advance((4 if candidate.noise else 2) * FIRST)  # noise makes it slower
        for fit in ranked(fits)[:2]:
            fit.advance(FIRST)
    best = simplest(ranked(fits), samples.check)
    return [best, *(fit for fit in ranked(fits) if fit is not best)]


def simplest(fits: list[Fitting], sides: Sides) -> Fitting:
    """The best of the fits, or a smaller one that comes within a standard error of it, both fitted to the end.

    More funnels than the truth has make the value no worse, but the critic's slopes.

    Args:
        fits: the best first.
        sides: samples that none of them was fitted to.
    """
    best, *others = fits
    best.finish()
    for fit in others:
        if size(fit) < size(best) and fit.best > best.best * (1 - NEAR):
            fit.finish()
            if no_worse(fit, best, sides):
                best = fit
    return best


def size(fit: Fitting) -> int:
    """How many numbers describe its critic."""
    return sum(weight.numel() for weight in fit.critic.parameters())


@torch.no_grad()
def no_worse(fit: Fitting, best: Fitting, sides: Sides) -> bool:
    """Whether its value on the samples is within one standard error of the other's, of their difference."""
    gaps = Sides(*(fit.critic(side).double() - best.critic(side).double() for side in sides))
    error: float = sum(float(gap.var()) / len(gap) for gap in gaps) ** 0.5
    return float(gaps.real.mean() - gaps.fake.mean()) >= -error


def ranked(fits: list[Fitting]) -> list[Fitting]:
    """The best first."""
    return sorted(fits, key=lambda fit: fit.best, reverse=True)


def better_sign(fits: list[Fitting]) -> int:
    """Which way the funnels of the best fit that has any stand."""
    return next(fit.candidate.network.sign for fit in ranked(fits) if isinstance(fit.candidate.network, Funnel))


def plan_cost(sides: Sides) -> float:
    """The mean cost of an exact plan between samples.

    Its expectation is an upper bound of the distributions' distance (see `wgan.critic.bounds`).
    """
    n = min(len(side) for side in sides)
    return wasserstein(sides.real[:n], sides.fake[:n])
