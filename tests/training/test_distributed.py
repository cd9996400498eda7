"""Two processes against one: the same run, to rounding, written once."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from running import SMALL, command, several, words
from wgan import processes
from wgan.data import open_source
from wgan.errors import InputError
from wgan.processes import Processes
from wgan.recipes import Recipe
from wgan.runs import Run
from wgan.runs.preparation import check
from wgan.training import State

FIELDS = {
    **SMALL,
    "lipschitz": "GP,InstanceNoise",
    "condition.frequency": "log",
    "pac": 2,
    "generator_optimizer": "SGD",
    "critic_optimizer": "SGD",
    "generator_batch": 24,
    "iterations": 4,
    "save_every": 2,
    "sample_every": 4,
}


def resumed(*arguments: object) -> list[int]:
    """The exit codes of two processes that resume a run."""
    return [said.code for said in several(2, "-m", "wgan", "train", "--resume", *arguments)]


def weights(run: Path) -> dict[str, torch.Tensor]:
    folder = sorted((run / "checkpoints").iterdir())[-1]
    files = {name: load_file(folder / f"{name}.safetensors") for name in ("generator", "critic", "ema")}
    return {f"{name}.{key}": weight for name, content in files.items() for key, weight in content.items()}


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "both"
    first, second = several(2, "-m", "wgan", "train", "wgan-gp", *words(FIELDS), "--out", out, "--json")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert json.loads(first.out)["iterations"] == 4
    assert second.out == ""  # the first process alone speaks and writes
    return out


def test_two_processes_follow_the_gradients_of_one(both, tmp_path, capsys):
    alone = tmp_path / "alone"
    assert command(capsys, "train", "wgan-gp", *words(FIELDS), "--out", str(alone)).code == 0
    assert json.loads((both / "env.json").read_text())["world_size"] == 2
    theirs = weights(both)
    for name, weight in weights(alone).items():
        # Plain gradient steps: what differs is the order in which float32 adds.
        torch.testing.assert_close(theirs[name], weight, rtol=1e-5, atol=1e-6)
    records = [[json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()] for run in (alone, both)]
    assert len(records[1]) == 4
    for one, other in zip(*records, strict=True):
        assert other == pytest.approx(one, rel=1e-4, abs=1e-5)


def test_two_processes_resume_bit_for_bit(both, tmp_path):
    copy = Path(shutil.copytree(both, tmp_path / "copy"))
    shutil.rmtree(copy / "checkpoints" / "000000004")
    assert resumed(copy) == [0, 0]
    for name, weight in weights(both).items():
        assert torch.equal(weights(copy)[name], weight)


def test_two_processes_lose_patience_together(tmp_path):
    # Each evaluation has the same value: a moving average that never moves.
    fields = {**FIELDS, "iterations": 9, "generator_optimizer.lr": 1e-30, "evaluate_every": 2, "patience": 1}
    first, second = several(2, "-m", "wgan", "train", "wgan-gp", *words(fields), "--out", tmp_path / "run", "--json")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    found = json.loads(first.out)
    assert (found["iterations"], found["best"]["iteration"]) == (4, 2)
    assert found["stopped"].startswith("stopped at iteration 4 of 9: 1 evaluation brought no better w1")
    assert resumed(tmp_path / "run") == [2, 2]
    assert resumed(tmp_path / "run", "--patience", "0") == [0, 0]
    assert [entry.iteration for entry in Run.open(tmp_path / "run").history.records] == [2, 4, 6, 8]


def test_a_batch_that_two_processes_cannot_share():
    recipe, data = Recipe.named("wgan-gp", {**FIELDS, "pac": 1, "batch": 15}), open_source("digits")
    message = "a batch of 15 cannot be shared by 2 processes in 1 passes each; expected a multiple of 2, with 2 or more"
    with pytest.raises(InputError, match=message):
        check(recipe, State.start(recipe, data.shape), data, Processes(count=2))


def test_one_exchange_averages_all_gradients(monkeypatch):
    sent = []

    def reduce(values: torch.Tensor) -> None:  # another process, whose gradients are twice as large
        sent.append(values.numel())
        values.mul_(3)

    monkeypatch.setattr(processes.dist, "all_reduce", reduce)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    module(torch.ones(4, 3)).sum().backward()
    expected = [1.5 * weight.grad for weight in module.parameters()]
    with Processes(count=2).averaging(optimizer):
        optimizer.step()
    assert sent == [6 + 2 + 2 + 1]
    for weight, gradient in zip(module.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, gradient)
    optimizer.step()
    assert len(sent) == 1  # outside, nothing is sent
