"""Where encoded pictures lie: files below a folder, members of a zip, or whatever else opens by a title."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from wgan.memory import available_memory

__all__ = ["Contents", "FolderStore", "Place", "Store", "ZipStore"]

_LARGEST_MEMBER = 1 << 30
_AT_ONCE = 16  # members that may be in memory at the same time, about one a thread


class Store(Protocol):
    """Encoded pictures, each under a title."""

    def open(self, title: str) -> IO[bytes]:
        """The encoded picture."""

    def mark(self, title: str) -> int:
        """A number that changes with the content and is cheap to get: a size or a checksum."""


class Place(NamedTuple):
    """Where one picture is found.

    Attributes:
        title: of the file in its store.
        page: of a file that holds several pictures, counted from 0; None for the only one.
    """

    title: str
    page: int | None = None

    def __str__(self) -> str:
        return self.title if self.page is None else f"{self.title}[{self.page}]"


@dataclass
class Contents:
    """What a store holds.

    Attributes:
        titles: of its files, sorted.
        skipped: why each of the others is left out.
    """

    titles: Sequence[str] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)


class FolderStore:
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, title: str) -> IO[bytes]:
        """The file."""
        return (self.root / title).open("rb")

    def mark(self, title: str) -> int:
        """Its size."""
        return (self.root / title).stat().st_size


class ZipStore:
    """Members of a zip, read one by one and never extracted."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    def open(self, title: str) -> IO[bytes]:
        """The member; a TIFF, in which one jumps to and fro, is unpacked at once.

        Raises:
            ValueError: it would unpack to more than any honest picture.
        """
        at_once = title.lower().endswith((".tif", ".tiff"))
        most = min(_LARGEST_MEMBER, available_memory() // _AT_ONCE) if at_once else _LARGEST_MEMBER
        if (size := self.archive.getinfo(title).file_size) > most:
            raise ValueError(f"unpacks to {size} bytes")
        member = self.archive.open(title)
        return io.BytesIO(member.read()) if at_once else member

    def mark(self, title: str) -> int:
        """Its checksum."""
        return self.archive.getinfo(title).CRC
