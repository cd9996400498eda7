"""Where rows were measured."""

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from wgan.runs.environment import source_commit
from wgan.studies.rows import Rows

__all__ = ["commit", "machine", "processor"]

CPUINFO = Path("/proc/cpuinfo")


@cache
def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


@cache
def commit() -> str | None:
    """The commit of the source tree, where there is one."""
    return source_commit()


def machine(rows: Rows) -> dict[str, Any]:
    """Versions here, and the processors and commits of the rows."""
    return {
        "processors": sorted({row.processor for row in rows if row.processor}),
        "commits": sorted({row.commit for row in rows if row.commit}),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "wgan": version("wgan"),
    }
