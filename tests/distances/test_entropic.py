"""Sinkhorn converges, on heavy tails too, whether the costs are kept or computed block by block."""

import ot
import pytest
import torch

from oracles import entropic_cost
from wgan.distances import Exact, Sinkhorn, distance, entropic


def draw(kind: str, n: int, seed: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 3, dtype=torch.float64, generator=rng)
    if kind == "cauchy":
        return x / torch.randn(n, 3, dtype=torch.float64, generator=rng)
    if kind == "clusters far apart":
        return x + 1e6 * (torch.rand(n, 1, generator=rng) < 0.3)
    if kind == "duplicates":
        return x.round()
    x[:, 2] = (float(kind.removeprefix("price ")) * x[:, 2] + 3).exp()
    return x


KINDS = ["price 1", "price 2", "price 3", "cauchy", "clusters far apart", "duplicates"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fields", [{}, {"relative": 0.005}, {"p": 2}, {"p": 2, "relative": 0.005}])
def test_it_converges(kind, fields):
    found = Sinkhorn(**fields).measure(draw(kind, 250, 0), draw(kind, 200, 1))
    assert "not converged" not in found.note
    assert found.value >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_plan_has_the_weights_and_the_value_that_are_claimed(kind):
    x, y = draw(kind, 60, 0), draw(kind, 50, 1)
    a, b = (torch.rand(len(side), generator=torch.Generator().manual_seed(2)).double() + 0.1 for side in (x, y))
    a, b = a / a.sum(), b / b.sum()
    costs = entropic.PairCosts(x, y, 1, torch.cdist(x, y).max().item(), keep=True)
    epsilon = 0.05 * costs.mean(a, b)
    found = entropic.Scaling(costs, a, b).solve(epsilon, 1e-9, 500)
    plan = a[:, None] * b * ((found.f[:, None] + found.g - costs.kept) / epsilon).exp()
    assert (plan.sum(1) - a).abs().sum() < 1e-12
    assert (plan.sum(0) - b).abs().sum().item() == pytest.approx(found.error, abs=1e-12)
    assert found.error < 1e-9
    value = (plan * costs.kept).sum() + epsilon * (plan * (plan / (a[:, None] * b)).clamp_min(1e-300).log()).sum()
    assert entropic.between(costs, a, b, epsilon, 1e-9, 500).value.item() == pytest.approx(value.item(), rel=1e-7)


def test_the_value_is_that_of_others():
    x, y = draw("price 1", 40, 0), draw("price 1", 30, 1)
    costs = torch.cdist(x, y)
    epsilon = 0.05 * costs.mean().item()
    a, b = (torch.full((len(side),), 1 / len(side), dtype=torch.float64) for side in (x, y))
    ours = entropic.between(entropic.PairCosts(x, y, 1, 1.0, keep=True), a, b, epsilon, 1e-10, 500).value.item()
    plan = ot.sinkhorn(
        a.numpy(), b.numpy(), costs.numpy(), epsilon, method="sinkhorn_log", numItermax=10**5, stopThr=1e-12
    )
    relative = torch.from_numpy(plan) * len(x) * len(y)
    pots = (plan * costs.numpy()).sum() + epsilon * (plan * relative.clamp_min(1e-300).log().numpy()).sum()
    assert ours == pytest.approx(pots, rel=1e-8)
    assert ours == pytest.approx(entropic_cost(x, y, epsilon), rel=1e-6)


def test_a_set_against_itself():
    x = draw("price 3", 80, 0)
    a = torch.full((80,), 1 / 80, dtype=torch.float64)
    costs = entropic.PairCosts(x, x, 1, 1.0, keep=True)
    epsilon = 0.05 * costs.mean(a, a)
    alone, pair = entropic.within(costs, a, epsilon, 1e-9, 500), entropic.between(costs, a, a, epsilon, 1e-9, 500)
    assert alone.error < 1e-9
    assert alone.value.item() == pytest.approx(pair.value.item(), rel=1e-7)


def test_what_is_far_off_says_how_far():
    x, y = draw("price 2", 100, 0), draw("price 2", 100, 1)
    costs = entropic.PairCosts(x, y, 1, 1.0, keep=True)
    a = torch.full((100,), 0.01, dtype=torch.float64)
    epsilon = 0.01 * costs.mean(a, a)
    errors = [entropic.between(costs, a, a, epsilon, 1e-12, most).error for most in (1, 3, 50)]
    assert errors[0] > errors[1] > errors[2]
    note = Sinkhorn(relative=0.01, iterations=1).measure(x, y).note
    assert "not converged: " in note and "of the mass is misplaced after 1 iterations" in note


@pytest.mark.parametrize("kind", ["price 2", "duplicates"])
@pytest.mark.parametrize("p", [1, 2])
def test_blocks_give_what_a_matrix_gives(monkeypatch, kind, p):
    x, y = draw(kind, 70, 0).requires_grad_(), draw(kind, 60, 1)

    def value_and_slope():
        value = Sinkhorn(p=p, epsilon=0.5)(x, y)
        return value, torch.autograd.grad(value, x)[0]

    kept = value_and_slope()
    monkeypatch.setattr("wgan.distances.sinkhorn.fits", lambda _: False)
    monkeypatch.setattr(entropic, "BLOCK", 500)
    streamed = value_and_slope()
    torch.testing.assert_close(streamed, kept, rtol=1e-6, atol=1e-9)


def test_no_matrix_where_it_would_not_fit(monkeypatch):
    # Costs and plan would take 34 MB of the 32 MiB that are free; blocks are enough.
    sizes = []
    real = entropic.PairCosts.between

    def watched(self, x, y):
        sizes.append(len(x) * len(y))
        return real(self, x, y)

    monkeypatch.setattr(entropic.PairCosts, "between", watched)
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 1 << 25)
    monkeypatch.setattr("wgan.distances.sinkhorn.available_memory", lambda: 1 << 25)
    found = Sinkhorn(relative=1.0, tolerance=1e-3).measure(draw("price 1", 1500, 0), draw("price 1", 1400, 1))
    assert "not converged" not in found.note
    assert max(sizes) <= entropic.BLOCK


def test_small_epsilons_lead_to_the_exact_distance():
    x, y = draw("price 2", 60, 0), draw("price 2", 60, 1)
    exact = Exact()(x, y).item()
    errors = [abs(distance(x, y, "sinkhorn", relative=share).value - exact) for share in (0.05, 0.005, 0.0005)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01 * exact
