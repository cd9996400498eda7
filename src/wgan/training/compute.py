"""What a training computes on: the device, the threads, and whether its steps are compiled."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from wgan.errors import InputError
from wgan.recipes import Recipe

__all__ = ["compiles", "operations", "resolve_device", "suitable_threads", "using_threads"]

SMALL = 2e8
"""Floating-point operations of a critic's pass below which a second thread costs more than it gives."""


def resolve_device(name: str) -> torch.device:
    """The device of that name; `auto` is CUDA where there is one.

    Raises:
        InputError: for a device that does not exist, or that holds no numbers.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(f"device {name!r} cannot be used here; expected cpu, cuda (if there is one) or auto") from None
    return device


def suitable_threads(critic: nn.Module, batch: torch.Tensor) -> int:
    """One thread for a small critic, else torch's own number; a function of the sizes, not of a measurement.

    A layer of a small network is done before a second thread has woken up, and on a machine with other work the two
    wait for each other. `OMP_NUM_THREADS`, if set, is obeyed.
    """
    if "OMP_NUM_THREADS" in os.environ:
        return torch.get_num_threads()
    return 1 if operations(critic, batch) < SMALL else torch.get_num_threads()


@contextmanager
def using_threads(threads: int) -> Iterator[None]:
    """Sets torch's number of threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def compiles(recipe: Recipe) -> bool:
    """Whether a run's critic steps are compiled, as its recipe says; only those with a penalty can be."""
    if recipe.compile == "on" and not any(method.penalises for method in recipe.lipschitz):
        warnings.warn("nothing to compile: only steps with a penalty are, and no method here has one", stacklevel=2)
        return False
    return recipe.compile == "on"


def operations(network: nn.Module, batch: torch.Tensor) -> int:
    """Floating-point operations of one pass."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        network(batch)
    return int(counter.get_total_flops())
