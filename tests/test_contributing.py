"""The example of CONTRIBUTING.md does what it says there."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

import wgan.lipschitz
from wgan.data import open_source
from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.training import State, train

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
FIELDS = {"lipschitz": "SteepOnly", "iterations": 1, "batch": 8, "critic.widths": [8], "generator.widths": [8]}


def test_a_penalty_is_one_file_and_its_export(monkeypatch):
    (diff,) = re.findall(r"```diff\n(.*?)```", TEXT, re.DOTALL)
    file, export = re.split(r"^\+\+\+ b/.*/__init__\.py\n", diff, flags=re.MULTILINE)
    path, *lines = file.splitlines()
    assert path == "+++ b/src/wgan/lipschitz/steep.py"
    assert [line[0] for line in lines] == ["+"] * len(lines)
    assert export.splitlines()[::2] == ["+from wgan.lipschitz.steep import SteepOnly", '+    "SteepOnly",']
    with pytest.raises(InputError, match="unknown Lipschitz method in lipschitz 'SteepOnly'"):
        Recipe.named("wgan-gp", FIELDS)

    written: dict[str, object] = {"__name__": "wgan.lipschitz.steep"}
    exec("\n".join(line[1:] for line in lines), written)
    monkeypatch.setattr(wgan.lipschitz, "SteepOnly", written["SteepOnly"], raising=False)
    monkeypatch.setattr(wgan.lipschitz, "__all__", [*wgan.lipschitz.__all__, "SteepOnly"])
    recipe, data = Recipe.named("wgan-gp", FIELDS), open_source("gaussians8")
    (record,) = train(State.start(recipe, data.shape), recipe, data)
    assert torch.stack(record).isfinite().all()

    critic = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
    for slope, cost in ((1.5, 0.0), (3.0, 10.0)):
        critic[0].weight.data = torch.tensor([[slope, 0.0]])
        (method,) = recipe.lipschitz
        assert method.penalty(critic, torch.ones(4, 2)).item() == pytest.approx(cost)
