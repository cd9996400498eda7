"""Ctrl-C during the exact distance of many samples gives both bounds, and whole output."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

N = 7000  # more than 5,000, from where on progress is told


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_gives_the_bounds_so_far(tmp_path, as_json):
    """The signal follows the first line of progress, long before the bounds of these samples have met."""
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(N, 12)))
    paths = [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")]
    limits = ["--n", str(N), "--seconds", "600", "--confidence", "0", *(["--json"] if as_json else [])]
    command = [sys.executable, "-m", "wgan", "distance", *paths, "--method", "exact", *limits]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stderr.readline()
    assert first.startswith("wgan: exact distance between ")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    assert process.returncode == 130
    note = json.loads(out)["rows"][0]["note"] if as_json else out
    assert "stopped by Ctrl-C: between " in note and "optimal to " in note
