"""Checkpoints that survive a crash at any instruction, and notice every flipped bit.

A checkpoint is a folder. It is written under a temporary name, its files are synced, the manifest that seals them comes
last, and one rename makes it real; only then are older ones pruned. Loading verifies the seal before anything is read,
and falls back to the newest checkpoint that is intact. All numbers are safetensors, so that no checkpoint can execute
code.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from wgan.errors import InputError, NoIntactCheckpoint
from wgan.memory import available_memory
from wgan.runs import files
from wgan.runs.history import History
from wgan.runs.manifest import MANIFEST, Manifest, readable
from wgan.training import State

__all__ = [
    "Found",
    "Papers",
    "load_ema",
    "load_state",
    "newest_intact",
    "reseal",
    "save_state",
]

FOLDER = "checkpoints"
KEEP = 2
Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Papers:
    """What a checkpoint seals besides the state of the training.

    Attributes:
        recipe: the text of `recipe.toml`.
        environment: the text of `env.json`.
        metrics: the records so far, `(iterations, values)`, float64.
        history: the evaluations so far.
    """

    recipe: str
    environment: str
    metrics: Tensor
    history: History = History()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Found:
    """An intact checkpoint, and what was passed over on the way to it.

    Attributes:
        path: its folder.
        iteration: generator steps taken when it was saved.
        manifest: what it seals.
        skipped: one line per newer checkpoint that is damaged.
        linked: whether its files may be links to plain files, as those in the cache of a hub are.
    """

    path: Path
    iteration: int
    manifest: Manifest
    skipped: tuple[str, ...] = ()
    linked: bool = False


def save_state(state: State, run: Path, papers: Papers, keep: int = KEEP) -> Path:
    """Saves `state` as `run/checkpoints/ITERATION/`, then prunes older ones.

    The newest `keep` stay, and of each of them the best that it knows of, so that there is one whichever is damaged.

    Raises:
        OSError: if the disk is full or read-only; what was there before is untouched.
    """
    final = f"{state.iteration:09d}"
    with suppress(FileExistsError), files.folder(run) as place:
        os.mkdir(FOLDER, dir_fd=place)
    files.clear(run, FOLDER)
    with files.folder(run, FOLDER) as place:
        temporary = files.temporary_name()
        try:
            os.mkdir(temporary, dir_fd=place)
            _write(run, f"{FOLDER}/{temporary}", state, papers)
            with suppress(FileNotFoundError):
                files.remove(final, place)
            os.rename(temporary, final, src_dir_fd=place, dst_dir_fd=place)
            os.fsync(place)
        except BaseException:
            with suppress(OSError):
                files.remove(temporary, place)
            raise
        files.write(run, "latest.json", latest(state.iteration))
        kept = [path for path in _newest_first(run) if int(path.name) <= state.iteration]
        best = {found.iteration for path in kept[:keep] if (found := papers.history.until(int(path.name)).best)}
        for old in [path for path in kept[keep:] if int(path.name) not in best]:
            files.remove(old.name, place)
    return run / FOLDER / final


def latest(iteration: int) -> str:
    """The text of `latest.json`, which tells other programs where to look."""
    return json.dumps({"checkpoint": f"{FOLDER}/{iteration:09d}", "iteration": iteration}) + "\n"


def _write(run: Path, name: str, state: State, papers: Papers) -> None:
    """All files of a checkpoint, the manifest last; one by one, for their sizes."""
    sums = {}
    for part, tensors in _parts(state, papers):
        content = save({key: packed(value) for key, value in tensors.items()})
        files.write(run, f"{name}/{part}.safetensors", content)
        sums[f"{part}.safetensors"] = hashlib.sha256(content).hexdigest()
    manifest = Manifest(papers.recipe, papers.environment, sums)
    files.write(run, f"{name}/{MANIFEST}", manifest.to_bytes())


def _parts(state: State, papers: Papers) -> Iterator[tuple[str, Tensors]]:
    for name, module in _modules(state):
        yield name, module.state_dict()
    counts = {"iteration": state.iteration, "critic_steps": state.critic_steps}
    kept: Tensors = {name: torch.tensor(count) for name, count in counts.items()}
    kept |= {"path_length": state.path_length, "metrics": papers.metrics}
    if papers.history.records:
        kept["evaluations"] = torch.tensor(list(papers.history.to_lines().encode()), dtype=torch.uint8)
    for name, optimizer in _optimizers(state):
        for index, values in optimizer.state_dict()["state"].items():
            kept |= {f"{name}.{index}.{key}": value for key, value in values.items() if value is not None}
    yield "state", kept


def packed(value: Tensor) -> Tensor:
    """A copy on the processor in the one memory layout that safetensors knows; loading restores the module's own."""
    return value.cpu().clone(memory_format=torch.contiguous_format)


def _modules(state: State) -> tuple[tuple[str, nn.Module], ...]:
    return ("generator", state.generator), ("critic", state.critic), ("ema", state.ema.module)


def _optimizers(state: State) -> tuple[tuple[str, torch.optim.Optimizer], ...]:
    return ("generator_optimizer", state.generator_optimizer), ("critic_optimizer", state.critic_optimizer)


