"""Metrics of tables: closed forms, tables made by hand, and rows that no metric may stumble over."""

import csv
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, norm
from threadpoolctl import threadpool_limits

from wgan.data import DataSettings, TensorSource, open_source
from wgan.errors import InputError
from wgan.metrics import Columns, Detection, Judge, Need, Pairs, Shapes, Usefulness, metric_kinds, metrics_named
from wgan.metrics.intervals import by_ranks

NAN = float("nan")
KINDS = [kind for kind in metric_kinds().values() if kind.needs is Need.TABLE]
every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def columns(*codes, label=None):
    return Columns(tuple("abcdefgh"[: len(codes)]), codes, len(codes) - 1 if label is None else label)


def random_table(seed, n=150, codes=(None, 3, None, 2), empty=0.1):
    """Amounts and categories that hang on one another, some cells empty, the last column full."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=n)
    parts = [base + rng.normal(size=n) if c is None else (norm.cdf(base + rng.normal(size=n)) * c) // 1 for c in codes]
    table = np.stack(parts, 1)
    table[:, :-1][rng.random(table[:, :-1].shape) < empty] = NAN
    return table


def shuffled(table, seed=0):
    """Each column in an order of its own."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(column) for column in table.T], 1)


# Likeness of columns.


@pytest.mark.parametrize("seed", range(3))
def test_amounts_are_compared_by_kolmogorov_and_smirnov(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(70, 1)).round(1), rng.normal(0.4, size=(50, 1)).round(1)
    assert Shapes()(x, y).value == pytest.approx(1 - ks_2samp(x[:, 0], y[:, 0]).statistic, abs=1e-12)


def test_categories_are_compared_by_total_variation_with_the_empty_cell_as_a_value():
    x, y = [[0.0], [0.0], [1.0], [NAN]], [[0.0], [2.0], [2.0], [NAN]]
    assert Shapes(columns=columns(3))(x, y).value == 1 - (0.25 + 0.25 + 0.5) / 2


@pytest.mark.parametrize(
    ("x", "y", "distance"),
    [
        ([0, 1, NAN, NAN], [0, 1, 0, 1], 0.5),  # as many more are empty
        ([NAN, NAN], [NAN, NAN], 0),
        ([NAN, NAN], [3, 3], 1),
        ([0, NAN], [1, NAN], 0.5),  # half of the cells are moved
        ([0, 0, 0, NAN], [1, NAN, NAN, NAN], 0.75),
        ([5, 5, 5], [5, 5], 0),
    ],
)
def test_empty_cells_of_amounts_count(x, y, distance):
    table, other = ([[float(cell)] for cell in column] for column in (x, y))
    assert Shapes()(table, other).value == Shapes()(other, table).value == pytest.approx(1 - distance)


def test_the_mean_is_over_columns_and_the_least_like_are_named():
    found = Shapes(columns=columns(2, 2, None))([[0, 0, 1.0], [1, 1, 2.0]], [[0, 1, 9.0], [1, 1, 8.0]])
    assert found.value == 0.5
    assert dict(found.details) == {"a": 1, "b": 0.5, "c": 0} and found.note == "c 0, b 0.5"


# Likeness of pairs.


def test_independent_and_equal_columns_are_half_a_unit_apart():
    real, fake = [[0, 0], [1, 1]] * 2, [[0, 0], [0, 1], [1, 0], [1, 1]]
    known = {"columns": columns(2, 2)}
    assert Shapes(**known)(real, fake).value == 1 and Pairs(**known)(real, fake).value == 0.5


def test_shuffling_columns_destroys_pairs_and_no_shape():
    real = random_table(0, 400)
    known = {"columns": columns(None, 3, None, 2)}
    assert Shapes(**known)(real, shuffled(real)).value == 1
    assert Pairs(**known)(real, shuffled(real)).value < 0.85 < Pairs(**known)(real, random_table(0, 400)).value == 1


def test_pairs_are_no_more_alike_than_their_columns():
    real, fake = random_table(1), random_table(2)
    known = {"columns": columns(5, 3)}
    tables = [table[:, 1::2] for table in (real, fake)]
    assert Pairs(**known)(*tables).value <= min(Shapes(**known)(*tables).details.values()) + 1e-12


