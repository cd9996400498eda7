"""The examples run as a reader would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import safe_open

from wgan.data import open_source
from wgan.errors import InputError

EXAMPLES = Path(__file__).parent.parent / "examples"


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
