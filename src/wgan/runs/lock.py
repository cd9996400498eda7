"""One process trains a run at a time."""

import errno
import fcntl
import os
import re
import socket
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wgan.errors import InputError
from wgan.runs.files import folder, write_all

__all__ = ["locked"]

NAME = "lock"
OWNER = re.compile(r"(\d{1,10}) ([\w.-]{1,255})\n")


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Holds the run's lock, which the system gives back however the process ends.

    The file says who holds it. What it still says when nobody does is of a process that was killed; the lock is taken
    over then, with a line.

    Raises:
        InputError: if another process holds it.
        OSError: if the file cannot be written.
    """
    with folder(run) as place:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(NAME, flags, 0o666, dir_fd=place)
    try:
        acquire(descriptor, run)
        try:
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def acquire(descriptor: int, run: Path) -> None:
    """Takes the lock and signs it."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise InputError(f"{run / NAME} is no file of its own; remove it")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = owner_of(descriptor) or "another process"
        raise InputError(f"{run} is being trained by {holder}; wait for it, or stop it first") from None
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise
        warnings.warn(
            f"{run} cannot be locked on this file system; see to it that no other process trains it", stacklevel=2
        )
    if owner := owner_of(descriptor):
        warnings.warn(f"{run} was left by {owner}, which is gone; its lock is taken over", stacklevel=2)
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode())


def owner_of(descriptor: int) -> str | None:
    """Who signed a lock, in words; None if nobody did."""
    text = os.pread(descriptor, 300, 0)
    if not text:
        return None
    found = OWNER.fullmatch(text.decode(errors="replace"))
    return f"process {found[1]} on {found[2]}" if found else "another process"
