"""Sliced, entropic, Gaussian and kernel distances and the divergences against closed forms and second opinions."""

from math import inf, log

import numpy as np
import pytest
import scipy.stats
import torch

from oracles import (
    discrete_divergences,
    gaussian_grid,
    gaussian_kernel_mmd,
    gaussian_line_w1,
    gaussian_transport,
    isotropic_w1,
)
from wgan.distances import (
    MMD,
    Energy,
    Exact,
    Gaussian,
    JensenShannon,
    KullbackLeibler,
    MaxSliced,
    ReverseKullbackLeibler,
    Sinkhorn,
    Sliced,
    TotalVariation,
    gaussian_w2,
)
from wgan.distances.sliced import along_lines, unit_vectors
from wgan.errors import InputError


def normal(n, d, seed=0):
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


# Sliced


@pytest.mark.parametrize("d", [2, 16])
def test_sliced_distance_of_a_translation(d):
    x, shift = normal(50, d), normal(1, d, 1)
    method = Sliced(p=2, directions=4000)
    # E ⟨θ, v⟩² = ‖v‖² / d; the relative standard error of the root is about 1 / √(2 · 4000).
    assert method(x, x + shift).item() == pytest.approx(shift.norm().item() / d**0.5, rel=0.04)


def test_sliced_distance_of_normal_distributions():
    # Every projection is N(0, s²) against N(0, t²).
    x = gaussian_grid(5, 4096)
    assert Sliced()(x, 3 * x).item() == pytest.approx(isotropic_w1(1, 3, 1), rel=0.01)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("m", [40, 23])
def test_on_the_line_sliced_is_exact(p, m):
    x, y = normal(40, 1), normal(m, 1, 1) + 0.5
    assert Sliced(p=p)(x, y).item() == pytest.approx(Exact(p=p)(x, y).item(), rel=1e-12)


def test_sliced_tells_its_monte_carlo_error():
    x, y = normal(50, 6), normal(50, 6, 1) + 1
    values = [Sliced(directions=100, seed=s)(x, y).item() for s in range(40)]
    told = float(Sliced(directions=100).measure(x, y).note.rsplit(" ", 1)[1])
    assert told == pytest.approx(np.std(values), rel=0.5)


@pytest.mark.parametrize("p", [1, 2])
def test_what_the_moments_explain_of_the_directions_is_no_error(p):
    x = normal(500, 8)
    y = 1.5 * normal(500, 8, 1) + 1
    values = torch.tensor([Sliced(p=p, directions=50, seed=seed)(x, y).item() for seed in range(30)])
    plain = []
    for seed in range(30):
        theta = unit_vectors(50, 8, torch.Generator().manual_seed(seed))
        plain.append(along_lines(theta @ x.double().T, theta @ y.double().T, p).pow(p).mean() ** (1 / p))
    assert values.std() < torch.stack(plain).std() / 4
    assert values.mean().item() == pytest.approx(torch.stack(plain).mean().item(), rel=0.05)


def test_a_translation_is_sliced_without_error():
    shift = torch.arange(5.0)
    x = normal(60, 5)
    found = Sliced(p=2, directions=10).measure(x, x + shift)
    assert found.value.item() == pytest.approx(shift.norm().item() / 5**0.5, rel=1e-6)


def test_max_sliced_finds_the_shift():
    shift = torch.zeros(30, dtype=torch.float64)
    shift[4] = 3
    x, y = normal(2000, 30), normal(2000, 30, 1) + shift
    assert MaxSliced()(x, y).item() == pytest.approx(3, abs=0.15)
    assert MaxSliced(held_out=False)(x, x + shift).item() == pytest.approx(3, rel=0.01)


def test_max_sliced_finds_a_direction_that_the_means_do_not_tell():
    scale = torch.ones(10, dtype=torch.float64)
    scale[7] = 4
    x = normal(1000, 10)
    found = MaxSliced(held_out=False)(x, x * scale).item()
    assert found == pytest.approx(3 * x[:, 7].abs().mean().item(), rel=0.02)


