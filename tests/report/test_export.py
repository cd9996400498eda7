"""Samples in files: every digit, names, whole or not at all."""

import csv
import os
import stat

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from wgan.data import open_source
from wgan.errors import InputError
from wgan.report.export import refuse_place, write_samples

ROWS = torch.tensor([[1_700_000_001.0, 0.1], [2.0, -1e-300], [2.0**53, 1 / 3]], dtype=torch.float64)
IMAGES = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))


@given(arrays(np.float64, (4, 3), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_every_number_comes_back(tmp_path_factory, values):
    out = tmp_path_factory.mktemp("export") / "rows.csv"
    write_samples(torch.from_numpy(values), out)
    assert (np.loadtxt(out, delimiter=",") == values).all()
    write_samples(torch.from_numpy(values), out.with_suffix(".npy"))
    assert (np.load(out.with_suffix(".npy")) == values).all()


def test_a_table_has_names_and_whole_numbers(tmp_path):
    out = write_samples(ROWS, tmp_path / "new" / "rows.csv", columns=["ts", 'a "b", c'])
    lines = out.read_text().splitlines()
    assert (
        lines[0] == 'ts,"a ""b"", c"'
        and lines[1].startswith("1700000001,0.1")
        and lines[3].startswith("9007199254740992,")
    )


def test_a_table_is_read_back_as_it_was(tmp_path):
    out = write_samples(ROWS, tmp_path / "rows.csv", columns=["ts", "v"])
    source = open_source(str(out))
    assert source.columns == ("ts", "v")
    assert sorted(source.observed(3, torch.Generator()).tolist()) == sorted(ROWS.tolist())


@pytest.mark.parametrize("name", ["=1+1", "+a", "-a", "@a", "\ta", "\ra"])
def test_names_that_a_spreadsheet_would_run_are_defused_with_a_line(name, tmp_path):
    with pytest.warns(UserWarning, match=r"columns '.*a?' are written with a ' before their names"):
        out = write_samples(ROWS, tmp_path / "rows.csv", columns=[name, "plain"])
    with out.open(newline="") as file:
        assert next(csv.reader(file)) == [f"'{name}", "plain"]


def test_arrays_have_the_precision_of_their_kind(tmp_path):
    assert np.load(write_samples(ROWS, tmp_path / "rows.npy")).dtype == np.float64
    images = np.load(write_samples(IMAGES.double(), tmp_path / "images.NPY"))
    assert images.dtype == np.float32 and (images == IMAGES.numpy()).all()


def test_pictures_one_by_one_in_a_new_folder(tmp_path):
    out = write_samples(IMAGES, tmp_path / "pictures")
    assert sorted(os.listdir(out)) == [f"{k:06d}.png" for k in range(5)]
    assert Image.open(out / "000003.png").size == (8, 8)
    with pytest.raises(InputError, match="pictures exists; choose a new folder with --out"):
        write_samples(IMAGES, out)


@pytest.mark.parametrize(
    ("name", "samples", "message"),
    [
        ("rows.xlsx", ROWS, r"cannot write samples to .*rows.xlsx; expected .png, .npy, .csv$"),
        ("rows", ROWS, r"cannot write samples to .*rows; expected .png, .npy, .csv$"),
        ("a.jpg", IMAGES, r"expected .png, .npy, .csv or a folder"),
        ("folder.csv", ROWS, r"cannot write .*folder.csv: Is a directory; choose another --out"),
        ("folder.png", IMAGES, r"cannot write .*folder.png: Is a directory"),
        ("file/rows.npy", ROWS, r"cannot write .*rows.npy: (Not a directory|File exists)"),
        ("x" * 300 + ".csv", ROWS, r"cannot write .*: File name too long"),
        ("x" * 300, IMAGES, r"cannot write .*: File name too long"),
    ],
)
def test_other_places_are_refused_in_one_line(name, samples, message, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_text("")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(InputError, match=message):
        write_samples(samples, tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == before


def test_places_are_refused_before_anything_is_generated(tmp_path):
    with pytest.raises(InputError, match=r"expected .png, .npy, .csv$"):
        refuse_place(tmp_path / "rows", (2,))
    with pytest.raises(InputError, match="exists; choose a new folder"):
        refuse_place(tmp_path, (1, 8, 8))


@pytest.mark.parametrize("name", ["rows.csv", "rows.npy", "grid.png", "folder"])
def test_a_full_disk_leaves_nothing_and_what_was_there(name, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    samples = ROWS if name.startswith("rows") else IMAGES
    if name != "folder":
        (tmp_path / name).write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr("wgan.files.Path.rename", full)
    with pytest.raises(InputError, match="cannot write .*: No space left on device; choose another --out"):
        write_samples(samples, tmp_path / name)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"] * (name != "folder")


@pytest.mark.parametrize("name", ["rows.csv", "rows.npy", "rows.png"])
def test_links_are_replaced_and_not_followed(name, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / name).symlink_to(victim)
    out = write_samples(ROWS, tmp_path / name)
    assert victim.read_text() == "mine" and not out.is_symlink()


def test_files_have_the_permissions_of_any_other(tmp_path):
    (tmp_path / "plain").write_text("")
    expected = stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    assert stat.S_IMODE(write_samples(ROWS, tmp_path / "rows.csv").stat().st_mode) == expected
