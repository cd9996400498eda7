"""SIGINT, SIGTERM and SIGHUP: the first asks the loop to save and stop, a second SIGINT leaves at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

from wgan.errors import WganError

__all__ = ["Interrupted", "Interruption", "interrupted_later"]

NOTED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(WganError):
    """A signal stopped the run after it was saved; the exit code is 128 + the signal's number."""

    def __init__(self, message: str, signum: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signum


class Interruption:
    """While entered, notes the first signal in `signum` instead of acting on it.

    Attributes:
        signum: of the first signal, None before.
        at_once: whether a first signal raises `KeyboardInterrupt`, as a second SIGINT does: set while nothing is lost.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self.at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for signum in NOTED:
                if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:  # as nohup has it
                    self._before[signum] = signal.signal(signum, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for signum, handler in self._before.items():
            with suppress(TypeError):  # a handler that was not set from Python cannot be put back
                signal.signal(signum, handler)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        second = self.signum is not None and signum == signal.SIGINT
        self.signum = signum
        if second or self.at_once:
            if callable(before := self._before.get(signal.SIGINT)):
                before(signal.SIGINT, frame)
            raise KeyboardInterrupt


@contextmanager
def interrupted_later() -> Iterator[None]:
    """Keeps a SIGINT until the end, and from the threads and processes that are started within."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
