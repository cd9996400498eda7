"""Samples from whatever holds numbers: read right, or refused with one line, whatever they are handed to."""

import array
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import torch

import wgan
from wgan import memory
from wgan.arrays import as_samples, matched_columns
from wgan.critic import StopRule
from wgan.errors import InputError

X = np.random.default_rng(0).integers(-40, 40, size=(12, 3)) / 8  # which float16 and bfloat16 hold exactly
SAME = {
    "tensor": torch.tensor(X),
    "list": X.tolist(),
    "tuples": tuple(map(tuple, X.tolist())),
    "list of arrays": list(X),
    "list of tensors": list(torch.tensor(X)),
    "list of float16": list(X.astype(np.float16)),
    "float16": X.astype(np.float16),
    "bfloat16": torch.tensor(X).bfloat16(),
    "longdouble": X.astype(np.longdouble),
    "big-endian": X.astype(">f8"),
    "big-endian floats": X.astype(">f4"),
    "reversed": X[::-1].copy()[::-1],
    "Fortran order": np.asfortranarray(X),
    "every second": np.repeat(X, 2, 0)[::2],
    "nothing masked": np.ma.array(X, mask=False),
    "matrix": np.matrix(X),
    "objects": np.array([[Fraction(v) for v in row] for row in X.tolist()], dtype=object),
    "decimals": [[Decimal(v) for v in row] for row in X.tolist()],
    "records": np.array([tuple(row) for row in X.tolist()], dtype="f8,f4,f8"),
    "sparse tensor": torch.tensor(X).to_sparse(),
    "sparse matrix": scipy.sparse.csr_matrix(X),
    "sparse array": scipy.sparse.coo_array(X),
    "with gradient": torch.tensor(X).requires_grad_(),
}


@pytest.mark.parametrize("kind", SAME)
def test_the_same_numbers_are_the_same_samples(kind):
    found = as_samples(SAME[kind], "x")
    assert found.values.dtype == torch.float64
    assert torch.equal(found.values.detach(), torch.tensor(X))
    assert found.columns is None


def test_read_only_arrays_are_taken_and_left_alone():
    frozen = X.copy()
    frozen.flags.writeable = False
    as_samples(frozen, "x").values.add_(1)
    assert (frozen == X).all()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([1.7e9, 1.7e9 + 0.25], [1.7e9, 1.7e9 + 0.25]),
        ([True, False], [1, 0]),
        (np.array([True, False]), [1, 0]),
        (np.array([3, 200], np.uint8), [3, 200]),
        ([2**70, 1], [2.0**70, 1]),
        (range(3), [0, 1, 2]),
        (array.array("d", [0.5, 2]), [0.5, 2]),
        (torch.tensor([1, 2], dtype=torch.uint8), [1, 2]),
        ([torch.tensor(1.5), 2], [1.5, 2]),
    ],
)
def test_numbers(data, expected):
    assert as_samples(data, "x").values.tolist() == expected


def test_gradients_go_through():
    x = torch.ones(3, 2, requires_grad=True)
    as_samples(x, "x").values.sum().backward()
    assert (x.grad == 1).all()


@pytest.mark.parametrize("data", [np.array([2**60, 1]), np.array([2**64 - 1], np.uint64), torch.tensor([-(2**62)])])
def test_integers_that_lose_digits_are_said(data):
    with pytest.warns(UserWarning, match=r"x holds integers beyond 2\^53, .* subtract a common offset"):
        as_samples(data, "x")


