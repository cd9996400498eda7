"""Exact transport against closed forms, scipy and POT; plans and potentials against their definitions."""

import numpy as np
import ot
import pytest
import scipy.stats
import torch

from oracles import assignment_cost, cumulative_w1, gaussian_grid, gaussian_line_w1, isotropic_w1, three_cones
from wgan.distances import Exact, assignment, transport, wasserstein
from wgan.errors import InputError


def normal(n, d, seed=0):
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def weights(n, seed=0):
    return torch.rand(n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).softmax(0)


# Closed forms


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize(("n", "d"), [(40, 1), (40, 5), (400, 64)])
def test_a_translation_costs_its_length(n, d, p):
    shift = normal(1, d, seed=1)
    assert wasserstein(normal(n, d), normal(n, d) + shift, p) == pytest.approx(shift.norm().item(), rel=1e-12)


@pytest.mark.parametrize(("shift", "sigma"), [(1.0, 2.0), (0.3, 1.5), (3.0, 0.5)])
def test_normal_distributions_on_the_line(shift, sigma):
    quantiles = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000)
    found = wasserstein(quantiles, shift + sigma * quantiles)
    # Midpoints cut the tails of the integral off: a share of 1/n of the mass, a few deviations far.
    assert found == pytest.approx(gaussian_line_w1(shift, abs(sigma - 1)), rel=5e-4)


@pytest.mark.parametrize("d", [2, 8])
def test_isotropic_normal_distributions(d):
    # Moving along rays is optimal for p = 1, since the distance from the origin is a potential: exact also for samples.
    x = gaussian_grid(d, 512)
    found = wasserstein(x, 3 * x)
    assert found == pytest.approx(2 * x.norm(dim=1).mean().item(), rel=1e-12)
    assert found == pytest.approx(isotropic_w1(1, 3, d), rel=0.02)  # the grid's own mean of the norm


@pytest.mark.parametrize("theta", [-1.0, 0.0, 1e-6, 0.5])
def test_parallel_lines(theta):
    heights = normal(500, 1)
    lines = [torch.cat([torch.full_like(heights, at), heights], 1) for at in (0.0, theta)]
    assert wasserstein(*lines) == pytest.approx(abs(theta), abs=1e-15)


@pytest.mark.parametrize("p", [1, 2])
def test_a_point_and_the_shell_around_it(p):
    shell = 2.5 * torch.nn.functional.normalize(normal(300, 128))
    assert wasserstein(torch.zeros(1, 128), shell, p) == pytest.approx(2.5, rel=1e-12)


def test_three_cones():
    found = transport(*three_cones())
    assert found.cost.item() == pytest.approx(1, rel=1e-6)  # the oracle is float32
    assert found.optimal


def test_one_moving_atom():
    # (1 - 1/n) δ0 + (1/n) δ1 is 1/n from δ0: W metrises weak convergence, where TV is 1/n too but KL is infinite.
    for n in (2, 10, 1000):
        moved = transport(torch.tensor([0.0, 1.0]), torch.tensor([0.0]), x_weights=torch.tensor([1 - 1 / n, 1 / n]))
        assert moved.cost.item() == pytest.approx(1 / n, rel=1e-6)


# Second opinions

SETS = {
    "few": lambda: (normal(50, 3), normal(50, 3, 1) + 0.2),
    "plane": lambda: (normal(400, 2), normal(400, 2, 1) + 0.2),
    "many dimensions": lambda: (normal(400, 50), normal(400, 50, 1) + 0.2),
    "pixels": lambda: (normal(300, 784).sigmoid(), normal(300, 784, 1).mul(2).sigmoid()),
    "lattice": lambda: (normal(400, 2).round(), normal(400, 2, 1).round()),
    "clusters": lambda: tuple(normal(300, 20, s) + 50 * (normal(300, 1, s + 5) > 0) for s in (0, 1)),
    "unequal": lambda: (normal(120, 4), normal(77, 4, 1)),
}


