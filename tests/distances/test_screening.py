"""What is looked for in float32 is what float64 finds, and the bounds hold."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wgan.distances import screening
from wgan.distances.costs import Euclidean, GroundCost, ground_cost
from wgan.distances.pricing import Pricing
from wgan.distances.problem import Problem
from wgan.distances.screening import Screen
from wgan.threads import each

COSTS = sorted(kind.name for kind in GroundCost.__subclasses__())


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in {"CELL": 4, "ROWS": 8, "FEW": 8, "FIRST": 2, "GROUPS": 8, "MOST": 6}.items():
        monkeypatch.setattr(screening, name, value)


def screen_of(x, y, p=1.0, cost="euclidean"):
    weights = (torch.full((len(side),), 1 / len(side), dtype=torch.float64) for side in (x, y))
    return Screen(Pricing(Problem(x, y, *weights, p, ground_cost(cost)), 1.0), x, y)


def points(seed, n, m, dim, spread=1.0):
    rng = torch.Generator().manual_seed(seed)
    clusters = spread * torch.randint(2, (n + m, 1), generator=rng)
    both = torch.randn(n + m, dim, generator=rng, dtype=torch.float64) + clusters
    return both[:n], both[n:]


def potentials(screen, seed, noise):
    """Some that almost nothing contradicts for no noise, and much for much."""
    rng = torch.Generator().manual_seed(seed)
    v = noise * torch.randn(len(screen.y), generator=rng, dtype=torch.float64)
    u = screen.pricing.transform(screen.x, screen.y, v)
    return u + noise * torch.rand(len(u), generator=rng, dtype=torch.float64), v


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("noise", [0.0, 0.1, 2.0])
@pytest.mark.parametrize(("dim", "spread", "p"), [(1, 0, 1.0), (2, 1e6, 1.0), (2, 3, 2.0), (5, 0, 3.0), (40, 10, 1.0)])
def test_a_look_in_float32_finds_what_contradicts_and_lowers_the_potential_to_what_holds(cost, noise, dim, spread, p):
    screen = screen_of(*points(0, 130, 150, dim, spread), p, cost)
    u, v = potentials(screen, 1, noise)
    costs = screen.pricing.matrix(screen.x, screen.y)
    reduced, slack = costs - v, 1e-12 * (1 + costs.max())
    low, rows, columns = screen.underpriced(u, v, float(slack), 2)
    exact = torch.minimum(reduced.amin(1), u)
    assert (low <= exact + slack).all()
    assert (reduced[rows, columns] < u[rows]).all()
    contradicted = reduced.amin(1) < u - 2 * slack
    assert set(contradicted.nonzero()[:, 0].tolist()) <= set(rows.tolist())
    torch.testing.assert_close(low[~contradicted], exact[~contradicted], atol=float(2 * slack), rtol=0)


@pytest.mark.parametrize("dim", [2, 30])
def test_what_rounding_alone_contradicts_is_bounded_in_float64(dim):
    """Between two parts of a line all pairs are as cheap as their potentials: float32 can tell none of them apart."""
    places = torch.linspace(0, 1, 160, dtype=torch.float64)[:, None]
    x, y = (torch.cat([side, torch.zeros(160, dim - 1)], 1) for side in (places, 1 + places))
    screen, slack = screen_of(x, y), 1e-12
    low, *_ = screen.underpriced(3 * slack - x[:, 0], y[:, 0].clone(), slack, 2)
    torch.testing.assert_close(low, -x[:, 0], atol=slack, rtol=0)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("dim", [2, 30])
def test_the_cheapest_pairs_hold_the_cheapest_of_each_row(cost, dim):
    screen = screen_of(*points(3, 120, 170, dim), 1.0, cost)
    v = torch.rand(170, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    reduced = screen.pricing.matrix(screen.x, screen.y) - v
    low, rows, columns = screen.cheapest(v, 3)
    assert (low <= reduced.amin(1) + 1e-12).all()
    found = torch.full((120,), torch.inf, dtype=torch.float64)
    found.scatter_reduce_(0, rows, reduced[rows, columns], "amin")
    torch.testing.assert_close(found, reduced.amin(1), atol=1e-5, rtol=0)
    assert (torch.bincount(rows) >= 3).all()


@given(st.integers(0, 10**6), st.sampled_from([1, 3, 17, 300]), st.floats(-12, 3), st.floats(0, 4))
def test_float32_bounds_of_distances_hold_at_any_size_and_offset(seed, dim, exponent, offset):
    x, y = points(seed, 12, 14, dim)
    y[:5] = x[:5] * (1 + 1e-9)  # pairs that almost meet
    x, y = (10**exponent * side + offset for side in (x, y))
    order = torch.arange(14).flip(0)
    bounds = Euclidean().lower_bounds(y, order, y.mean(0))(x)
    assert (bounds.double() <= Euclidean().pairs(x[:, None], y[order])).all()


def test_where_products_may_be_rough_nothing_is_left_to_them():
    x, y = points(5, 6, 7, 40)
    torch.set_float32_matmul_precision("medium")
    try:
        bounds = Euclidean().lower_bounds(y, torch.arange(7), y.mean(0))(x)
    finally:
        torch.set_float32_matmul_precision("highest")
    assert torch.equal(bounds, Euclidean().matrix(x, y))


@pytest.mark.parametrize("dim", [2, 40])
def test_the_number_of_threads_changes_no_bit(dim):
    screen = screen_of(*points(6, 140, 140, dim))
    u, v = potentials(screen, 7, 0.1)
    threads, found = torch.get_num_threads(), []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            found.append(screen.underpriced(u, v, 1e-12, 2))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_what_a_part_raises_is_raised_and_threads_are_as_before():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(ZeroDivisionError):
            list(each(lambda part: 1 / part, [1, 0, 2]))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
