"""What the folders above pictures mean: training and held-out part, and classes."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

__all__ = ["Layout", "layout_of"]

_TRAIN = ("train", "training")
_HELD_OUT = ("test", "testing", "val", "valid", "validation")


@dataclass(frozen=True)
class Layout:
    """Which pictures are learned from and which are held out, and the class of each.

    Attributes:
        train: titles to learn from.
        held_out: titles that are set apart, or none.
        classes: the folder that says the class of each title; none where pictures of its part lie beside the folders.
        names: of the folders of the two parts; none where there is but one.
        skipped: why each of the other titles belongs to neither.
    """

    train: list[str]
    held_out: list[str] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    names: tuple[str, str] | None = None
    skipped: dict[str, str] = field(default_factory=dict)


def layout_of(titles: Sequence[str]) -> Layout:
    """Reads the folders in the titles of pictures.

    Folders `train` and `test` (or `val`, `valid`, `validation`, …) with nothing but each other beside them are the two
    parts, else every folder is a class: the first folder below the one that all share.

    Args:
        titles: paths with slashes, at least one.

    Example:
        >>> found = layout_of(["train/cat/1.png", "train/dog/2.png", "test/cat/3.png"])
        >>> found.train, found.held_out, found.classes["test/cat/3.png"]
        (['train/cat/1.png', 'train/dog/2.png'], ['test/cat/3.png'], 'cat')
        >>> sorted(set(layout_of(["train/1.png", "cat/2.png"]).classes.values()))
        ['cat', 'train']
    """
    depth = _shared_depth(titles)
    tops = {title: _folders(title)[depth] for title in titles if len(_folders(title)) > depth}
    names = _parts(sorted(set(tops.values())))
    if names is None:
        return Layout(list(titles), classes=_classes([list(titles)], depth))
    train = [title for title in tops if tops[title].lower() in _TRAIN]
    held_out = [title for title in tops if tops[title] == names[1]]
    skipped = {title: f"lies beside {names[0]} and {names[1]}" for title in titles if title not in tops}
    chosen = {*train, *held_out}
    skipped |= {title: f"{names[1]} is held out instead" for title in tops if title not in chosen}
    below = max(depth + 1, 0)
    return Layout(train, held_out, _classes([train, held_out], below), names, skipped)


def _parts(tops: list[str]) -> tuple[str, str] | None:
    """The folders of training and held-out part, if there are no others."""
    known = {name.lower(): name for name in tops}
    train = next((known[name] for name in _TRAIN if name in known), None)
    held_out = next((known[name] for name in _HELD_OUT if name in known), None)
    if train is None or held_out is None or not known.keys() <= {*_TRAIN, *_HELD_OUT}:
        return None
    return train, held_out


def _classes(parts: list[list[str]], depth: int) -> dict[str, str]:
    """The folder `depth` or more levels down in which the titles first differ, where every title of a part has one."""
    folders = {title: _folders(title)[depth:] for part in parts for title in part}
    shared = len(posixpath.commonprefix(list(folders.values())))
    labelled = [part for part in parts if all(len(folders[title]) > shared for title in part)]
    return {title: folders[title][shared] for part in labelled for title in part}


def _shared_depth(titles: Sequence[str]) -> int:
    return len(posixpath.commonprefix([_folders(title) for title in titles]))


def _folders(title: str) -> tuple[str, ...]:
    return PurePosixPath(title).parent.parts
