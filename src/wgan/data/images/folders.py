"""Images in a folder or in a zip, with the subfolders as classes."""

import os
import posixpath
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

import numpy as np
from torch import Tensor

from wgan.data.images.encoded import EncodedImages, Store
from wgan.data.labels import number_labels
from wgan.errors import InputError

__all__ = ["read_folder", "read_zip"]

_SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".tga", ".jp2"}
_CLUTTER = {"Thumbs.db", "desktop.ini", "__MACOSX"}
_LARGEST_MEMBER = 1 << 30


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, title: str) -> IO[bytes]:
        return (self.root / title).open("rb")

    def mark(self, title: str) -> int:
        return (self.root / title).stat().st_size


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    def open(self, title: str) -> IO[bytes]:
        if (size := self.archive.getinfo(title).file_size) > _LARGEST_MEMBER:
            raise ValueError(f"unpacks to {size} bytes")
        return self.archive.open(title)

    def mark(self, title: str) -> int:
        return self.archive.getinfo(title).CRC


def read_folder(name: str, path: Path) -> EncodedImages:
    """The images in a folder and its subfolders."""
    found = (Path(place, file) for place, _, files in os.walk(path) for file in files)
    return _encoded(name, _Folder(path), (file.relative_to(path).as_posix() for file in found))


def read_zip(name: str, path: Path) -> EncodedImages:
    """The images in a zip, read member by member and never extracted.

    Raises:
        InputError: the file is no zip, or a member's name leads out of it.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected a zip of images") from error
    titles = [member.filename for member in archive.infolist() if not member.is_dir()]
    for title in titles:
        if ".." in PureWindowsPath(title).parts or title.startswith(("/", "\\")) or PureWindowsPath(title).drive:
            raise InputError(f"{path}: member {title!r} leads out of the zip, which is refused; pack the images anew")
    return _encoded(name, _Zip(archive), titles)


def _encoded(name: str, store: Store, titles: Iterable[str]) -> EncodedImages:
    visible = sorted(title for title in titles if not _is_hidden(title))
    images = [title for title in visible if PurePosixPath(title).suffix.lower() in _SUFFIXES]
    if not images:
        raise InputError(f"{name}: holds no images among {len(visible)} files; expected .png, .jpg, .webp, …")
    not_images = sorted(set(visible) - set(images))
    return EncodedImages(name, store, images, *_label_by_folder(images), not_images)


def _is_hidden(title: str) -> bool:
    return any(part.startswith(".") or part in _CLUTTER for part in PurePosixPath(title).parts)


def _label_by_folder(titles: list[str]) -> tuple[Tensor | None, tuple[str, ...]]:
    """The first folder below the one that all share; no labels where an image lies in none."""
    folders = [PurePosixPath(title).parent.parts for title in titles]
    shared = len(PurePosixPath(posixpath.commonpath([posixpath.dirname(title) for title in titles])).parts)
    if any(len(folder) == shared for folder in folders):
        return None, ()
    return number_labels(np.array([folder[shared] for folder in folders]))
