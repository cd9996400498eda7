"""Images in a folder or in a zip, with the subfolders as classes or as training and held-out part."""

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import numpy as np
import torch
from torch import Tensor

from wgan.data.images.encoded import EncodedImages, encoded_images
from wgan.data.images.parts import Layout, layout_of
from wgan.data.images.picture import FORMATS
from wgan.data.images.report import say
from wgan.data.images.store import Contents, FolderStore, Store, ZipStore
from wgan.data.images.walk import files_below, is_hidden
from wgan.data.reading import reading
from wgan.errors import InputError

__all__ = ["is_picture", "read_folder", "read_stack", "read_zip"]

_SUFFIXES = {suffix for suffixes in FORMATS.values() for suffix in suffixes}

Parts = tuple[EncodedImages, EncodedImages | None]


def read_folder(name: str, path: Path) -> Parts:
    """The images in a folder and its subfolders: those to learn from, and those held out if it sets some apart.

    Raises:
        InputError: it holds no images, or cannot be looked into.
    """
    return _encoded(name, FolderStore(path), files_below(path))


def is_picture(path: PurePath) -> bool:
    """Whether a file's name is that of a picture, or of a stack of them."""
    return path.suffix.lower() in _SUFFIXES


def read_stack(name: str, path: Path) -> EncodedImages:
    """The pages of one file."""
    return encoded_images(name, FolderStore(path.parent), [path.name])


def read_zip(name: str, path: Path) -> Parts:
    """The images in a zip, read member by member and never extracted.

    Raises:
        InputError: the file is no zip, or a member's name leads out of it.
    """
    with reading(path, "a zip of images"):
        archive = zipfile.ZipFile(path)
    return _encoded(name, ZipStore(archive), _members(path, archive))


def _members(path: Path, archive: zipfile.ZipFile) -> Contents:
    titles: set[str] = set()
    skipped = {}
    for title in (member.filename for member in archive.infolist()):
        if ".." in PureWindowsPath(title).parts or title.startswith(("/", "\\")) or PureWindowsPath(title).drive:
            raise InputError(f"{path}: member {title!r} leads out of the zip, which is refused; pack the images anew")
        if title.endswith("/") or is_hidden(title):
            continue
        if not title:
            skipped["a member without a name"] = "cannot be told from others"
        elif title in titles:
            skipped[f"{title} once more"] = "the zip holds two members of this name"
        titles.add(title)
    return Contents(sorted(titles - {""}), skipped)


def _encoded(name: str, store: Store, contents: Contents) -> Parts:
    images = [title for title in contents.titles if is_picture(PurePosixPath(title))]
    skipped = dict.fromkeys(sorted({*contents.titles} - {*images}), "no image") | {**contents.skipped}
    if not images:
        raise InputError(
            f"{name}: holds no images among {len(contents.titles)} files{_first(contents.skipped)}; "
            "expected .png, .jpg, .webp, …"
        )
    layout = layout_of(images)
    classes = tuple(sorted(set(layout.classes.values())))
    train = encoded_images(name, store, *_part(layout.train, layout, classes), skipped | layout.skipped)
    if layout.names is None:
        return train, None
    _say_parts(name, layout)
    return train, encoded_images(f"{name}/{layout.names[1]}", store, *_part(layout.held_out, layout, classes))


def _part(
    titles: list[str], layout: Layout, classes: tuple[str, ...]
) -> tuple[list[str], Tensor | None, tuple[str, ...]]:
    """Titles, labels and classes of a part; where its pictures lie in no folders, it has no labels."""
    if not classes or any(title not in layout.classes for title in titles):
        return titles, None, ()
    numbers = {title: number for number, title in enumerate(classes)}
    return titles, torch.from_numpy(np.array([numbers[layout.classes[title]] for title in titles])), classes


def _say_parts(name: str, layout: Layout) -> None:
    assert layout.names is not None, "it is asked for where there are two parts"
    train, held_out = layout.names
    found = [{layout.classes.get(title) for title in part} for part in (layout.train, layout.held_out)]
    lacks = [
        f"{part} has no {', '.join(sorted(map(str, missing)))}"
        for part, missing in ((train, found[1] - found[0]), (held_out, found[0] - found[1]))
        if missing and None not in found[0] | found[1]
    ]
    unlabelled = [f"{part} has no classes" for part, one in ((train, found[0]), (held_out, found[1])) if one == {None}]
    notes = "; ".join(["", *lacks, *(unlabelled if layout.classes else [])])
    say(
        f"{name}: {train} ({len(layout.train)} files) is learned from and {held_out} ({len(layout.held_out)} files) "
        f"is held out{notes}"
    )


def _first(skipped: Mapping[str, str]) -> str:
    return next((f", first {title} ({problem})" for title, problem in skipped.items()), "")
