"""Small runs, and the command in this process or in its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from wgan.__main__ import main

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


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


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
    newest = sorted((run / "checkpoints").iterdir())[-1]
    state = torch.load(newest / "state.pt", weights_only=True)
    return {
        "metrics": (run / "metrics.jsonl").read_text(),
        "figures": {path.name: path.read_bytes() for path in (run / "samples").iterdir()},
        "weights": {path.name: path.read_bytes() for path in newest.glob("*.safetensors")},
        "state": plain(state),
    }


def plain(value: object) -> object:
    """Nested values with tensors as the bytes they hold."""
    if isinstance(value, torch.Tensor):
        return (str(value.dtype), tuple(value.shape), value.reshape(-1).view(torch.uint8).numpy().tobytes())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
