"""Tables of mixed columns in the model's units and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan.data import DataSettings
from wgan.data.tables.coding import DISCRETE, HEAVY, STEPS, Coding
from wgan.data.tables.dependence import dependences
from wgan.data.tables.encoding import TableEncoding
from wgan.data.tables.kinds import Category, Number
from wgan.data.tables.mixed import MixedTable

RNG = np.random.default_rng(0)
COLUMNS = {
    "gaussian": RNG.normal(size=3000),
    "lognormal": RNG.lognormal(sigma=3, size=3000),
    "zeros": np.where(RNG.random(3000) < 0.92, 0, RNG.exponential(5000, 3000).round()),
    "counts": RNG.poisson(2, 3000).astype(float),
    "years": RNG.integers(1900, 2025, 3000).astype(float),
    "many": RNG.integers(0, 10_000, 3000).astype(float),
    "constant": np.full(3000, 7.0),
    "hollow": np.where(RNG.random(3000) < 0.3, np.nan, RNG.normal(size=3000)),
    "empty": np.full(3000, np.nan),
    "tiny": RNG.normal(size=3000) * 1e-300,
    "huge": RNG.normal(size=3000) * 1e300,
    "times": 1.7e9 + RNG.integers(0, 10**6, 3000),
}


def there_and_back(coding, numbers, chance):
    states, ends = coding.located(numbers)
    share = (ends[:, 0] + chance * (ends[:, 1] - ends[:, 0])) * max(coding.bins, 1)
    inside = np.clip(share.astype(int), 0, max(coding.bins - 1, 0))
    rest = states < 0
    return coding.decode(np.where(rest, len(coding.atoms) + inside, states), 2 * (share - inside) - 1)


@pytest.mark.parametrize("numbers", COLUMNS.values(), ids=COLUMNS)
def test_numbers_come_back_wherever_they_are_spread(numbers):
    coding = Coding.fitted(numbers)
    for chance in (np.zeros(len(numbers)), np.full(len(numbers), 0.5), RNG.random(len(numbers))):
        back = there_and_back(coding, numbers, chance)
        if len(np.unique(numbers[~np.isnan(numbers)])) <= STEPS:
            np.testing.assert_array_equal(back, numbers)
        else:  # between quantiles: to rounding, in units of the distance between two of them
            steps = np.diff(coding.knots)
            near = steps[np.searchsorted(coding.knots[1:-1], numbers[~np.isnan(numbers)])]
            assert (
                np.abs(back - numbers)[~np.isnan(numbers)] <= 1e-9 * near + 1e-15 * np.nanmax(np.abs(numbers))
            ).all()
            assert (np.isnan(back) == np.isnan(numbers)).all()


@pytest.mark.parametrize("numbers", COLUMNS.values(), ids=COLUMNS)
def test_every_state_and_position_is_a_number_within_the_range(numbers):
    coding = Coding.fitted(numbers)
    states, positions = RNG.integers(0, coding.states, 2000), RNG.uniform(-1, 1, 2000)
    found = coding.decode(states, positions)
    assert (np.isnan(found) == (coding.empty & (states == coding.states - 1))).all()
    if (filled := numbers[~np.isnan(numbers)]).size:
        assert np.nanmin(found, initial=np.inf) >= filled.min()
        assert np.nanmax(found, initial=-np.inf) <= filled.max()


def test_bins_hold_equally_many_rows_and_positions_are_uniform():
    for name in ("gaussian", "lognormal", "many", "times"):
        numbers = COLUMNS[name]
        coding = Coding.fitted(numbers)
        share = coding.located(numbers)[1].mean(1)
        counts = np.bincount(np.minimum((share * coding.bins).astype(int), coding.bins - 1), minlength=coding.bins)
        assert coding.bins == HEAVY
        assert counts.min() > 0.9 * len(numbers) / HEAVY
        grid = np.linspace(0, 1, 11)
        assert np.abs(np.quantile(share, grid) - grid).max() < 0.01


def test_values_of_many_rows_and_few_values_have_a_state_each():
    assert Coding.fitted(COLUMNS["zeros"]).atoms == (0.0,)
    counts = Coding.fitted(COLUMNS["counts"])
    assert (counts.bins, counts.atoms) == (0, tuple(np.unique(COLUMNS["counts"])))
    assert Coding.fitted(np.arange(DISCRETE + 1.0).repeat(100)).bins > 0
    assert Coding.fitted(np.arange(500.0), codes=True).states == 500


def test_a_value_that_the_fit_never_saw_takes_the_nearest_state():
    coding = Coding.fitted(np.array([1.0, 5.0, 9.0]))
    assert there_and_back(coding, np.array([-3.0, 4.0, 100.0]), np.zeros(3)).tolist() == [1.0, 5.0, 9.0]


tables = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@settings(max_examples=40, deadline=None)
@given(rng=tables, rows=st.integers(2, 300))
def test_any_table_comes_back(rng, rows):
    words = rng.integers(0, rng.integers(1, 40), rows).astype(float)
    numbers = np.round(rng.normal(scale=10.0 ** rng.integers(-2, 6), size=rows), 2)
    values = np.stack([words, numbers, words // 2, np.where(rng.random(rows) < 0.2, np.nan, words)], 1)
    kinds = (
        Category(name="a", values=tuple(map(str, range(40)))),
        Number(name="b", low=numbers.min(), high=numbers.max(), decimals=2),
        Category(name="c", values=tuple(map(str, range(20)))),
        Category(name="d", values=tuple(map(str, range(40)))),
    )
    encoding = TableEncoding.fitted(kinds, values)
    rows_of_model = encoding.encode(torch.from_numpy(values))
    assert rows_of_model.shape == (rows, encoding.width)
    np.testing.assert_array_equal(encoding.decode(rows_of_model).numpy(), values)
    shares = torch.split(rows_of_model[:, : sum(encoding.blocks)], list(encoding.blocks), 1)
    assert all((part.sum(1) == 1).all() for part in shares)
    assert rows_of_model.abs().max() <= 1


def test_a_column_that_follows_from_another_is_no_part_of_the_model():
    port = RNG.integers(0, 6, 500).astype(float)
    price = np.array([3.5, 1.0, 1.0, np.nan, 9.0, 2.0])[port.astype(int)]
    found = dependences(np.stack([price, port, RNG.normal(size=500)], 1), [True, True, False])
    assert [(one.column, one.of) for one in found] == [(0, 1)]
    np.testing.assert_array_equal(found[0](port), price)


def test_what_few_rows_show_is_no_dependence():
    code = np.arange(50.0)
    assert dependences(np.stack([code, code % 7], 1), [True, True]) == ()


def source(values, *kinds):
    return MixedTable("t.csv", values, kinds).source(DataSettings(source="t.csv"))


def test_repeated_values_are_spread_anew_and_a_batch_is_a_function_of_its_stream():
    data = source(COLUMNS["years"][:, None], Number(name="year", low=1900, high=2024))
    first, again, other = (data.sample(64, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    rows = torch.zeros(500, dtype=torch.int64)
    assert data._batch(rows, torch.Generator().manual_seed(0))[:, -1].unique().numel() > 100
    assert data.scaling.decode(data._batch(rows, torch.Generator().manual_seed(0))).unique().tolist() == [
        COLUMNS["years"][0]
    ]


def test_both_parts_are_encoded_as_suits_what_is_learned_from():
    data = source(np.arange(1000.0)[:, None], Number(name="n", low=0, high=999))
    train, held_out = data.split()
    assert train.scaling is held_out.scaling
    assert train.scaling.coded[0].coding.knots[-1] == train.values.max()
    assert train.fingerprint() != held_out.fingerprint()
    assert train.fingerprint() == source(data.values.numpy(), *data.scaling.kinds).split()[0].fingerprint()
    assert torch.equal(train.observed(5, torch.Generator()), train.values[train._distinct(5, torch.Generator())])


def test_rows_are_compared_by_deviations_and_categories():
    kinds = Category(name="a", values=("x", "y")), Number(name="b", low=-3, high=3)
    values = np.array([[0.0, -1.0], [1.0, 1.0], [np.nan, 1.0], [0.0, np.nan]])
    points = source(values, *kinds).scaling.comparable(torch.from_numpy(values))
    distances = torch.cdist(points, points)
    spread = np.nanstd(values[:, 1])
    assert distances[0, 1].item() == pytest.approx(np.hypot(1, 2 / spread))
    assert distances[1, 2].item() == pytest.approx(1)  # a category and an empty cell
    assert distances[0, 3].item() == pytest.approx(np.hypot(1, 1 / spread))  # an amount and an empty cell
