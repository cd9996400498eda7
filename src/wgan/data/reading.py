"""Files in foreign formats: whatever their libraries raise becomes one line."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wgan.errors import InputError
from wgan.memory import require_memory

__all__ = ["read_bytes", "reading", "reason", "require_room"]

_CHUNK = 1 << 22


@contextmanager
def reading(path: str | Path, expected: str) -> Iterator[None]:
    """Turns whatever a library raises over a file into one `InputError`.

    A library may raise anything over a damaged file (`zlib.error`, `tokenize.TokenError`, `struct.error`, …), and no
    list of it is ever complete. So a block holds the library's calls and nothing else, lest it hide a fault of ours.

    Args:
        path: the file, as the user named it.
        expected: what it should be, for the message.

    Raises:
        InputError: for any `Exception` within the block.

    Example:
        >>> with reading("a.npy", "an array of numpy.save"):
        ...     raise EOFError("No data left in file")
        Traceback (most recent call last):
        wgan.errors.InputError: a.npy: cannot be read (No data left in file); expected an array of numpy.save
    """
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path}: does not fit into memory; free some, or split the file") from error
    except Exception as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}); expected {expected}") from error


def reason(error: Exception) -> str:
    """What an error says, on one line.

    Example:
        >>> reason(ValueError("bad   header")), reason(EOFError())
        ('bad header', 'EOFError')
    """
    return " ".join(str(error).split())[:300] or type(error).__name__


def require_room(path: str | Path, size: int) -> None:
    """Refuses a file that takes more than half of the free memory, before it is read.

    Args:
        path: the file, as the user named it.
        size: bytes that reading it takes at the least.

    Raises:
        InputError: with what it takes and what is free.
    """
    way_out = "split it; only .npy, and .parquet of numbers, may be larger than the memory"
    require_memory(2 * size, f"{path}: reading it", way_out)


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked if it is gzipped, but never more than half of the free memory.

    Raises:
        InputError: it cannot be read, or is larger.
    """
    with reading(path, "a file that is whole; copy or download it anew"), path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        with gzip.open(plain) if packed else plain as file:
            pieces, total = [], 0
            while piece := file.read(_CHUNK):
                pieces.append(piece)
                total += len(piece)
                require_room(path, total)
            return b"".join(pieces)
