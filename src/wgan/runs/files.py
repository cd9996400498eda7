"""How a run's files are read and written: whole or not at all, under names nobody can guess, and through no link.

A run directory may come from someone else, who may have planted in it what leads elsewhere. So links inside are refused
before anything is written, every new file is created exclusively below folders that are opened without following links,
and one rename puts it in its place. Only the way to the run directory itself may lead through links.
"""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from secrets import token_hex

from wgan.errors import InputError, WganError

__all__ = [
    "clear",
    "folder",
    "read",
    "refuse_links",
    "refuse_strange",
    "remove",
    "temporary_name",
    "write",
    "write_all",
    "writing",
]

TEMPORARY = ".tmp-"
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LARGEST = 64 << 20
"""Bytes of a text that is read: thousands of times what a run writes."""


@contextmanager
def folder(root: Path, *below: str) -> Iterator[int]:
    """A descriptor of a folder; the names below `root` are not followed if they are links."""
    descriptor = os.open(root, FOLDER)
    try:
        for name in below:
            inner = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def write(root: Path, name: str, content: str | bytes) -> None:
    """Replaces the file `root/name` whole or not at all, and returns when it is on the disk.

    Raises:
        OSError: if that cannot be; what was there before is untouched.
    """
    *below, last = PurePath(name).parts
    with folder(root, *below) as place:
        temporary = temporary_name()
        try:
            descriptor = os.open(temporary, NEW, 0o666, dir_fd=place)
            try:
                write_all(descriptor, content.encode() if isinstance(content, str) else content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(temporary, last, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=place)
            raise
        os.fsync(place)


def write_all(descriptor: int, content: bytes) -> None:
    """Writes all of it; the system may take less at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read(path: Path, most: int = LARGEST, *, cut: bool = False) -> bytes:
    """The content of a plain file.

    Args:
        path: of the file.
        most: bytes.
        cut: whether to give the first bytes of a file that has more.

    Raises:
        OSError: if it is none, has more bytes and is not to be cut, or cannot be read.
    """
    with open(os.open(path, OLD), "rb") as file:  # noqa: PTH123 - of a descriptor
        refuse_strange(file.fileno(), path, sys.maxsize if cut else most)
        return file.read(most)


def refuse_strange(descriptor: int, path: Path, most: int) -> None:
    """Refuses a device, a pipe or a folder, and what would take too long or too much memory.

    Raises:
        OSError: if it is no plain file, or has more than `most` bytes.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no plain file", path)
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"has {status.st_size:,} bytes, more than {most:,}", path)


def refuse_links(root: Path) -> None:
    """Refuses a run directory in which anything leads elsewhere.

    Raises:
        InputError: naming the first link.
    """
    for place, folders, files in os.walk(root):
        for name in (*folders, *files):
            if (path := Path(place, name)).is_symlink():
                raise InputError(
                    f"{path} is a link, and a run directory holds none, for what is written there lands elsewhere; "
                    "put a copy of what it leads to in its place"
                )


def temporary_name() -> str:
    """A name that nobody can have taken."""
    return f"{TEMPORARY}{token_hex(8)}"


def clear(root: Path, *below: str) -> None:
    """Removes what a crash left half written in a folder."""
    with folder(root, *below) as place:
        for name in os.listdir(place):  # noqa: PTH208 - of a descriptor
            if name.startswith(TEMPORARY):
                remove(name, place)


def remove(name: str, place: int) -> None:
    """Removes a file, or a folder with all in it, below the open folder `place`."""
    if stat.S_ISDIR(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=place)
    else:
        os.unlink(name, dir_fd=place)


@contextmanager
def writing(deed: str, advice: str) -> Iterator[None]:
    """Turns what a full or read-only disk raises into one line.

    Args:
        deed: what is done, such as `write to runs/digits`.
        advice: what to do.

    Raises:
        InputError: for any `OSError` within.
    """
    try:
        yield
    except WganError:
        raise
    except OSError as error:
        raise InputError(f"cannot {deed}: {error.strerror or error or 'unknown error'}; {advice}") from None
