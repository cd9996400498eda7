"""However a command ends: one line, an exit code, no traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from running import command, spawn, training
from wgan.__main__ import TRACEBACK, interrupt

WGAN = [sys.executable, "-m", "wgan"]
FULL = Path("/dev/full")
PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}


def ended(*arguments: object, **options: object) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **options.pop("env", {})}
    return subprocess.run([*WGAN, *map(str, arguments)], check=False, timeout=120, env=environment, **options)


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[str]:
        raise error

    monkeypatch.setattr("wgan.catalogue.entries", fail)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MemoryError(), 2, "wgan: not enough memory; ask for fewer samples, a smaller batch or smaller networks\n"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), 2, "wgan: not enough memory; "),
        (RecursionError("maximum recursion depth"), 2, "wgan: the input is nested too deeply to be read; expected"),
        (OSError(28, "No space left on device", "x/y"), 2, "wgan: cannot use x/y: No space left on device; make room"),
        (OSError("odd"), 2, "wgan: cannot use the output: odd; make room"),
        (BrokenPipeError(), 141, ""),
        (KeyboardInterrupt(), 130, "wgan: stopped at once; a run goes on from its last checkpoint with --resume\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_ends_a_command_is_one_line(error, code, message, monkeypatch, capsys):
    failing(error, monkeypatch)
    said = command(capsys, "recipes")
    assert said.code == code and said.err.startswith(message) and said.err.count("\n") == bool(message)


def test_a_bug_says_that_it_is_ours_and_where(monkeypatch, capsys):
    failing(ZeroDivisionError("one\ntwo"), monkeypatch)
    monkeypatch.delenv(TRACEBACK, raising=False)
    said = command(capsys, "recipes")
    assert said.code == 1 and said.err.count("\n") == 1
    assert said.err.startswith("wgan: this is a bug of wgan, not your mistake: ZeroDivisionError: one\\ntwo (test_ways")
    assert "with what WGAN_TRACEBACK=1 shows" in said.err
    monkeypatch.setenv(TRACEBACK, "1")
    assert "Traceback (most recent call last)" in command(capsys, "recipes").err


def test_errors_leave_stdout_empty_for_json(capsys):
    said = command(capsys, "distance", "digits", "digts", "--json")
    assert said.code == 2 and not said.out


@pytest.mark.parametrize("arguments", [["--help"], ["recipes"], ["recipes", "wgan"], ["train", "--help"]])
def test_any_encoding_of_the_terminal_will_do(arguments):
    for environment in ({"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, PLAIN):
        done = ended(*arguments, env=environment, capture_output=True)
        assert done.returncode == 0 and not done.stderr and done.stdout.isascii() | ("latin" in str(environment))


def test_an_ascii_locale_trains_and_compares(tmp_path):
    done = ended(*training(iterations=1), "--out", tmp_path / "größe", env=PLAIN, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert rb"exact W\u2081" in done.stdout and (tmp_path / "größe" / "recipe.toml").is_file()
    done = ended(
        "distance", "digits", tmp_path / "größe", "-n", 10, "--method", "exact", env=PLAIN, capture_output=True
    )
    assert done.returncode == 0 and b"gr\\udcc3" in done.stdout, done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")
def test_a_full_disk_behind_stdout_is_one_line():
    for arguments in (["recipes"], ["--help"]):
        with FULL.open("wb") as full:
            done = ended(*arguments, stdout=full, stderr=subprocess.PIPE)
            assert done.returncode == 2
            assert (
                done.stderr
                == b"wgan: cannot use the output: No space left on device; make room, or choose another place\n"
            )
            assert ended(*arguments, stdout=full, stderr=full).returncode == 2
    with FULL.open("wb") as full:
        assert ended("recipes", "wgn", stdout=full, stderr=full).returncode == 2


def test_a_closed_pipe_is_quiet():
    for arguments, code in ((["recipes"], 141), (["--help"], 1)):
        read, write = os.pipe()
        os.close(read)
        done = ended(*arguments, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        assert done.returncode == code and not done.stderr


def test_a_run_goes_on_when_nobody_listens_any_more(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = ended(*training(iterations=12), "--out", tmp_path / "run", stdout=subprocess.DEVNULL, stderr=write)
    os.close(write)
    assert done.returncode == 0 and (tmp_path / "run" / "checkpoints" / "000000012").is_dir()


def test_closed_streams_change_no_exit_code():
    assert subprocess.run([*WGAN, "recipes"], check=False, preexec_fn=lambda: os.close(1)).returncode == 0
    assert subprocess.run([*WGAN, "recipes", "wgn"], check=False, preexec_fn=lambda: os.close(2)).returncode == 2


ONCE_IMPORTED = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from wgan.__main__ import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("warnings_", ["recipes"]),
        ("cyclopts", ["recipes"]),
        ("attr", ["recipes"]),
        ("torch", ["distance", "digits", "digits"]),
        ("torch.autograd", ["recipes", "wgan"]),
        ("sklearn.datasets", ["distance", "digits", "digits", "-n", "5"]),
    ],
)
def test_an_interrupt_in_an_import_leaves_at_once(module, arguments):
    code = [sys.executable, "-c", ONCE_IMPORTED, module, *arguments]
    done = subprocess.run(code, check=False, capture_output=True, text=True, timeout=120)
    expected = 0 if module == "warnings_" else 130
    assert done.returncode == expected and "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 1


def test_an_interrupt_elsewhere_is_an_exception_that_cleans_up():
    with pytest.raises(KeyboardInterrupt):
        interrupt(signal.SIGINT, sys._getframe())


def test_an_interrupt_while_compiling_leaves_soon(tmp_path):
    process = spawn(*training(iterations=50), "--compile", "on", "--out", tmp_path / "run")
    for line in process.stderr:
        if "compiling" in line:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert err.count("stopped at once") == 1 and "goes on from its last checkpoint with" in err
    assert process.returncode == 130 and "Traceback" not in err and time.monotonic() - began < 20


def test_nothing_heavy_is_imported_with_the_package():
    heavy = "('torch', 'numpy', 'typing', 'cyclopts', 're')"
    new = "print([*(sys.modules.keys() - before) & {*heavy}])"
    script = f"import sys; heavy, before = {heavy}, {{*sys.modules}}; import wgan; wgan.__all__; {new}"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_the_lists_of_distances_and_metrics_are_those_of_the_classes():
    from wgan.catalogue import distance_names, metric_names
    from wgan.cli.distance import METHODS
    from wgan.cli.options import METRICS
    from wgan.distances import methods
    from wgan.metrics import metric_kinds

    assert distance_names() == list(methods())
    assert metric_names() == list(metric_kinds())
    assert all(f"`{name}`" in METHODS for name in methods())
    assert all(f"`{name}`" in METRICS for name in metric_kinds())
