"""Files in foreign formats: whatever their libraries raise becomes one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wgan.errors import InputError

__all__ = ["reading", "reason"]


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
