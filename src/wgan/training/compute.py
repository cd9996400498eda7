"""What a training computes on: the device, the threads, and whether its steps are worth compiling."""

import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from wgan.errors import InputError
from wgan.networks import Grows
from wgan.recipes import Recipe

__all__ = ["operations", "resolve_device", "suitable_threads", "using_threads", "worth_compiling"]

SMALL = 2e8
"""Floating-point operations of a critic's pass below which a second thread costs more than it gives."""

LONG = 3e13
"""Floating-point operations of a run, some ten minutes of one core, from which compiling pays."""
LIGHT = 1e9
"""Floating-point operations of a critic's pass above which arithmetic fills a processor's step, compiled or not."""
PASSES = 10
"""Of one batch through the critic, forward and backward, in a step with a gradient penalty."""
OVERHEAD = 1e8
"""Floating-point operations in the time that a step takes besides its arithmetic."""


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


def worth_compiling(recipe: Recipe, networks: Sequence[nn.Module], batch: torch.Tensor) -> bool:
    """Whether a run's steps are compiled: as its recipe says, and with `auto` if the run is long.

    Only a critic's steps with a penalty are. On a processor it pays where many small operations wait for
    Python: in fully connected networks. Large ones are as fast without (`benchmarks/step.py`); convolutions gain
    little, for minutes of the compiler's (`benchmarks/small_recipes.py`). Networks that grow change with every step and
    stay eager, as does a machine without the C++ compiler that torch's needs. The answer is a function of the sizes,
    not of a measurement, so that the same command gives the same bits.

    Args:
        recipe: of the run.
        networks: its generator and critic.
        batch: what the critic sees in a step.
    """
    if not any(method.penalises for method in recipe.lipschitz):
        if recipe.compile == "on":
            warnings.warn("nothing to compile: only steps with a penalty are, and no method here has one", stacklevel=2)
        return False
    if recipe.compile != "auto":
        return recipe.compile == "on"
    if any(isinstance(part, Grows) for network in networks for part in network.modules()):
        return False
    count = operations(networks[-1], batch)
    compilers = (os.environ.get("CXX", "c++"), "g++", "clang++")
    refused = count > LIGHT or any(map(convolutional, networks)) or not any(map(shutil.which, compilers))
    if batch.device.type == "cpu" and refused:
        return False
    enough = LONG / (PASSES * count + OVERHEAD)
    # Every iteration has a step of the critic or more, so that the first ones decide.
    first = range(min(recipe.iterations, int(enough) + 1))
    return sum(map(recipe.schedule.critic_steps, first)) > enough


def convolutional(network: nn.Module) -> bool:
    """Whether a network has convolutions."""
    return any(isinstance(part, (nn.Conv2d, nn.ConvTranspose2d)) for part in network.modules())


def operations(network: nn.Module, batch: torch.Tensor) -> int:
    """Floating-point operations of one pass."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        network(batch)
    return int(counter.get_total_flops())
