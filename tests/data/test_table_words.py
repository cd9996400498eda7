"""Text files whose cells may be words: read in every form, and written as they came."""

import csv
import gzip
import io
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wgan.data import open_source
from wgan.data.opening import open_as_it_is
from wgan.data.settings import DataSettings
from wgan.errors import InputError
from wgan.report.export import write_cells


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def written(content, name="a.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return str(path)

    return written


def opened(path, **fields):
    """The source and the lines of a table."""
    with warnings.catch_warnings(record=True) as lines:
        warnings.simplefilter("always")
        source = open_source(path, mixed=True, **fields)
    return source, " ".join(str(line.message) for line in lines)


def again(source, tmp_path):
    """The file that is written of all rows of a table."""
    write_cells(source.scaling.written(source.values), tmp_path / "out.csv", source.scaling.form)
    return (tmp_path / "out.csv").read_text()


FILES = {
    "commas": 'name,city\nAnna Maria,"New York, NY"\nBob Lee,"Paris, FR"\nAnna Maria,"Paris, FR"\n',
    "semicolons": "name;price;note\nA b;1,5;x, y\nC d;2,2;z, w, v\nA b;1,5;q\n",
    "euros": "preis;wort;anteil\n1.234,50 €;x y;12,5%\n0,25 €;z;-3,0%\n12,00 €;x y;7,5%\n",
    "tabs": "name\tnote\nAnna\thello, you there\nBob\tfine, thanks\nAnna\tok\n",
    "bars": "id|text|n\n1|a b c|4\n2|d e f|5\n3|a b c|4\n",
    "streets": "address,n\n12 Main Street,5\n13 Main Road,6\n12 Main Street,7\n",
    "lines in cells": 'text,n\n"line one\n# and two",5\n"say ""hi""",6\n"line one\n# and two",7\n',
    "quoted words": '"a","b"\n"x",1.50\n"y",2.25\n"x",\n',
    "all quoted": '"a","b"\n"x","1"\n"y","2"\n"x","7"\n',
    "spaces": "a,b,c\n1, x y,5\n2, z,6\n1, z,7\n",
    "no header": "1,x\n2,y\n3,x\n",
    "one column": "full name\nAnna Smith\nBob Lee\nAnna Smith\n",
    "years": "name,2019,2020\nx,1,2\ny,3,4\n",
    "numbers of people": "zip,phone,n\n01234,+4912345678,5\n90210,+4987654321,6\n01234,+4912345678,7\n",
    "markers": "a,b\nNA,x\n1.5,y\nNA,x\n2.5,\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gzip", "windows"])
def test_a_file_is_written_as_it_was_read(write, tmp_path, name, form):
    text = FILES[name]
    if form == "gzip":
        path = write(gzip.compress(text.encode()), "a.csv.gz")
    elif form == "windows":
        path = write(text.replace("\n", "\r\n"))
    else:
        path = write(text, encoding=form)
    source, _ = opened(path)
    assert again(source, tmp_path) == text


CELLS = st.one_of(st.text("ab ,;|\"'\n#é", max_size=6).map(str.strip), st.sampled_from(["x", "y"]))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, st.integers(-99, 99), st.booleans()), min_size=2, max_size=9))
def test_any_words_come_back(write, separator, rows):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([("w", "n", "z"), *rows, ("x", 1, True), ("y", 2, False)])
    source, _ = opened(write(text.getvalue()), header="yes", kind="w=category")
    cells = source.scaling.written(source.values)
    assert cells["w"].fillna("").tolist()[: len(rows)] == [word for word, _, _ in rows]
    assert cells["n"].astype(int).tolist()[: len(rows)] == [number for _, number, _ in rows]


