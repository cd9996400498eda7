"""The tutorial and the README as a reader follows them: every command, on 200 pictures and on a table."""

import os
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from running import command

ROOT = Path(__file__).parents[1]
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "docs/start.md").read_text(), re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    Path("photos").mkdir()
    for index in range(200):
        pixels = rng.integers(0, 256, (24 + index % 3, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(f"photos/{index:03}.png")
    people = pd.DataFrame({"age": rng.integers(0, 90, 200), "city": rng.choice(["Oslo", "Rome", "Bern"], 200)})
    people["height"] = (150 + people["age"] / 5 + rng.normal(0, 8, 200)).round(1)
    people.loc[::9, "height"] = None
    people[["height", "age", "city"]].to_csv("people.csv", index=False)
    return tmp_path


@pytest.mark.filterwarnings("default::UserWarning")
def test_every_command_of_the_tutorial_does_what_it_says(desk, capsys):
    assert len(COMMANDS) > 12
    for arguments in COMMANDS:
        short = ["--iterations", "4" if "--resume" in arguments else "2"] if arguments[0] == "train" else []
        said = command(capsys, *[word for word in arguments if word != "4400" and word != "--iterations"], *short)
        assert said.code == 0, (arguments, said.err)
    written = ["runs/photos/report.html", "compared.html", "more.png", "photos.onnx", "photos-generator/README.md"]
    assert [name for name in [*written, "people-generator/README.md"] if not Path(name).is_file()] == []
    assert len(list(Path("pictures").glob("*.png"))) == 64
    made = pd.read_csv("made.csv")
    assert list(made) == ["height", "age", "city"]
    assert len(made) == 500
    assert made["age"].dtype == np.int64
    assert set(made["city"]) <= {"Oslo", "Rome", "Bern"}
    assert (pd.read_csv("older.csv")["age"] >= 30).all()
    assert len(pd.read_csv("from-folder.csv")) == 20


def readme_commands():
    """The commands of the README that train, sample, judge or measure."""
    block = re.search(r"## The command\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines()]


@pytest.mark.filterwarnings("default::UserWarning")
def test_every_command_of_the_readme_runs_in_its_order(desk, capsys):
    commands = readme_commands()
    assert len(commands) > 15
    for name in "ab":
        assert command(capsys, "train", "--iterations", "2", "--out", f"runs/{name}").code == 0
        Path(f"{name}.csv").write_text(pd.DataFrame(np.random.default_rng(ord(name)).normal(size=(60, 2))).to_csv())
    for arguments in commands:
        if "mnist" in arguments and not os.environ.get("WGAN_HOME"):
            continue  # it is downloaded
        said = command(capsys, *small(arguments))
        assert said.code == 0, (arguments, said.err)


def small(arguments):
    """A command with so little to do that it takes seconds."""
    if arguments[0] == "train":
        kept = arguments[: arguments.index("--iterations")] if "--iterations" in arguments else arguments
        return [*kept, "--iterations", "6" if "--resume" in kept else "2"]
    return [*arguments, "--n", "100"] if "critic" in arguments else arguments
