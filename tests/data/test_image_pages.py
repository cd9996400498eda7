"""Every page of a TIFF stack or an animation is a picture, in memory and streamed, in folders and zips."""

import io
import time
import warnings
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from wgan.data import StreamSource, open_source
from wgan.data.images import encoded
from wgan.data.images.pages import count_pages
from wgan.errors import InputError
from wgan.randomness import stream


def pages(count, seed=0, size=(8, 8), kind=np.uint8):
    return np.random.default_rng(seed).integers(0, np.iinfo(kind).max + 1, (count, *size)).astype(kind)


def stack(images, kind="TIFF", **options):
    file = io.BytesIO()
    first, *rest = [Image.fromarray(image) for image in images]
    first.save(file, kind, save_all=True, append_images=rest, **options)
    return file.getvalue()


def opened(path, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = open_source(str(path), **options)
    return source, [str(warning.message).removeprefix(f"{path}: ") for warning in caught]


KINDS = {
    "tif": {"kind": "TIFF"},
    "tiff": {"kind": "TIFF", "compression": "tiff_lzw"},
    "gif": {"kind": "GIF"},
    "webp": {"kind": "WEBP", "lossless": True},
    "png": {"kind": "PNG"},
}


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_every_page_is_a_picture(tmp_path, monkeypatch, suffix, zipped, streamed):
    images = [pages(10, seed) for seed in range(2)]
    place = tmp_path / "st"
    place.mkdir()
    for number, one in enumerate(images):
        (place / f"{number}.{suffix}").write_bytes(stack(one, **KINDS[suffix]))
    Image.fromarray(pages(1, 9)[0]).save(place / "9.png")
    if zipped:
        with zipfile.ZipFile(tmp_path / "st.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(place.iterdir()):
                archive.write(path, path.name)
        place = tmp_path / "st.zip"
    if streamed:
        monkeypatch.setattr(encoded, "available_memory", lambda: 100)
    source, lines = opened(place, gray=True)
    assert lines[0] == "2 of 3 files hold several pages; each of the 21 is a picture"
    assert (len(source), source.shape, isinstance(source, StreamSource)) == (21, (1, 8, 8), streamed)
    levels = ((source.scaling.decode(source.subset(21, stream(0))) * 255).round()).to(torch.uint8).flatten(1)
    expected = torch.from_numpy(np.concatenate([*images, pages(1, 9)])).flatten(1)
    assert sorted(map(tuple, levels.tolist())) == sorted(map(tuple, expected.tolist()))
    if streamed:
        assert torch.equal(source.sample(50, stream(1)), source.sample(50, stream(1)))


def test_pages_are_named_and_have_the_class_of_their_file(tmp_path):
    for number, kind in enumerate(("cat", "dog", "dog")):
        (tmp_path / "st" / kind).mkdir(parents=True, exist_ok=True)
        (tmp_path / "st" / kind / f"{number}.tif").write_bytes(stack(pages(number + 2)))
    source, _ = opened(tmp_path / "st")
    assert source.labels.tolist() == [0] * 2 + [1] * 7
    (tmp_path / "st" / "dog" / "9.tif").write_bytes(stack([pages(1)[0], pages(1, size=(4, 4))[0]]))
    with (
        pytest.warns(UserWarning, match="hold several pages"),
        pytest.raises(InputError, match=r"different sizes, 8x8 and 4x4 \(dog/9\.tif\[1\]\); pass --resolution"),
    ):
        open_source(str(tmp_path / "st"))
    assert len(opened(tmp_path / "st", resolution=4)[0]) == 11


@pytest.mark.parametrize("streamed", [False, True])
def test_deep_stacks_keep_their_levels(tmp_path, monkeypatch, streamed):
    deep = pages(12, kind=np.uint16)
    (tmp_path / "a.tif").write_bytes(stack(deep))
    if streamed:
        monkeypatch.setattr(encoded, "available_memory", lambda: 100)
    source, lines = opened(tmp_path)
    assert f"their values, {deep.min()} to {deep.max()}, become black to white" in lines[1]
    values = source.scaling.decode(source.subset(12, stream(0)).double()).round().flatten(1)
    again = source.scaling.decode(source.subset(12, stream(0)).double()).round().flatten(1)
    assert torch.equal(values, again)
    assert sorted(map(tuple, values.int().tolist())) == sorted(map(tuple, deep.reshape(12, -1).astype(int).tolist()))


def test_a_stack_alone_is_a_data_set(tmp_path):
    images = pages(5)
    (tmp_path / "a.tif").write_bytes(stack(images))
    source, lines = opened(tmp_path / "a.tif")
    assert np.array_equal(source.data[:, 0].numpy(), images)
    assert lines == ["1 of 1 files hold several pages; each of the 5 is a picture"]
    (tmp_path / "b.png").write_bytes(stack(images[:1], "PNG"))
    with pytest.raises(InputError, match=r"b\.png: holds 1 of the samples asked for; expected at least 2"):
        open_source(str(tmp_path / "b.png"))


def test_a_page_is_found_without_walking_over_those_before_it_each_time(tmp_path, monkeypatch):
    (tmp_path / "a.tif").write_bytes(stack(pages(600)))
    monkeypatch.setattr(encoded, "available_memory", lambda: 100)
    source, _ = opened(tmp_path)
    source.sample(64, stream(0))
    start = time.process_time()
    source.sample(600, stream(1))
    walking = time.process_time() - start
    start = time.process_time()
    with Image.open(tmp_path / "a.tif") as image:
        for _ in range(3):
            for page in range(600):
                image.seek(page)
                image.load()
    assert walking < 10 * (time.process_time() - start)


def test_a_stack_that_breaks_off_is_skipped_and_names_the_file(tmp_path):
    good = stack(pages(3))
    (tmp_path / "a.tif").write_bytes(good)
    (tmp_path / "b.tif").write_bytes(good[: len(good) - 100])
    source, lines = opened(tmp_path)
    assert len(source) >= 3
    assert any("b.tif" in line and line.endswith("skipped") for line in lines)


def test_only_announced_animations_are_looked_into():
    assert count_pages(io.BytesIO(stack(pages(1), "PNG"))) == 1
    assert count_pages(io.BytesIO(stack(pages(3), "PNG"))) == 3
    assert count_pages(io.BytesIO(b"\x89PNG\r\n\x1a\n")) == 1
    assert count_pages(io.BytesIO(b"")) == 1


def test_the_other_views_of_a_photograph_are_left_out_with_a_line(tmp_path):
    for number in range(2):
        (tmp_path / f"{number}.jpg").write_bytes(stack(pages(2, number), "MPO"))
    source, lines = opened(tmp_path)
    assert len(source) == 2
    assert lines == ["2 pictures hold further pictures in their file, which are left out"]
