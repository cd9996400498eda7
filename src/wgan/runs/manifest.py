"""The seal of a checkpoint: what a run's behaviour hangs on, in one file that notices every flipped bit.

The manifest holds the run's recipe and environment as they are written in `recipe.toml` and `env.json`, the SHA-256 of
every other file of the checkpoint, and a sum over all that. The files at the top of a run directory are mirrors, for
people and other programs to read.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from wgan.errors import NoIntactCheckpoint, WganError
from wgan.memory import available_memory
from wgan.runs import files

__all__ = ["FILES", "MANIFEST", "Manifest", "readable"]

MANIFEST = "manifest.json"
FILES = ("critic.safetensors", "ema.safetensors", "generator.safetensors", "state.safetensors")
"""What a checkpoint consists of, besides its manifest; no manifest decides about that."""


@dataclass(frozen=True)
class Manifest:
    """What is sealed.

    Attributes:
        recipe: the text of `recipe.toml`.
        environment: the text of `env.json`.
        files: SHA-256 by name.
        sum: over all of the above.
    """

    recipe: str
    environment: str
    files: dict[str, str]
    sum: str = ""

    @classmethod
    def read(cls, checkpoint: Path) -> "Manifest":
        """That of a checkpoint.

        Raises:
            OSError: if it is missing, or no plain file.
            ValueError: if it is none, or was changed.
        """
        try:
            found = msgspec.convert(json.loads(files.read(checkpoint / MANIFEST)), cls)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if found.sealed() != found:
            raise ValueError("it does not match its own sum")
        return found

    def sealed(self) -> "Manifest":
        """The same with its sum."""
        content = json.dumps(asdict(replace(self, sum="")), sort_keys=True)
        return replace(self, sum=hashlib.sha256(content.encode()).hexdigest())

    def to_bytes(self) -> bytes:
        """The content of its file."""
        return json.dumps(asdict(self.sealed()), indent=1).encode()

    def damage(self, checkpoint: Path) -> str | None:
        """What is wrong with the other files, in a few words; None if nothing is."""
        if sorted(self.files) != sorted(FILES):
            return f"{MANIFEST} is not about {', '.join(FILES)}"
        changed = (name for name, digest in self.files.items() if sha256(checkpoint / name) != digest)
        name = next(changed, None)
        return None if name is None else f"{name} does not match its SHA-256"


def sha256(path: Path) -> str:
    """Of a plain file that fits the memory, as it must in order to be loaded.

    Raises:
        OSError: if it is none.
    """
    with open(os.open(path, files.OLD), "rb") as file:  # noqa: PTH123 - of a descriptor
        files.refuse_strange(file.fileno(), path, available_memory())
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def readable(path: Path, advice: str = "start again with another --out") -> Iterator[None]:
    """Turns whatever the content of a sealed file makes a library raise into one line; there is no end to the kinds.

    Args:
        path: what is read.
        advice: what to do.

    Raises:
        NoIntactCheckpoint: with the kind of error and what it said.
    """
    try:
        yield
    except (WganError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or "no more is known"
        raise NoIntactCheckpoint(
            f"{path} cannot be used ({type(error).__name__}: {reason}); it is of another version or was tampered with, "
            f"{advice}"
        ) from None
