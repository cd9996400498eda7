"""The examples run as a reader would run them."""

import os
import subprocess
import sys
from pathlib import Path

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
