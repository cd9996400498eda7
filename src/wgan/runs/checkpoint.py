"""Checkpoints that survive a crash at any instruction, and notice every flipped bit.

A checkpoint is a folder. It is written under a temporary name, its files are synced, a manifest of their SHA-256 sums
comes last, and one rename makes it real; only then are older ones pruned. Loading verifies every sum before anything
is read, and falls back to the newest checkpoint that is intact. Weights are safetensors and the rest is loaded with
`weights_only=True`, so that no checkpoint can execute code.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import nn

from wgan.errors import InputError, NoIntactCheckpoint
from wgan.training import State

__all__ = ["Found", "load_ema", "load_state", "newest_intact", "save_state", "write_atomically"]

MANIFEST = "manifest.json"
KEEP = 2


@dataclass(frozen=True)
class Found:
    """An intact checkpoint, and what was passed over on the way to it.

    Attributes:
        path: its folder.
        iteration: generator steps taken when it was saved.
        skipped: one line per newer checkpoint that is damaged.
    """

    path: Path
    iteration: int
    skipped: tuple[str, ...]


def save_state(state: State, folder: Path, keep: int = KEEP) -> Path:
    """Saves `state` as `folder/ITERATION/`, then prunes all but the newest `keep` checkpoints.

    Raises:
        InputError: if the disk is full or read-only; what was there before is untouched.
    """
    final = folder / f"{state.iteration:09d}"
    if _damage(final) is None:
        return final
    temporary = folder / f".tmp-{final.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in (*folder.glob(".tmp-*"), final):
            shutil.rmtree(leftover, ignore_errors=True)
        _write(_serialized(state), temporary)
        temporary.rename(final)
        _sync(folder)
        latest = {"checkpoint": f"{folder.name}/{final.name}", "iteration": state.iteration}
        write_atomically(folder.parent / "latest.json", json.dumps(latest) + "\n")
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise InputError(
            f"cannot save a checkpoint in {folder}: {error.strerror}; make room or make it writable, then --resume"
        ) from None
    for old in _newest_first(folder)[keep:]:
        shutil.rmtree(old)
    return final


def _serialized(state: State) -> dict[str, bytes]:
    """The content of every file; made in memory, so that a full disk shows as an `OSError` of one write."""
    contents = {
        f"{name}.safetensors": save({key: packed(value) for key, value in module.state_dict().items()})
        for name, module in _modules(state)
    }
    rest = {
        "iteration": state.iteration,
        "critic_steps": state.critic_steps,
        "path_length": state.path_length.cpu(),
        "generator_optimizer": state.generator_optimizer.state_dict(),
        "critic_optimizer": state.critic_optimizer.state_dict(),
    }
    buffer = io.BytesIO()
    torch.save(rest, buffer)
    return {**contents, "state.pt": buffer.getvalue()}


def packed(value: torch.Tensor) -> torch.Tensor:
    """A copy on the processor in the one memory layout that safetensors knows; loading restores the module's own."""
    return value.cpu().clone(memory_format=torch.contiguous_format)


def _write(contents: dict[str, bytes], folder: Path) -> None:
    folder.mkdir()
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = json.dumps({"files": sums, "sum": _sum_of(sums)}, indent=1).encode()
    for name, content in (*contents.items(), (MANIFEST, manifest)):
        path = folder / name
        path.write_bytes(content)
        _sync(path)
    _sync(folder)


def _modules(state: State) -> tuple[tuple[str, nn.Module], ...]:
    return ("generator", state.generator), ("critic", state.critic), ("ema", state.ema.module)


def _sum_of(sums: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()


def newest_intact(folder: Path, iteration: int | None = None) -> Found:
    """The newest checkpoint below `folder` whose content matches its manifest.

    Args:
        folder: `RUN/checkpoints`.
        iteration: take this one and no other.

    Raises:
        NoIntactCheckpoint: if there is none.
    """
    skipped: list[str] = []
    for path in _newest_first(folder):
        if iteration is not None and int(path.name) != iteration:
            continue
        damage = _damage(path)
        if damage is None:
            return Found(path, int(path.name), tuple(skipped))
        skipped.append(f"checkpoint {path.name} is damaged ({damage})")
    if iteration is not None and not skipped:
        kept = ", ".join(str(int(path.name)) for path in _newest_first(folder)) or "none"
        raise InputError(f"no checkpoint of iteration {iteration} in {folder}; kept: {kept}")
    reason = "; ".join(skipped) or "no checkpoint was saved yet"
    raise NoIntactCheckpoint(f"no intact checkpoint in {folder}: {reason}; start again with another --out")


def load_state(state: State, found: Found) -> None:
    """Brings `state`, freshly started from the same recipe, to where `found` was saved.

    Raises:
        InputError: if the networks are not the ones that were saved.
    """
    for name, module in _modules(state):
        load_weights(module, found, name)
    rest: dict[str, Any] = torch.load(found.path / "state.pt", weights_only=True, map_location="cpu")
    state.generator_optimizer.load_state_dict(rest["generator_optimizer"])
    state.critic_optimizer.load_state_dict(rest["critic_optimizer"])
    state.iteration, state.critic_steps = rest["iteration"], rest["critic_steps"]
    state.path_length.copy_(rest["path_length"])


def load_ema(generator: nn.Module, found: Found) -> None:
    """Brings a generator to the moving average that `found` holds."""
    load_weights(generator, found, "ema")


def load_weights(module: nn.Module, found: Found, name: str) -> None:
    """Brings a module to the weights that `found` holds under that name."""
    try:
        module.load_state_dict(load_file(found.path / f"{name}.safetensors"))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(f"checkpoint {found.path} does not fit this {type(module).__name__}: {reason}") from None


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replaces a file whole or not at all, and returns when it is on the disk."""
    temporary = path.with_name(f".tmp-{path.name}")
    temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    _sync(temporary)
    temporary.replace(path)
    _sync(path.parent)


def _newest_first(folder: Path) -> list[Path]:
    paths: Iterator[Path] = folder.iterdir() if folder.is_dir() else iter(())
    return sorted((path for path in paths if path.name.isdigit()), reverse=True)


def _damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, in a few words; None if it is intact."""
    try:
        manifest = json.loads((checkpoint / MANIFEST).read_bytes())
        sums = manifest["files"]
        if _sum_of(sums) != manifest["sum"]:
            return f"{MANIFEST} does not match its own sum"
        changed = [name for name, digest in sums.items() if _sha256(checkpoint / name) != digest]
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{MANIFEST} is unreadable: {type(error).__name__}"
    return f"{changed[0]} does not match its SHA-256" if changed else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
