"""Centroids and the geometric median against what defines them."""

import pytest
import torch
from sklearn.datasets import load_digits

from wgan.errors import InputError
from wgan.metrics import geometric_median, lloyd
from wgan.randomness import stream

DIGITS = torch.from_numpy(load_digits().data).view(-1, 1, 8, 8) / 16


@pytest.mark.parametrize("count", [1, 8, 64])
def test_inertia_never_increases_and_centers_are_means(count):
    found = lloyd(DIGITS, count, stream(0, "centers"), iterations=30)
    assert found.centers.shape == (count, 1, 8, 8)
    assert (found.inertia.diff() <= 1e-12).all()
    nearest = torch.cdist(DIGITS.flatten(1), found.centers.flatten(1)).argmin(1)
    if count < 64:  # more are still on the move
        means = torch.stack([DIGITS[nearest == k].mean(0) for k in range(count)])
        torch.testing.assert_close(found.centers, means, atol=0.02, rtol=0)


def test_one_centroid_is_the_mean_and_a_center_without_samples_stays():
    torch.testing.assert_close(lloyd(DIGITS, 1, stream(0, "centers")).centers[0], DIGITS.mean(0))
    twins = lloyd(torch.ones(3, 2), 2, stream(0, "centers"))
    assert torch.equal(twins.centers, torch.ones(2, 2))


def test_at_the_geometric_median_the_directions_to_the_samples_cancel():
    median = geometric_median(DIGITS)
    directions = torch.nn.functional.normalize((DIGITS - median).flatten(1), dim=1)
    assert directions.mean(0).norm() < 1e-6

    def cost(point: torch.Tensor) -> torch.Tensor:
        return (DIGITS - point).flatten(1).norm(dim=1).mean()

    assert cost(median) < cost(DIGITS.mean(0))
    costs = torch.stack([cost(geometric_median(DIGITS, iterations=n)) for n in range(8)])
    assert (costs.diff() <= 1e-12).all()


def test_refusals():
    with pytest.raises(InputError, match="3 samples for 4 centers; expected from 1 center to as many as samples"):
        lloyd(torch.zeros(3, 2), 4, stream(0, "centers"))
    with pytest.raises(InputError, match="0 samples have no median; expected 1 or more"):
        geometric_median(torch.zeros(0, 2))
