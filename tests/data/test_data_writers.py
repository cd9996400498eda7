"""What common writers write, with the same numbers and names back; labels, fields and the numbers of other types."""

import datetime
import decimal
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wgan.comparison import compare
from wgan.data import open_source
from wgan.errors import InputError
from wgan.randomness import stream


def opened(path, **fields):
    """The source in a file, and the lines that were said."""
    with warnings.catch_warnings(record=True) as lines:
        warnings.simplefilter("always")
        source = open_source(str(path), **fields)
    return source, " ".join(str(line.message) for line in lines)


def same_bits(source, values):
    return np.array_equal(source.exact.numpy().view(np.int64), values.view(np.int64))


def with_pyarrow(frame, path):
    pa, csv = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.csv")
    csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), path)


def with_polars(frame, path):
    polars = pytest.importorskip("polars")
    polars.DataFrame({name: frame[name].to_numpy() for name in frame}).write_csv(path)


def as_fields(frame, path):
    np.save(path, frame.to_records(index=False))


def in_parquet(frame, path):
    pytest.importorskip("pyarrow")
    frame.to_parquet(path)


WRITERS = {
    "pandas.csv": lambda frame, path: frame.to_csv(path),
    "filtered.csv": lambda frame, path: frame.set_index(frame.index**2 + 5).to_csv(path),
    "plain.csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    "german.csv": lambda frame, path: frame.to_csv(path, sep=";", decimal=",", encoding="utf-8-sig"),
    "excel.tsv": lambda frame, path: frame.to_csv(path, sep="\t", encoding="utf-16", index=False),
    "numpy.txt": lambda frame, path: np.savetxt(path, frame, header=" ".join(frame)),
    "short.csv": lambda frame, path: np.savetxt(path, frame, "%.17g", ",", header=",".join(frame), comments=""),
    "arrow.csv": with_pyarrow,
    "polars.csv": with_polars,
    "frame.parquet": in_parquet,
    "filtered.parquet": lambda frame, path: in_parquet(frame.set_index(frame.index**2 + 5), path),
    "fields.npy": as_fields,
}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
FRAMES = st.integers(1, 3).flatmap(
    lambda width: arrays(np.float64, st.tuples(st.integers(2, 6), st.just(width)), elements=NUMBERS)
)


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=FRAMES)
def test_what_common_writers_write_comes_back_bit_for_bit(tmp_path, name, values):
    columns = ("size", "b_2", "größe")[: values.shape[1]]
    path = tmp_path / name
    WRITERS[name](pd.DataFrame(values, columns=columns), path)
    source, _ = opened(path, **({"decimal": ","} if name == "german.csv" else {}))
    assert source.columns == columns
    assert np.array_equal(source.exact.numpy(), values)  # some write -0.0 as -0


@pytest.mark.parametrize("save", [np.save, np.savez, np.savez_compressed])
@pytest.mark.parametrize("kind", ["f2", ">f4", "f8", "i1", ">u2", "i8", "?"])
def test_arrays_of_every_real_type_come_back_exactly(tmp_path, save, kind):
    values = (100 * np.random.default_rng(0).normal(size=(6, 4))).astype(kind)
    path = tmp_path / ("a.npy" if save is np.save else "a.npz")
    for form in (values, np.asfortranarray(values), values[::-1, ::2]):
        save(path, form)
        source, lines = opened(path)
        assert (source.columns, lines) == (None, "")
        assert same_bits(source, np.ascontiguousarray(form, np.float64))


def test_what_a_double_cannot_hold_is_rounded_with_a_line(tmp_path):
    np.save(tmp_path / "a.npy", np.array([2**60 + 1, -(2**63)]))
    assert "the array holds integers beyond 2^53, which are rounded to doubles" in opened(tmp_path / "a.npy")[1]
    third = np.array([1, 2], np.longdouble) / 3
    np.save(tmp_path / "a.npy", third)
    rounded = (third.astype(float) != third).any()  # where a long double is no longer than a double, nothing is
    assert ("which is rounded to doubles" in opened(tmp_path / "a.npy")[1]) == rounded


