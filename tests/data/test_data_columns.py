"""Parquet files: columns of numbers, columns of encoded images, and the Hub's conventions."""

import io
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from wgan.data import named, open_source
from wgan.data.images.encoded import StreamSource
from wgan.errors import InputError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def encoded(seed):
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": f"{seed}.png"}


def write(path, table, names=None):
    if names:
        features = {"label": {"_type": "ClassLabel", "names": names}, "img": {"_type": "Image"}}
        note = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": note})
    pq.write_table(table, path)
    return str(path)


def images(n=8):
    return pa.table({"img": [encoded(seed) for seed in range(n)], "label": [seed % 2 for seed in range(n)]})


def test_a_column_of_images_takes_its_class_names_from_the_metadata(tmp_path):
    source = open_source(write(tmp_path / "a.parquet", images(), ["ship", "frog"]))
    assert (len(source), source.shape, source.classes) == (8, (3, 6, 5), ("ship", "frog"))
    with Image.open(io.BytesIO(encoded(3)["bytes"])) as image:
        assert np.array_equal(source.data[3].numpy(), np.asarray(image).transpose(2, 0, 1))
    frogs = open_source(write(tmp_path / "a.parquet", images(), ["ship", "frog"]), classes=["frog"])
    assert torch.equal(frogs.data, source.data[1::2])


def test_labels_without_names_are_numbered(tmp_path):
    assert open_source(write(tmp_path / "a.parquet", images())).classes == ("0", "1")
    unlabelled = images().drop_columns(["label"])
    assert open_source(write(tmp_path / "a.parquet", unlabelled)).labels is None


def test_a_column_of_images_can_be_streamed(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", images())
    whole = open_source(path)
    monkeypatch.setattr("wgan.data.images.encoded.available_memory", lambda: 100)
    streamed = open_source(path)
    assert isinstance(streamed, StreamSource)
    chance = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    assert torch.equal(streamed.sample(9, chance[0]), whole.sample(9, chance[1]))
    assert streamed.fingerprint() != streamed.split()[0].fingerprint()


def test_rows_that_hold_no_image_are_skipped_by_number(tmp_path):
    table = pa.table({"img": [encoded(0), {"bytes": None, "path": "x"}, encoded(1), {"bytes": b"x", "path": None}]})
    with pytest.warns(UserWarning, match=r"2 of 4 files cannot be used as images, first row 1 \(has no bytes\)"):
        assert len(open_source(write(tmp_path / "a.parquet", table))) == 2


def test_columns_of_numbers_are_a_table(tmp_path):
    table = pa.table({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": [True, False, True]})
    source = open_source(write(tmp_path / "a.parquet", table), standardize=False)
    assert source.data.tolist() == [[1, 0.5, 1], [2, 1.5, 0], [3, 2.5, 1]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"a": [1.0, 2.0], "b": ["x", "y"]},
            r"column 'b' holds string, such as 'x', expected numbers or images",
        ),
        ({"a": [1.0, None, 2.0]}, r"column 'a' is empty in 1 of 3 rows, the first is 1 \(counted from 0\)"),
        ({}, r"holds no columns; expected numbers or images"),
    ],
)
def test_other_columns_are_refused(tmp_path, table, message):
    with pytest.raises(InputError, match=message):
        open_source(write(tmp_path / "a.parquet", pa.table(table)))


def test_a_broken_file_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read \(.*\); expected a Parquet file"):
        open_source(str(tmp_path / "a.parquet"))


def test_a_file_larger_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 100)
    with pytest.raises(InputError, match=r"a\.parquet: reading it needs .* KiB and 100\.0 bytes are free; split it"):
        open_source(write(tmp_path / "a.parquet", images()))


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", images())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r'reading Parquet needs pyarrow; run pip install "wgan\[parquet\]"'):
        open_source(path)


def test_without_datasets_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InputError, match=r"hf:some/name: needs the package datasets; run pip install datasets"):
        open_source("hf:some/name")


def test_a_data_set_of_the_hub_has_its_own_test_part(tmp_path):
    datasets = pytest.importorskip("datasets")
    for part, count in (("train", 8), ("test", 4)):
        features = datasets.Features({"img": datasets.Image(), "label": datasets.ClassLabel(names=["ship", "frog"])})
        data = datasets.Dataset.from_dict(images(count).to_pydict(), features=features)
        data.to_parquet(str(tmp_path / "hub" / f"{part}.parquet"))
    train, held_out = open_source(f"hf:{tmp_path / 'hub'}").split()
    assert (len(train), len(held_out), train.shape, train.classes) == (8, 4, (3, 6, 5), ("ship", "frog"))
    assert torch.equal(train.data[:4], held_out.data)
    with pytest.raises(InputError, match=r"hf:.*nowhere: cannot be loaded \(.*\); check the name and the network"):
        open_source(f"hf:{tmp_path / 'nowhere'}")


@pytest.mark.skipif(not (named.home() / "cifar10_jpeg").is_dir(), reason="needs CIFAR-10 in WGAN_HOME")
def test_the_real_cifar10_has_its_classes():
    source = open_source("cifar10", limit=200, classes=["cat", "9"])
    assert (len(source), source.shape, source.classes) == (200, (3, 32, 32), ("cat", "truck"))
    assert len(source.split()[1]) == 2000