def newest_intact(run: Path, iteration: int | None = None) -> Found:
    """The newest checkpoint of a run whose content matches its manifest.

    Args:
        run: its directory.
        iteration: take this one and no other.

    Raises:
        InputError: if none of that iteration was kept.
        NoIntactCheckpoint: if there is none that is intact.
    """
    skipped: list[str] = []
    for path in _newest_first(run):
        if iteration is not None and int(path.name) != iteration:
            continue
        manifest = _intact(path)
        if isinstance(manifest, Manifest):
            return Found(path, int(path.name), manifest, tuple(skipped))
        if path.exists():  # whoever trains it may have pruned it meanwhile
            skipped.append(f"checkpoint {path.name} is damaged ({manifest})")
    if iteration is not None and not skipped:
        kept = ", ".join(str(int(path.name)) for path in _newest_first(run)) or "none"
        raise InputError(f"no checkpoint of iteration {iteration} in {run / FOLDER}; kept: {kept}")
    reason = "; ".join(skipped) or "there is none at all"
    way_out = "start again with another --out" if iteration is None else "take the newest, or another iteration"
    raise NoIntactCheckpoint(f"no intact checkpoint in {run / FOLDER}: {reason}; {way_out}")


def _newest_first(run: Path) -> list[Path]:
    folder = run / FOLDER
    paths = [path for path in folder.iterdir() if re.fullmatch("[0-9]{9,18}", path.name)] if folder.is_dir() else []
    return sorted(paths, key=lambda path: int(path.name), reverse=True)


def _intact(checkpoint: Path) -> Manifest | str:
    """The manifest of a checkpoint that matches it, else what is wrong, in a few words."""
    try:
        manifest = Manifest.read(checkpoint)
        return manifest.damage(checkpoint) or manifest
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except OSError as error:
        return f"{Path(error.filename or MANIFEST).name} {error.strerror or 'is unreadable'}"
    except ValueError as error:
        return f"{MANIFEST} is unreadable: {' '.join(str(error).split())[:100]}"


def reseal(run: Path, recipe: str) -> None:
    """Gives all intact checkpoints a recipe with more iterations."""
    for path in _newest_first(run):
        if isinstance(manifest := _intact(path), Manifest):
            files.write(run, f"{FOLDER}/{path.name}/{MANIFEST}", replace(manifest, recipe=recipe).to_bytes())


def load_state(state: State, found: Found) -> None:
    """Brings `state`, freshly started from the same recipe, to where `found` was saved.

    Raises:
        InputError: if the networks are not the ones that were saved.
        NoIntactCheckpoint: if what was sealed is no state of such a training.
    """
    for name, module in _modules(state):
        load_weights(module, found, name)
    with readable(found.path / "state.safetensors"):
        kept = _tensors(found, "state")
        state.iteration, state.critic_steps = int(kept["iteration"]), int(kept["critic_steps"])
        if state.iteration != found.iteration or state.critic_steps < 0:
            raise ValueError(f"iteration {state.iteration} in the folder of iteration {found.iteration}")
        state.path_length.copy_(kept["path_length"])
        for name, optimizer in _optimizers(state):
            load_optimizer(optimizer, {key: kept[key] for key in kept if key.startswith(f"{name}.")})


def load_optimizer(optimizer: torch.optim.Optimizer, kept: Tensors) -> None:
    """Brings an optimizer to what was kept of it; its rates are the recipe's.

    Args:
        optimizer: a new one.
        kept: tensors by `NAME.INDEX.KEY`; the index is that of the parameter.

    Raises:
        ValueError: if these are not what such an optimizer keeps of its parameters.
    """
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, Tensors] = {}
    for name, value in kept.items():
        _, index, key = name.split(".", 2)
        state.setdefault(int(index), {})[key] = value
    for number, values in state.items():
        expected = kept_of(weights[number], optimizer)
        shapes = [{key: tuple(value.shape) for key, value in found.items()} for found in (values, expected)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"of parameter {number} it has {shapes[0]}; expected {shapes[1]}")
        for key, value in values.items():
            expected[key].copy_(value)  # the fused kernels take their memory layout for granted
        state[number] = expected
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def kept_of(weight: Tensor, optimizer: torch.optim.Optimizer) -> Tensors:
    """What an optimizer would keep of a parameter after its first step, by a step of its like on zeros."""
    number = torch.zeros_like(weight, requires_grad=True)
    number.grad = torch.zeros_like(weight)
    kind: Any = type(optimizer)
    like = kind([{**optimizer.param_groups[0], "params": [number]}])
    like.step()
    return {key: value for key, value in like.state[number].items() if value is not None}


def load_ema(generator: nn.Module, found: Found) -> None:
    """Brings a generator to the moving average that `found` holds."""
    load_weights(generator, found, "ema")


def load_weights(module: nn.Module, found: Found, name: str) -> None:
    """Brings a module to the weights that `found` holds under that name.

    Raises:
        InputError: if they are another module's.
        NoIntactCheckpoint: if they are no finite weights.
    """
    with readable(found.path / f"{name}.safetensors"):
        tensors = _tensors(found, name)
        try:
            module.load_state_dict(tensors)
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise InputError(f"checkpoint {found.path} does not fit this {type(module).__name__}: {reason}") from None
        if not all(bool(weight.isfinite().all()) for weight in module.parameters()):
            raise ValueError("a weight is NaN or infinite")


def _tensors(found: Found, name: str) -> Tensors:
    file = f"{name}.safetensors"
    path = found.path / file
    content = files.read(path.resolve() if found.linked else path, available_memory())
    if hashlib.sha256(content).hexdigest() != found.manifest.files[file]:
        raise ValueError("it changed while it was read")
    return load(content)