def test_fields_are_columns_and_can_be_chosen(tmp_path):
    rows = np.array([(1, 2.5, "x"), (3, 4.5, "y")], [("a", "i4"), ("b", ">f8"), ("word", "U3")])
    np.save(tmp_path / "a.npy", rows)
    with pytest.raises(InputError, match=r"a\.npy: field 'word' holds <U3, expected a number; --drop it"):
        open_source(str(tmp_path / "a.npy"))
    source, _ = opened(tmp_path / "a.npy", drop="word")
    assert (source.columns, source.exact.tolist()) == (("a", "b"), [[1.0, 2.5], [3.0, 4.5]])
    np.save(tmp_path / "b.npy", np.array([([1, 2],), ([3, 4],)], [("pair", "f4", (2,))]))
    with pytest.raises(InputError, match=r"field 'pair' holds .*, expected a number"):
        open_source(str(tmp_path / "b.npy"))
    np.save(tmp_path / "c.npy", np.array([(1.0, np.nan), (3.0, 4.0)], [("a", "f4"), ("b", "f4")]))
    with pytest.raises(InputError, match=r"1 of 4 numbers are NaN or infinite, the first in row 0, field 'b'"):
        open_source(str(tmp_path / "c.npy"))
    np.save(tmp_path / "d.npy", np.arange(6.0).reshape(2, 3))
    assert opened(tmp_path / "d.npy", columns="3,1")[0].exact.tolist() == [[2.0, 0.0], [5.0, 3.0]]


IMAGES = np.zeros((12, 8, 8, 3), np.uint8)


def test_one_hot_labels_are_classes_with_a_line(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=np.eye(3)[np.arange(12) % 3])
    source, lines = opened(tmp_path / "a.npz", classes=["1"])
    assert (len(source), source.classes) == (4, ("1",))
    assert "labels of shape (12, 3) are one-hot; took them as 3 classes" in lines


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.array([0.0, 1, 5, 5]), ("0", "1", "5")),
        (np.array([[3], [1], [3], [3]]), ("1", "3")),
        (np.array(["b", "a", "b", "b"]), ("a", "b")),
        (np.array([b"b", b"a", b"b", b"b"]), ("a", "b")),
        (np.array([True, False, True, True]), ("False", "True")),
        (np.array([2, 1, 2, 2], ">i2"), ("1", "2")),
    ],
)
def test_labels_of_any_kind_are_classes(tmp_path, labels, classes):
    np.savez(tmp_path / "a.npz", x=np.arange(4.0), y=labels)
    source, lines = opened(tmp_path / "a.npz")
    assert (source.classes, lines) == (classes, "")
    assert [source.classes[label] for label in source.labels] == [
        str(int(label)) if label.dtype.kind == "f" else label.decode() if isinstance(label, bytes) else str(label)
        for label in labels.ravel()
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.ones((4, 3)), r"labels of shape \(4, 3\); expected one a sample, or rows that hold a single 1 and else 0"),
        (np.zeros((4, 2, 2)), r"labels of shape \(4, 2, 2\); expected one a sample"),
        (np.array([0, 1, 0.5, 1]), r"the label of sample 2 \(counted from 0\) is 0\.5; expected a class"),
        (np.array([0, np.nan, 1, 1]), r"the label of sample 1 \(counted from 0\) is nan; expected a class"),
        (np.arange(4) + 0j, r"the labels hold complex128; expected numbers or text, one a sample"),
        (np.arange(3), r"4 samples but 3 labels; expected one label a sample"),
    ],
)
def test_labels_that_are_no_classes_are_refused(tmp_path, labels, message):
    np.savez(tmp_path / "a.npz", x=np.arange(4.0), y=labels)
    with pytest.raises(InputError, match=message):
        open_source(str(tmp_path / "a.npz"))


def parquet(path, table):
    pytest.importorskip("pyarrow.parquet").write_table(table, path)
    return str(path)


def test_parquet_gives_numbers_of_every_type(tmp_path):
    pa = pytest.importorskip("pyarrow")
    columns = {
        "decimal": pa.array([decimal.Decimal("0.1"), decimal.Decimal("12345.678")], pa.decimal128(20, 3)),
        "half": pa.array(np.array([1.5, 2.5], np.float16)),
        "flag": pa.array([True, False]),
        "coded": pa.array([0.25, 0.5]).dictionary_encode(),
        "small": pa.array([1, 2], pa.uint8()),
    }
    source, lines = opened(parquet(tmp_path / "a.parquet", pa.table(columns)))
    assert source.columns == tuple(columns)
    assert source.exact.tolist() == [[0.1, 1.5, 1.0, 0.25, 1.0], [12345.678, 2.5, 0.0, 0.5, 2.0]]
    assert not lines
    source, _ = opened(tmp_path / "a.parquet", columns="5,half")
    assert (source.columns, source.exact.tolist()) == (("small", "half"), [[1.0, 1.5], [2.0, 2.5]])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([1, None, 3], r"column 'a' is empty in 1 of 3 rows, the first is 1 \(counted from 0\); fill them"),
        ([[1], [2]], r"column 'a' holds list<.*>, such as '\[1\]', expected numbers or images; --drop it"),
        ([{"x": 1}, {"x": 2}], r"column 'a' holds struct<.*>, such as .*, expected numbers or images"),
        ([datetime.date(2020, 1, 1)] * 2, r"column 'a' holds date32\[day\], such as '2020-01-01', expected numbers"),
        ([1.0, float("nan")], r"column 'a' holds nan in row 1 \(counted from 0\), expected a finite number"),
        ([None, None], r"column 'a' holds null, expected numbers or images"),
    ],
)
def test_parquet_columns_that_hold_something_else_are_named(tmp_path, column, message):
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match=message):
        open_source(parquet(tmp_path / "a.parquet", pa.table({"a": column})))


