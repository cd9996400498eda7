"""What is printed shows, and does nothing else."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from running import SMALL, command, words
from wgan.text import paragraph, printable

EVIL = "\x1b[2J\x1b]0;t\x07\r\nwgan: all is well\u202e\u2028[/x]$\\frac{"
NAME = EVIL.replace("/", "")
SEEN = r"\u001b[2J\u001b]0;t\u0007\r\nwgan: all is well\u202e\u2028[/x]$\frac{"


def harmless(text: str) -> bool:
    return all(character.isprintable() or unicodedata.category(character) == "Zs" for character in text)


@given(st.text())
def test_any_text_becomes_one_line_without_commands(text):
    assert harmless(printable(text)) and len(printable(text).splitlines()) <= 1


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_letters_of_every_script_stay(text):
    assert printable(text) == text


def test_lines_cannot_be_forged():
    assert printable(EVIL) == SEEN
    assert paragraph(["a\nb", "c"]) == "a\\nb\nc"


def table(path):
    np.savetxt(path, np.random.default_rng(0).normal(size=(60, 2)), delimiter=",")
    return path


def picture_folder(folder):
    folder.mkdir()
    for k in range(20):
        Image.fromarray(np.full((8, 8), k, np.uint8)).save(folder / f"{k}.png")
    return folder


@pytest.mark.parametrize(
    ("make", "name"), [(table, EVIL.replace("/", "") + ".csv"), (picture_folder, "[x]$a$\x1b[2J\n")]
)
def test_names_of_files_are_inert_from_training_to_samples(make, name, tmp_path, capsys):
    data, run = make(tmp_path / name), tmp_path / ("run" + NAME)
    fields = words({**SMALL, "batch": 4, "iterations": 1, "sample_every": 1, "save_every": 1})
    for arguments in (
        ["train", "wgan-gp", *fields, "--data", data, "--out", run],
        ["train", "--resume", run],
        ["evaluate", run],
        ["sample", run, "-n", 4, "--out", tmp_path / f"{NAME}.png"],
        ["distance", data, run, "-n", 10, "--method", "exact"],
    ):
        said = command(capsys, *arguments)
        assert said.code == 0, said.err
        assert all(map(harmless, (said.out + said.err).split("\n")))
        assert not any(line.startswith("wgan: all") for line in (said.out + said.err).splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", EVIL],
        ["train", "--data", EVIL],
        ["train", "--device", EVIL],
        ["train", "--classes", EVIL],
        ["train", "--" + EVIL, "1"],
        ["train", "--loss", EVIL],
        ["train", "--resume", EVIL],
        ["train", "--out", "/dev/null/" + EVIL],
        ["recipes", EVIL],
        ["sample", EVIL],
        ["distance", EVIL, "digits"],
        ["distance", "digits", "digits", "--method", EVIL],
        ["distance", "digits", "digits", "--p", EVIL],
        [EVIL],
    ],
    ids=lambda words: " ".join(words).split("\x1b")[0],
)
def test_a_mistake_is_told_in_one_harmless_line(arguments, capsys):
    said = command(capsys, *arguments)
    assert said.code == 2 and said.err.startswith("wgan: ") and harmless(said.err.removesuffix("\n")) and not said.out


def test_a_recipe_is_printed_as_toml_that_steers_nothing(tmp_path, capsys):
    mine = tmp_path / "mine.toml"
    evil = "\\u001B[2J\\nwgan: x\u202e"
    mine.write_text(command(capsys, "recipes", "wgan").out + f'\n[data]\nsource = "{evil}"\n')
    printed = command(capsys, "recipes", mine).out
    assert all(map(harmless, printed.split("\n"))) and "\nwgan: x" not in printed
    mine.write_text(printed)
    assert command(capsys, "recipes", mine).out == printed
