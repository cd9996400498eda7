"""IDX files, the data sets made of them, and downloads that arrive whole or not at all."""

import functools
import gzip
import hashlib
import http.server
import io
import struct
import tarfile
import threading
from dataclasses import replace

import numpy as np
import pytest

from wgan.data import named, open_source
from wgan.data.download import fetch
from wgan.data.idx import read_idx
from wgan.data.images import cifar
from wgan.errors import InputError


def idx(array, code=0x08):
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


def digits(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 5, 4), dtype=np.uint8)


LABELS = np.arange(6, dtype=np.uint8) % 3
FILES = {
    "train-images-idx3-ubyte": idx(digits(6)),
    "train-labels-idx1-ubyte": idx(LABELS),
    "t10k-images-idx3-ubyte": idx(digits(9, seed=1)),
    "t10k-labels-idx1-ubyte": idx(np.arange(9, dtype=np.uint8) % 3),
}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A data set of fifteen images in the place of MNIST, with nothing on disk and no mirror."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    data_set = replace(named.MNIST, sha256=hashes, mirrors=())
    monkeypatch.setitem(named.NAMED, "mnist", data_set.read)
    monkeypatch.setenv("WGAN_HOME", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    return data_set


@pytest.fixture
def mirror(tmp_path_factory):
    """The folder and the address of a web server of our own."""
    folder = tmp_path_factory.mktemp("mirror")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def end_headers(self):
            if self.path.endswith(".cut"):
                self.close_connection = True
            super().end_headers()

        def copyfile(self, source, outputfile):
            content = source.read()
            outputfile.write(content[: len(content) // 2] if "cut" in self.path else content)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("packed", [False, True])
def test_named_data_is_read_from_the_home_folder_plain_or_gzipped(tiny, tmp_path, packed):
    for name, content in FILES.items():
        path = tmp_path / "mnist" / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content) if packed else content)
    source = open_source("mnist")
    train, held_out = source.split()
    assert train is source
    assert (len(train), len(held_out), source.shape) == (6, 9, (1, 5, 4))
    assert np.array_equal(train.data[:, 0].numpy(), digits(6))
    assert np.array_equal(held_out.data[:, 0].numpy(), digits(9, seed=1))
    assert train.labels.tolist() == LABELS.tolist()
    chosen = open_source("mnist", classes=["1"], limit=2, gray=True, resolution=(8, 6))
    assert [len(part) for part in chosen.split()] == [2, 3]
    assert chosen.split()[1].shape == (1, 8, 6)


def test_local_files_are_checked_too(tiny, tmp_path):
    for name in FILES:
        (tmp_path / "mnist" / name).write_bytes(idx(digits(6, seed=2)))
    with pytest.raises(InputError, match=r"SHA-256 of its content is \w{12}…, expected \w{12}…; delete the file and"):
        open_source("mnist")


def test_missing_files_are_downloaded_checked_and_kept(tiny, tmp_path, mirror, monkeypatch):
    folder, address = mirror
    for name, content in FILES.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setitem(named.NAMED, "mnist", replace(tiny, mirrors=(address + "nowhere/", address)).read)
    assert len(open_source("mnist")) == 6
    assert sorted(path.name for path in (tmp_path / "mnist").iterdir()) == sorted(f"{name}.gz" for name in FILES)
    monkeypatch.setitem(named.NAMED, "mnist", tiny.read)
    assert len(open_source("mnist")) == 6


def test_a_download_that_fails_leaves_nothing_behind(tmp_path, mirror):
    folder, address = mirror
    (folder / "a.idx").write_bytes(idx(LABELS))
    (folder / "cut").mkdir()
    (folder / "cut" / "a.idx").write_bytes(bytes(1000))

    def refuse(path):
        raise InputError("SHA-256 differs")

    def interrupt(path):
        raise KeyboardInterrupt

    target = tmp_path / "new" / "a.idx"
    for mirrors, verify, message in (
        (
            [address + "missing/"],
            read_idx,
            r"a\.idx could not be downloaded \(http://.*/missing/: .*404.*\); put it into",
        ),
        ([address + "cut/"], read_idx, r"the connection ended after 500 of 1000 bytes"),
        ([address], refuse, r"SHA-256 differs"),
        (["http://127.0.0.1:9/"], read_idx, r"could not be downloaded .*[Rr]efused.*put it into .*new yourself"),
        ([], read_idx, r"could not be downloaded"),
    ):
        with pytest.raises(InputError, match=message):
            fetch(target, mirrors, verify)
        assert not list(target.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        fetch(target, [address], interrupt)
    assert not list(target.parent.iterdir())
    fetch(target, [address], read_idx)
    assert np.array_equal(read_idx(target), LABELS)


@pytest.mark.parametrize("axes", [5, 64, 65, 255])
def test_an_idx_file_of_too_many_axes_is_refused(tmp_path, axes):
    (tmp_path / "a.idx").write_bytes(struct.pack(f">HBB{axes}I", 0, 8, axes, *[1] * axes) + b"x")
    with pytest.raises(InputError, match=rf"a\.idx: its header says {axes} axes, expected 1 to 4; check the file"):
        open_source(str(tmp_path / "a.idx"))


def test_a_gzip_that_unpacks_to_more_than_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("wgan.data.idx.available_memory", lambda: 1 << 20)
    (tmp_path / "a.idx.gz").write_bytes(gzip.compress(idx(np.zeros((1000, 32, 32), np.uint8))))
    with pytest.raises(InputError, match=r"a\.idx\.gz: holds more than half of the free memory, .* take a part of it"):
        open_source(str(tmp_path / "a.idx.gz"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\3\4rubbish", r"a\.idx: starts with bytes 504b0304, which is no IDX file; check the file"),
        (b"\0\0\x07\1\0\0\0\1x", r"starts with bytes 00000701, which is no IDX file"),
        (b"\0\0", r"starts with bytes 0000, which is no IDX file"),
        (b"\0\0\x08\3\0\0\0\1", r"ends within its IDX header; copy or download it anew"),
        (idx(digits(4))[:-1], r"its header says 4 x 5 x 4 = 80 bytes, but only 79 follow; copy or download it anew"),
        (idx(digits(4)) + b"x", r"its header says 4 x 5 x 4 = 80 bytes, but more follow"),
        (b"\0\0\x08\3" + b"\xff" * 12, r"its header says 4294967295 x 4294967295 x 4294967295 = \d+ bytes, but only 0"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_an_idx_file_that_lies_is_refused(tmp_path, content, message, packed):
    path = tmp_path / ("a.idx.gz" if packed else "a.idx")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(InputError, match=message.replace(r"a\.idx", path.name)):
        open_source(str(path))


def test_a_broken_gzip_is_refused(tmp_path):
    packed = gzip.compress(idx(digits(400)))
    for content in (packed[: len(packed) // 2], b"no gzip at all", packed[:50] + bytes(50) + packed[100:]):
        (tmp_path / "a.idx.gz").write_bytes(content)
        with pytest.raises(
            InputError, match=r"a\.idx\.gz: cannot be read \(.+\); expected an IDX file, copy or download"
        ):
            open_source(str(tmp_path / "a.idx.gz"))


def test_an_idx_file_alone_is_images_with_the_labels_beside_it_or_a_table(tmp_path):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(digits(6))))
    assert open_source(str(tmp_path / "train-images-idx3-ubyte.gz")).labels is None
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS)))
    source = open_source(str(tmp_path / "train-images-idx3-ubyte.gz"))
    assert (source.shape, source.classes) == ((1, 5, 4), ("0", "1", "2"))
    numbers = np.arange(8, dtype=">f4").reshape(4, 2)
    (tmp_path / "a.idx").write_bytes(idx(numbers, code=0x0D))
    assert open_source(str(tmp_path / "a.idx"), standardize=False).data.tolist() == numbers.tolist()


def test_home_is_the_cache_folder_unless_it_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("WGAN_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert named.home() == tmp_path / "wgan"
    monkeypatch.setenv("WGAN_HOME", "~/somewhere")
    assert named.home().name == "somewhere"
    assert "~" not in str(named.home())


def test_cifar10_is_read_from_the_binary_archive(tmp_path, monkeypatch, mirror):
    folder, address = mirror
    chance = np.random.default_rng(0)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    batches = {name: chance.integers(0, 10, (2, 3073), dtype=np.uint8) for name in names}
    with tarfile.open(folder / "cifar-10-binary.tar.gz", "w:gz") as archive:
        for name, batch in batches.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = batch.nbytes
            archive.addfile(member, io.BytesIO(batch.tobytes()))
    monkeypatch.setenv("WGAN_HOME", str(tmp_path))
    monkeypatch.setattr(cifar, "_MIRRORS", (address,))
    with pytest.raises(InputError, match=r"SHA-256 is \w{12}…, expected c4a38c50a1bc…; delete the file and download"):
        open_source("cifar10")
    packed = (folder / "cifar-10-binary.tar.gz").read_bytes()
    monkeypatch.setattr(cifar, "_SHA256", hashlib.sha256(packed).hexdigest())
    train, held_out = open_source("cifar10").split()
    assert (len(train), len(held_out), train.shape) == (10, 2, (3, 32, 32))
    assert train.labels[2] == batches["data_batch_2"][0, 0]
    # A record is the label, then 1024 bytes of red, green and blue, row by row.
    assert train.data[2, 1, 0, 5] == batches["data_batch_2"][0, 1 + 1024 + 5]


@pytest.mark.skipif(not (named.home() / "mnist").is_dir(), reason="needs MNIST in WGAN_HOME")
def test_the_real_mnist_matches_its_published_checksums():
    train, held_out = open_source("mnist").split()
    assert (len(train), len(held_out), train.shape) == (60_000, 10_000, (1, 28, 28))
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    # The mean of all training pixels, known from every MNIST tutorial's normalisation.
    assert train.data.double().mean().item() / 255 == pytest.approx(0.1307, abs=5e-5)