def test_amounts_are_divided_at_the_deciles_of_the_real_rows():
    real = np.stack([np.arange(100.0), np.zeros(100)], 1)
    moved, kept = real.copy(), real.copy()
    moved[:10, 0] = 95.0  # a tenth of the rows in another tenth
    kept[:10, 0] = 5.0  # in the same
    assert Pairs()(real, moved).value == pytest.approx(0.9) and Pairs()(real, kept).value == 1


def test_an_empty_cell_is_a_bin_of_its_own():
    real, fake = np.zeros((4, 2)), np.zeros((4, 2))
    fake[0] = NAN
    assert Pairs()(real, fake).value == 0.75 and Pairs()(fake, real).value == 0.75
    assert Pairs()(fake * NAN, real).value == 0


def test_many_categories_take_memory_with_the_rows_and_not_with_their_product():
    codes = np.arange(20_000.0)
    rows = np.stack([codes, codes[::-1]], 1)
    assert Pairs(columns=columns(20_000, 20_000))(rows, rows).value == pytest.approx(1)
    assert Pairs(columns=columns(20_000, 20_000))(rows, rows[:10_000]).value == pytest.approx(0.5)


def test_of_very_many_pairs_some_are_drawn_which_is_said():
    rows = np.random.default_rng(0).integers(0, 2, (40, 80)).astype(float)
    found = Pairs()(rows, rows)
    assert found.value == 1 and found.note.startswith("1,") and " of 3,160 pairs; column" in found.note


def test_one_column_has_no_pairs():
    with pytest.raises(InputError, match="1 column has no pairs; expected 2 or more"):
        Pairs()([[0.0], [1.0]], [[0.0], [1.0]])


# Detection.


def test_detection_of_equal_distributions_is_a_half_and_of_a_shift_that_of_the_best_classifier():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1500, 2))
    assert Detection()(x, y).value == pytest.approx(0.5, abs=0.04)
    assert Detection()(x, y + np.array([1, 0])).value == pytest.approx(norm.cdf(1 / 2**0.5), abs=0.03)


def test_detection_sees_empty_cells_and_relations_that_columns_do_not_show():
    x, y = np.random.default_rng(0).normal(size=(2, 1000, 1))
    x[:200] = NAN
    assert Detection()(x, y).value == pytest.approx(0.5 + 0.2 / 2, abs=0.04)  # a fifth is known, the rest is guessed
    real = np.random.default_rng(1).integers(0, 2, (600, 1)).repeat(2, 1).astype(float)
    assert Detection(columns=columns(2, 2))(real, shuffled(real)).value == pytest.approx(0.75, abs=0.04)


# Usefulness.


def noisy_labels(n, right, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, n)
    return np.stack([x, np.where(rng.random(n) < right, x, 1 - x)], 1).astype(float)


@pytest.mark.parametrize(("right", "area"), [(0.9, 0.9), (0.1, 0.1), (1.0, 0.9)])
def test_usefulness_is_the_area_under_the_curve_of_what_was_learned(right, area):
    real, fake = noisy_labels(4000, 0.9, 0), noisy_labels(4000, right, 1)
    found = Usefulness(columns=columns(2, 2))(real, fake)
    # With a single threshold the area is the mean of the shares of hits and of correct rejections.
    assert found.value == found.details["auc"] == pytest.approx(area, abs=0.02)
    assert found.details["f1"] == pytest.approx(area, abs=0.03)
    assert found.note == "AUC of b, 4,000 real rows"


def test_usefulness_of_several_classes_is_the_mean_of_f1_and_of_amounts_r2():
    x = np.random.default_rng(0).integers(0, 3, (900, 1)).astype(float)
    rows = np.concatenate([x, x], 1)
    wrong = rows.copy()
    wrong[:, 1] = np.where(wrong[:, 1] == 2, 1, wrong[:, 1])  # the last class is never learned
    known = {"columns": columns(None, 3)}
    assert Usefulness(**known)(rows, rows).value == 1
    share = (x == 1).sum() / (x > 0).sum()
    assert Usefulness(**known)(rows, wrong).value == pytest.approx((1 + 2 * share / (share + 1) + 0) / 3)
    noise = np.random.default_rng(1).normal(size=(2, 2000))
    amounts = [np.stack([part, 2 * part + other], 1) for part, other in ((noise[0], noise[1]), (noise[1], noise[0]))]
    assert Usefulness()(*amounts).value == pytest.approx(1 - 1 / 5, abs=0.05)
    assert Usefulness()(*amounts).note == "R² of column 2, 2,000 real rows"


