"""Transport by column generation finds what is found over all pairs, and its bounds hold at any time."""

import importlib

import numpy as np
import pytest
import torch

from wgan.__main__ import main
from wgan.data.pairs.closed_forms import cones, parallel_lines, shell
from wgan.distances import dense, generation, screening, solving, transport, wasserstein
from wgan.distances.costs import ground_cost
from wgan.distances.generation import Effort
from wgan.distances.problem import Problem
from wgan.distances.units import in_own_units
from wgan.randomness import stream

KINDS = ["normal", "one law", "duplicates", "all equal", "collinear", "far clusters", "one against many", "identical"]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """So that problems of a hundred points need two levels, several rounds, and cells."""
    monkeypatch.setattr(generation, "FEW", 24)
    monkeypatch.setattr(generation, "CANDIDATES", 3)
    monkeypatch.setattr(generation, "ADDED", 2)
    for name, value in {"CELL": 4, "ROWS": 8, "FEW": 8, "FIRST": 2, "GROUPS": 8, "MOST": 6}.items():
        monkeypatch.setattr(screening, name, value)


def sides(kind, n, m, dim, seed):
    rng = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(count, dim, generator=rng, dtype=torch.float64) for count in (n, m))
    if kind == "normal":
        return x, 1.3 * y + 0.5
    if kind == "duplicates":
        return x[torch.randint(n // 3, (n,), generator=rng)], y[torch.randint(m // 3, (m,), generator=rng)]
    if kind == "all equal":
        return torch.ones_like(x), torch.ones_like(y)
    if kind == "collinear":
        return x[:, :1] * torch.ones(dim).double(), y[:, :1] * torch.ones(dim).double()
    if kind == "far clusters":
        return x + 1e6 * (torch.arange(n) % 2)[:, None], y + 1e6 * (torch.arange(m) % 3 == 0)[:, None]
    if kind == "one against many":
        return x[:1], y
    return (x, x[torch.randperm(n, generator=rng)]) if kind == "identical" else (x, y)


def problem_of(x, y, p=1.0, cost="euclidean", weights=None):
    a, b = weights or (torch.ones(len(x)).double(), torch.ones(len(y)).double())
    x, y, _ = in_own_units(x, y)
    return Problem(x, y, a / a.sum(), b / b.sum(), p, ground_cost(cost))


def lengths(problem, found):
    return problem.ground.pairs(problem.x[found.rows], problem.y[found.columns])


def cost_of(problem, found):
    return float((found.mass * lengths(problem, found) ** problem.p).sum())


def agree(problem, effort=None):
    """Asserts that both ways find one value, that all mass moves, and that the bound is below."""
    (over_all, _), (found, _, bound) = dense.solve(problem, 10**8), generation.solve(problem, effort or Effort())
    best, value = cost_of(problem, over_all), cost_of(problem, found)
    size = float(lengths(problem, over_all).amax()) ** problem.p + 1e-300
    assert value == pytest.approx(best, rel=1e-9, abs=1e-12 * size)
    assert bound * found.scale**problem.p <= best + 1e-9 * best + 1e-12 * size
    given = torch.zeros_like(problem.x_weights).index_add_(0, found.rows, found.mass)
    taken = torch.zeros_like(problem.y_weights).index_add_(0, found.columns, found.mass)
    torch.testing.assert_close(given, problem.x_weights, atol=1e-12, rtol=0)
    torch.testing.assert_close(taken, problem.y_weights, atol=1e-12, rtol=0)
    reduced = (problem.ground.matrix(problem.x, problem.y) / found.scale) ** problem.p - found.u[:, None] - found.v
    assert reduced.min() > -1e-11 * (1 + found.v.abs().max())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_it_agrees_with_all_pairs(kind, seed):
    n, m = ((90, 90), (90, 70), (60, 100), (101, 101))[seed]
    dim = (2, 3, 16, 2)[seed]
    agree(problem_of(*sides(kind, n, m, dim, seed), p=(1.0, 1.0, 2.0, 1.5)[seed]))


@pytest.mark.parametrize("cost", ["euclidean", "cityblock", "chebyshev", "cosine"])
@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_any_cost_and_weights_with_zeros(cost, p):
    x, y = sides("normal", 80, 70, 4, 5)
    rng = torch.Generator().manual_seed(6)
    a, b = (torch.rand(len(side), generator=rng, dtype=torch.float64) for side in (x, y))
    a[:20], b[-7:] = 0, 0
    agree(problem_of(x, y, p, cost, (a, b)))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_units_do_not_matter(scale):
    x, y = sides("normal", 80, 80, 3, 1)
    agree(problem_of(scale * x, scale * y))


def test_both_bounds_hold_after_each_round_and_close_in():
    problem = problem_of(*sides("normal", 120, 120, 2, 3))
    truth = cost_of(problem, dense.solve(problem, 10**8)[0])
    told = []
    generation.solve(problem, Effort(tell=lambda low, high: told.append((low, high))))
    assert len(told) > 2
    for low, high in told:
        assert low <= truth * (1 + 1e-9)
        assert high >= truth * (1 - 1e-9)
    gaps = [high - low for low, high in told]
    assert gaps == sorted(gaps, reverse=True)


def test_a_tolerance_and_a_time_are_kept_and_said(monkeypatch):
    monkeypatch.setattr(solving, "MANY", 0)
    x, y = sides("normal", 150, 140, 2, 4)
    exact = wasserstein(x, y)
    rough = transport(x, y, tolerance=0.05)
    assert rough.enough
    assert rough.gap <= 0.05
    assert exact <= rough.distance.item() * (1 + 1e-12) <= exact * 1.06
    assert rough.least <= exact * (1 + 1e-12)
    hurried = transport(x, y, seconds=1e-9)
    assert hurried.solution.stopped == "time was up"
    assert hurried.least <= exact * (1 + 1e-12) <= hurried.distance.item() * (1 + 1e-9)


def test_whoever_cannot_wait_for_a_round_has_bounds_before_it():
    problem = problem_of(*sides("normal", 120, 110, 2, 3))
    truth = cost_of(problem, dense.solve(problem, 10**8)[0])
    told = []
    effort = Effort(tell=lambda low, high: told.append((low, high)), stop=lambda: True)
    found, cost, bound = generation.solve(problem, effort)
    assert found.stopped == "stopped by Ctrl-C"
    assert len(told) == 1
    assert bound * found.scale <= truth * (1 + 1e-9)
    assert truth * (1 - 1e-9) <= cost * found.scale == pytest.approx(cost_of(problem, found))
    given = torch.zeros_like(problem.x_weights).index_add_(0, found.rows, found.mass)
    torch.testing.assert_close(given, problem.x_weights, atol=1e-12, rtol=0)
    reduced = problem.ground.matrix(problem.x, problem.y) / found.scale - found.u[:, None] - found.v
    assert reduced.min() > -1e-11 * (1 + found.v.abs().max())


def test_pairs_that_no_memory_holds_are_never_made(monkeypatch):
    monkeypatch.setattr(solving, "available_memory", lambda: 0)
    monkeypatch.setattr(solving, "MANY", 0)
    sizes, over_all = [], dense.solve

    def watched(problem, *arguments):
        sizes.append(max(len(problem.x), len(problem.y)))
        return over_all(problem, *arguments)

    monkeypatch.setattr(dense, "solve", watched)
    assert transport(*sides("normal", 90, 90, 3, 2)).optimal
    assert max(sizes) <= generation.FEW


@pytest.mark.filterwarnings("always")
def test_a_comparison_of_many_samples_says_what_it_takes_fewer_of(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(importlib.import_module("wgan.comparison.compare"), "REPEATABLE", 60)
    monkeypatch.setattr(solving, "MANY", 0)
    for name, points in zip("ab", sides("normal", 100, 90, 2, 0), strict=True):
        np.savetxt(tmp_path / f"{name}.csv", points.numpy(), delimiter=",", header="u,v", comments="")
    command = ["distance", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--method", "exact"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--tolerance", "0.01"])
    said = capsys.readouterr()
    assert not ended.value.code, said.err
    assert "no interval at this size" in said.out
    assert "wgan: exact distance between " in said.err
    assert "the yardstick and the test of the difference take 60 samples a side" in said.err
    for option, value, expected in (("--seconds", "-1", "seconds is -1"), ("--tolerance", "2", "tolerance is 2")):
        with pytest.raises(SystemExit) as ended:
            main([*command, option, value])
        assert ended.value.code == 2
        assert expected in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*command[:-1], "sliced", "--seconds", "1"])
    said = capsys.readouterr().err
    assert "seconds: of the exact distance alone, not of sliced; leave out, or take --method exact" in said


