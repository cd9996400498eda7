"""The examples run as a reader would run them."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open

from running import SMALL
from wgan.data import open_source
from wgan.errors import InputError
from wgan.runs import train

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def examples():
    sys.path.insert(0, str(EXAMPLES))
    yield
    sys.path.remove(str(EXAMPLES))


def test_own_networks_learn_the_radius(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "own_networks.py", "--out", tmp_path / "ring"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    learned = float(done.stdout.split("learned radius")[1].split()[0])
    assert abs(learned - 3.0) < 0.3


def test_a_data_frame_comes_back_as_one(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "table_from_python.py", "--out", tmp_path / "run", "--iterations", "10"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert all(word in done.stdout for word in ("day", "city", "degrees", "Oslo", "mean"))


class Stages:
    """A run's checkpoints: samples are digits under so much noise, the same digits for every stage."""

    def __init__(self, noise):
        self.noise = noise

    def data(self):
        return open_source("digits").split()

    def sample(self, n, seed):
        rng = torch.Generator().manual_seed(seed)
        real = self.data()[0].observed(n, rng)
        return (real + self.noise * torch.randn(real.shape, generator=rng, dtype=real.dtype)).clamp(0, 1)


def test_two_stages_are_told_apart_and_one_is_not(examples):
    telling = importlib.import_module("telling_apart")
    setting = telling.Setting(metrics=("fd", "kid", "w1"), sizes=(40, 80), draws=16, pool=400)
    rows = telling.measure(Stages(0.3), Stages(0.0), setting)
    assert [(row.metric, row.n) for row in rows] == [(name, n) for name in setting.metrics for n in (40, 80)]
    for row in rows:
        assert row.difference < 0 and row.right == row.right_apart == row.told == 1
        assert row.alarms <= 0.25  # of 16; more than 4 has a probability of 0.1 % at a rate of 5 %
    for row in telling.measure(Stages(0.1), Stages(0.1), setting):
        assert row.right == 0 and row.told <= 0.25
    assert telling.needed(rows[:2], lambda row: row.right) == 40
    assert telling.needed(rows[:2], lambda row: 1 - row.n / 1000) is None
    assert set(telling.summary(rows)) == set(setting.metrics)


def test_the_page_of_metrics_is_written_and_what_was_measured_is_kept(examples, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    evaluation = importlib.import_module("evaluation")
    run = train("wgan-gp", out=tmp_path / "run", quiet=True, **SMALL)
    names = ("r1", "one", "two", "three", "four", "late")

    def trained(system, *_):  # the same run with other latents
        draw = names.index(system.name)
        return SimpleNamespace(path=run.path, data=run.data, sample=lambda n, **_: run.sample(n, seed=draw)), 1.0

    telling = importlib.import_module("telling_apart")
    small = telling.Setting(metrics=("fd",), sizes=(20,), draws=4, pool=40)
    for name, value in {
        "SYSTEMS": [SimpleNamespace(name=name) for name in names],
        "SAMPLES": 60,
        "TABLES": {"Distances": ("w1", "fd_digits", "kid_pixels"), "Memory": ("copies_digits", "nn_digits")},
        "Setting": lambda: small,
        "finished": lambda system, *_: system.name != "late",
        "trained": trained,
    }.items():
        monkeypatch.setattr(evaluation, name, value)
    page = tmp_path / "page.md"
    page.write_text("What it is.\n\n<!-- measured -->\nold")
    monkeypatch.setattr(sys, "argv", ["evaluation.py", "--finished", "--out", str(page)])
    evaluation.main()
    text = page.read_text()
    assert text.startswith("What it is.\n\n<!-- measured -->\n\n**Not finished, and so not here:** late.")
    assert text.count("** ±") == 3  # the best system of each distance, and of memory none
    for row in ("| `one` | ", "| uniform noise |", "| floor: two sets of real images |", "| `fd` |"):
        assert row in text
    kept = json.loads(page.with_suffix(".json").read_text())
    assert set(kept["scores"]) >= {"r1", "four", "mean of each class"} and len(kept["telling_apart"]["rows"]) == 1
    monkeypatch.setattr(evaluation, "measure", None)  # it is not measured again
    evaluation.main()
    assert page.read_text() == text


def test_orders_by_chance_are_known(examples):
    critical = importlib.import_module("evaluation").critical
    assert critical(8) == pytest.approx(0.738, abs=1e-3)  # the usual tables
    assert critical(5) == 1 and critical(4) is None


@pytest.mark.slow
def test_the_classifier_is_trained_and_says_how_good_it_is(tmp_path):
    try:
        open_source("mnist")
    except InputError as error:
        pytest.skip(f"no mnist here: {error}")
    out = tmp_path / "digits.safetensors"
    subprocess.run(
        [sys.executable, EXAMPLES / "train_classifier.py", "mnist", "--limit", "3000", "--epochs", "2", "--out", out],
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    with safe_open(out, "pt") as file:
        said = file.metadata()
    assert said["data"] == "mnist" and float(said["test_accuracy"]) > 0.5
    assert out.stat().st_size < 500_000
