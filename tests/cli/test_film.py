"""`wgan film`: the pictures of a run as an animation, and what is said of those that make none."""

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, features

from running import SMALL, command
from wgan.recipes import Recipe
from wgan.report.film import BAND, SHORTEST, SIDE, durations, thinned
from wgan.runs import start

pytestmark = pytest.mark.filterwarnings("default::UserWarning")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("film") / "run"
    start(Recipe.named("wgan-gp", {**SMALL, "sample_every": 3}), place, quiet=True)
    return place


@pytest.fixture
def run(trained, tmp_path) -> Path:
    shutil.copytree(trained, tmp_path / "run")
    return tmp_path / "run"


def pictures(run: Path) -> list[Path]:
    return sorted((run / "samples").iterdir())


def frames(film: Path) -> tuple[list[Image.Image], list[int]]:
    shown, lengths = [], []
    with Image.open(film) as opened:
        for k in range(opened.n_frames):
            opened.seek(k)
            shown.append(opened.convert("RGB"))
            lengths.append(opened.info["duration"])
    return shown, lengths


@pytest.mark.parametrize("suffix", ["webp", "gif", "GIF"])
def test_every_picture_is_shown_with_its_iteration_and_the_last_is_held(run, tmp_path, capsys, suffix):
    out = tmp_path / f"new/film.{suffix}"
    said = command(capsys, "film", run, "--out", out, "--seconds", 2)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"4 pictures in 2 s, the last one held for 0.8 s: {out}\n"
    shown, lengths = frames(out)
    assert lengths == [400, 400, 400, 800]
    with Image.open(pictures(run)[0]) as first:
        width, height = first.size
    assert {frame.size for frame in shown} == {(width, height + BAND)}
    captions = {frame.crop((0, height, width, height + BAND)).tobytes() for frame in shown}
    assert len(captions) == 4


def test_json_is_one_object(run, tmp_path, capsys):
    said = command(capsys, "film", run, "--out", tmp_path / "a.gif", "--json")
    assert json.loads(said.out) == {
        "schema": 1,
        "run": str(run),
        "pictures": 4,
        "seconds": 6.0,
        "out": str(tmp_path / "a.gif"),
    }


def test_a_run_of_points_makes_one_too(tmp_path, capsys):
    start(Recipe.named("wgan-gp", {**SMALL, "data.source": "gaussians25"}), tmp_path / "run", quiet=True)
    said = command(capsys, "film", tmp_path / "run", "--out", tmp_path / "a.webp")
    assert (said.code, said.err) == (0, "") and len(frames(tmp_path / "a.webp")[0]) == 2


def test_equal_pictures_are_left_out_and_smaller_ones_stand_on_white(run, tmp_path, capsys):
    first, second, third, _ = pictures(run)
    shutil.copy(first, second)
    Image.new("L", (50, 40)).save(third)
    said = command(capsys, "film", run, "--out", tmp_path / "a.gif")
    assert said.code == 0 and said.out.startswith("3 pictures")
    assert "wgan: 1 of 4 pictures equal the one before them and are left out\n" in said.err
    assert re.search(r"wgan: 1 of 3 pictures are smaller than \d+ x \d+, on white\n", said.err)
    odd = frames(tmp_path / "a.gif")[0][1]
    assert odd.getpixel((10, 10)) == (0, 0, 0) and odd.getpixel((100, 100)) == (255, 255, 255)