MANY = "".join(f"{k},1\n" for k in range(30))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\nx,1\ny,2,3\n", r"line 3 has 3 cells, expected 2; mend the row"),
        ("a,b\nx,1\n\ny\n", r"line 4 has 1 cell, expected 2; mend the row"),
        ('a,b\nx,1\n"y,2\nz,3\n', r"a quote is opened in line 3 and never closed; close or double it"),
        ("a,a\nx,1\ny,2\n", r"two columns are named 'a'; give each its own name"),
        ("a,b\n", r"holds no row below its header; expected one sample a line"),
        ("a,b\nx,\nx,\n", r"no column holds anything to learn; expected one whose cells differ"),
        (f"v,n\n{MANY}unknown,2\n", r"line 32, column 'v' holds 'unknown', where 30 of 31 cells are numbers; mend it"),
        ('a,n\n"1,234",x\n"12,345",y\n', r"'1,234' in column 'a' may have a decimal comma or .*; pass --decimal"),
        ("d,n\n03/04/2020,x\n05/06/2020,y\n", r"may be read in several ways; pass --kind 'd=%m/%d/%Y' or --kind"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(write, content, message):
    with pytest.raises(InputError, match=message) as caught:
        open_source(write(content), mixed=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("# c, d\na,b\nx,1\n# more\ny,2\n#ff,3\n", r"left out 1 lines that begin with #, as comments"),
        ("x,yes\ny,no\nx,no\ny,yes\n", r"took its first line, x,yes, for a row like the others; pass --header yes"),
        ("a;b\nx;0,5\ny;2\n", r"its numbers have decimal commas, and were read so"),
        ("größe;n\nklein;1\ngroß;2\n".encode("latin-1"), r"is not UTF-8; read as Latin-1, which concerns words"),
        (",a,b\n0,x,1\n1,y,2\n2,x,3\n", r"its first column has no name and only tells the rows apart; left it out"),
        ("a,b,\nx,1,\ny,2,\n", r"its lines end in a separator; left out the empty last column"),
    ],
)
def test_what_is_told_from_the_text_is_said(write, content, line):
    assert line in opened(write(content))[1]


def test_more_columns_than_can_be_learned_are_refused_at_once(write, monkeypatch):
    path = write(",".join(f"c{k}" for k in range(2000)) + "\n" + "\n".join([",".join(["x"] * 2000)] * 3))
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 1 << 26)
    with pytest.raises(InputError, match=r"learning 2,000 columns needs 122\.1 MiB and .* free; keep fewer with --col"):
        open_source(path, mixed=True)


def test_numbers_stay_numbers_and_the_rest_says_how_it_is_learned(write):
    numbers, words = write("a,b\n1,2\n3,4\n"), write("a,b\nx,1\ny,2\nx,3\n", "w.csv")
    assert open_as_it_is(DataSettings(source=numbers)).columns == ("a", "b")
    assert not open_as_it_is(DataSettings(source=numbers)).scaling.blocks
    assert open_as_it_is(DataSettings(source=words)).scaling.blocks == (2, 3)
    with pytest.raises(InputError, match=r"holds 'x'.*; or learn the table as it is: wgan train table --data .*w\.csv"):
        open_source(words)
    with pytest.raises(InputError, match=r"line 3 has 3 cells, expected 2"):
        open_as_it_is(DataSettings(source=write("a,b\n1,2\n3,4,5\n", "longer.csv")))
    with pytest.raises(InputError, match=r"--kind is for tables of mixed columns; learn .* as one: wgan train table"):
        open_source(numbers, kind="a=number")
    with pytest.raises(InputError, match=r"--label is for tables of mixed columns"):
        open_source(numbers, label="a")


def test_no_spreadsheet_runs_a_word(write, tmp_path):
    source, _ = opened(write("a;n;m\n=1+1;-1,5;-\n@x;+2,5;-\n-;+3,5;1\n"), kind="a=category,n=number")
    with pytest.warns(UserWarning, match=r"2 cells of column 'a' are written with a ' before them"):
        assert again(source, tmp_path) == "a;n;m\n'=1+1;-1,5;-\n'@x;+2,5;-\n-;+3,5;1\n"


def test_words_of_a_data_frame_run_nowhere_either(tmp_path):
    with pytest.warns(UserWarning, match=r"1 cells of column 'a' are written with a '"):
        write_cells(pd.DataFrame({"a": ["=x", "b"], "t": pd.to_datetime(["2020-01-01", None])}), tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text() == "a,t\n'=x,2020-01-01\nb,\n"


def test_parquet_keeps_whole_numbers_words_and_dates(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "n": pa.array([1, None, 3, 4], pa.int32()),
            "w": pa.array(["a", "b", None, "a"]).dictionary_encode(),
            "d": pa.array([18000, 18001, 18002, None], pa.date32()),
            "p": pa.array([Decimal("1.50"), Decimal("2.25"), Decimal("3.75"), Decimal("4.00")], pa.decimal128(10, 2)),
            "t": pa.array([0, 10**6, 2 * 10**6, 3 * 10**6], pa.timestamp("us", tz="UTC")),
            "b": pa.array([True, None, False, True]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    source, _ = opened(str(tmp_path / "a.parquet"))
    frame = source.scaling.written(source.values)
    assert pa.Table.from_pandas(frame, preserve_index=False).to_pylist() == table.to_pylist()
    assert str(frame["n"].dtype) == "Int32"
    pq.write_table(table.append_column("l", pa.array([[1], [2], [3], [4]])), tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"column 'l' holds list<.*> in each cell, expected one value; leave it out w"):
        open_source(str(tmp_path / "b.parquet"), mixed=True)
    assert np.isnan(source.values.numpy()).sum() == 4
