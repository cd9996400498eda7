"""What every benchmark shares: contenders that take turns, and the machine they ran on.

The contenders run round by round, so that a machine whose speed drifts slows all of them; what is reported is the
ratio within each round, by its median and quartiles.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch

from wgan.data import TensorSource
from wgan.recipes import Recipe
from wgan.training import State, train

Step = Callable[[], object]


def machine() -> str:
    """One line that says what was measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    model = names[0] if names else platform.machine()
    vectors, threads = torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()
    return f"{model} ({vectors}), {os.cpu_count()} cores, {threads} thread(s), torch {torch.__version__}"


def seconds(step: Step, repeats: int, clock: Callable[[], float] = time.process_time) -> float:
    """Time of one call: of the processor, unless another clock is named, so that other work on it counts less."""
    began = clock()
    for _ in range(repeats):
        step()
    return (clock() - began) / repeats


def training(recipe: Recipe, shape: tuple[int, ...], *, compiled: bool) -> Step:
    """A recipe's loop over noise in the shape of images, which costs a step the same; a call is one iteration."""
    pixels = torch.randint(256, (1000, *shape), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    data = TensorSource(pixels, "noise")
    loop = train(State.start(recipe, data.shape), recipe, data, compiled=compiled)
    return lambda: next(loop)


def take_turns(contenders: dict[str, Step], rounds: int, repeats: int, warm_up: int = 2) -> dict[str, list[float]]:
    """Seconds of one step for each contender in each round."""
    for step in contenders.values():
        seconds(step, warm_up)
    taken = [{name: seconds(step, repeats) for name, step in contenders.items()} for _ in range(rounds)]
    return {name: [round_[name] for round_ in taken] for name in contenders}


def ratio(taken: dict[str, list[float]], slow: str, fast: str) -> tuple[float, float, float]:
    """Median, lower and upper quartile of `slow / fast` over the rounds."""
    ratios = [a / b for a, b in zip(taken[slow], taken[fast], strict=True)]
    low, middle, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return middle, low, high


def milliseconds(taken: dict[str, list[float]], name: str) -> float:
    """Median over the rounds."""
    return 1e3 * median(taken[name])


def in_processes(script: str, case: str, seconds: float, count: int, threads: int = 1) -> list[float]:
    """What the script's `--work` prints of a case, in that many fresh processes that work together."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"] if count > 1 else []
    command = [sys.executable, *launcher, script, "--work", case, "--seconds", str(seconds)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return [float(number) for number in json.loads(found)]


def report(title: str, header: list[str], rows: list[list[str]], numbers: Any, where: Path | None) -> None:  # noqa: ANN401
    """Prints a Markdown table; with a directory, keeps it and the numbers there under the title."""
    cells = [header, ["--:" if index else "---" for index in range(len(header))], *rows]
    text = f"{machine()}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"
    print(text)
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
        (where / f"{title}.md").write_text(text)
        (where / f"{title}.json").write_text(json.dumps({"machine": machine(), "rows": numbers}, indent=1) + "\n")
