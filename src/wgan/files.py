"""Files that appear whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["new_folder", "replacing"]


@contextmanager
def replacing(path: Path | BinaryIO) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends well; otherwise nothing is left of it.

    It is made exclusively, under a name that nobody can have planted a link at; a link at `path` itself is replaced,
    not followed. A file that is open already is written to as it is.

    Raises:
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "numbers.csv")
        >>> with replacing(path) as file:
        ...     _ = file.write(b"1,2")
        >>> path.read_text(), len(list(path.parent.iterdir()))
        ('1,2', 1)
    """
    if not isinstance(path, Path):
        yield path
        return
    temporary = beside(path)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which gets its name when the block ends well; otherwise nothing is left of it.

    Raises:
        OSError: if it cannot be made, or if `path` is a file or a folder with something in it.
    """
    temporary = beside(path)
    try:
        temporary.mkdir()
        yield temporary
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def beside(path: Path) -> Path:
    """A hidden name in the same folder."""
    return path.with_name(f".tmp-{secrets.token_hex(8)}")
