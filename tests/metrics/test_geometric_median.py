"""The geometric median against what defines it."""

import pytest
import torch
from sklearn.datasets import load_digits

from wgan.errors import InputError
from wgan.metrics import geometric_median

DIGITS = torch.from_numpy(load_digits().data).view(-1, 1, 8, 8) / 16


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
    with pytest.raises(InputError, match="0 samples have no median; expected 1 or more"):
        geometric_median(torch.zeros(0, 2))
