"""A model that left its run: a folder that a hub can hold, of numbers and text alone.

`config.json` says how to build the generator and how to read what it makes, `model.safetensors` holds its weights, and
`SHA256SUMS` the sums of both, in the form of `sha256sum`. Nothing in it can execute, and a file that was changed is
refused. The rest, such as the card, is for people.
"""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import torch
from torch import nn

from wgan.errors import InputError, NoIntactCheckpoint
from wgan.memory import available_memory
from wgan.recipes import Recipe
from wgan.recipes.fields import read_fields
from wgan.runs import files
from wgan.runs.checkpoint import Found
from wgan.runs.environment import DataCard
from wgan.runs.history import Judged
from wgan.runs.manifest import Manifest, readable

__all__ = ["CONFIG", "CRITIC", "SUMS", "WEIGHTS", "Config", "Shared", "built", "is_shared", "read_shared", "to_sums"]

CONFIG, SUMS = "config.json", "SHA256SUMS"
WEIGHTS, CRITIC = "model", "critic"
"""The names of the weights, without their suffix."""
AGAIN = "fetch the folder again, or export the run anew"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of `config.json`.

    Attributes:
        library_name: who can read it.
        form: of this file.
        wgan: version of this package that wrote it.
        torch: that of torch.
        iteration: generator steps taken.
        recipe: the complete recipe as a table.
        data: what the run remembers of its data: shapes, units, and the columns of a table.
        evaluation: of this very generator on held-out data, where it was evaluated while it trained.
    """

    library_name: Literal["wgan"] = "wgan"
    form: Literal[1] = 1
    wgan: str
    torch: str
    iteration: int
    recipe: dict[str, Any]
    data: DataCard
    evaluation: dict[str, Any] | None = None

    def to_bytes(self) -> bytes:
        """The content of its file."""
        return (json.dumps(msgspec.to_builtins(self), indent=1) + "\n").encode()


class Shared(msgspec.Struct, frozen=True):
    """What an exported folder holds, once its sums were found right.

    Attributes:
        found: where its weights are, and what seals them.
        recipe: the system.
        card: what is known of its data.
        evaluation: of the generator; None if it was not evaluated.
    """

    found: Found
    recipe: Recipe
    card: DataCard
    evaluation: Judged | None


def is_shared(path: str | Path) -> bool:
    """Whether this is a folder that `wgan export` made."""
    try:
        return Path(path, CONFIG).is_file() and Path(path, SUMS).is_file()
    except (OSError, ValueError):  # no path at all, such as a name that is too long
        return False


def read_shared(path: Path) -> Shared:
    """Opens an exported folder.

    Raises:
        NoIntactCheckpoint: if a file was changed, is missing, or is not of this version.
    """
    with readable(path, AGAIN):
        sums = read_sums(path)
        content = sealed(path, CONFIG, sums)
        for name in sums:
            sealed(path, name, sums)
        config = msgspec.convert(json.loads(content), Config)
        recipe = read_recipe(path, config)
        evaluation = None if config.evaluation is None else Judged.from_table(config.evaluation)
        found = Found(path, config.iteration, Manifest(recipe.to_toml(), "", sums), linked=True)
        return Shared(found, recipe, config.data, evaluation)


def built(build: Callable[[], nn.Module], found: Found, name: str) -> nn.Module:
    """A module for weights of a folder, made once it is known that it has no more of them than the file holds.

    Raises:
        NoIntactCheckpoint: if it has, as no recipe that was exported does, or cannot be built.
    """
    path = found.path / f"{name}.safetensors"
    with readable(path, AGAIN):
        with torch.device("meta"):
            planned = build().state_dict().values()
        needed, size = sum(value.numel() * value.element_size() for value in planned), path.stat().st_size
        if needed > size:
            raise ValueError(f"weights of {needed:,} bytes in a file of {size:,}")
        return build()


def read_sums(path: Path) -> dict[str, str]:
    """The SHA-256 of each file.

    Raises:
        NoIntactCheckpoint: if these are not sums of such a folder's files.
    """
    lines = [line.split("  ", 1) for line in content_of(path / SUMS).decode().splitlines()]
    if not all(len(line) == 2 and re.fullmatch("[0-9a-f]{64}", line[0]) for line in lines):
        raise NoIntactCheckpoint(f"{path / SUMS} holds no list of SHA-256 sums; {AGAIN}")
    sums = {name: digest for digest, name in lines}
    known = {CONFIG, *(f"{name}.safetensors" for name in (WEIGHTS, CRITIC))}
    if not {CONFIG, f"{WEIGHTS}.safetensors"} <= set(sums) <= known:
        raise NoIntactCheckpoint(f"{path / SUMS} is about {', '.join(sums)}; expected {', '.join(sorted(known))}")
    return sums


def to_sums(contents: dict[str, bytes]) -> bytes:
    """The text of `SHA256SUMS`, which `sha256sum --check` reads."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items()).encode()


def sealed(path: Path, name: str, sums: dict[str, str]) -> bytes:
    """The content of a file that matches its sum.

    Raises:
        NoIntactCheckpoint: if it does not, or is missing.
    """
    content = content_of(path / name)
    if hashlib.sha256(content).hexdigest() != sums[name]:
        raise NoIntactCheckpoint(
            f"{path / name} does not match its SHA-256 in {SUMS}; it was changed or damaged, {AGAIN}"
        )
    return content


def content_of(path: Path) -> bytes:
    """The content of a plain file; a hub's cache keeps links to such, and reading through them writes nowhere."""
    try:
        return files.read(path.resolve(), available_memory())
    except OSError as error:
        raise NoIntactCheckpoint(f"{path}: {error.strerror or error}; {AGAIN}") from None


def read_recipe(path: Path, config: Config) -> Recipe:
    """The recipe of a folder.

    Raises:
        InputError: naming the folder, if this version does not know what another wrote.
    """
    try:
        return read_fields(Recipe, config.recipe)
    except InputError as error:
        raise InputError(
            f"the recipe in {path / CONFIG} is not one of this version ({error}); open it with wgan {config.wgan}"
        ) from None
