"""The IDX format of MNIST: a big-endian header (type, rank, sizes), then the numbers."""

import gzip
import hashlib
import io
import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wgan.data.reading import reading
from wgan.errors import InputError
from wgan.memory import available_memory

__all__ = ["is_idx", "read_idx"]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CHUNK = 1 << 22
_MOST_AXES = 4


def is_idx(path: Path) -> bool:
    """Whether the name is one of an IDX file: `*.idx`, `*-idx3-ubyte`, each also with `.gz`."""
    plain = path.name.removesuffix(".gz")
    return plain.endswith(".idx") or ("idx" in plain and plain.endswith("-ubyte"))


def read_idx(path: Path, sha256: str | None = None) -> NDArray[np.generic]:
    """The array in an IDX file, plain or gzipped.

    Args:
        path: the file; a name that ends in `.gz` is decompressed.
        sha256: the expected hash of the uncompressed content, checked where given.

    Raises:
        InputError: the file is not IDX, its size is not what its header says, or its hash differs.
    """
    with (
        reading(path, "an IDX file, copy or download it anew"),
        gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file,
    ):
        return _parse(path, file, sha256)


def _parse(path: Path, file: io.BufferedIOBase, sha256: str | None) -> NDArray[np.generic]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not magic[3]:
        raise InputError(f"{path}: starts with bytes {magic.hex() or '(none)'}, which is no IDX file; check the file")
    if magic[3] > _MOST_AXES:
        raise InputError(f"{path}: its header says {magic[3]} axes, expected 1 to {_MOST_AXES}; check the file")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise InputError(f"{path}: ends within its IDX header; copy or download it anew")
    shape = struct.unpack(f">{magic[3]}I", sizes)
    dtype = np.dtype(_TYPES[magic[2]])
    body = _read_at_most(path, file, dtype.itemsize * math.prod(shape) + 1)
    if len(body) != dtype.itemsize * math.prod(shape):
        relation = "more" if len(body) > dtype.itemsize * math.prod(shape) else f"only {len(body)}"
        raise InputError(
            f"{path}: its header says {' x '.join(map(str, shape))} = {dtype.itemsize * math.prod(shape)} bytes, "
            f"but {relation} follow; copy or download it anew"
        )
    digest = hashlib.sha256(magic + sizes)
    digest.update(body)
    if sha256 not in (None, digest.hexdigest()):
        raise InputError(
            f"{path}: SHA-256 of its content is {digest.hexdigest()[:12]}…, expected {str(sha256)[:12]}…; "
            "delete the file and download it anew"
        )
    return np.frombuffer(body, dtype).reshape(shape)


def _read_at_most(path: Path, file: io.BufferedIOBase, size: int) -> bytearray:
    # In pieces: a header that lies must not make us reserve what it claims, nor a few packed zeros fill the memory.
    body, room = bytearray(), available_memory() // 2
    while len(body) < size and (piece := file.read(min(_CHUNK, size - len(body)))):
        body += piece
        if len(body) > room:
            raise InputError(
                f"{path}: holds more than half of the free memory, {room / 2**30:.1f} GiB; take a part of it"
            )
    return body
