"""Arrays and tables from files, and what is refused."""

import numpy as np
import pytest
import torch

from wgan.data import DataSettings, Scaling, open_source
from wgan.data.tables.table import StoredTable
from wgan.errors import InputError


def opened(path, **options):
    return open_source(str(path), **options)


@pytest.mark.parametrize(("shift", "size"), [(0, 1), (1e9, 1), (-3, 1e-30), (1e200, 1e199), (0, 1e-200)])
def test_columns_are_standardised_with_the_way_back(shift, size):
    values = shift + size * np.random.default_rng(0).normal(size=(50, 3))
    source = StoredTable("table", values).source(DataSettings())
    model = source.data.double()
    scale = size if size > 1e-12 * abs(shift) else 1.0
    # float32 keeps 24 bits of the stored numbers, which lie below four; float64 keeps 53 of the mean.
    tolerance = {"atol": 4 * 2**-24 + 2**-50 * abs(shift) / scale, "rtol": 0}
    torch.testing.assert_close(model.mean(dim=0), torch.zeros(3).double(), **tolerance)
    deviation = torch.full((3,), 1.0 if scale == size else 0.0).double()
    torch.testing.assert_close(model.std(dim=0, correction=0), deviation, **tolerance)
    back = source.scaling.decode(model).numpy()
    assert np.abs(back - values).max() / scale <= tolerance["atol"]


def test_a_constant_column_becomes_zero_and_comes_back():
    source = StoredTable("table", np.column_stack([np.full(10, 0.1), np.zeros(10), np.arange(10.0)])).source(
        DataSettings()
    )
    assert (source.data[:, :2].abs() < 1e-12).all()
    assert source.scaling.scale[:2] == (1.0, 1.0)
    torch.testing.assert_close(
        source.scaling.decode(source.data)[0], torch.tensor([0.1, 0.0, 0.0]).double(), atol=1e-6, rtol=0
    )


def test_standardisation_can_be_left_out(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12.0).reshape(4, 3))
    source = opened(tmp_path / "a.npy", standardize=False)
    assert torch.equal(source.data, torch.arange(12.0).reshape(4, 3))
    assert torch.equal(source.scaling.decode(source.data), source.data.double())


def test_a_flat_array_is_one_column(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(5, dtype=np.int16))
    assert opened(tmp_path / "a.npy").shape == (1,)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4, 6, 5), (1, 6, 5)), ((4, 6, 5, 3), (3, 6, 5)), ((4, 3, 6, 5), (3, 6, 5)), ((4, 6, 5, 1), (1, 6, 5))],
)
def test_bytes_of_rank_three_and_four_are_images(tmp_path, shape, expected):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.save(tmp_path / "a.npy", pixels)
    source = opened(tmp_path / "a.npy")
    assert source.shape == expected
    channels_first = pixels.reshape(4, *expected) if shape[-1] != 3 else pixels.transpose(0, 3, 1, 2)
    assert np.array_equal(source.data.numpy(), channels_first)


def test_npz_prefers_named_arrays_and_reads_labels(tmp_path):
    np.savez(tmp_path / "a.npz", other=np.zeros(3), data=np.arange(4.0), labels=np.array([5, 7, 5, 7]))
    with pytest.warns(UserWarning, match=r"a\.npz: took the array data and left out other"):
        source = opened(tmp_path / "a.npz")
    assert (len(source), source.classes, source.labels.tolist()) == (4, ("5", "7"), [0, 1, 0, 1])
    np.savez(tmp_path / "b.npz", anything=np.arange(4.0))
    assert opened(tmp_path / "b.npz").labels is None


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n",
        "a,b\n1,2\n3,4\n",
        "\ufeffa;b\n1;2\n3;4\n",
        "1\t2\r\n3\t4\r\n",
        '"a, b",c\n"1",2\n\n3,4',
        "1,2\n3,4",
    ],
)
def test_csv_dialects(tmp_path, text):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    assert opened(tmp_path / "a.csv", standardize=False).data.tolist() == [[1, 2], [3, 4]]


