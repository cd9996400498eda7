"""Exact transport shared by processes: bit for bit that of one, and ended together."""

import json
import signal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from running import begun, command, several
from wgan.errors import InputError
from wgan.processes import Processes
from wgan.sweeps import Sweep

SOLVED = """
import hashlib, torch, wgan
from wgan.distances import pricing, screening, transport

pricing.BLOCK = screening.BLOCK = 1 << 17  # so that there are many blocks
rng = torch.Generator().manual_seed(0)
def points(n, d, places=None):
    found = torch.randn(n, d, generator=rng, dtype=torch.float64)
    return found if places is None else found[torch.randint(places, (n,), generator=rng)]
def weights(n, zeros=0):
    found = torch.rand(n, generator=rng, dtype=torch.float64)
    found[:zeros] = 0
    return found / found.sum()
with wgan.together():
    for p, x, y, a, b in [
        (1, points(1100, 6), points(1100, 6) + 1, weights(1100), weights(1100)),
        (2, points(1500, 12), points(1024, 12) / 2, weights(1500, 100), weights(1024)),
        (1, points(2000, 5, 300), points(1000, 5), weights(2000), weights(1000)),
    ]:
        found = transport(x, y, p=p, x_weights=a, y_weights=b)
        parts = [found.solution.rows, found.solution.columns, found.solution.mass, *found.potentials]
        digest = hashlib.sha256(b"".join(part.numpy().tobytes() for part in parts)).hexdigest()
        print(repr(found.distance.item()), repr(found.bound), digest, found.optimal)
"""


@given(st.integers(0, 50), st.integers(1, 9), st.integers(1, 7))
def test_all_blocks_are_taken_once_and_put_in_order(rows, step, count):
    sweeps = [Sweep(rows, step, Processes(count, rank)) for rank in range(count)]
    parts, whole = [list(sweep) for sweep in sweeps], list(Sweep(rows, step))
    if len(whole) < count or count == 1:
        assert parts == [whole] * count
        return
    assert sorted((block for part in parts for block in part), key=lambda block: block.start) == whole
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    values = torch.arange(rows) ** 2
    handed = [torch.cat([values[block] for block in part]) for part in parts]
    object.__setattr__(sweeps[0], "each", lambda _: handed)
    assert torch.equal(sweeps[0].gathered(handed[0]), values)


def test_two_processes_find_the_plan_of_one_bit_for_bit(tmp_path):
    script = tmp_path / "solved.py"
    script.write_text(SOLVED)
    (alone,) = several(1, script)
    both = several(2, script)
    assert [said.code for said in both] == [0, 0], both
    assert alone.out.count("True") == 3
    assert [said.out for said in both] == [alone.out] * 2


@pytest.fixture
def sides(tmp_path) -> list[str]:
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(1200, 6)))
    return [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")]


def test_the_first_process_alone_prints_what_one_would(sides, capsys):
    arguments = ["distance", *sides, "-n", "1200", "--tolerance", "1e-3", "--confidence", "0", "--json"]
    first, second = several(2, "-m", "wgan", *arguments)
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert (second.out, second.err) == ("", "")
    found, expected = json.loads(first.out), json.loads(command(capsys, *arguments).out)
    for row in (*found["rows"], *expected["rows"]):
        del row["seconds"]
    assert found == expected
    assert "exact" in [row["method"] for row in found["rows"]]


def test_drift_is_told_once(sides):
    first, second = several(2, "-m", "wgan", "distance", *sides, "--drift")
    assert (first.code, second.code, second.out) == (0, 0, "")
    assert "no drift in any of 6" in first.out


@pytest.mark.parametrize("wrong", [["--nope"], ["--columns", "9"]])
def test_an_error_of_all_is_said_once(sides, wrong):
    said = several(2, "-m", "wgan", "distance", *sides, *wrong)
    assert [one.code for one in said] == [2, 2]
    assert "".join(one.err for one in said).count("wgan: ") == 1


@pytest.mark.parametrize("rank", [0, 1])
def test_an_error_of_one_ends_all(sides, tmp_path, rank):
    script = tmp_path / "one.py"
    missing = str(tmp_path / "none.npy")
    script.write_text(
        "import os, sys\nfrom wgan.__main__ import main\n"
        f"if os.environ['RANK'] == '{rank}':\n    sys.argv[2] = {missing!r}\nmain()\n"
    )
    said = several(2, script, "distance", *sides, "--method", "exact")
    assert [one.code for one in said] == [2, 2]
    lines = "".join(one.err for one in said)
    assert lines.count("wgan: ") == 1
    assert "none.npy: no such file or folder" in lines


def test_different_samples_are_refused(sides, tmp_path):
    script = tmp_path / "other.py"
    script.write_text(
        "import os, sys\nfrom wgan.__main__ import main\n"
        "if os.environ['RANK'] == '1':\n    sys.argv[2] = sys.argv[3]\nmain()\n"
    )
    said = several(2, script, "distance", *sides, "--method", "exact")
    assert [one.code for one in said] == [2, 2]
    lines = "".join(one.err for one in said)
    assert lines == (
        "wgan: the 2 processes hold different samples; give each the same data and seed, on machines of one kind\n"
    )


@pytest.mark.parametrize(("signum", "codes"), [(signal.SIGINT, [130, 130]), (signal.SIGKILL, [1, -9])])
def test_a_signal_to_one_ends_both(tmp_path, signum, codes):
    """It follows the first line of progress, long before the bounds of these samples have met."""
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(7000, 12)))
    paths = [str(tmp_path / f"{name}.npy") for name in ("a", "b")]
    limits = ["-n", "7000", "--seconds", "600", "--confidence", "0", "--json"]
    first, second = begun(2, "-m", "wgan", "distance", *paths, "--method", "exact", *limits)
    assert first.stderr.readline().startswith("wgan: exact distance between ")
    second.send_signal(signum)
    out, err = first.communicate(timeout=300)
    assert second.communicate(timeout=300) == ("", "")
    assert [first.returncode, second.returncode] == codes
    if signum == signal.SIGINT:
        assert "stopped by Ctrl-C: between " in json.loads(out)["rows"][0]["note"]
    else:
        assert err.endswith("wgan: another process has ended before its work was done; see what it said\n")


def test_a_refusal_of_the_first_is_that_of_all():
    def refuse() -> None:
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        Processes().first(refuse)
    with pytest.raises(InputError, match="no"):
        Processes().agreed(refuse)
    Processes().require_equal("samples", torch.zeros(2))
