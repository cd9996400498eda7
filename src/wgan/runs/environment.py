"""What a run's bits depend on besides its recipe: data, machine, versions, threads, device."""

import json
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from math import inf, isfinite
from pathlib import Path
from typing import Any

import msgspec
import torch

from wgan.checks import Checked, Count
from wgan.data import Conditions, Scaling, Source, Units
from wgan.data.tables.encoding import TableEncoding
from wgan.errors import InputError

__all__ = ["DataCard", "Environment", "bits_now", "source_commit"]


@dataclass(frozen=True)
class DataCard:
    """What a run remembers of its data, so that sampling needs no data set.

    Attributes:
        name: how the user named it.
        shape: of one sample.
        scaling: the way back to the user's units.
        fingerprint: of the part that is learned from.
        held_out: the fingerprint of the part that is not.
        columns: names of a table's features, in order; None where features have none.
        encoding: the way back to the user's units of a table of mixed columns, of which `scaling` then says nothing.
        conditions: what the generator is asked for; None where it takes no condition.

    Raises:
        InputError: if these are no samples' shape and units.
    """

    name: str
    shape: tuple[int, ...]
    scaling: Scaling
    fingerprint: str
    held_out: str
    columns: tuple[str, ...] | None = None
    encoding: TableEncoding | None = None
    conditions: Conditions | None = None

    def __post_init__(self) -> None:
        if len(self.shape) not in (1, 3) or min(self.shape) < 1:
            raise InputError(f"{self.name}: samples of shape {self.shape}; expected (features,) or a picture's")
        if self.encoding is not None and (self.encoding.width,) != self.shape:
            raise InputError(f"{self.name}: samples of shape {self.shape} for a table of {self.encoding.width} numbers")
        if self.conditions is not None and not fits(self.conditions, self.encoding):
            raise InputError(f"{self.name}: conditions that are not those of its columns")
        shift, scale, bounds = self.scaling.shift, self.scaling.scale, self.scaling.bounds or ()
        for values, least in ((shift, -inf), (scale, 0), (bounds, -inf)):
            numbers = (values,) if isinstance(values, float | int) else tuple(values)
            each = values is bounds or len(numbers) in (1, self.shape[0])
            if not each or not all(isfinite(number) and number > least for number in numbers):
                raise InputError(f"{self.name}: units of {self.shape[0]} features that are no numbers, or too few")

    @classmethod
    def of(cls, data: Source, held_out: Source, *, conditions: Conditions | None = None) -> "DataCard":
        """The card of a source's two parts, and of what the generator is asked for."""
        prints = data.fingerprint(), held_out.fingerprint()
        mixed = data.scaling if isinstance(data.scaling, TableEncoding) else None
        scaling = data.scaling if isinstance(data.scaling, Scaling) else Scaling()
        return cls(
            data.name, tuple(data.shape), scaling, *prints, columns=data.columns, encoding=mixed, conditions=conditions
        )

    @property
    def observed_shape(self) -> tuple[int, ...]:
        """Shape of one sample in the user's units."""
        return self.shape if self.encoding is None else (len(self.encoding.kinds),)

    @property
    def units(self) -> Units:
        """The way back to the user's units."""
        return self.encoding or self.scaling

    def refuse_others(self, data: Source, held_out: Source, run: Path) -> None:
        """Refuses data that the run did not learn from.

        Raises:
            InputError: with both fingerprints.
        """
        for part, expected in ((data, self.fingerprint), (held_out, self.held_out)):
            if (found := part.fingerprint()) != expected:
                raise InputError(
                    f"the data of {run} changed: {self.name} had the fingerprint {expected}, now {part.name} has "
                    f"{found}; bring the old data back, or start a new run"
                )


def fits(conditions: Conditions, encoding: TableEncoding | None) -> bool:
    """Whether conditions are of the columns of a table; of other data they have names of their own."""
    if encoding is None:
        return bool(conditions.values) and not conditions.places
    asked = [(encoding.coded[one].column, encoding.starts[one], encoding.blocks[one]) for one in encoding.asked]
    columns = [(encoding.columns[column], start, states) for column, start, states in asked]
    sizes = map(len, conditions.counts)
    return len(conditions.places) == len(conditions.names) and columns == list(
        zip(conditions.names, conditions.places, sizes, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class Environment(Checked):
    """The entries of `env.json`.

    Attributes:
        wgan: version of this package.
        commit: of the source tree, where there is one.
        python: its version.
        torch: its version.
        machine: kind of processor.
        system: such as Linux.
        device: name of the graphics card, or the kind of device.
        threads: of torch.
        world_size: processes that trained together.
        arguments: of the command.
        compiled: whether steps were compiled.
        own_generator: whether the generator was a module of the user's.
        own_critic: likewise.
        data: what the run remembers of its data.
    """

    wgan: str
    commit: str | None
    python: str
    torch: str
    machine: str
    system: str
    device: str
    threads: Count
    world_size: Count
    arguments: tuple[str, ...]
    compiled: bool
    own_generator: bool
    own_critic: bool
    data: DataCard

    @classmethod
    def here(cls, data: DataCard, bits: dict[str, Any], *, compiled: bool, own: tuple[bool, bool]) -> "Environment":
        """That of this process.

        Args:
            data: what to remember of it.
            bits: see `bits_now`.
            compiled: whether steps are compiled.
            own: whether generator and critic are modules of the user's.
        """
        return cls(
            wgan=version("wgan"),
            commit=source_commit(),
            python=platform.python_version(),
            system=platform.system(),
            arguments=tuple(sys.argv[1:]),
            compiled=compiled,
            own_generator=own[0],
            own_critic=own[1],
            data=data,
            **bits,
        )

    @classmethod
    def from_json(cls, text: str) -> "Environment":
        """What `to_json` wrote; whatever else raises what the readers of JSON and of types raise."""
        return msgspec.convert(json.loads(text), cls)

    def to_json(self) -> str:
        """The text of `env.json`."""
        return json.dumps(msgspec.to_builtins(self), indent=1) + "\n"

    def changes(self, bits: dict[str, Any]) -> list[str]:
        """What differs of that which the bits hang on, such as `threads 1 → 2`."""
        before = {name: getattr(self, name) for name in bits}
        return [f"{name} {before[name]} → {now}" for name, now in bits.items() if before[name] != now]


def bits_now(device: torch.device, processes: int) -> dict[str, Any]:
    """What must agree for a resumed run to equal an uninterrupted one, by the names of `Environment`.

    Args:
        device: where the run trains.
        processes: how many train it.
    """
    return {
        "machine": platform.machine(),
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "world_size": processes,
    }


def source_commit() -> str | None:
    """The commit of the source tree, where this is one."""
    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
