"""Tables in text files: however they are written, they give the same numbers, or one line that says what to do."""

import csv
import gzip
import io
import os
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wgan.data import open_source
from wgan.errors import InputError
from wgan.randomness import stream


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def written(content, name="a.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return str(path)

    return written


def opened(path, **fields):
    """The names, the numbers and the lines of a table."""
    with warnings.catch_warnings(record=True) as lines:
        warnings.simplefilter("always")
        source = open_source(path, **fields)
    return source.columns, source.exact.tolist(), " ".join(str(line.message) for line in lines)


TWO = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("content", "name", "encoding", "columns"),
    [
        ("a,b\n1,2\n3,4\n", "a.csv", "utf-8", ("a", "b")),
        ("a,b\r\n1,2\r\n\r\n3,4", "a.csv", "utf-8-sig", ("a", "b")),
        ("a,b\r1,2\r3,4\r", "a.csv", "utf-8", ("a", "b")),
        ("a;b\n1;2\n3;4\n", "a.csv", "utf-16", ("a", "b")),
        ("a\tb\n1\t2\n3\t4\n", "a.tsv", "utf-32", ("a", "b")),
        ("a|b\n1|2\n3|4\n", "a.txt", "utf-8", ("a", "b")),
        ("a   b\n  1  2\n3\t 4  \n", "a.txt", "utf-8", ("a", "b")),
        ('"a, b","c"\n"1","2"\n"3","4"\n', "a.csv", "utf-8", ("a, b", "c")),
        ("a, b\n1, 2\n3, 4\n", "a.csv", "utf-8", ("a", "b")),
        ("sep=;\na;b\n1;2\n3;4\n", "a.csv", "utf-8", ("a", "b")),
        ("# made by hand\na,b\n1,2\n# more\n3,4\n", "a.csv", "utf-8", ("a", "b")),
        ("# made by hand\n# a b\n1 2\n3 4\n", "a.txt", "utf-8", ("a", "b")),
        ("#a\tb\n1\t2\n3\t4\n", "A.TSV", "utf-8", ("a", "b")),
        ("größe,b\n1,2\n3,4\n", "a.csv", "utf-8", ("größe", "b")),
        ("1,2\n3,4\n", "a.csv", "utf-8", None),
        ("+1.,2e0\n.3E+1,4.0\n", "a.csv", "utf-8", None),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_dialect_gives_the_same_table(write, content, name, encoding, columns, packed):
    content = content.encode(encoding)
    path = write(gzip.compress(content), f"{name}.gz") if packed else write(content, name)
    assert opened(path) == (columns, TWO, "")


@pytest.mark.parametrize(
    ("content", "columns", "rows", "line"),
    [
        ("größe,b\n1,2\n3,4\n".encode("latin-1"), ("größe", "b"), TWO, "is not UTF-8; read as Latin-1"),
        ("price\n0,126\n1,5\n2,75\n", ("price",), [[0.126], [1.5], [2.75]], "its numbers have decimal commas"),
        ("a;b\n1,5;2\n3;4,25\n", ("a", "b"), [[1.5, 2.0], [3.0, 4.25]], "its numbers have decimal commas"),
        ("a b\n1,5 2\n3 4,25\n", ("a", "b"), [[1.5, 2.0], [3.0, 4.25]], "its numbers have decimal commas"),
        ("a;b\n1.234,5;2\n1 000,25;4\n", ("a", "b"), [[1234.5, 2.0], [1000.25, 4.0]], "decimal commas"),
        ('a,b\n"1,500",2\n"1,234,567.5",4\n', ("a", "b"), [[1500.0, 2.0], [1234567.5, 4.0]], ""),
        ("a;b\n1'000.5;2\n3;4\n", ("a", "b"), [[1000.5, 2.0], [3.0, 4.0]], ""),
        ("a,b,\n1,2,\n3,4,\n", ("a", "b"), TWO, "its lines end in a separator; left out the empty last column"),
        ("a,b\n1,2,\n3,4,\n", ("a", "b"), TWO, "its lines end in a separator; left out the empty last column"),
        ("a,b,\n1,2\n3,4\n", ("a", "b"), TWO, ""),
        ("x\n12345678901234567\n2\n", ("x",), [[12345678901234568.0], [2.0]], "'x' holds integers beyond 2^53"),
        ("x\n99999999999999999999999\n2\n", ("x",), [[1e23], [2.0]], "'x' holds integers beyond 2^64"),
    ],
)
def test_what_is_told_from_the_text_is_said(write, content, columns, rows, line):
    found = opened(write(content))
    assert found[:2] == (columns, rows)
    assert line in found[2]
    assert bool(line) == bool(found[2])


INDEX = "its first column has no name and only tells the rows apart; left it out, keep it with --columns"


@pytest.mark.parametrize(
    "content",
    [
        ",a,b\n0,1,2\n1,3,4\n",
        ",a,b\n3,1,2\n7,3,4\n",
        "Unnamed: 0,a,b\n5,1,2\n2,3,4\n",
        '"","a","b"\n"1",1,2\n"2",3,4\n',
        '"","a","b"\n"Mazda RX4",1,2\n"Audi",3,4\n',
        '"a","b"\n"1",1,2\n"2",3,4\n',
        '"a" "b"\n"Mazda RX4" 1 2\n"Audi" 3 4\n',
        "a b\n1 1 2\n2 3 4\n",
    ],
)
def test_an_index_that_pandas_or_r_wrote_is_left_out_with_a_line(write, content):
    columns, rows, lines = opened(write(content))
    assert (columns, rows) == (("a", "b"), TWO)
    assert lines.endswith(INDEX)


def test_an_index_with_a_name_or_that_was_asked_for_is_a_column(write):
    path = write(",a\n0,1\n1,3\n")
    assert opened(path, columns=["1", "a"]) == (("column 1", "a"), [[0.0, 1.0], [1.0, 3.0]], "")
    assert opened(write("id,a\n0,1\n1,3\n")) == (("id", "a"), [[0.0, 1.0], [1.0, 3.0]], "")
    assert opened(write(",a\n0.5,1\n1.5,3\n"))[1] == [[0.5, 1.0], [1.5, 3.0]]


@pytest.mark.parametrize("header", ["0,1", "2019,2020", "350,351"])
def test_a_header_of_numbers_is_told_from_rows(write, header):
    path = write(f"{header}\n0.5,1.5\n2.5,3.5\n")
    columns, rows, lines = opened(path)
    assert (columns, rows) == (None, [[0.5, 1.5], [2.5, 3.5]])
    assert f"took its first line, {header}, for a header of numbers" in lines
    assert opened(path, header="yes") == (tuple(header.split(",")), rows, "")
    assert opened(path, header="no") == (None, [[float(cell) for cell in header.split(",")], *rows], "")


def test_numbers_among_names_are_names(write):
    assert opened(write("id,2019,2020\n1,0.5,1.5\n2,2.5,3.5\n"))[0] == ("id", "2019", "2020")


@pytest.mark.parametrize("content", ["1,2\n3,4\n", "5\n1.5\n2.5\n", "3,1\n0.5,2\n1,2\n", "2.5,3.5\n1,2\n"])
def test_rows_are_no_header(write, content):
    columns, rows, lines = opened(write(content))
    assert columns is None
    assert len(rows) == content.count("\n")
    assert not lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0,1\n5,6\n7,8\n", r"its first line, 0,1, may hold names or numbers; pass --header yes or --header no"),
        ("2019,2020\n2018,2021\n", r"its first line, 2019,2020, may hold names or numbers"),
        ("0\n0.5\n1.5\n", r"its first line, 0, may hold names or numbers"),
        ("a,b\n1,2,3\n4,5,6\n", r"its header names 2 columns, but the rows below have 3 cells; mend the header"),
        ("a,b,c,d\n1,2,3\n4,5,6\n", r"its header names 4 columns, but the rows below have 3 cells"),
        ("a,a\n1,2\n3,4\n", r"two columns are named 'a'; give each its own name"),
        ("a;b\n1,500;2\n3;4\n", r"'1,500' may have a decimal comma or set thousands apart; pass --decimal , or"),
        ("a;b\n1,5;2.5\n3;4\n", r"line 2, column 'b' holds '2\.5', expected a number with a decimal comma; mend it"),
        ("date,b\n2020-01-01,2\n", r"line 2, column 'date' holds '2020-01-01', expected a number; mend it, or leave"),
        ("a,b\n1,2\n\n# c\n\n3,oops\n", r"line 6, column 'b' holds 'oops', expected a number"),
        ("a,b\n1,2\n\n\n3,\n", r"line 5, column 'b' is empty, as 1 of 4 cells hold no finite number; fill them"),
        ("a,b\n1,2\n3,NA\n", r"line 3, column 'b' holds 'NA', as 1 of 4 cells hold no finite number"),
        ("a\n1e400\n2\n", r"line 2, column 'a' holds '1e400', as 1 of 2 cells hold no finite number"),
        ("a\n1_0\n2\n", r"line 2, column 'a' holds '1_0', expected a number"),
        ("a\n0x10\n2\n", r"line 2, column 'a' holds '0x10', expected a number"),
        ("a\n١\n2\n", r"line 2, column 'a' holds '١', expected a number"),
        (
            "1,x\n3,4\n",
            r"line 1, column 2 holds 'x', expected a number; pass --header yes if",
        ),
        ("1,2\n" * 300 + "3,4,5\n", r"line 301 has 3 cells, expected 2; mend the row"),
        ("1,2\n" * 300 + "3\n", r"line 301 has 1 cell, expected 2; mend the row"),
        ("1,2,3\n4,5\n6,7\n8,9\n", r"line 1 has 3 cells, expected 2; mend the row"),
        ("a,b\n1,2\n3\0,4\n", r"line 3 holds a NUL, which no text does; copy or export it anew"),
        ('a,b\n1,"2\n3,4\n', r"cannot be read \(.*EOF inside string.*\); expected numbers between commas"),
        ("a,b\n1,2\n3," + "x" * 200_000, r"cannot be read \(field larger than field limit.*\); expected numbers"),
        ("1,2\n" * 300 + "3," + "x" * 200_000, r"cannot be read \(field larger than field limit.*\); expected numbers"),
        ("\n \n\n", r"holds no row of numbers; expected one sample a line"),
        ("# only words\n", r"holds no row of numbers"),
        (
            gzip.compress(b"1,2\n3,4\n", mtime=0)[:-6],
            r"cannot be read \(.*ended before.*\); expected a file",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(write, content, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match=message) as caught:
            open_source(write(content))
    assert "\n" not in str(caught.value)


def test_the_decimal_sign_can_be_given(write):
    path = write("a;b\n1,500;2\n3;4\n")
    assert opened(path, decimal=",")[1] == [[1.5, 2.0], [3.0, 4.0]]
    assert opened(path, decimal=".")[1] == [[1500.0, 2.0], [3.0, 4.0]]
    with pytest.raises(InputError, match=r"DataSettings: decimal is ';'; expected auto, a point or a comma"):
        open_source(path, decimal=";")


def test_columns_are_chosen_by_name_or_number_before_they_are_read(write):
    path = write("id,word,x,2\n7,a,0.5,1\n8,b,1.5,2\n")
    assert opened(path, drop="word")[:2] == (("id", "x", "2"), [[7.0, 0.5, 1.0], [8.0, 1.5, 2.0]])
    assert opened(path, columns="x,1")[:2] == (("x", "id"), [[0.5, 7.0], [1.5, 8.0]])
    assert opened(path, columns="2,x", drop="x")[:2] == (("2",), [[1.0], [2.0]])  # a name comes before a number
    with pytest.raises(InputError, match=r"unknown column of .*a\.csv 'wrod'; nearest: word"):
        open_source(path, columns="wrod")
    with pytest.raises(InputError, match=r"--columns x,3 names a column twice"):
        open_source(path, columns="x,3")
    with pytest.raises(InputError, match=r"no column is left of 4; name some that hold numbers with --columns"):
        open_source(path, drop="id,word,x,2")
    with pytest.raises(InputError, match=r"--columns is for tables, not for images such as digits; leave it out"):
        open_source("digits", columns="a")
    with pytest.raises(InputError, match=r"--header is for tables, not for points such as lines; leave it out"):
        open_source("lines", header="no")


def test_samples_keep_the_file_s_precision(write):
    moments = 1_700_000_000 + np.arange(0, 3600, 18)
    here, there = (
        open_source(write("ts\n" + "\n".join(map(str, moments + shift)), f"{shift}.csv")) for shift in (0, 30)
    )
    before, after = (source.observed(200, stream(0)) for source in (here, there))
    assert set((after - before).flatten().tolist()) == {30.0}
    train, held_out = here.split()
    assert sorted(train.observed(160, stream(0)).tolist() + held_out.observed(40, stream(0)).tolist()) == sorted(
        before.tolist()
    )
    limited = open_source(here.name, limit=50)
    assert set(limited.observed(50, stream(0)).flatten().tolist()) <= set(moments.tolist())


def test_a_file_larger_than_memory_is_refused_before_it_is_unpacked(write, monkeypatch):
    path = write(gzip.compress(b"1,2\n" * 1_000_000), "a.csv.gz")
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 1 << 20)
    with pytest.raises(InputError, match=r"a\.csv\.gz: reading it needs .* MiB and 1\.0 MiB are free; split it"):
        open_source(path)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("pipe.csv", r"pipe\.csv: is a pipe or a device; write its content into a file first"),
        ("/dev/zero", r"/dev/zero: is a pipe or a device"),
        ("folder.csv", r"folder\.csv: holds no images among 0 files"),
        ("n" * 300 + ".csv", r"cannot be read \(.*\); expected a name, or the path of a file"),
        ("a\0b.csv", r"no such file or folder"),
        ("~nobody-of-that-name/x.csv", r"cannot be read \(.*\); expected a name, or the path"),
        ("", r"the name of the data is empty; expected one such as digits, or the path of a file"),
        ("funnels:99999999:4", r"funnels:99999999:4 needs .* TiB and .* are free; lower the dimension or"),
        ("funnels:4:9999999999", r"funnels:4:9999999999 needs .* EiB"),
    ],
)
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, spec, message):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=message):
        open_source(spec)


