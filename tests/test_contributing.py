"""CONTRIBUTING.md is true of changes: nine of them, made to a copy of the package, work through their doors."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest
import torch
from torch import nn

import wgan.lipschitz
from running import SMALL, words
from wgan.data import open_source
from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.training import State, train

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
ROWS = {
    what: (written, exported)
    for what, written, exported, _ in re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
}
FIELDS = {"lipschitz": "SteepOnly", "iterations": 1, "batch": 8, "critic.widths": [8], "generator.widths": [8]}
(DIFF,) = re.findall(r"```diff\n(.*?)```", TEXT, re.DOTALL)
FILE, EXPORT = re.split(r"^\+\+\+ b/.*/__init__\.py\n", DIFF, flags=re.MULTILINE)
STEEP = "\n".join(line[1:] for line in FILE.splitlines()[1:])


def test_a_penalty_is_one_file_and_its_export(monkeypatch):
    path, *lines = FILE.splitlines()
    assert path == "+++ b/src/wgan/lipschitz/steep.py"
    assert [line[0] for line in lines] == ["+"] * len(lines)
    assert EXPORT.splitlines()[::2] == ["+from wgan.lipschitz.steep import SteepOnly", '+    "SteepOnly",']
    with pytest.raises(InputError, match="unknown Lipschitz method in lipschitz 'SteepOnly'"):
        Recipe.named("wgan-gp", FIELDS)

    written: dict[str, object] = {"__name__": "wgan.lipschitz.steep"}
    exec(STEEP, written)
    monkeypatch.setattr(wgan.lipschitz, "SteepOnly", written["SteepOnly"], raising=False)
    monkeypatch.setattr(wgan.lipschitz, "__all__", [*wgan.lipschitz.__all__, "SteepOnly"])
    recipe, data = Recipe.named("wgan-gp", FIELDS), open_source("gaussians8")
    (record,) = train(State.start(recipe, data.shape), recipe, data)
    assert torch.stack(record).isfinite().all()

    critic = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
    for slope, cost in ((1.5, 0.0), (3.0, 10.0)):
        critic[0].weight.data = torch.tensor([[slope, 0.0]])
        (method,) = recipe.lipschitz
        assert method.penalty(critic, torch.ones(4, 2)).item() == pytest.approx(cost)


@dataclass(frozen=True)
class Change:
    """A change to the package: a new file, if there is one, and lines of others that become others."""

    file: str = ""
    content: str = ""
    lines: tuple[tuple[str, str, str], ...] = ()

    def apply(self, package: Path) -> set[str]:
        """Makes it; returns the files that it touched."""
        if self.file:
            assert not (package / self.file).exists()
            (package / self.file).write_text(self.content)
        for path, old, new in self.lines:
            text = (package / path).read_text()
            assert text.count(old) == 1, (path, old)
            (package / path).write_text(text.replace(old, new))
        return {self.file} - {""} | {path for path, _, _ in self.lines}


def exported(file: str, content: str, name: str, room: str = "") -> Change:
    """A new file whose one name its package exports, or the room that the package is in."""
    package, module = file.rsplit("/", 1)
    line = f"from wgan.{package.replace('/', '.')}.{module.removesuffix('.py')} import {name}\n\n__all__ = ["
    return Change(file, content, ((f"{room or package}/__init__.py", "\n__all__ = [", f"{line}\n    {name!r},"),))


LOSS = '''
"""The Wasserstein loss, halved."""
from dataclasses import dataclass
from wgan.losses.loss import Measure, ScoreLoss

@dataclass(frozen=True)
class Halved(ScoreLoss):
    """Half of it."""
    measures = Measure("W₁ / 2", "up to κ")
    needs_constraint = True

    def critic(self, real_scores, fake_scores):
        return -self.estimate(real_scores, fake_scores)

    def generator(self, fake_scores):
        return -fake_scores.mean() / 2

    def estimate(self, real_scores, fake_scores):
        return (real_scores.mean() - fake_scores.mean()) / 2
'''
NETWORK = '''
"""One linear layer on each side."""
from dataclasses import dataclass
from math import prod
from torch import nn
from wgan.networks.network import Network

@dataclass(frozen=True, kw_only=True)
class Plain(Network):
    """One layer."""

    def build_generator(self, latent, shape):
        return nn.Sequential(nn.Linear(latent, prod(shape)), nn.Unflatten(1, shape))

    def build_critic(self, shape):
        return nn.Sequential(nn.Flatten(), nn.Linear(prod(shape), 1), nn.Flatten(0))
'''
FORMAT = '''
"""Numbers between semicolons, a row between bars."""
import numpy as np
from wgan.data.tables.table import StoredTable

def read_bars(path, settings):
    """The rows."""
    rows = path.read_text().split("|")
    return StoredTable(settings.source, np.array([[float(part) for part in row.split(";")] for row in rows]))
'''
DISTANCE = '''
"""Between the means."""
from dataclasses import dataclass
from typing import ClassVar
from wgan.distances.method import DistanceMethod, Measured

@dataclass(frozen=True)
class Means(DistanceMethod):
    """The distance between the means."""
    name: ClassVar[str] = "means"
    unit: ClassVar[str] = "of the data"

    def measure(self, x, y):
        return Measured((x.mean(0) - y.mean(0)).norm(), "between the means")
'''
METRIC = '''
"""The greatest number."""
from dataclasses import dataclass
from typing import ClassVar
from wgan.metrics.metric import Measured, Metric, Need

@dataclass(frozen=True)
class Greatest(Metric):
    """How far apart the greatest numbers are."""
    name: ClassVar[str] = "greatest"
    title: ClassVar[str] = "difference of the greatest numbers"
    better: ClassVar = "less"
    needs: ClassVar[Need] = Need.SAMPLES

    def measure(self, real, fake, rng):
        return Measured(float((real.max() - fake.max()).abs()))
'''
STUDY = '''
"""Whether a coin is fair."""
from typing import ClassVar
import torch
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import grid
from wgan.studies.study import Chapter, Study

class Coin(Study):
    """A coin, and one with heads on both sides."""
    name: ClassVar[str] = "coin"
    title, chapter, claims, question = "A coin", Chapter.BEYOND, (), "Is the coin fair?"
    criterion, refuted_if = "Between 45 and 55 % are heads.", "The share lies outside."
    control, caption = "A coin with heads on both sides must fail.", "The share of heads of each seed."

    def design(self, quick):
        return [*grid(heads=(1,), seed=range(3)), *grid(control=(True,), heads=(2,), seed=range(3))]

    def measure(self, settings):
        draws = torch.rand(10_000, generator=stream(settings["seed"], "coin"))
        return {"share": float((draws < settings["heads"] / 2).double().mean())}

    def checks(self, rows):
        yield Check("share of heads", rows.values("share"), 0.45, 0.55, possible=(0, 1))

    def control_check(self, rows):
        return Check("share of heads", rows.values("share"), 0.45, 0.55, possible=(0, 1))

    def draw(self, rows, figure):
        figure.subplots().plot(rows.values("seed"), rows.values("share"), "o")
'''
COMMAND = '''
"""`wgan greet`."""
from wgan.cli.app import app

@app.command
def greet(name: str) -> None:
    """Greet someone by name."""
    print(f"good day, {name}")
'''
CHANGES = {
    "a loss": exported("losses/halved.py", LOSS, "Halved"),
    "a gradient penalty": exported("lipschitz/steep.py", STEEP, "SteepOnly"),
    "a network": exported("networks/plain.py", NETWORK, "Plain"),
    "a distance": exported("distances/means.py", DISTANCE, "Means"),
    "a metric": exported("metrics/greatest.py", METRIC, "Greatest"),
    "a study": exported("studies/beyond/coin.py", STUDY, "Coin", room="studies"),
    "a subcommand": exported("cli/greet.py", COMMAND, "greet"),
    "a table format": Change(
        "data/tables/bars.py",
        FORMAT,
        (
            ("data/opening.py", "\n__all__ = [", "from wgan.data.tables.bars import read_bars\n\n__all__ = ["),
            ("data/opening.py", '    ".npy": read_npy,\n', '    ".npy": read_npy,\n    ".bars": read_bars,\n'),
        ),
    ),
    "a field of the record": Change(
        lines=(
            ("training/loop.py", "    gradient_norm: Tensor\n", "    gradient_norm: Tensor\n    steps: Tensor\n"),
            ("training/loop.py", "seen.penalty, norm)", "seen.penalty, norm, torch.tensor(float(state.iteration)))"),
        )
    ),
}
SCRIPT = """
import sys
from contextlib import suppress
from wgan.__main__ import main
for line in sys.stdin.read().splitlines():
    print(f"$ {line}", flush=True)
    with suppress(SystemExit):
        main(line.split())
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> Path:
    """A copy of the package with all nine changes."""
    package = tmp_path_factory.mktemp("copy") / "wgan"
    shutil.copytree(ROOT / "src/wgan", package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def paths(cell: str) -> list[str]:
    """The files that a cell of the table names, if any, with a star for what is to be named."""
    return [path.replace("NAME", "*").replace("ROOM", "*") for path in re.findall(r"`([\w/.]+\.(?:py|toml))`", cell)]


def test_each_change_touches_what_the_table_names_and_works(changed, tmp_path):
    for what, change in CHANGES.items():
        written, export = ROWS[what]
        named, touched = [*paths(written)[:1], *paths(export)], change.apply(changed)
        assert len(touched) == len(named), what
        assert all(any(fnmatch(path, pattern) for path in touched) for pattern in named), what

    for name, shift in (("a", 0), ("b", 3)):
        rows = (f"{k % 7 + shift};{k % 5}" for k in range(35))
        (tmp_path / f"{name}.bars").write_text("|".join(rows))
    fields = {name: value for name, value in SMALL.items() if "widths" not in name}
    fields |= {"loss": "Halved", "lipschitz": "SteepOnly", "generator": "Plain", "critic": "Plain", "iterations": 2}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input="\n".join(
            [
                f"train wgan-gp {' '.join(words(fields))} --out run",
                "evaluate run --metrics greatest -n 20",
                "distance a.bars b.bars --method means",
                "study run coin --out found --jobs 1",
                "greet --help",
                "greet you",
            ]
        ),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(changed.parent), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    trained, evaluated, measured, studied, helped, greeted = done.stdout.split("$ ")[1:]
    assert "W₁ / 2" in trained, done.stderr
    records = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert [record["steps"] for record in records] == [1, 2]
    recipe = tomllib.loads((tmp_path / "run/recipe.toml").read_text())
    assert recipe["lipschitz"][0]["type"] == "SteepOnly" and recipe["critic"]["type"] == "Plain"
    assert "greatest_20" in evaluated, done.stderr
    assert re.search(r"means +3 ", measured), done.stderr
    assert "coin: confirmed" in studied and (tmp_path / "found/coin.svg").exists(), done.stderr
    assert "Greet someone by name." in helped and "good day, you" in greeted


def test_every_file_that_the_table_names_is_there():
    package = ROOT / "src/wgan"
    for what, (written, export) in ROWS.items():
        for path in [*paths(written), *paths(export)]:
            assert list(package.glob(path)), (what, path)
    assert set(CHANGES) <= set(ROWS)


def test_the_layers_are_those_that_are_enforced():
    (said,) = re.findall(r"Imports go one way, `(.+?)`", TEXT, re.DOTALL)
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    expected = " > ".join(layer.strip("()").replace(" | ", ", ") for layer in layers)
    assert " ".join(said.split()) == expected
