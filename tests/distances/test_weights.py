"""Weights are samples that occur more often; what takes none says so."""

import pytest
import torch

from wgan.distances import Exact, distance, methods
from wgan.errors import InputError

WEIGHTED = ["energy", "exact", "gaussian", "mmd", "sinkhorn", "sliced"]
FIXED = {"mmd": {"bandwidth": 1.0}, "sinkhorn": {"epsilon": 0.5, "tolerance": 1e-10}}
COUNTS = torch.tensor([3, 1, 2, 4]), torch.tensor([1, 2, 2])


def sets():
    rng = torch.Generator().manual_seed(0)
    return [torch.randn(len(counts), 2, dtype=torch.float64, generator=rng) for counts in COUNTS]


def shares(counts):
    return counts.double() / counts.sum()


@pytest.mark.parametrize("name", [name for name in WEIGHTED if name != "gaussian"])
@pytest.mark.parametrize("p", [1, 2])
def test_they_are_repetitions(name, p):
    fields = {**FIXED.get(name, {}), **({"p": p} if name in ("exact", "sinkhorn", "sliced") else {})}
    x, y = sets()
    repeated = (side.repeat_interleave(counts, 0) for side, counts in zip((x, y), COUNTS, strict=True))
    expected = distance(*repeated, name, **fields).value
    weights = {"x_weights": shares(COUNTS[0]), "y_weights": shares(COUNTS[1]).tolist()}
    assert distance(x, y, name, **fields, **weights).value == pytest.approx(expected, rel=1e-6)


def test_gaussian_on_the_line_by_hand():
    x, y = [[0.0], [4.0]], [[1.0], [2.0]]  # of weights 3/4, 1/4: mean 1, deviation √3; of 1/2, 1/2: 3/2, 1/2
    found = distance(x, y, "gaussian", x_weights=[0.75, 0.25]).value
    assert found == pytest.approx((0.5**2 + (3**0.5 - 0.5) ** 2) ** 0.5, rel=1e-12)


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_sample_without_weight_does_not_count(name):
    x, y = sets()
    far = torch.cat([x, torch.full((1, 2), 50.0, dtype=torch.float64)])
    weights = torch.cat([shares(COUNTS[0]), torch.zeros(1, dtype=torch.float64)])
    with_it = distance(far, y, name, x_weights=weights, **FIXED.get(name, {})).value
    without = distance(x, y, name, x_weights=shares(COUNTS[0]), **FIXED.get(name, {})).value
    assert with_it == pytest.approx(without, rel=1e-6)


@pytest.mark.parametrize("name", sorted(set(methods()) - set(WEIGHTED)))
def test_what_takes_none_says_so(name):
    with pytest.raises(InputError, match=f"{name} takes no weights; leave them out, or take a method that does"):
        distance(*sets(), name, x_weights=shares(COUNTS[0]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x_weights": [0.5, 0.5]}, r"x_weights have shape \(2,\); expected one for each of 4 samples"),
        ({"y_weights": [0.5, 0.7, -0.2]}, "y_weights hold a negative value, -0.2"),
        ({"x_weights": [1, 1, 1, 1]}, "x_weights sum to 4; expected 1: divide them by their sum"),
        ({"x_weights": [0.25] * 4, "confidence": 0.9}, "an interval comes from halves of equally weighted samples"),
        ({"x_weights": [0.25] * 4, "method": Exact(subsample=3)}, "exact: a subsample of weighted points"),
    ],
)
def test_wrong_weights(arguments, message):
    with pytest.raises(InputError, match=message):
        distance(*sets(), **arguments)
