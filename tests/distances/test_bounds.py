"""No value and no interval leaves the range of its distance, whatever the samples are."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wgan.distances import confidence_interval, distance, methods
from wgan.errors import InputError

METHODS = methods()
KINDS = ["normal", "price", "cauchy", "outlier", "duplicates", "line", "tiny", "huge"]


def draw(kind: str, n: int, seed: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 2, dtype=torch.float64, generator=rng)
    return {
        "normal": lambda: x,
        "price": lambda: torch.stack([x[:, 0], (3 * x[:, 1]).exp()], 1),
        "cauchy": lambda: x / torch.randn(n, 2, dtype=torch.float64, generator=rng),
        "outlier": lambda: torch.cat([x[:-1], torch.full((1, 2), 1e9, dtype=torch.float64)]),
        "duplicates": lambda: x.round(),
        "line": lambda: x[:, :1].expand(-1, 2) + 1e-9 * x,
        "tiny": lambda: 1e-200 * x,
        "huge": lambda: 1e150 * x,
    }[kind]()


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(KINDS),
    st.integers(4, 24),
    st.integers(4, 24),
    st.sampled_from(["other", "equal", "mirrored"]),
    st.sampled_from([0.5, 0.95, 0.99]),
)
@example("normal", "normal", 24, 24, "equal", 0.95)
@example("price", "price", 24, 24, "other", 0.99)
def test_values_and_intervals_are_within_range(name, first, second, n, m, relation, level):
    x, most = draw(first, n, 0), METHODS[name].most
    y = {"other": lambda: draw(second, m, 1), "equal": lambda: x.flip(0), "mirrored": lambda: -x}[relation]()
    try:
        found = distance(x, y, name, confidence=level)
    except InputError:
        return  # no density, no kernel: the contract of every method has the messages
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= most
    assert found.interval.level == level


@pytest.mark.parametrize("name", METHODS)
def test_neither_do_those_of_samples_of_one_law(name):
    kind = METHODS[name]()
    for seed in range(3 if kind.costly else 20):
        x, y = draw("price", 40, 2 * seed), draw("price", 40, 2 * seed + 1)
        interval = confidence_interval(kind, x, y, replicates=10, seed=seed)
        assert 0 <= interval.low <= kind(x, y).item() <= interval.high <= kind.most


def test_an_estimate_below_nothing_is_nothing_and_says_what_it_was():
    x, y = draw("normal", 200, 0), draw("normal", 200, 1)
    found = distance(x, y, "js")
    assert found.value == 0
    assert "came out at -0.0" in found.note
    shifted = distance(x, y + 1, "js")
    assert shifted.value > 0.05
    assert "came out" not in shifted.note