masked = np.ma.array(X, mask=X[4, 1] == X)
REFUSED = {
    "x holds complex numbers; .* split them into real and imaginary columns": [
        X + 1j,
        torch.tensor(X + 1j),
        [1j, 2],
        np.array([1j, 2], dtype=object),
    ],
    r"x has \d+ masked entries, the first at \(.*\); remove or fill": [masked],
    r"x\[1\] has 1 masked entries": [[np.ma.array([1, 2]), np.ma.array([1, 2], mask=[0, 1])]],
    r"field 'a' of x has 1 masked": [np.ma.array([(1.0,)], dtype=[("a", "f8")], mask=[(True,)])],
    r"x holds 'a' at \(0, 1\), of type str; expected numbers alone": [
        np.array([[1, "a"]], dtype=object),
        [[0.5, "a"]],
    ],
    r"x holds b?'1' at \(0\), of type (str|bytes)": [["1", "2"], np.array(["1"]), np.array([b"1"], dtype=object)],
    r"x holds None at \(1\), of type NoneType": [[1, None]],
    r"x holds \{'a': 1\} at \(0\), of type dict": [[{"a": 1}]],
    r"x holds 10000000.*… at \(1\), of type int": [[1, 10**400]],
    r"x is ragged: sample 0 has shape \(2,\), sample 1 \(1,\); expected equally many": [
        [[1, 2], [3]],
        [torch.ones(2), torch.ones(1)],
        [np.ones(2), np.ones(1)],
    ],
    r"x is ragged: sample 0 has shape \(2,\), sample 1 \(\)": [[[1, 2], 3]],
    "cannot be read as an array of numbers": [[[[1, 2], [3, 4]], [[1, 2], [3]]], np.zeros(2, dtype="V4")],
    "x holds datetime64.* values; expected numbers": [np.array(["2020-01-01"], dtype="M8[D]")],
    "x is of type dict; expected an array, .* hand over one of its values": [{"a": [1, 2]}],
    "x is of type NoneType; expected": [None],
    "x is of type str; expected": ["data.csv"],
    "x is of type DataLoader; .* gather what it gives first": [torch.utils.data.DataLoader(torch.ones(4, 2))],
    "x is of type generator; .* gather": [(number for number in range(3))],
    "x is a meta tensor": [torch.ones(2, device="meta")],
    "x is a single number; expected": [3.5 * np.float64(1), torch.tensor(2.0), np.array(1)],
    "NaN or infinite values in x: 2, the first in sample 1, feature 1": [
        [[1.0, 2], [3, float("nan")], [float("inf"), 1]],
        np.array([[1, 2], [3, np.longdouble("1e400")], [np.inf, 1]], dtype=np.longdouble),
    ],
}


@pytest.mark.parametrize(("message", "data"), [(text, data) for text, kinds in REFUSED.items() for data in kinds])
def test_what_is_no_samples_is_refused_with_one_line(message, data):
    with pytest.raises(InputError, match=message) as error:
        as_samples(data, "x")
    assert "\n" not in str(error.value)


def test_a_sparse_matrix_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1 << 20)
    for vast in (scipy.sparse.csr_matrix((10**6, 10**3)), torch.sparse_coo_tensor(size=(10**6, 10**3))):
        with pytest.raises(InputError, match="x, sparse, written out needs 7.5 GiB and 1.0 MiB are free; take fewer"):
            as_samples(vast, "x")


# Data frames

LIBRARIES = ["pandas", "polars", "pyarrow"]


def frame(library, columns):
    module = pytest.importorskip(library)
    return module.table(columns) if library == "pyarrow" else module.DataFrame(columns)


@pytest.mark.parametrize("library", LIBRARIES)
class TestEveryFrame:
    def test_is_read_with_its_names(self, library):
        found = as_samples(frame(library, {"a": [1, 2], "b": [0.5, 1.7e9 + 0.25], "c": [True, False]}), "x")
        assert found.values.tolist() == [[1, 0.5, 1], [2, 1.7e9 + 0.25, 0]]
        assert found.columns == ("a", "b", "c")

    def test_its_column_is_numbers(self, library):
        found = as_samples(frame(library, {"a": [1, 2]})["a"], "x")
        assert (found.values.tolist(), found.columns) == ([1, 2], None)

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"a": [1, 2], "t": ["u", "v"]}, r"column 't' of x holds 'u' at \(0\), of type str"),
            ({"a": [1, None]}, "column 'a' of x: 1 missing or NaN values, the first in row 1; remove or fill"),
            ({"a": [[1], [2]]}, "column 'a' of x holds"),
            ({"a": [1j, 2]}, "column 'a' of x holds"),
        ],
    )
    def test_what_is_no_number_is_refused_by_its_column(self, library, columns, message):
        if library == "pyarrow" and columns == {"a": [1j, 2]}:
            pytest.skip("Arrow has no complex numbers")
        with pytest.raises(InputError, match=message) as error:
            as_samples(frame(library, columns), "x")
        assert "\n" not in str(error.value)

    def test_columns_are_matched_by_name(self, library):
        one = frame(library, {"a": X[:, 0].tolist(), "b": X[:, 1].tolist()})
        other = frame(library, {"b": (X[:, 1] + 1).tolist(), "a": X[:, 0].tolist()})
        assert wgan.distance(one, other).value == pytest.approx(1, rel=1e-12)
        named = frame(library, {"a": X[:, 0].tolist(), "c": X[:, 1].tolist()})
        with pytest.raises(InputError, match="columns differ: x alone has 'b', y alone has 'c'; expected"):
            wgan.distance(one, named)
        with pytest.raises(InputError, match="columns differ: real alone has 'b', fake alone has 'c'"):
            wgan.estimate(one, named)


