"""Conditions: every sample of a batch holds its own, and values come as often as they are meant to."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wgan.data import Conditioning, Conditions, DataSettings, TensorSource, open_source
from wgan.data.tables.recognition import from_frame
from wgan.data.tables.where import Where
from wgan.errors import InputError
from wgan.randomness import stream

LOG, DATA = Conditioning(), Conditioning(frequency="data")


def people(n=2000):
    """A table with two columns of categories, one that follows, a whole number of few values, and an amount."""
    rng = np.random.default_rng(0)
    sort = rng.choice(["many", "some", "rare"], n, p=[0.9, 0.09, 0.01])
    frame = {
        "sort": sort,
        "letter": [word[0] for word in sort],
        "yes": rng.random(n) < 0.3,
        "grade": rng.integers(1, 6, n),
        "amount": rng.normal(size=n),
        "gap": np.where(rng.random(n) < 0.2, None, rng.choice(["a", "b"], n)),
    }
    settings = DataSettings(source="people", mixed=True)
    return from_frame(pd.DataFrame(frame), settings).source(settings)


def classes(sizes=(60, 30, 10)):
    """Images whose shade is their class."""
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    images = (labels * 80).view(-1, 1, 1, 1).expand(-1, 1, 2, 2).to(torch.uint8)
    return TensorSource(images, "shades", labels=labels, classes=("black", "grey", "white")[: len(sizes)])


@pytest.mark.parametrize("how", [LOG, DATA], ids=["log", "data"])
@pytest.mark.parametrize("make", [people, classes])
def test_every_sample_holds_the_condition_that_stands_beside_it(make, how):
    source = make()
    samples, condition = source.batch(500, stream(0, "batch"), how)
    assert condition.shape == (500, source.conditions.width)
    assert condition.sum(1).eq(1).all()
    place = condition.argmax(1)
    if source.conditions.states:
        states = torch.tensor(source.conditions.states)
        assert samples.gather(1, states[place][:, None]).eq(1).all()
    else:
        assert torch.equal(source.scaling.decode(samples)[:, 0, 0, 0].mul(255).round(), 80.0 * place)


def test_columns_that_can_be_asked_for_are_those_whose_values_have_states():
    conditions = people().conditions
    assert set(conditions.names) == {"sort", "yes", "grade", "gap"}  # no amount, and nothing that follows from another
    assert dict(zip(conditions.names, map(len, conditions.counts), strict=True))["gap"] == 3  # an empty cell is a state
    assert {sum(counts) for counts in conditions.counts} == {2000}
    assert classes().conditions == Conditions(("class",), ((60, 30, 10),), (("black", "grey", "white"),))


@pytest.mark.parametrize(("how", "weigh"), [(LOG, np.log1p), (DATA, np.asarray)], ids=["log", "data"])
def test_values_are_asked_for_by_the_frequency_that_was_chosen(how, weigh):
    source, n = classes(), 20_000
    found = source.batch(n, stream(0, "batch"), how).condition.mean(0).double().numpy()
    expected = weigh(np.array([60.0, 30.0, 10.0]))
    expected /= expected.sum()
    assert (abs(found - expected) < 5 * np.sqrt(expected * (1 - expected) / n)).all()


def test_columns_are_asked_for_alike_and_all_rows_of_a_value():
    source, n = people(), 20_000
    assert source.conditions is not None  # which numbers the rows by their values
    drawn, condition = source._by_value.draw(n, stream(0, "batch"), LOG)
    sizes = list(map(len, source.conditions.counts))
    shares = torch.stack([part.sum() for part in torch.split(condition, sizes, 1)]) / n
    assert (shares - 1 / len(sizes)).abs().max() < 5 * (0.25 * 0.75 / n) ** 0.5
    column = source.conditions.names.index("sort")
    rare = int(np.argmin(source.conditions.counts[column]))
    asked = condition[:, sum(sizes[:column]) + rare] == 1
    assert len(drawn[asked].unique()) == min(source.conditions.counts[column])  # 20 rows, of which each comes often


@given(st.lists(st.integers(0, 5), min_size=2, max_size=8).filter(any), st.floats(0, 1, exclude_max=True))
def test_a_value_of_weight_zero_is_never_asked_for(counts, chance):
    weights = torch.tensor(counts, dtype=torch.float64)
    (place,) = Conditions.places_for(torch.tensor([chance], dtype=torch.float64), weights).tolist()
    assert counts[place] > 0
    assert sum(counts[:place]) <= chance * sum(counts) + 1e-9
    assert chance * sum(counts) <= sum(counts[: place + 1]) + 1e-9


def test_parts_and_copies_of_a_source_have_conditions_of_their_own():
    source = classes()
    source.batch(4, stream(0, "batch"), LOG)
    few = source.select(torch.arange(55, 100))
    assert few.conditions.counts == ((5, 30, 10),)
    samples, condition = few.batch(200, stream(0, "batch"), LOG)
    assert torch.equal(few.scaling.decode(samples)[:, 0, 0, 0].mul(255).round(), 80.0 * condition.argmax(1))
    train, held_out = people().split()
    assert train.conditions.names == held_out.conditions.names
    assert sum(train.conditions.counts[0]) == len(train)
    same = [part.batch(50, stream(0, "batch"), LOG).samples for part in (source, source.to("cpu"))]
    assert torch.equal(*same)


def test_without_conditions_a_batch_is_the_sample():
    source = people()
    found = source.batch(9, stream(0, "batch"))
    assert found.condition is None
    assert torch.equal(found.samples, source.sample(9, stream(0, "batch")))


@pytest.mark.parametrize("source", ["gaussians8", "single", "numbers"])
def test_a_source_that_has_nothing_to_ask_for_says_so(source):
    made = {
        "gaussians8": lambda: open_source("gaussians8"),
        "single": lambda: classes((40,)),
        "numbers": lambda: TensorSource(torch.zeros(9, 2), "numbers"),
    }[source]()
    assert made.conditions is None
    with pytest.raises(InputError, match="has neither classes nor columns of categories .*--condition none"):
        made.batch(3, stream(0, "batch"), LOG)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (["class=gray"], "unknown value of class 'gray'; nearest: grey"),
        (["clas=grey"], "unknown column 'clas'; nearest: class"),
        (["class>grey"], "--where class>grey: expected one value, such as class=black"),
        (["class!=grey"], "--where class!=grey: expected one value, such as class=black"),
        (["class=grey", "class=white"], "--where class=grey and class=white: expected one value"),
    ],
)
def test_a_class_that_cannot_be_asked_for_is_one_line(where, message):
    with pytest.raises(InputError, match=re.escape(message)):
        classes().conditions.named(where)


def test_a_class_by_name_has_all_the_weight():
    name, weights = classes().conditions.named([" class = 'white' "])
    assert (name, weights.tolist()) == ("class", [0, 0, 1])


@pytest.mark.parametrize(
    ("where", "column", "values"),
    [
        (["sort=rare"], "sort", {"rare"}),
        (["letter=r"], "sort", {"rare"}),  # of which the letter is a function
        (["sort!=many"], "sort", {"some", "rare"}),
        (["grade>=4", "amount>0"], "grade", {"4", "5"}),
        (["yes=True", "sort=rare"], "sort", {"rare"}),  # the rarer one
        (["gap=empty"], "gap", {None}),
        (["amount>0"], None, set()),
        (["grade>=1"], None, set()),  # which all rows hold
        (["grade>=9"], None, set()),  # which none does
    ],
)
def test_the_generator_is_asked_for_the_rarest_of_what_rows_must_hold(where, column, values):
    source = people()
    conditions, encoding = source.conditions, source.scaling
    name, weights = Where(where, encoding).asked(encoding, conditions)
    assert name == column
    if column is None:
        assert weights is None
        return
    sizes = list(map(len, conditions.counts))
    parts = dict(zip(conditions.names, torch.split(weights, sizes), strict=True))
    assert [other for other, part in parts.items() if part.any()] == [column]
    place = encoding.columns.index(column)
    _, rows = encoding.rows_of_states(column)
    cells = encoding.kinds[place].to_cells(rows[parts[column] > 0, place].numpy())
    assert {None if cell is None or cell != cell else str(cell) for cell in cells} == values


@pytest.mark.parametrize(
    "fields",
    [
        {"counts": ((0, 0),)},
        {"counts": ((1, -1),)},
        {"counts": ((3,),)},
        {"counts": ((2**60, 1),)},
        {"counts": ()},
        {"names": ("a", "b")},
        {"values": (("x",),)},
        {"places": (1, 2)},
        {"names": ("a", "b"), "counts": ((1, 1), (1, 2))},
    ],
    ids=str,
)
def test_conditions_that_do_not_fit_each_other_are_none(fields):
    with pytest.raises(ValueError, match="conditions whose columns and values do not fit"):
        Conditions(**{"names": ("a",), "counts": ((1, 1),), **fields})


def test_fields_of_conditioning_are_checked():
    with pytest.raises(InputError, match="unknown frequency of conditions 'logs'; nearest: log"):
        Conditioning(frequency="logs")
    with pytest.raises(InputError, match="cross_entropy is -1; expected zero or a positive number"):
        Conditioning(cross_entropy=-1)
