"""How much memory there is, and the one place where a task that needs more is refused."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wgan.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["available_memory", "in_words", "require_memory"]

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def require_memory(needed: float, task: str, way_out: str, device: "torch.device | str" = "cpu") -> None:
    """Refuses a task that does not fit into the free memory, before anything is made for it.

    Args:
        needed: bytes.
        task: what needs them.
        way_out: what to do instead.
        device: where they are needed.

    Raises:
        InputError: with both sizes and the way out.

    Example:
        >>> require_memory(2**60, "the plan", "take fewer samples")
        Traceback (most recent call last):
        wgan.errors.InputError: the plan needs 1.0 EiB and ... are free; take fewer samples
    """
    free = free_on_gpu(device) if str(device).startswith("cuda") else available_memory()
    if not needed <= free:
        raise InputError(f"{task} needs {in_words(needed)} and {in_words(free)} are free; {way_out}")


def free_on_gpu(device: "torch.device | str") -> int:
    """Bytes that torch finds free there."""
    import torch

    return int(torch.cuda.mem_get_info(device)[0])


def in_words(size: float) -> str:
    """Bytes in their largest unit.

    Example:
        >>> in_words(5), in_words(1536 * 2**30)
        ('5.0 bytes', '1.5 TiB')
    """
    exponent = max((i for i in range(len(UNITS)) if size >= 1024**i), default=0)
    return f"{size / 1024**exponent:.1f} {UNITS[exponent]}"


def available_memory() -> int:
    """Bytes that can be had without swapping, within this process's limits; an estimate where the system is silent."""
    return max(0, min(limits(), default=4 << 30))


def limits() -> Iterator[int]:
    """Whatever bounds the memory that can still be had, as far as the system says."""
    with suppress(OSError, ValueError, StopIteration):
        yield in_table(Path("/proc/meminfo"), "MemAvailable:") * 1024
    with suppress(OSError, ValueError, StopIteration):  # of a container
        group = Path("/sys/fs/cgroup")
        used = int((group / "memory.current").read_text()) - in_table(group / "memory.stat", "inactive_file")
        yield int((group / "memory.max").read_text()) - used
    with suppress(ImportError, OSError, ValueError, StopIteration):
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            yield most - in_table(Path("/proc/self/status"), "VmSize:") * 1024
    with suppress(AttributeError, OSError, ValueError):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def in_table(path: Path, name: str) -> int:
    """The number behind a name in one of the kernel's tables."""
    line = next(line for line in path.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
