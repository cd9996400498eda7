"""Small runs, and the command in this process or in its own."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from wgan.__main__ import main
from wgan.runs.checkpoint import Papers, latest
from wgan.runs.journal import EMPTY
from wgan.runs.manifest import FILES, MANIFEST, Manifest

SMALL = {
    "generator.widths": [16],
    "critic.widths": [16],
    "latent": 4,
    "batch": 16,
    "schedule.n_critic": 2,
    "iterations": 12,
    "save_every": 4,
    "sample_every": 6,
}
"""Fields of a recipe that trains in a second."""

PAPERS = Papers("", "", EMPTY)
"""What a checkpoint seals besides the state, where only the state matters."""


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


def several(count: int, *arguments: object) -> list[Said]:
    """Python with these arguments in several processes, as `torchrun` starts them; what each left behind."""
    started = begun(count, *arguments)
    said = [process.communicate(timeout=300) for process in started]
    return [Said(process.returncode, *texts) for process, texts in zip(started, said, strict=True)]


def begun(count: int, *arguments: object) -> list[subprocess.Popen[str]]:
    """The same while they run."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    common = {"WORLD_SIZE": str(count), "MASTER_ADDR": "localhost", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    return [
        subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(count)
    ]


def words(fields: dict[str, object]) -> list[str]:
    """Fields as the command line takes them."""
    texts = {name: ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in fields.items()}
    return [word for name, text in texts.items() for word in (f"--{name}", text)]


def training(**fields: object) -> list[str]:
    """The arguments of a training that takes a second."""
    return ["train", "wgan-gp", *words({**SMALL, **fields})]


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """Runs the command in this process."""
    code = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as error:
        code = int(error.code or 0)
    said = capsys.readouterr()
    return Said(code, said.out, said.err)


def spawn(*arguments: object, cwd: Path | None = None) -> "subprocess.Popen[str]":
    """Starts the command in its own process."""
    return subprocess.Popen(
        [sys.executable, "-m", "wgan", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def content(run: Path) -> dict[str, object]:
    """Everything that must be equal in two equal runs: metrics, figures, and the newest checkpoint's content."""
    newest = checkpoints(run)[-1]
    return {
        "metrics": (run / "metrics.jsonl").read_text(),
        "evaluations": evaluations.read_text() if (evaluations := run / "evaluations.jsonl").exists() else "",
        "figures": {path.name: path.read_bytes() for path in (run / "samples").iterdir()},
        "weights": {path.name: path.read_bytes() for path in newest.glob("*.safetensors")},
    }


def checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run, oldest first."""
    return sorted((run / "checkpoints").iterdir())


def set_back(run: Path) -> None:
    """Takes a run back to its last checkpoint but one."""
    older, newest = checkpoints(run)[-2:]
    shutil.rmtree(newest)
    (run / "latest.json").write_text(latest(int(older.name)))


def reseal(run: Path, **changes: object) -> None:
    """Seals the newest checkpoint of a run again, with something else in its manifest or in its files as they are."""
    folder = checkpoints(run)[-1]
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    manifest = replace(Manifest.read(folder), **{"files": sums, **changes})
    (folder / MANIFEST).write_bytes(manifest.to_bytes())


def flip_bit(path: Path, bit: int) -> None:
    """Changes one bit of a file."""
    changed = bytearray(path.read_bytes())
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)


def plain(value: object) -> object:
    """Nested values with tensors as the bytes they hold."""
    if isinstance(value, torch.Tensor):
        return (str(value.dtype), tuple(value.shape), value.reshape(-1).view(torch.uint8).numpy().tobytes())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