def test_generated_rows_of_one_label_teach_nothing():
    real, fake = noisy_labels(200, 0.9, 0), noisy_labels(200, 0.9, 1)
    fake[:, 1] = 0
    found = Usefulness(columns=columns(2, 2))(real, fake)
    assert found.value == 0.5 and 0 <= found.details["f1"] < 0.7


def test_categories_and_labels_that_one_side_lacks_are_no_obstacle():
    real, fake = random_table(0), random_table(1)
    fake[:5, 1], fake[5:9, 3], real[:9, 1] = 7, 5, 9
    known = {"columns": columns(None, 300, None, 6)}
    for kind in KINDS:
        assert np.isfinite(kind(**known)(real, fake).value)
    many = {"columns": columns(None, 10_000, None, 2)}
    fake[:5, 1] = 9_999
    for kind in KINDS:
        assert np.isfinite(kind(**many)(real, fake).value)


def test_rows_without_a_label_count_nowhere():
    real, fake = noisy_labels(300, 0.9, 0), noisy_labels(300, 0.9, 1)
    hollow = np.stack([np.arange(50) % 2, np.full(50, NAN)], 1)
    more = [np.concatenate([table, hollow]) for table in (real, fake)]
    assert Usefulness(columns=columns(2, 2))(*more) == Usefulness(columns=columns(2, 2))(real, fake)


def test_labels_that_cannot_be_learned_are_refused():
    real, fake = noisy_labels(40, 0.9, 0), noisy_labels(40, 0.9, 1)
    usefulness, hollow, same = Usefulness(columns=columns(2, 2)), fake.copy(), real.copy()
    hollow[:, 1], same[:, 1] = NAN, 1
    with pytest.raises(InputError, match="the label 'b' is empty in all rows of a side; expected values to learn from"):
        usefulness(real, hollow)
    with pytest.raises(InputError, match="the label 'b' is the same in all real rows; expected two values or more"):
        usefulness(same, fake)
    with pytest.raises(InputError, match="no label to foretell from other columns; expected one, and another column"):
        Usefulness(columns=columns(2))(real[:, :1], fake[:, :1])


# What all of them keep.


@every
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), empty=st.sampled_from([0.0, 0.3, 1.0]), constant=st.booleans())
def test_the_order_of_rows_changes_nothing_whatever_the_table(kind, seed, empty, constant):
    real, fake = random_table(seed, 60, empty=empty), random_table(seed + 1, 70, empty=empty)
    if constant:
        real[:, 0], fake[:, 0] = 3.0, 4.0
    metric, rng = kind(columns=columns(None, 3, None, 2)), np.random.default_rng(seed)
    found = metric(real, fake, seed=1)
    assert found == metric(rng.permutation(real), rng.permutation(fake), seed=1)
    assert kind.bounds[0] <= found.value <= kind.bounds[1]


@every
def test_the_number_of_threads_changes_nothing(kind):
    real, fake = random_table(0, 3000), random_table(1, 3000)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(kind(columns=columns(None, 3, None, 2))(real, fake))
    assert found[0] == found[1]


@every
def test_another_number_of_columns_than_the_data_have_is_refused(kind):
    rows = random_table(0, codes=(None, 2))
    with pytest.raises(InputError, match="x has 2 columns; expected 3"):
        kind(columns=columns(None, 2, 2))(rows, rows)
    with pytest.raises(InputError, match=r"x has shape \(150, 2, 1\); expected rows and columns, \(n, d\)"):
        kind()(rows[..., None], rows)


def test_the_interval_of_a_median_is_made_of_samples():
    ordered = sorted(np.random.default_rng(0).normal(size=1000).tolist())
    interval = by_ranks(ordered)
    assert (interval.low, interval.high) == (ordered[468], ordered[-469]) and "by ranks of 1,000" in interval.covers
    assert (by_ranks([1.0, 2.0]).low, by_ranks([1.0, 2.0]).high) == (1.0, 2.0)


# The judge of tables.


