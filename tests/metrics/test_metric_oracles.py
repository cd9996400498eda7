"""Metrics against other people's code where it is installed, and against plain formulae everywhere."""

import numpy as np
import pytest
import torch

from oracles import frechet_distance, inception_score, kernel_distance, neighbourhoods
from wgan.metrics import (
    ClassDivergence,
    Copies,
    Coverage,
    Density,
    Frechet,
    InceptionScore,
    Kernel,
    Precision,
    Recall,
    SlicedFeatures,
    TrainingDistance,
)

PRDC = (Precision, Recall, Density, Coverage)


def features(n=150, m=130, width=12, seed=0):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(width, width))
    return rng.normal(size=(n, width)) @ mixing, rng.normal(size=(m, width)) @ mixing * 1.1 + 0.3


def probabilities(n=200, classes=7, seed=0):
    return torch.as_tensor(2 * np.random.default_rng(seed).normal(size=(n, classes))).softmax(1)


def close(value):
    return pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_frechet_distance_is_that_of_the_formula_and_of_torchmetrics(seed):
    x, y = features(seed=seed)
    value = Frechet()(x, y).value
    assert value == close(frechet_distance(x, y))
    fid = pytest.importorskip("torchmetrics.image.fid")
    moments = [torch.as_tensor(part) for z in (x, y) for part in (z.mean(0), np.cov(z, rowvar=False))]
    assert value == close(fid._compute_fid(*moments).item())


def test_the_frechet_distance_of_singular_covariances_is_that_within_their_plane():
    x, y = features(width=3)
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 20)))[0][:3]
    assert Frechet()(x @ basis, y @ basis).value == close(frechet_distance(x, y))


def test_fewer_samples_than_features_are_computed_and_the_way_out_is_said():
    x, y = features(n=10, m=12, width=40)
    found = Frechet()(x, y)
    a, b = (z - z.mean(0) for z in (x, y))
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum() / np.sqrt(9 * 11)
    assert found.value == close(((x.mean(0) - y.mean(0)) ** 2).sum() + (a**2).sum() / 9 + (b**2).sum() / 11 - 2 * cross)
    assert "10 samples of 40 features" in found.note and "take 400" in found.note and "sw and kid" in found.note
    assert not Frechet()(*features()).note


@pytest.mark.parametrize("seed", range(3))
def test_the_kernel_distance_is_that_of_the_formula_and_of_torchmetrics(seed):
    x, y = features(n=60, m=60, seed=seed)
    value = Kernel()(x, y).value
    assert value == close(kernel_distance(x, y))
    kid = pytest.importorskip("torchmetrics.image.kid")
    assert value == close(kid.poly_mmd(torch.as_tensor(x), torch.as_tensor(y), degree=3, gamma=None, coef=1.0).item())


def test_the_interval_of_the_kernel_distance_comes_from_disjoint_blocks():
    x, y = features(n=200, m=200)
    found = Kernel()(x, y)
    parts = [kernel_distance(x[i : i + 50], y[i : i + 50]) for i in range(0, 200, 50)]
    reach = 3.182446305284263 * np.std(parts, ddof=1) / 2  # Student's quantile of three degrees of freedom
    assert (found.interval.low, found.interval.high) == (close(found.value - reach), close(found.value + reach))
    assert Kernel()(x[:99], y[:99]).interval is None


@pytest.mark.parametrize("splits", [1, 5])
def test_the_inception_score_is_that_of_entropies_and_of_torchmetrics(splits):
    rows = probabilities()
    value = InceptionScore(splits=splits)(rows, rows).value
    assert value == close(inception_score(rows.numpy(), splits))
    if splits == 1:  # theirs shuffles before it splits
        inception = pytest.importorskip("torchmetrics.image.inception")
        theirs = inception.InceptionScore(feature=torch.nn.Identity(), splits=1).set_dtype(torch.float64)
        theirs.update(rows.log())
        assert value == close(theirs.compute()[0].item())


@pytest.mark.parametrize("k", [1, 3, 5])
def test_precision_recall_density_and_coverage_are_those_of_the_formulae_and_of_prdc(k):
    x, y = features(n=80, m=70, width=3)
    expected = neighbourhoods(x, y, k)
    assert {kind.name: kind(k=k)(x, y).value for kind in PRDC} == close(expected)
    prdc = pytest.importorskip("prdc")
    assert prdc.compute_prdc(x, y, k) == close(expected)


def test_sliced_w2_of_a_translation_is_its_length_over_the_root_of_the_dimension():
    x = np.random.default_rng(0).normal(size=(300, 6))
    value = SlicedFeatures(directions=20_000)(x, x + np.array([3, 0, 4, 0, 0, 0])).value
    assert value == pytest.approx(5 / 6**0.5, rel=0.02)  # the Monte Carlo error is about 0.5 %


def test_the_divergence_of_shares_counts_the_most_probable_class():
    real, fake = torch.eye(3)[[0, 0, 1, 2]], torch.eye(3)[[0, 1, 1, 1]]
    expected = 0.25 * np.log(0.25 / 0.5) + 0.75 * np.log(0.75 / 0.25)
    assert ClassDivergence()(real, fake).value == close(expected)


def test_a_class_that_the_real_samples_miss_counts_as_half_a_sample_and_is_said():
    found = ClassDivergence()(torch.eye(2)[[0, 0, 0]], torch.eye(2)[[0, 1]])
    assert found.value == close(0.5 * np.log(0.5 / (3 / 3.5)) + 0.5 * np.log(0.5 / (0.5 / 3.5)))
    assert found.note.startswith("1 generated classes are missing among the real samples")


def test_copies_are_told_from_held_out_samples_and_from_distances():
    rng = np.random.default_rng(0)
    training, held_out = rng.normal(size=(500, 10)), rng.normal(size=(100, 10))
    near = training[:60] + 0.01 * rng.normal(size=(60, 10))
    fake = np.concatenate([near, held_out[:40]])
    assert Copies()(training, held_out).value == 0
    assert Copies()(training, fake).value == 0.6
    # A training sample that is there twice has its copies none the less.
    assert Copies()(np.concatenate([training, training]), fake).value == 0.6
    nearest = np.linalg.norm(fake[:, None] - training, axis=-1).min(1)
    assert TrainingDistance()(training, fake).value == close(np.median(nearest))
