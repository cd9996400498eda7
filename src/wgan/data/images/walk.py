"""The files below a folder, through links that lead neither in a circle nor nowhere."""

import os
import stat
from collections import deque
from pathlib import Path, PurePosixPath

from wgan.data.images.store import Contents
from wgan.data.reading import reason

__all__ = ["files_below", "is_hidden"]

_CLUTTER = {"Thumbs.db", "desktop.ini", "__MACOSX"}
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def files_below(root: Path) -> Contents:
    """The regular files below a folder, by their paths from there.

    Links are followed. Each folder is entered once: real folders first, then what links lead to, in the order of the
    names, so that a link to a folder that was entered already, perhaps the one it lies in, is left out with a reason.
    So is what is no regular file, and what may not be read; nothing is opened.

    Args:
        root: the folder.
    """
    titles: list[str] = []
    skipped: dict[str, str] = {}
    entered: set[tuple[int, int]] = set()
    real, linked = deque([root]), deque[Path]()
    while real or linked:
        folder = (real or linked).popleft()
        title = folder.relative_to(root).as_posix()
        try:
            status = folder.stat()
            if (key := (status.st_dev, status.st_ino)) in entered:
                skipped[title] = "a link to a folder that is read already"
                continue
            entered.add(key)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            skipped[title] = _reason(error)
            continue
        for entry in entries:
            if not is_hidden(entry.name):
                _sort_in(entry, root, titles, skipped, real, linked)
    return Contents(sorted(titles), dict(sorted(skipped.items())))


def is_hidden(title: str) -> bool:
    """Whether a file or a folder above it is hidden or what systems leave behind.

    Example:
        >>> is_hidden("pets/.DS_Store"), is_hidden("__MACOSX/a.png"), is_hidden("pets/a.png")
        (True, True, False)
    """
    return any(part.startswith(".") or part in _CLUTTER for part in PurePosixPath(title).parts)


def _sort_in(
    entry: "os.DirEntry[str]",
    root: Path,
    titles: list[str],
    skipped: dict[str, str],
    real: deque[Path],
    linked: deque[Path],
) -> None:
    path = Path(entry.path)
    title = path.relative_to(root).as_posix()
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        skipped[title] = f"a broken link, {_reason(error)}" if entry.is_symlink() else _reason(error)
        return
    if stat.S_ISDIR(mode):
        (linked if entry.is_symlink() else real).append(path)
    elif stat.S_ISREG(mode):
        titles.append(title)
    else:
        skipped[title] = _KINDS.get(stat.S_IFMT(mode), "no file")


def _reason(error: OSError) -> str:
    return error.strerror or reason(error)
