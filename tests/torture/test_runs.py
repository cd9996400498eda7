"""Runs that are killed, damaged or out of disk: they go on bit for bit, or say in one line why not."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from forked import Child, complaint, run
from running import SMALL, content, words
from wgan.runs import Run

FIELDS = {**SMALL, "schedule.n_critic": 1}


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Sixty rows of two columns."""
    path = tmp_path_factory.mktemp("data") / "table.csv"
    rows = np.random.default_rng(0).normal(size=(60, 2)) * [1, 10] + [5, 0]
    np.savetxt(path, rows, fmt="%.17g", delimiter=",", header="height,weight", comments="")
    return path


def training(table: Path, out: Path, **fields: object) -> list[object]:
    """The command that trains a small run."""
    return ["train", "wgan-gp", "--data", table, *words({**FIELDS, **fields}), "--out", out]


@pytest.fixture(scope="module")
def whole(table, tmp_path_factory) -> Path:
    """A finished run."""
    path = tmp_path_factory.mktemp("whole") / "run"
    said = run(*training(table, path))
    assert said.code == 0, said.err
    return path


def files_of(folder: Path) -> list[Path]:
    """All files below a folder, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def listing(folder: Path) -> dict[str, bytes]:
    """Everything below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in files_of(folder)}


# Kills


def killed_again_and_again(table: Path, folder: Path, kills: int, seed: int) -> None:
    """Kills a training at random moments, a third of them inside a save, and always goes on as a user would."""
    fields = {"iterations": 300, "save_every": 10, "sample_every": 150, "evaluate_every": 15}
    assert run(*training(table, folder / "whole", **fields), busy=60).code == 0
    draw, out = random.Random(seed), folder / "cut"
    for kill in range(kills):
        child = Child(*going_on(table, out, fields), busy=60)
        time.sleep(draw.random() * draw.choice((0.05, 0.3, 0.8)))
        while kill % 3 == 0 and child.alive and not any((out / "checkpoints").glob(".*")):
            pass  # a hidden entry is there only while a checkpoint is being saved
        child.kill()
        said = child.end()
        assert said.code in (-9, 0), said.err
        if said.code == 0:
            shutil.rmtree(sorted((out / "checkpoints").iterdir())[-1])
    said = run(*going_on(table, out, fields), busy=60)
    assert said.code == 0, said.err
    assert content(out) == content(folder / "whole")
    assert Run.open(out, best=True).checkpoint.iteration == Run.open(folder / "whole", best=True).checkpoint.iteration


def going_on(table: Path, out: Path, fields: dict[str, object]) -> list[object]:
    """What a user types next: `--resume` where the run has begun, else the same command again."""
    return ["train", "--resume", out] if (out / "recipe.toml").exists() else training(table, out, **fields)


def test_a_few_kills(table, tmp_path):
    killed_again_and_again(table, tmp_path, 4, seed=0)


@pytest.mark.torture
@pytest.mark.parametrize("part", range(5))
def test_fifty_kills(table, tmp_path, part):
    killed_again_and_again(table, tmp_path, 10, seed=1 + part)


# Damage


def outcome(command: str, path: Path, out: Path) -> tuple[object, object]:
    """How a command on a run ends, and everything that it found or made, without times and paths."""
    asked = {
        "sample": ["sample", path, "-n", "3", "--out", out],
        "evaluate": ["evaluate", path, "--json"],
        "resume": ["train", "--resume", path, "--iterations", "14", "--json"],
        "distance": ["distance", path, path, "--method", "energy", "--confidence", "0", "-n", "20", "--json"],
    }[command]
    said = run(*asked)
    found: object = said.out.replace(str(path), "RUN")
    if command == "sample":
        found = out.read_bytes() if out.exists() else b""
    elif command == "resume" and said.code == 0:
        found = {k: v for k, v in content(path).items() if k in ("metrics", "weights", "state")}
        found["evaluation"] = timeless(json.loads(said.out)["evaluation"])
    elif said.code == 0:
        found = {k: timeless(v) for k, v in json.loads(said.out).items() if k not in ("a", "b", "run", "rows")}
    return said, found


def timeless(found: object) -> object:
    """Nested values without the seconds that they took."""
    return {k: timeless(v) for k, v in found.items() if k != "seconds"} if isinstance(found, dict) else found


def damage(path: Path, draw: random.Random) -> str:
    """Damages one file, and says how."""
    data, kind = bytearray(path.read_bytes()), draw.choice(["flip"] * 6 + ["cut", "empty", "gone", "zeros", "text"])
    at = draw.randrange(max(1, len(data)))
    if kind == "gone":
        path.unlink()
    else:
        if kind == "flip" and data:
            data[at] ^= 1 << draw.randrange(8)
        elif kind == "zeros":
            data[at : at + 64] = bytes(len(data[at : at + 64]))
        elif kind == "text":
            data[at:at] = b"\x1b]0;x\x07\nwgan: all is well\n"
        else:
            del data[at if kind == "cut" else 0 :]
        path.write_bytes(data)
    return f"{kind} at {at} of {path}"