def test_more_than_memory_is_never_made():
    with pytest.raises(InputError, match=r"1,000,000,000,000 samples of lines needs .* TiB .*; lower --limit"):
        open_source("lines", limit=10**12)
    with pytest.raises(InputError, match=r"digits: 1797 images of 200000x200000 needs .*; lower --resolution"):
        open_source("digits", resolution=200_000)


FORMS = {
    "csv": (",", ".", "utf-8"),
    "semicolons": (";", ",", "utf-8"),
    "tabs": ("\t", ".", "utf-16"),
    "bars": ("|", ".", "utf-8-sig"),
}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
NAMES = st.text(st.characters(categories=("L", "N"), include_characters=" ,;'\"_-"), min_size=1, max_size=8)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        arrays(np.float64, st.tuples(st.integers(2, 8), st.just(width)), elements=NUMBERS),
        st.lists(NAMES.map(lambda name: f"x{name}".strip()), min_size=width, max_size=width, unique=True),
    )
)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES, end=st.sampled_from(["\n", "\r\n"]), quote=st.booleans(), packed=st.booleans())
def test_any_table_comes_back_as_it_was_written(write, form, table, end, quote, packed):
    values, names = table
    delimiter, sign, encoding = FORMS[form]
    assume(quote or len(names) > 1 or not set(names[0]) & set(",; "))  # nothing else would tell what separates
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quote else 0)
    writer.writerow(names)
    writer.writerows([repr(number).replace(".", sign) for number in row] for row in values.tolist())
    content = text.getvalue().encode(encoding)
    path = write(gzip.compress(content), "a.csv.gz") if packed else write(content)
    columns, rows, _ = opened(path, decimal=sign)
    assert columns == tuple(names)
    assert np.array_equal(np.array(rows).view(np.int64), values.view(np.int64))  # -0.0 too