@pytest.mark.parametrize("p", [1, 1.5, 2])
@pytest.mark.parametrize("name", SETS)
def test_cost_equals_pot_and_is_proved(name, p):
    x, y = SETS[name]()
    found = transport(x, y, p=p)
    costs = np.linalg.norm(x.numpy()[:, None] - y.numpy()[None], axis=2) ** p
    assert found.cost.item() == pytest.approx(ot.emd2([], [], costs, numItermax=10**7), rel=1e-9)
    assert found.gap < 1e-9
    assert found.optimal
    u, v = found.potentials
    slack = torch.from_numpy(costs) - u[:, None] - v
    assert slack.min() > -1e-11 * costs.max()
    assert (slack * found.plan).sum() < 1e-9 * found.cost  # tight wherever mass moves
    torch.testing.assert_close(found.plan.sum(0), torch.full((len(y),), 1 / len(y), dtype=torch.float64))
    torch.testing.assert_close(found.plan.sum(1), torch.full((len(x),), 1 / len(x), dtype=torch.float64))
    assert (found.plan * torch.from_numpy(costs)).sum().item() == pytest.approx(found.cost.item(), rel=1e-9)


def test_the_shortlist_is_used_where_it_pays_and_only_there():
    def shortlisted(x, y):
        return assignment.entropic(torch.cdist(x, y)) is not None

    assert shortlisted(*SETS["many dimensions"]())
    assert shortlisted(*SETS["pixels"]())
    assert not shortlisted(normal(600, 1).expand(-1, 2).clone(), normal(600, 2, 1))
    assert not shortlisted(normal(600, 2).mul(3).exp(), normal(600, 2, 1).mul(3).exp())


def test_where_it_does_not_some_points_are_taken_with_all_pairs_and_many_left_to_the_simplex():
    for tails in (1.0, 3.0):
        x, y = (normal(600, 1, seed).mul(tails).exp().expand(-1, 2).clone() for seed in (0, 1))
        costs = torch.cdist(x, y)
        found = assignment.solve(costs)
        assert costs[found.rows, found.columns].mean().item() == pytest.approx(assignment_cost(x, y), rel=1e-12)
        assert (costs - found.u[:, None] - found.v).min() > -1e-12 * costs.max()
        assert (found.u.mean() + found.v.mean()).item() == pytest.approx(assignment_cost(x, y), rel=1e-9)
    many = normal(1100, 1).expand(-1, 2).clone()
    assert assignment.solve(torch.cdist(many, normal(1100, 2, 1))) is None


def test_a_poor_shortlist_is_completed(monkeypatch):
    # With three candidates per point the first optimum is not that of all pairs; pricing has to find what is missing.
    monkeypatch.setattr(assignment, "CANDIDATES", 3)
    x, y = SETS["many dimensions"]()
    costs = torch.cdist(x, y)
    (shortlist, v), slack = assignment.entropic(costs), assignment.rounding(costs)
    first = assignment.shortlist_optimum(costs, shortlist, v, slack)
    assert len(assignment.underpriced(costs, first, slack)) > 0
    assert wasserstein(x, y) == pytest.approx(assignment_cost(x.numpy(), y.numpy()), rel=1e-12)


@pytest.mark.parametrize("cost", ["euclidean", "cityblock", "chebyshev", "cosine"])
@pytest.mark.parametrize("p", [1, 2])
def test_weights_and_ground_costs_against_pot(cost, p):
    x, y, a, b = normal(60, 3), normal(45, 3, 1) + 1, weights(60), weights(45, 1)
    found = transport(x, y, p=p, cost=cost, x_weights=a, y_weights=b)
    costs = scipy.spatial.distance.cdist(x.numpy(), y.numpy(), cost) ** p
    assert found.cost.item() == pytest.approx(ot.emd2(a.numpy(), b.numpy(), costs), rel=1e-9)
    assert found.optimal
    torch.testing.assert_close(found.plan.sum(1), a)
    torch.testing.assert_close(found.plan.sum(0), b)


