"""Contenders that each run in a process of their own, so that time and memory are theirs."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wgan.data import open_source
from wgan.randomness import stream

Solver = Callable[[Tensor, Tensor], dict[str, Any]]

SHIFT = 2  # pixels up to which a digit is moved, which makes 25 of each


def samples(data: str, n: int) -> tuple[Tensor, Tensor]:
    """Two sets of `n` samples, float64.

    Args:
        data: `gauss:D` (two normal laws in D dimensions), `law:D` (one), `heavy:D` (two lognormal laws), or `mnist`
            (digits in [0, 1], moved by up to two pixels each way).
        n: of each side.
    """
    rng, (kind, _, size) = stream(0, data, n), data.partition(":")
    if kind == "mnist":
        digits = open_source("mnist").sample(2 * n, rng).view(-1, 28, 28) / 2 + 0.5
        places = torch.randint(2 * SHIFT + 1, (2, 2 * n), generator=rng)
        padded = torch.nn.functional.pad(digits, (SHIFT,) * 4)
        rows, columns = (place[:, None] + torch.arange(28) for place in places)
        both = padded[torch.arange(2 * n)[:, None, None], rows[:, :, None], columns[:, None, :]].flatten(1).double()
    else:
        both = torch.randn(2 * n, int(size), dtype=torch.float64, generator=rng)
        if kind != "law":
            both[n:] = 1.2 * both[n:] + 0.3
        if kind == "heavy":
            both = (1.5 * both).exp()
    return both[:n], both[n:]


def memory(name: str) -> float:
    """A line of this process's memory in the system's table, MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 2**10


def cost_of(make: Callable[[float], Solver], data: str, n: int, setting: float) -> dict[str, Any]:
    """What a solver takes from the samples to what it finds: seconds, processor seconds, and MiB beyond the samples.

    Args:
        make: the solver, for a setting.
        data: see `samples`.
        n: likewise.
        setting: of the solver.
    """
    x, y = samples(data, n)
    solve = make(setting)
    solve(*samples("gauss:2", 100))  # imports and caches
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before, began, used = memory("VmRSS"), time.perf_counter(), time.process_time()
    found = solve(x, y)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    peak = memory("VmHWM")
    return {"seconds": seconds, "processor": processor, "mebibytes": peak - before, "peak": peak, **found}


def measured(script: str, limit: float, **case: Any) -> dict[str, Any]:  # noqa: ANN401
    """What the script's `--point` says of a case in a fresh process; or why it says nothing."""
    command = [sys.executable, script, "--point", json.dumps(case)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {limit:.0f} s"}
    except subprocess.CalledProcessError as error:
        return {"failed": error.stderr.strip().splitlines()[-1] if error.stderr else f"ended with {error.returncode}"}
    return json.loads(done.stdout.splitlines()[-1])