def check_damage(whole: Path, table: Path, folder: Path, seeds: range) -> None:
    """A damaged run gives what it gave before, or a line says that it does not."""
    commands = ("resume", "evaluate", "sample", "distance")
    right = {}
    for command in commands:
        copy = shutil.copytree(whole, folder / f"right-{command}")
        said, right[command] = outcome(command, copy, folder / "right.csv")
        assert said.code == 0, said.err
    for seed in seeds:
        draw = random.Random(seed)
        command = commands[seed % len(commands)]
        copy = Path(shutil.copytree(whole, folder / f"{seed}"))
        place = draw.choice(files_of(copy))
        what = damage(place, draw)
        said, found = outcome(command, copy, folder / f"{seed}.csv")
        told = f"{command} after {what}: exit {said.code}, {said.err}"
        assert not complaint(said), f"{complaint(said)}: {told}"
        if said.code == 0 and found != right[command]:
            assert any(line.startswith("wgan: ") for line in said.err.splitlines()), f"silence: {told}"
        shutil.rmtree(copy)


def test_some_damage_is_harmless_repaired_or_refused(whole, table, tmp_path):
    check_damage(whole, table, tmp_path, range(24))


@pytest.mark.torture
@pytest.mark.parametrize("part", range(6))
def test_three_hundred_damages_are_harmless_repaired_or_refused(whole, table, tmp_path, part):
    check_damage(whole, table, tmp_path, range(100 + 50 * part, 150 + 50 * part))


# Disks


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 kB in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no small file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def check_full_disk(table: Path, disk: Path, whole: Path, kilobytes: int) -> None:
    """With so little room a run ends with one line, and goes on bit for bit once there is more."""
    free = shutil.disk_usage(disk).free
    (disk / "filler").write_bytes(bytes(max(0, free - 1024 * kilobytes)))
    said = run(*training(table, disk / "run"))
    assert not complaint(said), f"{complaint(said)} with {kilobytes} kB: {said.err}"
    assert "None" not in said.err
    (disk / "filler").unlink()
    if said.code:
        again = run(*going_on(table, disk / "run", {}))
        assert again.code == 0, f"after {kilobytes} kB: {said.err}{again.err}"
    assert content(disk / "run") == content(whole)
    shutil.rmtree(disk / "run")


@pytest.mark.parametrize("kilobytes", [0, 4, 8, 24, 60, 120])
def test_a_full_disk_costs_nothing(small_disk, table, whole, kilobytes):
    check_full_disk(table, small_disk, whole, kilobytes)


@pytest.mark.torture
def test_every_fill_level_of_a_small_disk(small_disk, table, whole):
    page = whole / "report.html"  # for want of room it is left out, with a line
    need = sum(path.stat().st_size // 1024 + 4 for path in whole.rglob("*") if path != page)
    assert need < 350
    for kilobytes in range(0, need, 4):
        check_full_disk(table, small_disk, whole, kilobytes)


@pytest.mark.parametrize("command", ["resume", "sample", "evaluate"])
def test_a_full_disk_under_a_finished_run(small_disk, whole, command):
    copy = Path(shutil.copytree(whole, small_disk / "run"))
    (small_disk / "filler").write_bytes(b"")
    with (small_disk / "filler").open("ab", 0) as filler:
        try:
            while filler.write(bytes(512)):
                pass
        except OSError:
            pass
    before = listing(copy)
    said, found = outcome(command, copy, small_disk / "s.csv")
    assert not complaint(said), said.err
    assert said.code == (0 if command == "evaluate" else 2)
    if command == "sample":
        assert found == b""
        assert not (small_disk / "s.csv").exists()
    weights = {name: data for name, data in before.items() if name.startswith("checkpoints")}
    assert {name: data for name, data in listing(copy).items() if name in weights} == weights


# Signals


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_the_run_goes_on(table, tmp_path, signum, code):
    fields = {"iterations": 150, "save_every": 1000, "sample_every": 1000}
    assert run(*training(table, tmp_path / "whole", **fields), busy=60).code == 0
    child, journal = Child(*training(table, tmp_path / "cut", **fields), busy=60), tmp_path / "cut" / "metrics.jsonl"
    while child.alive and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.002)
    child.kill(signum)
    said = child.end()
    assert said.code == code, said.err
    assert f"continue with: wgan train --resume {tmp_path / 'cut'}" in said.err
    assert run("train", "--resume", tmp_path / "cut", busy=60).code == 0
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_two_at_once_do_not_share_a_run(table, tmp_path):
    out = tmp_path / "run"
    first = Child(*training(table, out, iterations=400, save_every=10), busy=60)
    while first.alive and not (out / "checkpoints").exists():
        time.sleep(0.002)
    second = run("train", "--resume", out)
    first.kill()
    first.end()
    assert second.code == 2, second.err
    assert not complaint(second)
    assert run("train", "--resume", out, busy=60).code == 0  # a dead owner's lock is no lock


def test_a_deleted_run_is_noticed(table, tmp_path):
    out = tmp_path / "run"
    child = Child(*training(table, out, iterations=20_000, save_every=10), busy=60)
    while child.alive and not any((out / "checkpoints").glob("[0-9]*")):
        time.sleep(0.002)
    os.rename(out, tmp_path / "moved")  # noqa: PTH104 - at once, whatever is written meanwhile
    said = child.end(hung=60)
    assert said.code == 2, said.err
    assert not complaint(said)
    assert not out.exists()


def test_this_process_trained_nothing():
    assert torch.get_num_threads() == 1  # a fork of a process with threads would hang
