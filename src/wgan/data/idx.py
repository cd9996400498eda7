"""The IDX format of MNIST: a big-endian header (type, rank, sizes), then the numbers."""

import gzip
import hashlib
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wgan.errors import InputError

__all__ = ["is_idx", "read_idx"]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CHUNK = 1 << 22


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
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _parse(path, file, sha256)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected an IDX file, copy or download it anew") from error


def _parse(path: Path, file: io.BufferedIOBase, sha256: str | None) -> NDArray[np.generic]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not magic[3]:
        raise InputError(f"{path}: starts with bytes {magic.hex() or '(none)'}, which is no IDX file; check the file")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise InputError(f"{path}: ends within its IDX header; copy or download it anew")
    shape = struct.unpack(f">{magic[3]}I", sizes)
    dtype = np.dtype(_TYPES[magic[2]])
    body = _read_at_most(file, dtype.itemsize * math.prod(shape) + 1)
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


def _read_at_most(file: io.BufferedIOBase, size: int) -> bytearray:
    # In pieces: a header that lies must not make us reserve what it claims.
    body = bytearray()
    while len(body) < size and (piece := file.read(min(_CHUNK, size - len(body)))):
        body += piece
    return body
