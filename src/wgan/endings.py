"""How processes that work together end together: with one exit code, and one line that says why."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import torch.distributed as dist

from wgan.errors import SAID, OtherEnded, exit_code

__all__ = ["ended_together", "exchange"]

ENDED, WORD = "wgan/ended", "wgan/word"
PATIENCE = 10.0  # seconds for the others to hear, who may be reading their samples on a busy machine


class Store(Protocol):
    """What all processes reach, as torch has it."""

    def add(self, key: str, amount: int) -> int:
        """Adds to a number, and returns it."""

    def set(self, key: str, value: str) -> None:
        """Keeps a text."""

    def get(self, key: str) -> bytes:
        """Waits for a text, and returns it."""


@contextmanager
def exchange() -> Iterator[None]:
    """An exchange between processes, which breaks off where another one has ended.

    Raises:
        OtherEnded: then.
    """
    try:
        yield
    except RuntimeError as error:
        raise OtherEnded("another process has ended before its work was done; see what it said") from error


@contextmanager
def ended_together(store: Store, count: int, *, holds: bool) -> Iterator[None]:
    """Ends the process group; where this process fails, the others end too, with its exit code and in silence.

    An error that another process has said already is marked with a note, which `wgan.errors.said` finds.

    Args:
        store: that all processes reach.
        count: of the processes.
        holds: whether the store may be this process's, and go with it.
    """
    try:
        yield
    except BaseException as error:
        with suppress(RuntimeError):  # the store goes with the process that holds it
            leave(store, error)
        dist.destroy_process_group()  # of which the others hear at once
        if holds:
            wait_for_others(store, count)
        raise
    dist.destroy_process_group()


def leave(store: Store, error: BaseException) -> None:
    """Leaves word of an error, or takes the exit code of the one that was first."""
    if store.add(ENDED, 1) == 1:
        store.set(WORD, str(exit_code(error)))
        return
    error.add_note(SAID)
    if isinstance(error, OtherEnded):
        error.exit_code = int(store.get(WORD))


def wait_for_others(store: Store, count: int) -> None:
    """Gives the others a moment to read the word before its store may go."""
    end = time.monotonic() + PATIENCE
    while store.add(ENDED, 0) < count and time.monotonic() < end:
        time.sleep(0.05)
