"""The command in a forked child, which starts at once: what it says, how it ends, whether it hangs."""

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence

import wgan.comparison
import wgan.runs  # noqa: F401 - whatever is heavy is imported once, in the parent
from running import Said
from wgan.__main__ import main

HUNG = 60.0
"""Seconds of the clock after which a command on a tiny run counts as hung, on a busy machine."""
BUSY = 5
"""Seconds of the processor likewise."""


class Child:
    """A command that runs beside the test."""

    def __init__(self, *arguments: object, busy: int = BUSY) -> None:
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115 - until `end`
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            _command([str(argument) for argument in arguments], self.out.fileno(), self.err.fileno(), busy)
        self.code: int | None = None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        if self.code is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if done else None
        return self.code is None

    def kill(self, signum: int = signal.SIGKILL) -> None:
        """Sends it a signal, if it is not too late."""
        if self.alive:
            os.kill(self.pid, signum)

    def end(self, hung: float = HUNG) -> Said:
        """Waits for it; what takes too long is killed, and its code is -9."""
        began = time.monotonic()
        while self.alive:
            if time.monotonic() - began > hung:
                self.kill()
            time.sleep(0.002)
        texts = []
        for file in (self.out, self.err):
            file.seek(0)
            texts.append(file.read())
            file.close()
        return Said(self.code or 0, *texts)


def run(*arguments: object, busy: int = BUSY) -> Said:
    """Runs the command to its end."""
    return Child(*arguments, busy=busy).end()


def _command(arguments: Sequence[str], out: int, err: int, busy: int) -> None:
    """Runs the command in this process, and leaves."""
    code = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        resource.setrlimit(resource.RLIMIT_CPU, (busy, busy + 1))
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        warnings.simplefilter("default")  # a warning is a line for the user, and no error as in the tests
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
