"""Two thousand damaged files over all readers: each is read, or refused in one line, and none hangs."""

import gzip
import io
import random
import signal
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wgan.data import open_source
from wgan.errors import InputError
from wgan.randomness import stream

SECONDS = 5
TRIALS = 125  # of each of the formats, two thousand in all

NUMBERS = np.random.default_rng(0).normal(size=(12, 3))
PICTURES = np.random.default_rng(0).integers(0, 256, size=(6, 8, 8, 3), dtype=np.uint8)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    """What is written into a file."""
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def picture(kind: str, pixels: np.ndarray = PICTURES[0]) -> bytes:
    return saved(lambda file: Image.fromarray(pixels).save(file, kind))


def zipped(compression: int = zipfile.ZIP_STORED) -> bytes:
    def save(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", compression) as archive:
            for number in range(3):
                archive.writestr(f"{'ab'[number % 2]}/{number}.png", picture("PNG", PICTURES[number]))

    return saved(save)


def idx() -> bytes:
    return b"\0\0\x08\3" + struct.pack(">3I", 6, 8, 8) + PICTURES[..., 0].tobytes()


def csv(delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    rows = [delimiter.join(f"{value:.17g}" for value in row) for row in NUMBERS]
    return "\n".join([delimiter.join("abc"), *rows, ""]).encode(encoding)


def parquet(columns: dict[str, object]) -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    return saved(lambda file: writer.write_table(pyarrow.table(columns), file))


SEEDS: dict[str, Callable[[], bytes]] = {
    "numbers.npy": lambda: saved(lambda file: np.save(file, NUMBERS)),
    "pictures.npy": lambda: saved(lambda file: np.save(file, PICTURES)),
    "plain.npz": lambda: saved(lambda file: np.savez(file, images=PICTURES, labels=np.arange(6) % 2)),
    "packed.npz": lambda: saved(lambda file: np.savez_compressed(file, x=NUMBERS)),
    "commas.csv": csv,
    "semicolons.csv": lambda: csv(";"),
    "wide.csv": lambda: csv(",", "utf-16"),
    "packed.csv.gz": lambda: gzip.compress(csv()),
    "numbers.parquet": lambda: parquet({name: NUMBERS[:, k] for k, name in enumerate("abc")}),
    "pictures.parquet": lambda: parquet(
        {"img": [{"bytes": picture("PNG", one), "path": None} for one in PICTURES], "label": [0, 1, 0, 1, 0, 1]}
    ),
    "images-idx3-ubyte": idx,
    "packed.idx.gz": lambda: gzip.compress(idx()),
    "stored.zip": zipped,
    "packed.zip": lambda: zipped(zipfile.ZIP_DEFLATED),
    "folder/a.png": lambda: picture("PNG"),
    "folder/a.tif": lambda: picture("TIFF", np.arange(64, dtype=np.uint16).reshape(8, 8) * 60),
}


WORDS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"nan,", b'"\n"\n')


def damaged(content: bytes, draw: random.Random) -> bytes:
    """The content with a few bits flipped, bytes cut out, repeated or replaced."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 8))):
        if not data:
            break
        at = draw.randrange(len(data))
        match draw.randrange(6):
            case 0 | 1:
                data[at] ^= 1 << draw.randrange(8)
            case 2:
                del data[at:]
            case 3:
                del data[at : at + draw.randrange(1, 17)]
            case 4:
                data[at:at] = data[at : at + draw.randrange(1, 65)] * draw.choice((1, 50))
            case 5:
                data[at : at + 4] = draw.choice(WORDS)
    return bytes(data)


class HungError(BaseException):
    """A reader did not come to an end; no reader may take it for an error of the file."""


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Ends what takes longer with a `HungError`."""

    def ring(*_: object) -> None:
        raise HungError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read(path: Path) -> None:
    """Opens a file and draws from it; a refusal is one line."""
    try:
        with alarm(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            source = open_source(str(path))
            assert source.subset(2, stream(0)).isfinite().all()
    except InputError as error:
        refusal = str(error)
    else:
        refusal = ""
    assert "\n" not in refusal
    assert len(refusal) < 2000


def attack(name: str, folder: Path, seed: int) -> None:
    """Reads one damaged file, with two good pictures beside it where it lies in a folder."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if path.parent != folder:
        for number in range(2):
            (path.parent / f"good{number}.png").write_bytes(picture("PNG", PICTURES[number]))
    path.write_bytes(damaged(SEEDS[name](), random.Random(f"{name}{seed}")))
    read(path if path.parent == folder else path.parent)


@pytest.mark.parametrize("name", SEEDS)
def test_undamaged_files_are_read(name, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.damaged", lambda content, _: content)
    attack(name, tmp_path, 0)


@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files_are_read_or_refused(name, tmp_path):
    for seed in range(8):
        attack(name, tmp_path, seed)


@pytest.mark.torture
@pytest.mark.parametrize("name", SEEDS)
def test_many_damaged_files_are_read_or_refused(name, tmp_path):
    for seed in range(8, 8 + TRIALS):
        try:
            attack(name, tmp_path, seed)
        except BaseException as error:
            error.add_note(f"damage number {seed}")
            raise