def test_held_out_halves_do_not_tell_apart_what_is_equal():
    x, y = normal(100, 200), normal(100, 200, 1)
    assert MaxSliced(held_out=False)(x, y) > 3 * MaxSliced()(x, y)


def test_max_sliced_needs_halves():
    with pytest.raises(InputError, match="halves both sets, of 3 and 20; expected at least 4 samples each"):
        MaxSliced()(normal(3, 2), normal(20, 2))


# Sinkhorn


@pytest.mark.parametrize("p", [1, 2])
def test_sinkhorn_goes_to_exact_transport(p):
    x, y = normal(40, 3), normal(30, 3, 1) + 1
    exact = Exact(p=p)(x, y).item()
    errors = [abs(Sinkhorn(p=p, epsilon=epsilon, iterations=2000)(x, y).item() - exact) for epsilon in (0.5, 0.02)]
    assert errors[1] < errors[0] / 3
    assert errors[1] < 0.01 * exact


def test_sinkhorn_goes_to_the_distance_of_the_means():
    x, y = normal(40, 3), 2 * normal(30, 3, 1) + 1
    assert Sinkhorn(p=2, epsilon=1e6)(x, y).item() == pytest.approx((x.mean(0) - y.mean(0)).norm().item(), rel=1e-3)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
def test_sinkhorn_of_a_translation(epsilon):
    # The squared cost splits into ‖v‖² and terms that the debiasing takes off, at any epsilon.
    x, shift = normal(50, 4), normal(1, 4, 1)
    assert Sinkhorn(p=2, epsilon=epsilon)(x, x + shift).item() == pytest.approx(shift.norm().item(), rel=1e-4)


def test_sinkhorn_of_a_set_and_itself():
    x = normal(50, 4)
    assert Sinkhorn()(x, x).item() == pytest.approx(0, abs=1e-9)


def test_sinkhorn_says_when_it_has_not_converged():
    x, y = normal(50, 2), normal(50, 2, 1) + 1
    assert "converged" not in Sinkhorn().measure(x, y).note
    assert "not converged: " in Sinkhorn(epsilon=1e-3, iterations=1).measure(x, y).note


# Normal distributions


@pytest.mark.parametrize("d", [1, 3, 20])
def test_gaussian_w2_against_the_closed_form(d):
    a, b = (normal(d, d, s) @ normal(d, d, s).T + torch.eye(d) for s in (0, 1))
    means = normal(2, d, 2)
    expected = gaussian_transport(means[0].numpy(), a.numpy(), means[1].numpy(), b.numpy())
    assert gaussian_w2(means[0], a, means[1], b) == pytest.approx(expected, rel=1e-9)


def test_gaussian_w2_of_singular_covariances():
    # Orthogonal planes: nothing of one spread serves the other, W₂² = tr A + tr B.
    a, b = torch.diag(torch.tensor([4.0, 0, 0])), torch.diag(torch.tensor([0.0, 9, 0]))
    zero = torch.zeros(3)
    assert gaussian_w2(zero, a, zero, b) == pytest.approx(13**0.5, rel=1e-12)
    assert gaussian_w2(zero, a, zero, a) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(("n", "m", "d"), [(100, 80, 5), (20, 100, 50), (20, 15, 50)])
def test_gaussian_of_samples_is_that_of_their_moments(n, m, d):
    x, y = normal(n, d), 2 * normal(m, d, 1) + 1
    moments = [part for s in (x.numpy(), y.numpy()) for part in (s.mean(0), np.cov(s.T))]
    assert Gaussian()(x, y).item() == pytest.approx(gaussian_w2(*moments), rel=1e-6)


