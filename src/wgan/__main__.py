"""`wgan` and `python -m wgan`: the way in, and every way out.

Ctrl-C is answered from here on, before anything slow is imported.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

__all__ = ["main"]

BAD_INPUT = 2
STOPPED = "wgan: stopped at once; a run goes on from its last checkpoint with --resume\n"
COMPILER = os.path.join("torch", "_inductor")  # noqa: PTH118 - a part of a path
TRACEBACK = "WGAN_TRACEBACK"
"""The environment variable with which a bug shows where it is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 1 our bug, 2 bad input, 3 diverged, 4 no checkpoint, 128 + signal."""
    try:
        signal.signal(signal.SIGINT, interrupt)
        for stream in (sys.stdout, sys.stderr):
            forgive(stream)
        code = run(arguments)
    except KeyboardInterrupt as error:
        code = stopped(error)
    except Exception as error:
        code = explain(error)
    sys.exit(flushed(code))


def stopped(error: KeyboardInterrupt) -> int:
    """Says that nothing was saved, unless another process does; returns the exit code."""
    from wgan.errors import said

    code = 128 + signal.SIGINT
    return code if said(error) else say(STOPPED.removeprefix("wgan: ").strip(), code)


def interrupt(signum: int, frame: FrameType | None) -> None:
    """Leaves at once in an import or in the compiler of torch, which could swallow an error; else raises one."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib") or COMPILER in frame.f_code.co_filename:
            with suppress(OSError):
                os.write(2, STOPPED.encode())
            os._exit(128 + signum)
        frame = frame.f_back
    raise KeyboardInterrupt


def forgive(stream: object) -> None:
    """Escapes what a terminal's encoding lacks instead of failing."""
    if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str] | None) -> int:
    """Parses, calls one function, and returns 0."""
    import warnings

    from wgan.cli import app

    warnings.showwarning = show
    app(arguments, exit_on_error=False, print_error=False)
    return 0


def show(message: Warning | str, *_: object, **__: object) -> None:
    """A warning as a line like any other."""
    say(str(message))


def explain(error: Exception) -> int:
    """Says in one line what ended the command, and returns its exit code."""
    from cyclopts import CycloptsError

    from wgan.errors import WganError, exit_code, said

    if said(error):
        return exit_code(error)
    if isinstance(error, CycloptsError) and int(os.environ.get("RANK", "0")):
        return BAD_INPUT  # the first process was given the same arguments
    if isinstance(error, WganError):
        return say(str(error), error.exit_code)
    if isinstance(error, CycloptsError):
        return say(" ".join(str(error).split()), BAD_INPUT)
    if isinstance(error, BrokenPipeError):
        return 128 + signal.SIGPIPE
    if out_of_memory(error):
        return say("not enough memory; ask for fewer samples, a smaller batch or smaller networks", BAD_INPUT)
    if isinstance(error, RecursionError):
        return say("the input is nested too deeply to be read; expected a few levels", BAD_INPUT)
    if isinstance(error, OSError):
        place = error.filename or "the output"
        return say(f"cannot use {place}: {error.strerror or error}; make room, or choose another place", BAD_INPUT)
    return bug(error)


def out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, in Python, NumPy or torch."""
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error)


def bug(error: Exception) -> int:
    """Says that it is our fault, and where."""
    import traceback

    if TRACEBACK in os.environ:
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({os.path.basename(place.filename)}, line {place.lineno})"  # noqa: PTH119
    return say(f"this is a bug of wgan, not your mistake: {what}; please report it, with what {TRACEBACK}=1 shows", 1)


def say(message: str, code: int = 0) -> int:
    """One line on stderr, if anyone listens; returns the code."""
    from wgan.text import printable

    if sys.stderr is not None:
        try:
            print(f"wgan: {printable(message)}", file=sys.stderr, flush=True)
        except OSError:
            silence(sys.stderr.fileno())
    return code


def flushed(code: int) -> int:
    """The exit code, once all is written: another one if the output cannot be."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout.fileno())
        return code or explain(error)
    return code


def silence(descriptor: int) -> None:
    """Lets what is still to be written to a broken stream vanish, instead of failing again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


if __name__ == "__main__":
    main()
