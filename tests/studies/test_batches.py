"""Distances between batches of 64 images, against those that were computed apart from the study."""

import pytest

from wgan.errors import InputError
from wgan.studies.approximation.batches import Batches

KNOWN = {
    "mnist": {"batch": (7.46, 0.15), "mean": (7.22, 0.09), "median": (7.22, 0.09), "centres": (5.87, 0.10)},
    "cifar10": {"batch": (13.56, 0.29), "mean": (13.29, 0.45), "median": (13.28, 0.45), "centres": (10.57, 0.34)},
}


@pytest.mark.slow
@pytest.mark.parametrize("data", KNOWN)
def test_distances_of_batches_of_64_images(data):
    try:
        found = Batches().measure({"data": data, "n": 64, "seed": 0})
    except InputError as error:
        pytest.skip(f"no {data} here: {error}")
    for kind, (value, reach) in KNOWN[data].items():
        assert found[kind] == pytest.approx(value, abs=reach)