def test_points_without_weight_take_no_part():
    x, y, a = normal(30, 2), normal(20, 2, 1), weights(30).clone()
    a[:10] = 0
    a /= a.sum()
    found = transport(x, y, x_weights=a)
    assert found.cost.item() == pytest.approx(transport(x[10:], y, x_weights=a[10:]).cost.item(), rel=1e-12)
    u, v = found.potentials
    assert (torch.cdist(x, y) - u[:, None] - v).min() > -1e-9
    assert found.optimal


@pytest.mark.parametrize(("n", "m"), [(30, 30), (30, 47), (1, 9)])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_line_against_scipy_and_its_own_definition(n, m, weighted):
    x, y = normal(n, 1), 2 * normal(m, 1, 1) + 0.3
    a, b = (weights(n), weights(m, 1)) if weighted else (None, None)
    found = transport(x, y, x_weights=a, y_weights=b)
    expected = scipy.stats.wasserstein_distance(x[:, 0].numpy(), y[:, 0].numpy(), a, b)
    assert found.cost.item() == pytest.approx(expected, rel=1e-12)
    if not weighted:
        assert found.cost.item() == pytest.approx(cumulative_w1(x[:, 0].numpy(), y[:, 0].numpy()), rel=1e-12)
    for p in (1, 2, 3):
        found = transport(x, y, p=p, x_weights=a, y_weights=b)
        u, v = found.potentials
        assert ((x - y.T).abs() ** p - u[:, None] - v).min() > -1e-12 * 100**p
        assert found.gap < 1e-12


def test_ties_on_the_line():
    x, y = torch.tensor([0.0, 0, 1, 1]), torch.tensor([1.0, 1, 0, 0])
    found = transport(x, y, p=2)
    assert found.cost == 0
    assert found.optimal


# Precision


@pytest.mark.parametrize("distance", [1e-7, 1e-3, 1.0])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_points_that_almost_meet_lose_no_digits(distance, offset):
    # ‖x‖² + ‖y‖² − 2⟨x, y⟩ alone would leave nothing of 1e-7 against norms of 28.
    x = normal(300, 784) + offset
    shift = distance * torch.nn.functional.normalize(normal(1, 784, 1))
    order = torch.randperm(300, generator=torch.Generator().manual_seed(2))
    y = (x + shift)[order]
    expected = (y - x[order]).norm(dim=1).mean().item()
    assert wasserstein(x, y) == pytest.approx(expected, rel=1e-12)


def test_clusters_far_apart_keep_the_distances_inside_them():
    side = 1e5 * (torch.arange(300) % 2)[:, None]
    x, y = 1e-2 * normal(300, 30) + side, 1e-2 * normal(300, 30, 1) + side
    # Direct differences in place of the matrix product.
    expected = assignment_cost(x.numpy(), y.numpy())
    assert wasserstein(x, y) == pytest.approx(expected, rel=1e-9)


def test_float32_samples_are_measured_in_float64():
    x, y = normal(50, 4).float(), normal(50, 4, 1).float()
    assert wasserstein(x, y) == wasserstein(x.double(), y.double())


# Gradients and kinds of input


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("m", [6, 4])
def test_gradient_goes_through_the_plan(p, m):
    x, y = normal(6, 3).requires_grad_(), normal(m, 3, 1).requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: transport(a, b, p=p).distance, (x, y))


def test_gradient_is_finite_where_points_coincide():
    for p in (1, 2):
        x = normal(5, 3).requires_grad_()
        transport(x, x.detach(), p=p).distance.backward()
        assert (x.grad == 0).all()


def test_arrays_tensors_and_any_trailing_shape():
    x, y = normal(20, 12), normal(20, 12, 1)
    expected = wasserstein(x, y)
    assert wasserstein(x.numpy(), y.numpy()) == expected
    assert wasserstein(x.reshape(20, 3, 2, 2), y.reshape(20, 12)) == expected
    assert wasserstein(x.numpy(), y) == expected
    assert wasserstein([0.0, 1.0], [1.0, 2.0]) == 1