def test_a_csv_of_one_column_has_one_feature(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n2\n3\n")
    assert opened(tmp_path / "a.csv").shape == (1,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a,b\n1,2\n3,x\n",
            r"a\.csv: line 3, column 'b' holds 'x', expected a number; mend it, or leave",
        ),
        ("1,2\n3,x\n", r"a\.csv: line 2, column 2 holds 'x', expected a number"),
        ("1,x\n3,4\n", r"a\.csv: line 1, column 2 holds 'x', expected a number"),
        (
            "1,2\n3,\n",
            r"a\.csv: line 2, column 2 is empty, as 1 of 4 cells hold no finite number; fill them",
        ),
        ("1,2\n3,4,5\n", r"a\.csv: line 2 has 3 cells, expected 2; mend the row"),
        ("a,b\n1,2\n3\n", r"a\.csv: line 3 has 1 cell, expected 2; mend the row"),
        ("a,b\n", r"a\.csv: holds no row of numbers; expected one sample a line"),
        ("a,b\n1,2\n", r"a\.csv: holds 1 of the samples asked for; expected at least 2"),
        (
            "1,2\n3,nan\n",
            r"a\.csv: line 2, column 2 holds 'nan', as 1 of 4 cells hold no finite number",
        ),
        ("", r"a\.csv: is empty \(0 bytes\); copy or download it anew"),
    ],
)
def test_a_csv_that_does_not_fit_names_the_place(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        opened(tmp_path / "a.csv")


def test_a_csv_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x81\n1,2\n")
    with pytest.raises(InputError, match=r"a\.csv: cannot be read as text \(.*\); expected numbers between commas"):
        opened(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 2), complex), r"holds complex128, expected real numbers; convert it to float32 or uint8"),
        (np.array(["a", "b"]), r"holds <U1, expected real numbers"),
        (np.zeros(3, "datetime64[s]"), r"holds datetime64\[s\], expected real numbers"),
        (np.array([{}, {}]), r"a\.npy holds pickled Python objects, which are never loaded; save plain numbers"),
        (np.array([[1, np.nan], [np.inf, 2]]), r"2 of 4 numbers are NaN or infinite, the first in row 0, column 1"),
        (np.zeros((1, 4)), r"holds 1 of the samples asked for; expected at least 2"),
        (np.zeros((0, 4)), r"holds 0 of the samples asked for; expected at least 2"),
        (np.zeros((4, 0)), r"float64 of shape \(4, 0\); expected \(N,\) or \(N, features\)"),
        (np.zeros((4, 2, 5, 5), np.uint8), r"images of shape \(2, 5, 5\); expected 1 or 3 channels, first or last"),
        (np.float64(3), r"a\.npy is no array of samples; expected \(N,\), \(N, features\) or images"),
    ],
)
def test_arrays_that_cannot_be_samples_are_refused(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=message):
        opened(tmp_path / "a.npy")


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.zip", "a.csv", "a.idx"])
def test_an_empty_file_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"is empty \(0 bytes\); copy or download it anew"):
        opened(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_a_broken_array_file_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x93NUMPY rubbish")
    with pytest.raises(InputError, match=rf"{name}: cannot be read \(.*\); expected an"):
        opened(tmp_path / name)
    np.save(tmp_path / "whole.npy", np.zeros((50, 4)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:-100])
    with pytest.raises(InputError, match=r"cut\.npy: cannot be read"):
        opened(tmp_path / "cut.npy")


def test_pickles_in_an_npz_are_never_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", data=np.array([{}, {}]))
    with pytest.raises(InputError, match=r"a\.npz: data holds pickled Python objects, which are never loaded"):
        opened(tmp_path / "a.npz")


def test_an_npz_of_several_unnamed_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", p=np.zeros(3), q=np.zeros(3))
    with pytest.raises(InputError, match=r"a\.npz: holds the arrays p, q; name the samples 'images' or 'data'"):
        opened(tmp_path / "a.npz")


def test_labels_must_match_the_samples(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros(4), y=np.zeros(3))
    with pytest.raises(InputError, match=r"4 samples but 3 labels; expected one label a sample"):
        opened(tmp_path / "a.npz")


def test_options_of_images_are_refused_for_tables(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((4, 2)))
    with pytest.raises(InputError, match=r"--mirror is for images, not for tables such as .*a\.npy; leave it out"):
        opened(tmp_path / "a.npy", mirror=True)
    with pytest.raises(InputError, match=r"a\.npy has no classes; leave out --classes"):
        opened(tmp_path / "a.npy", classes=["1"])


def test_an_unknown_kind_of_file_lists_the_known(tmp_path):
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(InputError, match=r"a\.docx: \.docx is not known; expected a folder, \.npy, \.npz, \.csv"):
        opened(tmp_path / "a.docx")


def test_a_table_is_known_by_its_numbers_and_not_by_the_last_bits_of_their_mean(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,5\n4,9\n")
    known = open_source(str(path)).fingerprint()
    monkeypatch.setattr("wgan.data.tables.table._standard", lambda _: Scaling((1.0, 2.0), (3.0, 4.0)))
    assert open_source(str(path)).fingerprint() == known
    assert open_source(str(path), standardize=False).fingerprint() != known
    path.write_text("a,b\n1,2\n3,5\n4,9.0000000000000018\n")
    assert open_source(str(path)).fingerprint() != known
