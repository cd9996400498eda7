"""Starting a run from Python: samples and networks of one's own, and what cannot be trained."""

import json

import numpy as np
import pytest
import torch
from torch import nn

import wgan
from running import SMALL
from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.runs import resume, start
from wgan.runs.journal import Journal
from wgan.training import Record

POINTS = torch.randn(60, 2, generator=torch.Generator().manual_seed(0))


class Scorer(nn.Module):
    """A critic whose scores keep a trailing axis, the most common slip."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


def own() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0))


@pytest.mark.parametrize("samples", [POINTS, POINTS.numpy(), np.zeros((60, 5, 7), np.uint8)])
def test_samples_of_any_kind(samples, tmp_path):
    run = wgan.train("wgan-gp", samples, tmp_path / "run", quiet=True, overrides=SMALL)
    assert run.sample(3).shape == (3, *((1, 5, 7) if samples.ndim == 3 else (2,)))
    assert len(run.metrics) == 12


def test_own_networks_train_resume_and_need_to_be_brought_again(tmp_path):
    generator, critic = own()
    run = wgan.train(
        "wgan-gp", POINTS, tmp_path / "run", generator=generator, critic=critic, quiet=True, overrides=SMALL
    )
    with pytest.raises(InputError, match="trained a generator of your own; open it in Python with Run.open"):
        wgan.Run.open(run.path)
    again, _ = own()
    assert torch.equal(wgan.Run.open(run.path, generator=again).sample(5), run.sample(5))


def test_own_networks_resume(tmp_path):
    for name, counts in (("whole", [12]), ("parts", [5, 12])):
        for count in counts:
            generator, critic = own()
            path = tmp_path / name
            if path.exists():
                data = wgan.runs.launch.as_source(POINTS, Recipe.named("wgan-gp").data)
                run = resume(path, {"iterations": count}, source=data, generator=generator, critic=critic, quiet=True)
            else:
                fields = {**SMALL, "iterations": count}
                run = wgan.train(
                    "wgan-gp", POINTS, path, generator=generator, critic=critic, quiet=True, overrides=fields
                )
        if name == "whole":
            expected = run.sample(5)
    assert torch.equal(run.sample(5), expected)


UNFIT = [
    (nn.Linear(4, 3), None, r"the generator maps \(2, 4\) to \(2, 3\); expected \(2, 2\) for samples of samples"),
    (nn.Linear(5, 2), None, r"the generator cannot take a batch of shape \(2, 4\)"),
    (None, Scorer(), r"the critic maps \(2, 2\) to \(2, 1\); expected \(2,\)"),
]


@pytest.mark.parametrize(("generator", "critic", "message"), UNFIT)
def test_network_that_does_not_fit_the_data(generator, critic, message, tmp_path):
    with pytest.raises(InputError, match=message):
        wgan.train("wgan-gp", POINTS, tmp_path / "run", generator=generator, critic=critic, quiet=True, overrides=SMALL)
    assert not (tmp_path / "run").exists()


def test_checkpoint_of_other_networks_is_refused(tmp_path):
    run = wgan.train("wgan-gp", POINTS, tmp_path / "run", generator=own()[0], quiet=True, overrides=SMALL)
    with pytest.raises(InputError, match=r"checkpoint .* does not fit this Linear: size mismatch"):
        wgan.Run.open(run.path, generator=nn.Linear(4, 3))


def test_fewer_samples_than_a_batch(tmp_path):
    with pytest.raises(InputError, match="samples has 48 samples to train on, fewer than a batch of 64; lower --batch"):
        wgan.train("wgan-gp", POINTS, tmp_path / "run", quiet=True, overrides={**SMALL, "batch": 64})


def test_sample_count_is_checked(tmp_path):
    run = wgan.train("wgan-gp", POINTS, tmp_path / "run", quiet=True, overrides=SMALL)
    with pytest.raises(InputError, match="asked for 0 samples; expected 1 or more"):
        run.sample(0)


def test_full_disk_while_writing_metrics_is_one_line(tmp_path, monkeypatch):
    def full(self: Journal) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "flush", full)
    with pytest.raises(InputError, match=r"cannot write to .*run: No space left on device; make room .* --resume"):
        start(Recipe.named("wgan-gp", SMALL), tmp_path / "run", quiet=True)


def test_journal_begins_with_the_records_of_the_checkpoint(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"iteration": 1}\n{"itera')
    with Journal(tmp_path, torch.ones(2, 5)) as journal:
        journal.add(Record(*torch.zeros(5)), write=True)
    records = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [(record["iteration"], record["penalty"]) for record in records] == [(1, 1.0), (2, 1.0), (3, 0.0)]
    assert torch.equal(journal.metrics, torch.tensor([[1.0], [1.0], [0.0]]).double().expand(3, 5))


def test_tensorboard_mirrors_the_metrics_where_it_is_installed(tmp_path):
    pytest.importorskip("tensorboard")
    wgan.train("wgan-gp", POINTS, tmp_path / "run", quiet=True, overrides=SMALL)
    assert any((tmp_path / "run" / "tb").iterdir())


@pytest.mark.parametrize("name", wgan.__all__)
def test_public_names_exist_and_are_documented(name):
    assert getattr(wgan, name).__doc__


def test_unknown_public_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match="module 'wgan' has no attribute 'tran'; it has"):
        wgan.tran  # noqa: B018


def test_a_critic_that_died_is_told_once_and_at_the_end(tmp_path, capsys):
    generator, critic = own()
    with torch.no_grad():
        critic[0].bias.fill_(-100)  # no unit of its first layer is ever active again
    recipe = Recipe.named("wgan-gp", SMALL)
    source = wgan.runs.launch.as_source(POINTS, recipe.data)
    outcome = start(recipe, tmp_path / "run", source=source, generator=generator, critic=critic)
    complaint = (
        "the generator's gradient is exactly zero at iteration 4: its critic has died, or the loss or the generator's "
        "output is saturated; try smaller learning rates (--critic_optimizer.lr) or another --lipschitz"
    )
    assert capsys.readouterr().err.count(f"warning: {complaint}") == 1
    assert outcome.warnings == (complaint,)
    assert f"warning: {complaint}" in outcome.to_text()
    assert outcome.to_json()["warnings"] == [complaint]
    living, alive = own()
    assert start(recipe, tmp_path / "other", source=source, generator=living, critic=alive, quiet=True).warnings == ()