def test_subsample():
    x, y = normal(200, 3), normal(200, 3, 1)
    some = Exact(subsample=50)
    assert some(x, y) == some(x, y)
    assert some(x, y) != Exact(subsample=50, seed=1)(x, y)
    assert some(x, y) == pytest.approx(Exact(subsample=60)(x[:50], y[:50]).item(), rel=0.5)


# What cannot be solved is said


def test_a_solver_that_stops_early_is_found_out():
    x, y = normal(300, 3), normal(200, 3, 1)
    best = transport(x, y).cost.item()
    with pytest.warns(RuntimeWarning, match="stopped early, after 1,000 pivots: the cost may be up to .* too high"):
        found = transport(x, y, max_iterations=1000)
    assert not found.optimal
    assert found.bound <= best * (1 + 1e-12)
    assert found.cost.item() > best
    # Sooner, mass still sits in the solver's artificial source, and the cost is too low instead.
    with pytest.warns(RuntimeWarning, match="stopped early, after 20 pivots: .* of the mass is not moved"):
        found = transport(x, y, max_iterations=20)
    assert not found.optimal
    assert found.cost.item() < best
    with pytest.warns(RuntimeWarning):
        assert "raise max_iterations" in Exact(max_iterations=20).measure(x, y).note


BAD = {
    "samples of 3 features and y of 2; expected the same number": lambda: wasserstein(normal(4, 3), normal(4, 2)),
    "x holds 0 samples": lambda: wasserstein(torch.zeros(0, 3), normal(4, 3)),
    "y holds 1 sample; expected at least 2": lambda: Exact()(normal(4, 3), normal(1, 3)),
    "no features": lambda: wasserstein(torch.zeros(3, 0), torch.zeros(3, 0)),
    "NaN or infinite values in y: 2, the first in sample 1, feature 2; remove": lambda: wasserstein(
        torch.zeros(2, 3), torch.tensor([[0, 0, 0], [0, 0, float("nan")], [float("inf"), 0, 0]])
    ),
    r"x holds 'a' at \(0, 0\), of type str; expected numbers alone": lambda: wasserstein([["a"]], [["b"]]),
    "p is 0.5; expected at least 1": lambda: wasserstein(normal(4, 3), normal(4, 3), 0.5),
    "p is nan; expected at least 1": lambda: Exact(p=float("nan")),
    "x_weights sum to 1.5; expected 1": lambda: transport(
        normal(3, 2), normal(3, 2), x_weights=torch.full((3,), 0.5, dtype=torch.float64)
    ),
    "y_weights hold a negative value, -0.5": lambda: transport(
        normal(3, 2), normal(3, 2), y_weights=torch.tensor([-0.5, 0.5, 1])
    ),
    "NaN or infinite values in x_weights: 1": lambda: transport(
        normal(2, 2), normal(3, 2), x_weights=torch.tensor([float("nan"), 1])
    ),
    r"x_weights have shape \(2,\); expected one for each of 3": lambda: transport(
        normal(3, 2), normal(3, 2), x_weights=torch.ones(2) / 2
    ),
    "unknown ground cost 'euclidian'; nearest: euclidean": lambda: transport(
        normal(3, 2), normal(3, 2), cost="euclidian"
    ),
    "subsample is 1; expected at least 2": lambda: Exact(subsample=1),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input(message):
    with pytest.raises(InputError, match=message):
        BAD[message]()


def test_too_large_a_problem_names_the_ways_out(monkeypatch):
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 8 << 30)
    with pytest.raises(InputError, match=r"50,000 .* 37.3 GiB and 8.0 GiB are free; .*subsample=.*method='sliced'"):
        wasserstein(torch.zeros(50_000, 2), torch.zeros(50_000, 2), p=float("inf"))
    with pytest.raises(InputError, match="network simplex between 20,000 and 19,999 samples needs"):
        wasserstein(torch.zeros(20_000, 2), torch.zeros(19_999, 2), p=float("inf"))