def test_large_pictures_are_made_smaller(run, tmp_path, capsys):
    for k, picture in enumerate(pictures(run)):
        Image.new("RGBA", (2 * SIDE, SIDE), (0, 60 * k, 0, 255)).save(picture)
    said = command(capsys, "film", run, "--out", tmp_path / "a.webp")
    assert said.err == f"wgan: pictures are made smaller than they are, to {SIDE:,} pixels at most\n"
    assert frames(tmp_path / "a.webp")[0][0].size == (SIDE, SIDE // 2 + BAND)


def test_two_pictures_of_one_iteration_are_said(run, tmp_path, capsys):
    shutil.copy(pictures(run)[0], run / "samples/3.png")
    said = command(capsys, "film", run, "--out", tmp_path / "a.gif")
    named = f"{run}/samples/000003.png and {run}/samples/3.png"
    assert said.err == f"wgan: {named} are of one iteration; the second one is taken\n"


def test_pictures_that_would_flicker_take_longer(run, tmp_path, capsys):
    said = command(capsys, "film", run, "--out", tmp_path / "a.gif", "--seconds", 0.01)
    assert said.err == "wgan: the film takes 0.16 s, 0.04 for each picture\n"
    assert frames(tmp_path / "a.gif")[1] == [SHORTEST] * 4


@pytest.mark.parametrize("count", [2, 3, 7, 100])
def test_lengths_make_up_the_whole(count):
    lengths = durations(count, 6)
    assert sum(lengths) == 6000 and len(lengths) == count
    assert lengths[-1] > lengths[0] == lengths[-2]


def test_of_many_pictures_some_are_taken():
    with pytest.warns(UserWarning, match="100 of the 1,234 pictures are in the film, evenly over the training"):
        kept = thinned(range(1234))
    assert len(set(kept)) == 100 and (kept[0], kept[-1]) == (0, 1233)
    assert {b - a for a, b in pairwise(kept)} == {12, 13}


def test_a_film_needs_two_pictures_that_differ(run, tmp_path, capsys):
    def refused() -> str:
        said = command(capsys, "film", run, "--out", tmp_path / "a.gif")
        assert said.code == 2 and said.out == "" and not (tmp_path / "a.gif").exists()
        return said.err

    first, *others = pictures(run)
    for other in others:
        shutil.copy(first, other)
    assert refused() == "wgan: all 4 pictures are equal, and a film needs 2 that differ\n"
    for other in others:
        other.unlink()
    needs = "in samples/, and a film needs 2; train with a smaller --sample_every\n"
    assert refused() == f"wgan: {run} has one picture, of iteration 3, {needs}"
    first.unlink()
    assert refused() == f"wgan: {run} has no picture {needs}"
    first.parent.rmdir()
    assert refused() == f"wgan: {run} has no picture {needs}"


@pytest.mark.parametrize("damage", [b"", b"no picture", None])
def test_a_damaged_picture_is_named(run, tmp_path, capsys, damage):
    broken = pictures(run)[1]
    broken.write_bytes(broken.read_bytes()[:-2000] if damage is None else damage)
    said = command(capsys, "film", run, "--out", tmp_path / "a.gif")
    assert said.code == 2 and not (tmp_path / "a.gif").exists()
    assert re.fullmatch(rf"wgan: cannot read {broken} \(.+\); remove it to do without it\n", said.err)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "a.mp4"], r"cannot write a film to a\.mp4; expected \.webp or \.gif"),
        (["--out", "film"], r"cannot write a film to film; expected \.webp or \.gif"),
        (["--out", "taken.gif"], r"taken\.gif exists; choose another --out"),
        (["--out", "taken.gif/a.gif"], r"cannot write taken\.gif/a\.gif: .+; choose another --out"),
        (["--seconds", "0"], r"a film of 0\.0 seconds; expected more than 0 and at most 600"),
        (["--seconds", "nan"], r"a film of nan seconds; expected more than 0 and at most 600"),
    ],
)
def test_what_cannot_be_written_is_one_line(trained, tmp_path, capsys, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    Path("taken.gif").touch()
    found = command(capsys, "film", trained, *options)
    assert found.code == 2 and found.out == "" and re.fullmatch(f"wgan: {said}\n", found.err)


def test_no_run_is_one_line(tmp_path, capsys):
    said = command(capsys, "film", tmp_path, "--out", tmp_path / "a.gif")
    assert said.code == 2 and f"wgan: {tmp_path} is no run directory" in said.err


def test_a_pillow_without_webp_is_said(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(features, "check", lambda _: False)
    said = command(capsys, "film", trained, "--out", tmp_path / "a.webp")
    assert (said.code, said.err) == (2, "wgan: Pillow was built here without WebP; choose a .gif\n")