def test_gaussian_is_never_above_exact_transport():
    for seed in range(5):
        x, y = normal(60, 3, seed), normal(60, 3, seed + 9).exp()
        # Gelbrich's bound is for covariances divided by n.
        moments = [part for s in (x, y) for part in (s.mean(0), s.T.cov(correction=0))]
        assert gaussian_w2(*moments) <= Exact(p=2)(x, y).item()


def test_gaussian_tells_when_samples_are_too_few():
    assert "cannot determine" in Gaussian().measure(normal(10, 20), normal(100, 20)).note
    assert "cannot determine" not in Gaussian().measure(normal(100, 20), normal(100, 20)).note


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (torch.ones(3), r"cov_x has shape \(3,\) and its mean \(2,\); expected \(d, d\) and \(d,\)"),
        (torch.tensor([[1.0, 1], [0, 1]]), "cov_x is not symmetric"),
        (torch.tensor([[1.0, 0], [0, -1]]), "cov_x has a negative eigenvalue, -1"),
        (torch.tensor([[1.0, 0], [0, float("nan")]]), "NaN or infinite values in cov_x"),
    ],
)
def test_gaussian_w2_refuses_what_is_no_covariance(covariance, message):
    with pytest.raises(InputError, match=message):
        gaussian_w2(torch.zeros(2), covariance, torch.zeros(2), torch.eye(2))


def test_gaussian_w2_refuses_different_dimensions():
    with pytest.raises(InputError, match=r"the means have shapes \(2,\) and \(3,\)"):
        gaussian_w2(torch.zeros(2), torch.eye(2), torch.zeros(3), torch.eye(3))


# Kernels


def test_energy_distance_on_the_line_against_scipy():
    x, y = normal(40, 1), normal(25, 1, 1) + 1
    expected = scipy.stats.energy_distance(x[:, 0].numpy(), y[:, 0].numpy())
    assert Energy()(x, y).item() == pytest.approx(expected, rel=1e-9)


def test_energy_distance_of_normal_distributions_on_the_line():
    # E |x − y| is W₁ of the half-normal kind: m = Δ, s = √2 between, m = 0 within.
    quantiles = torch.special.ndtri((torch.arange(2000, dtype=torch.float64) + 0.5) / 2000)
    squared = 2 * gaussian_line_w1(1.0, 2**0.5) - 2 * gaussian_line_w1(0.0, 2**0.5)
    assert Energy()(quantiles, quantiles + 1).item() == pytest.approx(squared**0.5, rel=1e-3)


@pytest.mark.parametrize("bandwidth", [0.5, 2.0])
def test_mmd_of_normal_distributions(bandwidth):
    x = gaussian_grid(2, 1024)
    shift = torch.tensor([0.6, 0.8])
    found = MMD(bandwidth=bandwidth)(x, x + shift).item()
    assert found == pytest.approx(gaussian_kernel_mmd(1.0, bandwidth, 2), rel=0.01)


def test_the_median_bandwidth():
    x, y = normal(30, 3), normal(20, 3, 1)
    h = float(np.median(scipy.spatial.distance.pdist(torch.cat([x, y]).numpy())))
    assert MMD()(x, y).item() == pytest.approx(MMD(bandwidth=h)(x, y).item(), rel=2e-2)  # lower against middle median
    assert "median distance" in MMD().measure(x, y).note


def test_large_sets_are_compared_in_blocks(monkeypatch):
    x, y = normal(100, 3), normal(80, 3, 1)
    whole = Energy()(x, y).item()
    monkeypatch.setattr("wgan.distances.costs.BLOCK", 500)
    assert Energy()(x, y).item() == pytest.approx(whole, rel=1e-12)


# Divergences

DIVERGENCES = {
    "TV": TotalVariation(),
    "KL": KullbackLeibler(),
    "reverse KL": ReverseKullbackLeibler(),
    "JS": JensenShannon(),
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_divergences_of_histograms(name):
    p, q = normal(3, 4).softmax(1) / 3, normal(3, 4, 1).softmax(1) / 3
    expected = discrete_divergences(p.numpy(), q.numpy())[name]
    assert DIVERGENCES[name].between_histograms(p, q) == pytest.approx(expected, rel=1e-12)
    assert DIVERGENCES[name].between_histograms(p.numpy(), p.numpy()) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("name", "expected"), [("TV", 1), ("KL", inf), ("reverse KL", inf), ("JS", log(2))])