def test_frames_of_pandas_with_odd_indices_and_types():
    pandas = pytest.importorskip("pandas")
    whole = pandas.DataFrame(X, columns=list("abc"))
    some = whole[whole["a"] > 0].sort_values("b")
    assert torch.equal(as_samples(some, "x").values, torch.tensor(some.to_numpy()))
    assert torch.equal(as_samples(some["a"], "x").values, torch.tensor(some["a"].to_numpy()))
    assert as_samples(pandas.DataFrame(X), "x").columns is None  # counted, not named
    nullable = pandas.DataFrame(
        {"a": pandas.array([1, 2], dtype="Int64"), "b": pandas.array([0.5, 1], dtype="Float64")}
    )
    assert as_samples(nullable, "x").values.tolist() == [[1, 0.5], [2, 1]]
    with pytest.raises(InputError, match="column 'a' of x: 1 missing"):
        as_samples(pandas.DataFrame({"a": pandas.array([None, 2], dtype="Int64")}), "x")
    with pytest.raises(InputError, match="Expected unique column names"):
        as_samples(pandas.DataFrame(X, columns=["a", "a", "b"]), "x")
    with pytest.raises(InputError, match="column 'a' of x holds datetime64.* values"):
        as_samples(pandas.DataFrame({"a": pandas.to_datetime(["2020-01-01"])}), "x")
    pairs = pandas.DataFrame(X, columns=pandas.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]))
    assert torch.equal(as_samples(pairs, "x").values, torch.tensor(X))


def test_frames_without_rows_yet_are_refused():
    polars = pytest.importorskip("polars")
    with pytest.raises(InputError, match="x is of type LazyFrame, which holds no rows yet; collect"):
        as_samples(polars.LazyFrame({"a": [1]}), "x")


def test_matched_columns():
    assert matched_columns(None, ("a",), "x", "y") is matched_columns(("a", "b"), ("a", "b"), "x", "y") is None
    assert matched_columns(("a", "b", "c"), ("c", "a", "b"), "x", "y") == [1, 2, 0]
    with pytest.raises(InputError, match=r"the columns differ: x alone has 'a', 'b', 'c', 'd' and 2 more; expected"):
        matched_columns(tuple("abcdefg"), ("g",), "x", "y")


# Through the front doors

QUICK = StopRule(batch=4, every=1, most_steps=1)
DOORS = {
    "distance": lambda x, y: wgan.distance(x, y).value,
    "estimate": lambda x, y: wgan.estimate(x, y, rule=QUICK).value,
}


@pytest.mark.parametrize("door", DOORS)
def test_every_kind_of_samples_measures_the_same(door):
    y = X + 1
    expected = DOORS[door](X, y)
    for data in SAME.values():
        assert DOORS[door](data, y) == DOORS[door](data, torch.tensor(y)) == expected
    assert DOORS[door](X[:, 0], y[:, 0].tolist()) == DOORS[door](X[:, :1], y[:, :1])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("message", "data"), [(text, data) for text, kinds in REFUSED.items() for data in kinds[:1]])
def test_every_door_refuses_alike(door, message, data):
    names = ("x", "y") if door == "distance" else ("real", "fake")
    for name, sides in zip(names, [(data, X), (X, data)], strict=True):
        with pytest.raises(InputError, match=re.sub(r"\bx\b", name, message)):
            DOORS[door](*sides)
