"""Tables and pictures that stay on disk are those in memory, and never take its place."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wgan.arrays import as_samples
from wgan.data import open_source
from wgan.data.tables import rows as on_disk
from wgan.data.tables.rows import RowsSource
from wgan.errors import InputError
from wgan.randomness import distinct, stream

STAYS = "of numbers stay on disk; rows are read as they are drawn, and NaN is looked for in these"
N = 300
DRAWN = np.random.default_rng(0).normal(size=(N, 4))
RECORDS = np.rec.fromarrays([DRAWN[:, 0], (100 * DRAWN[:, 1]).astype(np.int16), DRAWN[:, 2] > 0], names="a,b,c")
ARRAYS = {
    "doubles": DRAWN,
    "columns": np.asfortranarray(DRAWN),
    "integers": (1000 * DRAWN).astype(">i2"),
    "flat": DRAWN[:, 0].astype(np.float32),
    "records": np.array(RECORDS),
}


@pytest.fixture
def small(monkeypatch):
    """Tables of any size stay on disk, and a pass holds a few numbers."""
    monkeypatch.setattr(on_disk, "LARGE", 64)
    for module in ("wgan.data.maps", "wgan.data.tables.rows", "wgan.data.tables.streamed"):
        monkeypatch.setattr(sys.modules[module], "AT_ONCE", 50)


def written(path, content) -> str:
    if isinstance(content, pa.Table):
        pq.write_table(content, path, row_group_size=70)
    else:
        np.save(path, content)
    return str(path)


def parquet() -> pa.Table:
    names = np.array(["x", "y"])
    return pa.table({
        "d": DRAWN[:, 0],
        "i": (1000 * DRAWN[:, 1]).astype(np.int32),
        "f": pa.array(DRAWN[:, 2].astype(np.float32)),
        "b": DRAWN[:, 3] > 0,
        "decimal": pa.array(np.arange(N)).cast(pa.decimal128(21, 2)),
        "coded": pa.array(np.arange(N) % 3 / 4).dictionary_encode(),
        "word": names[np.arange(N) % 2],
    })  # fmt: skip


CASES = [
    *((f"{name}.npy", array, {}) for name, array in ARRAYS.items()),
    ("doubles.npy", DRAWN, {"columns": "4,2"}),
    ("records.npy", np.array(RECORDS), {"drop": "b"}),
    ("table.parquet", parquet(), {"drop": "word"}),
    ("table.parquet", parquet(), {"columns": "f,d"}),
]


@pytest.mark.parametrize(("name", "content", "options"), CASES)
@pytest.mark.parametrize("standardize", [True, False])
def test_what_stays_on_disk_is_what_would_be_in_memory(tmp_path, request, name, content, options, standardize):
    path = written(tmp_path / name, content)
    memory = open_source(path, standardize=standardize, **options)
    request.getfixturevalue("small")
    with pytest.warns(match=STAYS):
        disk = open_source(path, standardize=standardize, **options)
    assert isinstance(disk, RowsSource)
    assert (disk.shape, disk.columns, len(disk)) == (memory.shape, memory.columns, len(memory))
    assert disk.fingerprint() == memory.fingerprint()
    assert torch.equal(disk.observed(N, stream(1)), memory.observed(N, stream(1)))
    # The means and deviations of blocks are put together, which rounds otherwise.
    exact = {"rtol": 0, "atol": 2**-22 if standardize else 0}
    torch.testing.assert_close(disk.sample(50, stream(2)), memory.sample(50, stream(2)), **exact)
    for ours, theirs in zip(disk.split(), memory.split(), strict=True):
        assert ours.fingerprint() == theirs.fingerprint()
        torch.testing.assert_close(ours.subset(9, stream(3)), theirs.subset(9, stream(3)), **exact)
    torch.testing.assert_close(disk.scaling.decode(disk.subset(9, stream(4))), disk.observed(9, stream(4)))


@pytest.mark.parametrize("name", ["a.npy", "a.parquet"])
def test_a_limit_keeps_the_rows_that_it_kept(tmp_path, request, name):
    path = written(tmp_path / name, DRAWN if name == "a.npy" else parquet().drop(["word"]))
    memory = open_source(path, limit=20)
    request.getfixturevalue("small")
    with pytest.warns(match=STAYS):
        disk = open_source(path, limit=20)
    assert disk.fingerprint() == memory.fingerprint()


def test_classes_of_a_parquet_file(tmp_path, request):
    features = b'{"info": {"features": {"c": {"names": ["no", "yes"]}}}}'
    table = pa.table({"a": DRAWN[:, 0], "c": np.arange(N) % 2}).replace_schema_metadata({b"huggingface": features})
    path = written(tmp_path / "a.parquet", table)
    memory = open_source(path, classes="yes")
    request.getfixturevalue("small")
    with pytest.warns(match=STAYS):
        disk = open_source(path, classes="yes")
    assert (len(disk), disk.classes, disk.fingerprint()) == (N // 2, ("yes",), memory.fingerprint())


@pytest.mark.parametrize("dtype", ["u1", ">u2", "i8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(N, 6, 5), (N, 6, 5, 3), (N, 3, 6, 5)])
@pytest.mark.parametrize("options", [{}, {"resolution": 4, "gray": True}])
@pytest.mark.filterwarnings("ignore:.*(cropped|resized|grey|more than 8 bits|stay on disk)")
def test_pictures_on_disk_are_those_in_memory(tmp_path, request, dtype, shape, options):
    path = written(tmp_path / "a.npy", np.random.default_rng(0).integers(0, 256, shape).astype(dtype))
    memory = open_source(path, **options)
    request.getfixturevalue("small")
    disk = open_source(path, **options)
    assert type(disk).__name__ == "MappedImagesSource"
    assert (disk.shape, disk.pixels, len(disk)) == (memory.shape, memory.pixels, len(memory))
    assert disk.fingerprint() == memory.fingerprint()
    assert torch.equal(disk.sample(9, stream(2)), memory.sample(9, stream(2)))
    assert torch.equal(disk.observed(9, stream(3)), memory.observed(9, stream(3)))
    assert torch.equal(disk.split()[1].subset(9, stream(4)), memory.split()[1].subset(9, stream(4)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", DRAWN, r"a\.npy: 1 of \d+ numbers are NaN or infinite, the first in row 7, column 2 \(counted from"),
        ("a.parquet", pa.table({"c": DRAWN[:, 2]}), r"column 'c' holds nan in row 7 \(counted from 0\), expected a fi"),
        ("b.parquet", pa.table({"c": DRAWN[:, 2]}), r"column 'c' is empty in 1 of \d+ rows, the first is 7 \(counted"),
    ],
)
def test_nan_is_found_where_it_is_drawn(tmp_path, small, monkeypatch, name, content, message):
    monkeypatch.setattr("wgan.data.tables.parquet.LOOKED_AT", 5)
    if isinstance(content, pa.Table):
        cells = content["c"].to_pylist()
        cells[7] = None if name == "b.parquet" else np.nan
        content = pa.table({"c": pa.array(cells)})
    else:
        content = content.copy()
        content[7, 2] = np.nan
    with pytest.warns(match=STAYS):
        source = open_source(written(tmp_path / name, content), standardize=False)
    kept = [row for row in range(N) if row != 7]
    assert source.select(torch.tensor(kept)).subset(N - 1, stream(0)).isfinite().all()
    with pytest.raises(InputError, match=message):
        source.subset(N, stream(0))
    with pytest.raises(InputError, match=message), pytest.warns(match=STAYS):
        open_source(str(tmp_path / name))  # to standardise looks at all


def test_a_column_of_words_is_refused_at_once(tmp_path, small):
    with pytest.raises(InputError, match="column 'word' holds string, such as 'x', expected numbers or images"):
        open_source(written(tmp_path / "a.parquet", parquet()))


def test_deep_pictures_that_are_not_finite(tmp_path, small):
    pictures = np.zeros((N, 4, 4))
    pictures[3, 1, 1] = np.inf
    with pytest.raises(InputError, match="holds values that are NaN or infinite"), pytest.warns(match="stay on disk"):
        open_source(written(tmp_path / "a.npy", pictures))


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 9))
def test_distinct_numbers(count, n, seed):
    few = distinct(count, min(n, count), stream(seed)).tolist()
    assert len(few) == len(set(few)) == min(n, count)
    many = distinct(count << 40, n, stream(seed))
    assert len(many) == len(many.unique()) == n
    assert not n or 0 <= many.min() <= many.max() < count << 40


def test_distinct_numbers_are_spread_evenly(monkeypatch):
    monkeypatch.setattr("wgan.randomness.FEW", 0)
    drawn = torch.stack([distinct(12, 3, stream(seed)) for seed in range(4000)])
    for place in drawn.T:  # 4000 / 12 = 333 each, within five of its deviations of 17.5
        assert (place.bincount(minlength=12) - 4000 / 12).abs().max() < 5 * 17.5


def test_a_map_that_does_not_fit_is_refused_in_a_line(tmp_path, monkeypatch):
    array = np.load(written(tmp_path / "a.npy", DRAWN), mmap_mode="r")
    assert torch.equal(as_samples(array, "x").values, torch.from_numpy(DRAWN))
    monkeypatch.setattr("wgan.memory.available_memory", lambda: 5000)
    with pytest.raises(InputError, match=r"x, a memory map, in double precision needs 9.4 KiB .* wgan\.data\.open_sou"):
        as_samples(array, "x")


PEAK = """
import resource, sys, numpy as np, pyarrow.parquet, torch, wgan.comparison, wgan.critic
from wgan.comparison.sides import both_sides
from wgan.critic.samples import gather
from wgan.data import open_source

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

