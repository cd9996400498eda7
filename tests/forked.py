"""The command in a forked child, which starts at once: what it says, how it ends, whether it hangs."""

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import wgan.comparison
import wgan.runs  # noqa: F401 - whatever is heavy is imported once, in the parent
from running import Said
from wgan.cli import main

HUNG = 20.0
"""Seconds of the clock after which a command that reads a tiny file counts as hung, on a busy machine."""
BUSY = 5
"""Seconds of the processor likewise."""


def run(*arguments: object, cwd: Path | None = None, hung: float = HUNG, busy: int = BUSY) -> Said:
    """Runs the command in a child of its own; the code is -9 if it hung."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if not child:
            _child([str(argument) for argument in arguments], cwd, out.fileno(), err.fileno(), busy)
        code = wait(child, hung)
        out.seek(0)
        err.seek(0)
        return Said(code, out.read(), err.read())


def _child(arguments: Sequence[str], cwd: Path | None, out: int, err: int, busy: int) -> None:
    code = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        resource.setrlimit(resource.RLIMIT_CPU, (busy, busy + 1))
        if cwd is not None:
            os.chdir(cwd)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        main(arguments)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(child: int, hung: float) -> int:
    """The child's exit code once it has ended; it is killed when it hangs."""
    began = time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() - began > hung:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return -9
        time.sleep(0.002)


def complaint(said: Said) -> str:
    """What is wrong with how a command ended; empty if it did its work, or said in one line why not."""
    if "Traceback" in said.err:
        return "a traceback"
    if said.code not in (0, 2, 3, 4):
        return f"exit code {said.code}"
    lines = said.err.splitlines()
    if any(not character.isprintable() for line in lines for character in line):
        return "raw control characters"
    if said.code and not (lines and lines[-1].startswith("wgan: ")):
        return "no line that says why"
    return ""