def test_the_index_of_a_data_frame_is_left_out_of_parquet_with_a_line(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"u": [0.5, -1.0, 2.0, 3.0], "v": [1.0, 2.0, 3.0, 4.0]})
    frame[frame.u > 0].to_parquet(tmp_path / "a.parquet")
    source, lines = opened(tmp_path / "a.parquet")
    assert (source.columns, source.exact.tolist()) == (("u", "v"), [[0.5, 1.0], [2.0, 3.0], [3.0, 4.0]])
    assert "left out '__index_level_0__', the index of a data frame; keep it with --columns" in lines
    frame.to_parquet(tmp_path / "b.parquet")
    assert opened(tmp_path / "b.parquet")[1] == ""


BROKEN = ["[]", "null", "3", "{", '{"info": []}', '{"info": {"features": []}}', '{"info": {"features": {"a": 3}}}']
BROKEN += ['{"info": {"features": {"a": {"names": null}}}}', '{"index_columns": {"a": 1}}', "[" * 100_000]


@pytest.mark.parametrize("note", BROKEN, ids=range(len(BROKEN)))
def test_broken_notes_of_other_programs_count_as_none(tmp_path, note):
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"a": [0, 1, 1], "b": [1.5, 2.0, 3.0]}).replace_schema_metadata(
        {"huggingface": note, "pandas": note}
    )
    assert opened(parquet(tmp_path / "a.parquet", table))[0].columns == ("a", "b")


def test_missing_and_mixed_labels_of_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    note = json.dumps({"info": {"features": {"y": {"names": ["p", "q"]}}}})
    table = pa.table({"x": [1.0, 2.0, 3.0], "y": ["p", None, "q"]}).replace_schema_metadata({"huggingface": note})
    with pytest.raises(InputError, match=r"1 of 3 labels are missing, the first of sample 1 \(counted from 0\); fill"):
        open_source(parquet(tmp_path / "a.parquet", table))


def test_broken_archives_and_headers_are_refused_in_one_line(tmp_path):
    for name, content in (("a.npy", b"\x93NUMPY\x01\x00\x02\x00(\n"), ("b.npz", b"PK\x03\x04 rubbish")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=rf"{name}: cannot be read \(.*\); expected an"):
            open_source(str(tmp_path / name))
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000000,)}\n"
    (tmp_path / "c.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(80))
    with pytest.raises(InputError, match=r"c\.npy: (does not fit into memory|cannot be read)"):
        open_source(str(tmp_path / "c.npy"))


def test_the_fingerprint_of_a_table_changes_with_its_numbers(tmp_path):
    values = np.random.default_rng(0).normal(size=(50, 2))
    found = set()
    for changed in (values, values * [1, 3] + [5, 0], values + np.array([30, 0]), np.c_[values, values], values[::-1]):
        np.savetxt(tmp_path / "x.csv", changed, delimiter=",")
        found.add(open_source(str(tmp_path / "x.csv")).fingerprint())
    assert len(found) == 5


def test_unix_times_thirty_seconds_apart_measure_thirty(tmp_path):
    moments = 1_700_000_000 + np.arange(0, 3600, 18)[:, None]
    for name, shift in (("a.csv", 0), ("b.csv", 30)):
        np.savetxt(tmp_path / name, moments + shift, fmt="%d", header="ts", comments="")
    found = compare(str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "exact", n=200)
    assert found.rows[0].value == pytest.approx(30, rel=1e-12)


def test_observed_are_the_samples_of_subset_in_the_user_s_units():
    for name in ("digits", "gaussians8", "lines:0.5"):
        source = open_source(name)
        seen, model = source.observed(9, stream(0)), source.subset(9, stream(0))
        assert seen.dtype.is_floating_point and seen.dtype.itemsize == 8
        assert (source.scaling.encode(seen) - model).abs().max() < 1e-12


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "corpus").iterdir()), ids=lambda path: path.name)
def test_damaged_files_that_once_failed_are_read_or_refused_in_one_line(path):
    try:
        source, _ = opened(path)
        refusal = None
    except InputError as error:
        refusal = str(error)
    assert source.observed(2, stream(0)).isfinite().all() if refusal is None else path.name in refusal
    assert "\n" not in (refusal or "")
