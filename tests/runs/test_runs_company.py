"""Who else uses a run, what the disk and the data allow, and how a run ends early."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import wgan
from running import SMALL, checkpoints, command, content, training
from wgan.data import TensorSource
from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.runs import Interrupted, Run, files, resume, start
from wgan.runs.files import temporary_name
from wgan.runs.lock import locked
from wgan.runs.session import Session
from wgan.runs.signals import Interruption


def small(**fields: object) -> Recipe:
    return Recipe.named("wgan-gp", {**SMALL, **fields})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole"
    start(small(), path, quiet=True)
    return path


@pytest.fixture
def copy(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


# The lock


def test_one_process_trains_a_run_at_a_time(copy):
    line = rf"{copy} is being trained by process {os.getpid()} on .*; wait for it, or stop it first"
    with locked(copy), pytest.raises(InputError, match=line):
        resume(copy, quiet=True)
    with locked(copy):
        assert Run.open(copy).sample(2).shape == (2, 1, 8, 8)  # reading needs no lock
    assert (copy / "lock").read_bytes() == b""
    resume(copy, quiet=True)


@pytest.mark.parametrize(("text", "owner"), [("4711 far\n", "process 4711 on far"), ("\x1b[2J", "another process")])
def test_lock_of_a_dead_process_is_taken_over_with_a_line(text, owner, copy):
    (copy / "lock").write_text(text)
    with pytest.warns(UserWarning, match=f"was left by {owner}, which is gone; its lock is taken over"):
        resume(copy, quiet=True)
    assert (copy / "lock").read_bytes() == b""


def test_lock_is_given_back_by_the_system_when_a_process_is_killed(copy):
    script = "import sys, time; from pathlib import Path; from wgan.runs.lock import locked\n"
    script += f"with locked(Path({str(copy)!r})): print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    process.stdout.readline()
    with pytest.raises(InputError, match=f"is being trained by process {process.pid} on"):
        resume(copy, quiet=True)
    process.kill()
    process.wait()
    with pytest.warns(UserWarning, match=f"was left by process {process.pid} on .*, which is gone"):
        resume(copy, quiet=True)


def test_lock_that_is_another_files_name_is_not_written(copy, tmp_path):
    (tmp_path / "mine").write_text("precious")
    (copy / "lock").unlink()
    os.link(tmp_path / "mine", copy / "lock")
    with pytest.raises(InputError, match="lock is no file of its own; remove it"):
        resume(copy, quiet=True)
    assert (tmp_path / "mine").read_text() == "precious"


def test_file_system_without_locks_is_said(copy, monkeypatch):
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    with pytest.warns(UserWarning, match="cannot be locked on this file system; see to it that no other process"):
        resume(copy, quiet=True)


# The start


def test_empty_directory_is_taken_and_keeps_its_rights(tmp_path):
    out = tmp_path / "private"
    out.mkdir(mode=0o700)
    start(small(iterations=1), out, quiet=True)
    assert out.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["private"]


def test_directory_with_anything_in_it_is_not_taken(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match=f"{tmp_path} exists; continue it with --resume {tmp_path}, or choose another"):
        start(small(iterations=1), tmp_path, quiet=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_empty_directory_cannot_be_resumed(tmp_path):
    with pytest.raises(InputError, match=r"is no run directory \(it has no checkpoints\); expected one that"):
        resume(tmp_path, quiet=True)


@pytest.mark.parametrize("name", [".", "..", "a" * 300 + ".csv", "x/.hidden", "hf:owner/name"])
def test_default_directory_is_below_runs_whatever_the_data_is_called(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = TensorSource(torch.randn(60, 2), name)
    if len(name) > 255:
        with pytest.raises(InputError, match="cannot make the run directory runs/aaa.*: File name too long; make room"):
            start(small(iterations=1), source=data, quiet=True)
    else:
        assert start(small(iterations=1), source=data, quiet=True).run.path.parent == Path("runs")


# The disk


@pytest.mark.filterwarnings("ignore:.*latest.json names")
def test_every_write_can_fail_and_nothing_is_lost(tmp_path, monkeypatch):
    recipe = small(evaluate_every=4)
    finished = start(recipe, tmp_path / "finished", quiet=True).run.path
    whole, count = files.write_all, 0
    trial, failed = 0, True
    while failed:
        trial, count, path = trial + 1, 0, tmp_path / f"{trial}"

        def full(descriptor: int, data: bytes, trial: int = trial) -> None:
            nonlocal count
            count += 1
            if count >= trial:
                raise OSError(errno.ENOSPC, "No space left on device")
            whole(descriptor, data)

        failed = False
        with monkeypatch.context() as patch:
            patch.setattr(files, "write_all", full)
            patch.setattr("wgan.runs.lock.write_all", full)
            try:
                start(recipe, path, quiet=True)
            except InputError as error:
                failed = "No space left on device; make room" in str(error)
                if not failed:
                    raise
        if failed and not path.exists():
            assert not [left for left in tmp_path.iterdir() if left.name.startswith(".tmp-")]
            continue
        if failed:
            resume(path, quiet=True)
        assert content(path) == content(finished)
    assert trial > 25


@pytest.mark.parametrize("error", [OSError(errno.EROFS, "Read-only file system"), OSError("full")])
def test_resume_where_nothing_can_be_written_is_one_line(copy, monkeypatch, error):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(files, "write_all", fail)
    monkeypatch.setattr("wgan.runs.lock.write_all", fail)
    with pytest.raises(InputError, match=f"cannot write to {copy}: (Read-only file system|full); make room or make it"):
        resume(copy, quiet=True)


@pytest.mark.parametrize("act", ["delete", "move", "begin anew"])
def test_directory_that_goes_away_ends_the_run_promptly(act, tmp_path, monkeypatch):
    path, add = tmp_path / "run", Session._draws

    def gone(session: Session) -> bool:
        if session.state.iteration == 3 and path.exists():
            shutil.move(path, tmp_path / "elsewhere")
            if act == "delete":
                shutil.rmtree(tmp_path / "elsewhere")
            if act == "begin anew":
                path.mkdir()
                (path / "metrics.jsonl").touch()
        return add(session)

    monkeypatch.setattr(Session, "_draws", gone)
    with pytest.raises(InputError, match="was moved, deleted or begun anew while it was trained; bring it back and"):
        start(small(save_every=100), path, quiet=True)
    assert path.exists() == (act == "begin anew")


# Pictures


def test_picture_that_cannot_be_drawn_ends_no_run(tmp_path, monkeypatch, capsys):
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Image size of 900000x5 pixels is too large\nreally")

    monkeypatch.setattr("wgan.runs.session.sample_figure", fail)
    outcome = start(small(), tmp_path / "run")
    line = "no picture of iteration 6 could be drawn (ValueError: Image size of 900000x5 pixels is too large really)"
    assert f"warning: {line}" in capsys.readouterr().err
    assert outcome.figure is None and outcome.warnings[0] == line
    assert outcome.to_json()["figure"] is None and "look at" not in outcome.to_text()


def test_checkpoint_comes_before_the_picture(tmp_path, monkeypatch):
    def killed(session: Session, *_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(Interrupted, match="stopped at once by SIGINT; it goes on from"):
        patch.setattr(Session, "draw", killed)
        start(small(save_every=6), tmp_path / "run", quiet=True)
    assert Run.open(tmp_path / "run").checkpoint.iteration == 6


# Signals


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_first_signal_saves_and_stops(signum, tmp_path, finished, monkeypatch):
    watch = Session._watch

    def struck(session: Session, *rest: object) -> None:
        if session.state.iteration == 4:
            signal.raise_signal(signum)
        watch(session, *rest)

    before = signal.signal(signum, signal.default_int_handler)  # under nohup, SIGHUP would be ignored
    try:
        with monkeypatch.context() as patch, pytest.raises(Interrupted, match="and saved at iteration 5") as caught:
            patch.setattr(Session, "_watch", struck)
            start(small(), tmp_path / "run", quiet=True)
    finally:
        signal.signal(signum, before)
    assert caught.value.exit_code == 128 + signum
    resume(tmp_path / "run", quiet=True)
    assert content(tmp_path / "run") == content(finished)


def test_ignored_sighup_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGHUP)
        assert interruption.signum is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signal_in_the_evaluation_leaves_at_once(tmp_path, monkeypatch):
    def struck(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Run, "evaluate", struck)
    line = "stopped at once by SIGTERM; it is trained to the end from its last checkpoint with: wgan train --resume"
    with pytest.raises(Interrupted, match=line) as caught:
        start(small(), tmp_path / "run", quiet=True)
    assert caught.value.exit_code == 143
    assert Run.open(tmp_path / "run").checkpoint.iteration == 12


# Data and memory


def rows(path: Path, values: np.ndarray) -> None:
    np.savetxt(path, values, delimiter=",", header=",".join("abcd"[: values.shape[1]]), comments="")


def test_changed_data_is_refused_by_evaluate_and_resume(tmp_path, capsys):
    table, values = tmp_path / "x.csv", np.random.default_rng(0).normal(size=(50, 2))
    rows(table, values)
    assert command(capsys, *training(), "--data", table, "--out", tmp_path / "run").code == 0
    assert Run.open(tmp_path / "run").card.columns == ("a", "b")
    one_row = values.copy()
    others = {"units": values * [1, 3] + [5, 0], "width": np.c_[values, values], "rows": values[:40]}
    others |= {f"row {k}": np.r_[one_row[:k], one_row[k : k + 1] + 1e-3, one_row[k + 1 :]] for k in (0, 17, 49)}
    for name, changed in others.items():
        rows(table, changed)
        for arguments in (["evaluate", tmp_path / "run"], ["train", "--resume", tmp_path / "run"]):
            said = command(capsys, *arguments)
            assert said.code == 2 and len(said.err.splitlines()) == 1, (name, said)
            assert f"the data of {tmp_path / 'run'} changed: {table} had the fingerprint" in said.err
    rows(table, values)
    assert command(capsys, "evaluate", tmp_path / "run").code == 0


def test_too_few_samples_to_evaluate_are_said_first_and_left_out(tmp_path, capsys):
    table = tmp_path / "few.csv"
    rows(table, np.random.default_rng(0).normal(size=(8, 2)))
    said = command(capsys, *training(batch=4), "--data", table, "--out", tmp_path / "run", "--json")
    line = f"{table} has 1 sample held out, and an evaluation needs 2, so that it is left out"
    assert said.code == 0 and said.err.splitlines()[0] == f"warning: {line}"
    assert '"evaluation": null' in said.out and line in said.out
    said = command(capsys, "evaluate", tmp_path / "run")
    assert said.code == 2 and "1 sample held out, and an evaluation needs 2; give more of them" in said.err


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"batch": 64, "generator_batch": 4}, "48 samples to train on, fewer than a batch of 64; lower --batch"),
        ({"batch": 4, "generator_batch": 64}, "fewer than a generator_batch of 64; lower --generator_batch"),
        ({"batch": 15, "accumulate": 2}, "batch: a batch of 15 cannot be shared .*; change --batch or --accumulate"),
        (
            {"batch": 16, "generator_batch": 15, "accumulate": 2},
            "generator_batch: a batch of 15 cannot be .*; change --generator_batch or --accumulate",
        ),
    ],
)
def test_advice_names_the_field_at_fault(fields, message, tmp_path):
    with pytest.raises(InputError, match=message):
        wgan.train("wgan-gp", torch.randn(60, 2), tmp_path / "run", quiet=True, overrides={**SMALL, **fields})
    assert not (tmp_path / "run").exists()


def test_more_samples_than_the_memory_holds(finished):
    with pytest.raises(InputError, match=r"drawing 1,000,000,000,000 samples needs .* are free; ask for fewer"):
        Run.open(finished).sample(10**12)


def test_names_that_are_no_text_are_refused(tmp_path):
    recipe = small(**{"data.source": "\udcff.csv"})
    with pytest.raises(InputError, match="holds the name of a file that is not UTF-8; rename the file"):
        start(recipe, tmp_path / "run", source=TensorSource(torch.randn(60, 2), "x"), quiet=True)


def test_temporary_names_are_not_to_be_guessed():
    assert len({temporary_name() for _ in range(100)}) == 100


def test_what_a_crash_left_half_written_is_cleared(copy, finished):
    (copy / ".tmp-0").write_text("half")
    (copy / "checkpoints" / ".tmp-1").mkdir()
    (copy / "checkpoints" / ".tmp-1" / "ema.safetensors").write_text("half")
    resume(copy, {"iterations": 13}, quiet=True)
    assert not list(copy.rglob(".tmp-*"))
    assert [path.name for path in checkpoints(copy)] == ["000000012", "000000013"]