def table_file(path, n=400, seed=0, *, label="income", single=False):
    """People whose income hangs on their age, some of whom do not say it; one column alone if asked."""
    rng = np.random.default_rng(seed)
    ages, words = rng.integers(18, 80, n), ("low", "high")
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([label] if single else ["age", "city", label])
        for age in ages:
            income = words[int(rng.random() < age / 90)]
            cells = [age if rng.random() < 0.9 else "", f"town {rng.integers(5)}", income]
            rows.writerow(cells[2:] if single else cells)
    return path


def split(path, **options):
    return open_source(DataSettings(source=str(path), mixed=True, **options)).split()


def test_a_table_is_judged_by_its_own_metrics(tmp_path):
    data, held_out = split(table_file(tmp_path / "people.csv"))
    judge = Judge.of(data, held_out)
    assert judge.samples == len(data) == 320
    found = judge(data.observed(320, torch.Generator().manual_seed(3)))
    names = ["w1_80", "shapes_320", "pairs_320", "detection_80", "usefulness_320", "copies_cells_80", "nn_cells_80"]
    assert [score.name for score in found.scores] == names
    for score in found.scores:
        assert score.interval.low <= score.value <= score.interval.high, score.name
    assert found["shapes"].value == found["shapes"].floor and found["usefulness"].floor_details.keys() == {"auc", "f1"}
    assert (
        found["copies"].value == found["copies"].details["exact"] == 1 and "100.00% equal one" in found["copies"].note
    )
    assert found["usefulness"].note.startswith("AUC of income, the last column as no --label was named, ")
    assert found["nn"].value == 0 and found["nn"].unit == "standard deviations, or 1 between two categories"
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert values["scores"]["shapes"]["details"].keys() == {"age", "city", "income"}


def test_rows_of_another_kind_are_told_from_those_of_the_data(tmp_path):
    data, held_out = split(table_file(tmp_path / "people.csv"))
    judge = Judge.of(data, held_out, replicates=0)
    real = data.observed(320, torch.Generator().manual_seed(3))
    found = judge(torch.from_numpy(shuffled(real.numpy())))
    assert found["shapes"].value == found["shapes"].floor
    assert found["pairs"].value < found["pairs"].floor and found["usefulness"].value < found["usefulness"].floor - 0.1


def test_what_a_table_does_not_allow_is_said(tmp_path):
    data, held_out = split(table_file(tmp_path / "few.csv", 60, single=True))
    judge = Judge.of(data, held_out)
    assert judge.left_out["pairs"].endswith("few.csv has one column, and pairs need two")
    assert judge.left_out["usefulness"].endswith("few.csv has no column but its label")
    assert judge.left_out["detection"] == "12 samples on a side; it takes 30 or more"
    with pytest.raises(InputError, match="detection: 12 samples on a side; it takes 30 or more"):
        Judge.of(data, held_out, metrics=[Detection()])
    found = judge(data.observed(48, torch.Generator().manual_seed(0)))
    assert {"copies", "shapes"} <= {score.metric for score in found.scores} | set(found.left_out)
    images = TensorSource(torch.zeros(20, 1, 6, 6, dtype=torch.uint8), "black")
    with pytest.raises(InputError, match="shapes: black holds images, which are no rows of a table"):
        Judge.of(*images.split(), metrics=[Shapes()])


def test_the_label_is_the_one_that_was_named_else_a_last_category_of_few_values(tmp_path):
    data, held_out = split(table_file(tmp_path / "people.csv"), columns=("income", "city", "age"))
    assert Columns.of(data).label is None
    with pytest.raises(InputError, match="no column of .* is its label: none was named, and the last is no category"):
        Judge.of(data, held_out, metrics=[Usefulness()])
    data, held_out = split(tmp_path / "people.csv", columns=("income", "city", "age"), label="age")
    assert Columns.of(data).label == Columns.of(held_out).label == 2
    found = Judge.of(data, held_out, metrics=[Usefulness()])(data.observed(320, torch.Generator().manual_seed(0)))
    assert found["usefulness"].note.startswith("R² of age") and found["usefulness"].details.keys() == {"r2"}


def test_metrics_of_tables_measure_numbers_without_kinds_too():
    data, held_out = open_source("gaussians8").split()
    judge = Judge.of(data, held_out, metrics=metrics_named(["shapes", "pairs"]), samples=500)
    found = judge(data.observed(500, torch.Generator().manual_seed(1)))
    assert found["shapes"].value > 0.9 and found["pairs"].value > 0.7
    assert Judge.of(data, held_out).samples == 1000
