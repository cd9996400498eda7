"""The mean exact distance of batches is above the distance of what the samples come from, beyond its stated error."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan.critic.bounds import BATCHES, LARGEST, batches, lower_bound, upper_bound
from wgan.critic.samples import Sides, gather
from wgan.distances import wasserstein
from wgan.networks import Funnel
from wgan.randomness import stream

seeds = st.integers(0, 10**6)
ERRORS = 9  # of a mean of eight that chance does not reach in a thousand such tests, by Student's distribution


def population(count, dim, seed, name, spread):
    rng = stream(seed, name)
    return torch.randn(count, dim, generator=rng, dtype=torch.float64) * spread + torch.randn(dim, generator=rng) / 2


def drawn(points, count, seed):
    return points[torch.randint(len(points), (count,), generator=stream(seed, "drawn", len(points)))]


@settings(max_examples=60, deadline=None)
@given(seed=seeds, dim=st.integers(1, 6), n=st.integers(24, 200), m=st.integers(24, 200), spread=st.floats(0.2, 5))
def test_the_upper_bound_is_above_the_distance_of_the_law_of_the_samples(seed, dim, n, m, spread):
    """Of a law that is a finite population, of which samples are drawn with replacement, the distance is known."""
    p, q = population(40, dim, seed, "p", 1.0), population(31, dim, seed, "q", spread)
    split = gather(drawn(p, n, seed), drawn(q, m, seed), 64, seed=seed)
    bound = upper_bound(split).scaled(float(split.scale))
    assert bound.value + ERRORS * bound.error >= wasserstein(p, q) * (1 - 1e-5)
    assert bound.reach >= 2 * bound.error


@settings(max_examples=20, deadline=None)
@given(seed=seeds, dim=st.integers(2, 6))
def test_in_expectation_the_exact_distance_of_samples_is_no_less(seed, dim):
    """The mean over many draws, of which chance is small: convexity in numbers."""
    p, q = population(20, dim, seed, "p", 1.0), population(20, dim, seed, "q", 1.0)
    found = torch.tensor([wasserstein(drawn(p, 10, 2 * i + seed), drawn(q, 10, 2 * i + 1 + seed)) for i in range(60)])
    assert found.mean() + 5 * found.std() / 60**0.5 >= wasserstein(p, q)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, dim=st.integers(1, 6), centers=st.integers(1, 5), n=st.integers(100, 400))
def test_whatever_the_critic_is_its_lower_bound_is_below(seed, dim, centers, n):
    p, q = population(40, dim, seed, "p", 1.0), population(31, dim, seed, "q", 2.0)
    torch.manual_seed(seed)
    critic = Funnel(centers=centers).build_critic((dim,)).double()
    bound = lower_bound(critic, Sides(drawn(p, n, seed), drawn(q, n, seed)), 1.0)
    assert bound.value - 6 * bound.error <= wasserstein(p, q) * (1 + 1e-9)


@pytest.mark.parametrize("count", [8, 9, 15, 16, 1000, 10 * LARGEST * BATCHES])
def test_batches_are_eight_disjoint_and_equal(count):
    found = batches(torch.arange(count + 3), count)
    assert len(found) == BATCHES and len({len(part) for part in found}) == 1
    assert len(found[0]) == min(count // BATCHES, LARGEST)
    assert len(torch.cat(list(found)).unique()) == BATCHES * len(found[0])


def test_the_whole_of_the_samples_is_used():
    x, y = population(800, 2, 0, "x", 1.0), population(800, 2, 0, "y", 1.0)
    split = gather(x, y, 64, seed=0)
    order = [torch.cat(parts).double() for parts in zip(split.fit, split.check, split.report, strict=True)]
    values = [wasserstein(*pair) for pair in zip(*(side.split(100) for side in order), strict=True)]
    assert upper_bound(split).value == pytest.approx(sum(values) / 8)
