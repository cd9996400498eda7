"""How much memory there is."""

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["available_memory"]


def available_memory() -> int:
    """Bytes that can be had without swapping; an estimate where the system does not say."""
    with suppress(OSError, ValueError, StopIteration):
        line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
        return int(line.split()[1]) * 1024
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return 4 << 30
