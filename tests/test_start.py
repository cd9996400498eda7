"""The tutorial as a reader follows it: every command of its page, on 200 pictures and on a table."""

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from running import command

PAGE = Path(__file__).parents[1] / "docs/start.md"
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
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