torch.zeros(1 << 20).square().sum(), np.zeros(1 << 20) + 1
before = peak()
path, count = sys.argv[1], int(sys.argv[2])
both_sides(path, path, count, 0)
source = open_source(path, standardize=False)
source.sample(count, torch.Generator())
if len(source.shape) == 1:
    gather(open_source(f"funnels:{source.shape[0]}:4"), source, count, 0)
drawn = peak() - before
open_source(path).fingerprint()
print(drawn, peak() - before)
"""


@pytest.mark.parametrize("name", ["a.npy", "pictures.npy", "a.parquet"])
def test_a_file_is_never_in_memory_as_a_whole(tmp_path, name):
    """Of 1.2 GiB, or 0.5 in one row group: what is drawn, and a part of a pass."""
    path = tmp_path / name
    if name == "a.parquet":
        part = pa.record_batch({f"c{place}": np.random.default_rng(0).normal(size=1 << 17) for place in range(8)})
        with pq.ParquetWriter(path, part.schema) as writer:
            writer.write_table(pa.Table.from_batches([part] * 64), row_group_size=1 << 23)
    else:
        shape, kind = ((20_000_000, 8), np.float64) if name == "a.npy" else ((20_000, 3, 147, 147), np.uint8)
        np.lib.format.open_memmap(path, "w+", kind, shape)[[0, -1]] = 1
    count = "50" if name == "pictures.npy" else "10000"
    found = subprocess.run([sys.executable, "-c", PEAK, path, count], capture_output=True, text=True, check=True)
    drawn, passed = map(int, found.stdout.split())
    assert drawn < 250, found.stdout
    assert passed < 250, found.stdout
