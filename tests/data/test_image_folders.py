"""Folders and zips as people have them: links, pipes, training and held-out parts, and names that mean harm."""

import os
import socket
import struct
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from wgan.data import open_source
from wgan.data.images.parts import layout_of
from wgan.data.images.walk import files_below
from wgan.errors import InputError


def save(path, seed=0, size=(8, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def opened(path, **options):
    """The source, and what was said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = open_source(str(path), **options)
    return source, [str(warning.message).removeprefix(f"{path}: ") for warning in caught]


@pytest.fixture
def pets(tmp_path):
    for name in ("store/dog/0", "store/dog/1", "store/dog/2", "data/cat/0", "data/cat/1"):
        save(tmp_path / f"{name}.png")
    return tmp_path / "data"


def test_linked_class_folders_and_files_are_read_like_others(pets, tmp_path):
    (pets / "dog").symlink_to(tmp_path / "store" / "dog")
    (pets / "cat" / "linked.png").symlink_to(tmp_path / "store" / "dog" / "0.png")
    source, lines = opened(pets)
    assert (len(source), source.classes, lines) == (6, ("cat", "dog"), [])
    for place in pets.iterdir():
        if not place.is_symlink():
            place.rename(tmp_path / "store" / place.name)
            (pets / place.name).symlink_to(f"../store/{place.name}")
    source, lines = opened(pets)
    assert (len(source), source.classes, lines) == (6, ("cat", "dog"), [])


@pytest.mark.parametrize(
    ("title", "target", "reason"),
    [
        ("cat/up", "..", "a link to a folder that is read already"),
        ("cat/here", ".", "a link to a folder that is read already"),
        ("a_link_first", "cat", "a link to a folder that is read already"),
        ("itself", "itself", "a broken link, Too many levels of symbolic links"),
        ("gone.png", "nowhere.png", "a broken link, No such file or directory"),
    ],
)
def test_links_that_lead_in_a_circle_or_nowhere_are_said(pets, title, target, reason):
    (pets / title).symlink_to(target)
    source, lines = opened(pets)
    assert len(source) == 2
    assert lines == [f"1 of 3 files cannot be used as images, first {title} ({reason}); skipped"]
    with pytest.raises(InputError, match=rf"first {title} .*; remove them, or leave out --strict"):
        open_source(str(pets), strict=True)


def test_folders_that_link_to_each_other_are_each_read_once(tmp_path):
    names = [f"f{number}" for number in range(12)]
    for name in names:
        save(tmp_path / "web" / name / "a.png")
        for other in names:
            (tmp_path / "web" / name / f"to_{other}").symlink_to(f"../{other}")
    found = files_below(tmp_path / "web")
    assert found.titles == [f"{name}/a.png" for name in names] or len(found.titles) == 12
    assert len(found.skipped) == 144


def test_what_is_no_regular_file_is_skipped_and_never_opened(pets):
    os.mkfifo(pets / "cat" / "pipe.png")
    (pets / "cat" / "zero.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(pets / "s.png"))
        source, lines = opened(pets)
    assert len(source) == 2
    assert lines == ["3 of 5 files cannot be used as images, first cat/pipe.png (a named pipe); skipped"]
    assert dict(files_below(pets).skipped) == {
        "cat/pipe.png": "a named pipe",
        "cat/zero.png": "a device",
        "s.png": "a socket",
    }


def test_what_may_not_be_read_is_skipped_and_said(pets, monkeypatch):
    save(pets / "dog" / "0.png")
    scan = os.scandir

    def refuse(folder):
        if str(folder).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    source, lines = opened(pets)
    assert len(source) == 2
    assert lines == ["1 of 3 files cannot be used as images, first dog (Permission denied); skipped"]
    with pytest.raises(InputError, match=r"first dog \(Permission denied\); remove them, or leave out --strict"):
        open_source(str(pets), strict=True)


@pytest.mark.parametrize("held_out", ["test", "testing", "val", "valid", "validation", "Test"])
@pytest.mark.parametrize("zipped", [False, True])
def test_train_and_test_are_data_and_held_out_data(tmp_path, held_out, zipped):
    for number in range(6):
        for kind in ("cat", "dog"):
            save(tmp_path / "ds" / "train" / kind / f"{number}.png", number)
    for number in range(3):
        save(tmp_path / "ds" / held_out / "dog" / f"{number}.png", 10 + number)
    place = tmp_path / "ds"
    if zipped:
        place = pack(
            tmp_path / "ds.zip", [(p.relative_to(tmp_path), p.read_bytes()) for p in sorted(place.rglob("*.*"))]
        )
    source, lines = opened(place)
    assert lines == [f"train (12 files) is learned from and {held_out} (3 files) is held out; {held_out} has no cat"]
    train, rest = source.split()
    assert (len(train), len(rest), train.classes, rest.classes) == (12, 3, ("cat", "dog"), ("cat", "dog"))
    assert (train.labels.tolist(), rest.labels.tolist()) == ([0] * 6 + [1] * 6, [1] * 3)
    assert np.array_equal(rest.data[0].numpy(), save(tmp_path / "x.png", 10).transpose(2, 0, 1))
    only, _ = opened(place, classes=["dog"], limit=2)
    assert [len(part) for part in only.split()] == [2, 3]


def pack(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(str(name), content)
    return path


def test_parts_without_classes_and_with_classes_on_one_side(tmp_path):
    for part, count in ("train", 3), ("val", 2):
        for number in range(count):
            save(tmp_path / "flat" / part / f"{number}.png", number)
    source, lines = opened(tmp_path / "flat")
    assert (len(source), len(source.held_out), source.labels) == (3, 2, None)
    assert lines == ["train (3 files) is learned from and val (2 files) is held out"]
    for kind in ("cat", "dog"):
        save(tmp_path / "half" / "train" / kind / "0.png")
        save(tmp_path / "half" / "test" / f"{kind}.png")
    source, lines = opened(tmp_path / "half")
    assert (source.classes, source.labels.tolist(), source.held_out.labels) == (("cat", "dog"), [0, 1], None)
    assert lines == ["train (2 files) is learned from and test (2 files) is held out; test has no classes"]


@pytest.mark.parametrize(
    ("titles", "train", "held_out", "classes"),
    [
        ("train/a/1 train/b/2", 2, 0, "a b"),
        ("train/1 train/2", 2, 0, ""),
        ("train/a/1 test/a/2 cat/3", 3, 0, "train test cat"),
        ("x/train/a/1 x/test/b/2", 1, 1, "a b"),
        ("train/images/a/1 test/images/b/2", 1, 1, "a b"),
        ("Training/a/1 Valid/a/2", 1, 1, ""),
        ("test/a/1 val/b/2", 2, 0, "test val"),
        ("cat/train/1 dog/test/2", 2, 0, "cat dog"),
    ],
)
def test_which_folders_are_parts_and_which_are_classes(titles, train, held_out, classes):
    found = layout_of(titles.split())
    assert (len(found.train), len(found.held_out)) == (train, held_out)
    assert set(found.classes.values()) == set(classes.split())


def test_a_third_part_and_loose_pictures_are_left_out_with_a_line(tmp_path):
    for title in ("train/0", "train/1", "val/2", "val/4", "test/3", "test/5", "cover"):
        save(tmp_path / "ds" / f"{title}.png")
    source, lines = opened(tmp_path / "ds")
    assert (len(source), len(source.held_out)) == (2, 2)
    assert lines == [
        "train (2 files) is learned from and test (2 files) is held out",
        "3 of 5 files cannot be used as images, first cover.png (lies beside train and test); skipped",
    ]


def test_held_out_pictures_are_brought_to_the_form_of_the_others(tmp_path):
    for number in range(2):
        save(tmp_path / "ds" / "train" / f"{number}.png")
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "ds" / "train" / f"{number}.png")
        save(tmp_path / "ds" / "test" / f"{number}.png")
    source, lines = opened(tmp_path / "ds")
    assert source.shape == source.held_out.shape == (1, 8, 8)
    assert lines[1] == f"{tmp_path / 'ds'}/test: 2 pictures in colour become grey like those learned from"
    save(tmp_path / "ds" / "test" / "0.png", size=(9, 9))
    save(tmp_path / "ds" / "test" / "1.png", size=(9, 9))
    with (
        pytest.warns(UserWarning, match="held out"),
        pytest.raises(InputError, match=r"ds/test: images of different sizes, 8x8 and 9x9 \(test/0\.png\); pass --res"),
    ):
        open_source(str(tmp_path / "ds"))


def test_a_resolution_beyond_the_memory_is_refused_before_anything_is_made(pets):
    for spec in (str(pets), "digits"):
        with pytest.raises(
            InputError,
            match=r"(two pictures|digits: 1797 images) of 200000x200000 .*needs .*; lower --resol",
        ):
            open_source(spec, resolution=200_000)


def flawed(content, at, value):
    """A zip with one number of its first entry's central header changed."""
    start = content.index(b"PK\1\2")
    return content[: start + at] + value + content[start + at + len(value) :]


def test_zips_that_are_odd_inside_are_read_or_refused_in_a_line(pets, tmp_path):
    good = [(f"{name}/{number}.png", (pets / "cat" / "0.png").read_bytes()) for name in "ab" for number in range(2)]
    content = pack(tmp_path / "a.zip", good).read_bytes()
    cases = {
        "version": (flawed(content, 6, struct.pack("<H", 99)), InputError, r"cannot be read \(zip file version 9\.9\)"),
        "method": (flawed(content, 10, struct.pack("<H", 77)), UserWarning, r"1 of 4 .*a/0\.png \(.*not supported\)"),
        "secret": (flawed(content, 8, struct.pack("<H", 1)), UserWarning, r"1 of 4 .*a/0\.png \(.*encrypted"),
        "cut": (content[:-30], InputError, r"cannot be read \(File is not a zip file\)"),
    }
    for name, (damaged, kind, message) in cases.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(damaged)
        with pytest.raises(kind, match=message) if kind is InputError else pytest.warns(kind, match=message):
            assert len(open_source(str(path))) == 3
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, part in [*good, good[0], ("", b"x")]:
            archive.writestr(name, part) if name else archive.writestr(zipfile.ZipInfo(""), part)
    source, lines = opened(tmp_path / "twice.zip")
    assert len(source) == 4
    assert lines[0].startswith("2 of 6 files cannot be used as images, first a/0.png once more (the zip holds two mem")


def test_a_name_that_no_encoding_knows_can_be_streamed(pets, monkeypatch):
    from wgan.data.images import encoded

    save(pets / "cat" / "x.png")
    (pets / "cat" / "x.png").rename(os.fsdecode(os.fsencode(pets / "cat") + b"/\xff.png"))
    monkeypatch.setattr(encoded, "available_memory", lambda: 100)
    source = open_source(str(pets))
    assert len(source) == 3
    assert len(source.fingerprint()) == 16