@pytest.mark.parametrize("pair", [cones(2), parallel_lines(0.5), shell(3)], ids=lambda pair: pair.name)
def test_points_in_three_places_or_on_lines_are_no_trap(pair, monkeypatch):
    monkeypatch.undo()  # at its own size
    x, y = (side.sample(1100, stream(0, name)) for side, name in ((pair.real, "x"), (pair.fake, "y")))
    found = transport(x, y, tolerance=1e-8)
    assert found.enough
    assert found.distance.item() == pytest.approx(wasserstein(x, y), rel=1e-7)


@pytest.mark.parametrize(("n", "m", "dim"), [(1100, 1100, 2), (1300, 1000, 2), (1300, 1000, 8)])
def test_what_is_asked_for_exactly_is_exact_whichever_way_is_taken(n, m, dim, monkeypatch):
    monkeypatch.undo()
    x, y = sides("normal", n, m, dim, 7)
    assert transport(x, y).optimal
    monkeypatch.setattr(generation, "ROUNDS", 1)  # too few: all pairs are taken then
    assert transport(x, y).optimal


@pytest.mark.parametrize("seed", range(8))
def test_in_the_plane_the_bounds_meet_without_another_solver(seed):
    rng = stream(seed, "plane")
    x, y = torch.randn(2, 600, 2, generator=rng, dtype=torch.float64)
    y = 1.2 * y + 0.3 if seed % 2 else y
    x, y = (side * side.abs() if seed % 4 > 1 else side for side in (x, y))
    problem = problem_of(x, y)
    found, cost, bound = generation.solve(problem, Effort())
    assert dense.closed(problem, found, cost, bound)
