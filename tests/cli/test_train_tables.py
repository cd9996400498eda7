"""Tables as people find them: one command learns them, another writes rows of the same form."""

import warnings

import numpy as np
import pandas as pd
import pytest

import wgan
from running import command
from wgan.data import named

pytestmark = pytest.mark.filterwarnings("always::UserWarning")

TABLES = named.home() / "tables"
FEW = ("--iterations", "3", "--batch", "64", "--latent", "8", "--metrics", "w1")


@pytest.mark.parametrize("name", ["adult", "diamonds", "penguins", "titanic"])
@pytest.mark.skipif(not TABLES.is_dir(), reason="needs the tables in WGAN_HOME")
def test_a_table_is_learned_as_it_comes_and_written_like_it(tmp_path, capsys, name):
    path, out = TABLES / f"{name}.csv", tmp_path / "out.csv"
    said = command(capsys, "train", "--data", str(path), "--out", str(tmp_path / "run"), "--limit", "600", *FEW)
    assert said.code == 0
    assert "its cells are not all numbers, so the recipe table learns them" in said.err
    assert "column" in said.err and "range or values" in said.err
    assert command(capsys, "sample", str(tmp_path / "run"), "-n", "300", "--out", str(out)).code == 0
    before, after = path.read_text().splitlines(), out.read_text().splitlines()
    assert after[0] == before[0] and len(after) == 301
    real, made = pd.read_csv(path), pd.read_csv(out)
    for column in real.columns:
        kinds = real[column].dtype.kind, made[column].dtype.kind
        assert kinds[0] == kinds[1] or set(kinds) <= set("iufb")
        assert made[column].isna().any() <= real[column].isna().any()
        if kinds[0] == "O":
            assert set(made[column].dropna()) <= set(real[column].dropna())
        elif kinds[0] in "if":
            assert made[column].min() >= real[column].min() and made[column].max() <= real[column].max()


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_data_frame_is_learned_and_comes_back_as_one(tmp_path, library):
    module = pytest.importorskip(library)
    cells = {"n": [1, 2, None, 4] * 20, "w": ["a", "b", None, "a"] * 20, "x": np.arange(80) / 4}
    frame = module.table(cells) if library == "pyarrow" else module.DataFrame(cells)
    small = {"iterations": 2, "batch": 16, "latent": 4, "quiet": True}
    run = wgan.train(
        "table", frame, tmp_path / "run", **small, overrides={"data.kind": "w=category", "data.label": "w"}
    )
    made = run.frame(50)
    assert list(made.columns) == ["n", "w", "x"] and len(made) == 50
    assert set(made["w"].dropna()) <= {"a", "b"} and set(made["n"].dropna()) <= {1, 2, 4}
    assert made["x"].dtype == np.float64
    with pytest.raises(wgan.WganError, match=r"samples of type ndarray have no columns; hand over a data frame"):
        wgan.train("table", np.zeros((80, 2)), tmp_path / "other", **small)


def test_a_small_table_lowers_the_batch_with_a_line(tmp_path):
    frame = pd.DataFrame({"w": ["a", "b"] * 50, "x": np.arange(100) % 7})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        run = wgan.train("table", frame, tmp_path / "run", iterations=2, quiet=True)
    assert run.recipe.batch == 64
    assert any("80 rows to train on; lowered batch from 512 to 64" in str(line.message) for line in said)


def test_kinds_are_asked_for_on_the_command_line(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("id,zip,w\n" + "".join(f"{k},{k % 5},{'ab'[k % 2]}\n" for k in range(60)))
    asked = ("--kind", "id=identifier", "--kind", "zip=category", "--label", "w")
    run, out = str(tmp_path / "run"), str(tmp_path / "o.csv")
    said = command(capsys, "train", "--data", str(tmp_path / "t.csv"), "--out", run, *asked, *FEW, "--batch=16")
    assert said.code == 2 and "--batch is given twice" in said.err
    said = command(capsys, "train", "--data", str(tmp_path / "t.csv"), "--out", run, *asked, "--iterations", "2")
    assert said.code == 0 and "identifier  names the rows, made up anew" in said.err
    assert command(capsys, "sample", run, "-n", "40", "--out", out).code == 0
    made = pd.read_csv(out)
    assert made["id"].tolist() == list(range(60, 100)) and set(made["zip"]) <= set(range(5))