def test_parallel_lines_do_not_overlap(name, expected):
    p, q = torch.tensor([[0.5, 0.5], [0, 0]]), torch.tensor([[0, 0], [0.5, 0.5]])
    assert DIVERGENCES[name].between_histograms(p, q) == pytest.approx(expected)


NORMAL = {  # of N(0, 1) and N(1, 1)
    "TV": 2 * scipy.stats.norm.cdf(0.5) - 1,
    "KL": 0.5,
    "reverse KL": 0.5,
    "JS": scipy.integrate.quad(lambda x: scipy.stats.norm.pdf(x) * (log(2) - np.log1p(np.exp(x - 0.5))), -12, 12)[0],
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_divergences_of_known_densities(name):
    x = gaussian_grid(1, 2048)
    found = DIVERGENCES[name].between_densities(
        lambda z: -z.square().sum(1) / 2, lambda z: -(z - 1).square().sum(1) / 2, x, x + 1
    )
    assert found == pytest.approx(NORMAL[name], rel=0.01)


@pytest.mark.parametrize("name", DIVERGENCES)
@pytest.mark.parametrize("d", [1, 3])
def test_divergences_estimated_from_samples(name, d):
    shift = torch.eye(d, dtype=torch.float64)[0]
    x, y = normal(2000, d), normal(1500, d, 1) + shift
    found = DIVERGENCES[name].measure(x, y)
    assert found.value.item() == pytest.approx(NORMAL[name], abs=0.1)  # bias and deviation of the estimate
    k = DIVERGENCES[name].neighbours or 39
    assert f"estimate from the {k} nearest neighbours, biased" in found.note
    assert abs(DIVERGENCES[name](normal(1000, d), normal(1000, d, 1)).item()) < 0.1


def test_the_two_directions_of_kl():
    x, y = normal(1000, 2), 2 * normal(1000, 2, 1)
    assert KullbackLeibler()(x, y) == ReverseKullbackLeibler()(y, x)
    assert KullbackLeibler()(x, y) != KullbackLeibler()(y, x)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_samples_without_a_density_are_refused(name):
    heights = normal(200, 1)
    lines = [torch.cat([torch.full_like(heights, at), heights], 1) for at in (0.0, 1.0)]
    with pytest.raises(InputError, match=r"x: 200 samples span 1 of 2 dimensions.*use method='exact' or 'sliced'"):
        DIVERGENCES[name](*lines)
    with pytest.raises(InputError, match="x: 20 samples span 19 of 30 dimensions"):
        DIVERGENCES[name](normal(20, 30), normal(20, 30, 1))
    with pytest.raises(InputError, match=r"more than \d+ samples are equal.*between_histograms"):
        DIVERGENCES[name](normal(200, 1).round(), normal(200, 1, 1).round())


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.5], [0.2, 0.3, 0.5], r"histograms have shapes \(2,\) and \(3,\)"),
        ([0.5, 0.6], [0.5, 0.5], "the histogram's cells sum to 1.1; expected 1"),
        ([1.5, -0.5], [0.5, 0.5], "the histogram's cells hold a negative value, -0.5"),
    ],
)
def test_what_is_no_histogram_is_refused(p, q, message):
    with pytest.raises(InputError, match=message):
        JensenShannon().between_histograms(torch.tensor(p), torch.tensor(q))


def test_more_memory_than_there_is(monkeypatch):
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 1 << 20)
    with pytest.raises(InputError, match="sinkhorn of 1,000 samples needs .* free; take fewer samples"):
        Sinkhorn()(normal(1000, 2), normal(1000, 2))
