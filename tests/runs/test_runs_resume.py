"""A run that was stopped, killed or damaged and resumed equals one that was not, bit for bit."""

import json
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
import torch

from running import SMALL, checkpoints, content, flip_bit, reseal, set_back, spawn, words
from wgan.data import TensorSource
from wgan.errors import InputError, NoIntactCheckpoint
from wgan.recipes import Recipe
from wgan.runs import Run, resume, start
from wgan.runs.session import Session


def small(**fields) -> Recipe:
    return Recipe.named("wgan-gp", {**SMALL, **fields})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole"
    start(small(), path, quiet=True)
    return path


@pytest.fixture
def copy(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def test_same_recipe_twice_gives_the_same_bits(finished, tmp_path):
    start(small(), tmp_path / "again", quiet=True)
    assert content(tmp_path / "again") == content(finished)


def test_another_seed_gives_other_bits(finished, tmp_path):
    start(small(seed=1), tmp_path / "other", quiet=True)
    assert content(tmp_path / "other")["weights"] != content(finished)["weights"]


def test_saved_recipe_repeats_the_run(finished, tmp_path):
    start(Recipe.named(finished / "recipe.toml"), tmp_path / "again", quiet=True)
    assert content(tmp_path / "again") == content(finished)


def test_lengthened_run_equals_one_sitting(finished, tmp_path):
    start(small(iterations=7), tmp_path / "run", quiet=True)
    resume(tmp_path / "run", {"iterations": 12}, quiet=True)
    (tmp_path / "run" / "samples" / "000007.png").unlink()  # the figure of the first end
    assert content(tmp_path / "run") == content(finished)


def test_resume_goes_on_from_an_older_checkpoint(copy, finished):
    set_back(copy)
    resume(copy, quiet=True)
    assert content(copy) == content(finished)


def test_missing_checkpoint_is_said(copy, finished):
    shutil.rmtree(checkpoints(copy)[-1])
    with pytest.warns(UserWarning, match=r"latest.json names no checkpoint, or another than 000000008, the newest"):
        resume(copy, quiet=True)
    assert content(copy) == content(finished)


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp-resnet", "r1", "sngan-resnet", "r3gan", "stylegan2", "progressive"])
@pytest.mark.filterwarnings("ignore:SpectralNorm does not make")  # see test_refusals.py
def test_image_networks_resume_to_the_same_bits(name, tmp_path):
    noise = torch.randint(256, (40, 1, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    fields = {"batch": 4, "generator_batch": 4, "latent": 4, "iterations": 4, "save_every": 2, "sample_every": 4}
    recipe, data = Recipe.named(name, fields, small=True), TensorSource(noise, "noise")
    whole, stopped = start(recipe, tmp_path / "whole", source=data, quiet=True).run.path, tmp_path / "stopped"
    shutil.copytree(whole, stopped)
    set_back(stopped)
    resume(stopped, source=data, quiet=True)
    assert content(stopped) == content(whole)


def test_run_that_was_killed_before_its_first_step_begins_again(finished, tmp_path, monkeypatch):
    def killed(session: Session) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Session, "train", killed)
        start(small(), tmp_path / "run", quiet=True)
    assert Run.open(tmp_path / "run").checkpoint.iteration == 0
    resume(tmp_path / "run", quiet=True)
    assert content(tmp_path / "run") == content(finished)


def test_run_without_any_checkpoint_is_refused(copy):
    for folder in checkpoints(copy):
        shutil.rmtree(folder)
    with pytest.raises(NoIntactCheckpoint, match="no intact checkpoint in .*: there is none at all; start again"):
        resume(copy, quiet=True)


def test_train_and_resume_return_a_run(finished):
    assert isinstance(resume(finished, quiet=True), Run)


def test_picture_that_a_kill_prevented_is_drawn_on_resume(copy, finished):
    (copy / "samples" / "000012.png").unlink()
    resume(copy, quiet=True)
    assert content(copy) == content(finished)


def test_metrics_are_those_up_to_the_checkpoint(finished):
    assert len(Run.open(finished).metrics) == 12
    assert Run.open(finished, iteration=8).metrics == Run.open(finished).metrics[:8]


def test_resume_of_a_finished_run_changes_nothing(copy, finished):
    resume(copy, quiet=True)
    assert content(copy) == content(finished)


def test_damaged_checkpoint_falls_back_and_says_so(copy, finished):
    flip_bit(checkpoints(copy)[-1] / "ema.safetensors", 1000)
    line = (
        r"checkpoint 000000012 is damaged \(ema.safetensors does not match its SHA-256\); iteration 8 is taken instead"
    )
    with pytest.warns(UserWarning, match=line):
        assert Run.open(copy).checkpoint.iteration == 8
    with pytest.warns(UserWarning, match=line):
        resume(copy, quiet=True)
    assert content(copy) == content(finished)


def test_no_intact_checkpoint(copy):
    for folder in checkpoints(copy):
        (folder / "state.safetensors").write_bytes(b"")
    with pytest.raises(
        NoIntactCheckpoint, match="no intact checkpoint in .*state.safetensors does not match its SHA-256.*--out"
    ):
        Run.open(copy)


def test_changed_recipe_is_refused_by_field(copy):
    with pytest.raises(InputError, match="trained with another batch, critic_optimizer; resume without changing it"):
        resume(copy, {"batch": 8, "critic_optimizer.lr": 1.0}, quiet=True)


def test_fewer_iterations_are_refused(copy):
    with pytest.raises(InputError, match="has 12 iterations, asked for 3; expected more"):
        resume(copy, {"iterations": 3}, quiet=True)


def test_run_with_decaying_rate_cannot_be_lengthened(tmp_path):
    start(small(final_lr=0.5, iterations=2), tmp_path / "run", quiet=True)
    with pytest.raises(InputError, match="lowers its learning rate over 2 iterations, so it cannot be lengthened"):
        resume(tmp_path / "run", {"iterations": 4}, quiet=True)


def test_changed_data_is_refused(tmp_path):
    torch.manual_seed(0)
    table = tmp_path / "table.csv"
    table.write_text("\n".join(f"{a},{b}" for a, b in torch.randn(40, 2).tolist()))
    start(small(**{"data.source": str(table), "iterations": 2}), tmp_path / "run", quiet=True)
    table.write_text("\n".join(f"{a},{b}" for a, b in torch.randn(40, 2).tolist()))
    with pytest.raises(InputError, match="the data of .* changed: .* had the fingerprint"):
        resume(tmp_path / "run", quiet=True)


@pytest.mark.parametrize(("entry", "value"), [("torch", "0.1"), ("machine", "abacus")])
def test_another_torch_or_machine_warns_and_loses_nothing(copy, entry, value):
    environment = json.loads((copy / "env.json").read_text()) | {entry: value}
    reseal(copy, environment=json.dumps(environment))
    (copy / "env.json").write_text(json.dumps(environment))
    with pytest.warns(UserWarning, match=f"results will not be bitwise those of one sitting: {entry} {value}"):
        resume(copy, quiet=True)
    assert Run.open(copy).checkpoint.iteration == 12


def test_older_checkpoint_can_be_opened(finished):
    assert Run.open(finished, iteration=8).checkpoint.iteration == 8
    with pytest.raises(InputError, match="no checkpoint of iteration 5 in .*; kept: 12, 8"):
        Run.open(finished, iteration=5)


def test_signal_saves_and_resume_equals_one_sitting(tmp_path):
    fields = words({**SMALL, "iterations": 600, "save_every": 100_000, "sample_every": 100_000})
    whole = spawn("train", "wgan-gp", *fields, "--out", tmp_path / "whole")
    process = spawn("train", "wgan-gp", *fields, "--out", tmp_path / "cut")
    wait_for_line(tmp_path / "cut" / "metrics.jsonl", process)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 143, err
    assert f"continue with: wgan train --resume {tmp_path / 'cut'}" in err
    resumed = spawn("train", "--resume", tmp_path / "cut", "--json")
    assert resumed.wait(timeout=300) == 0, resumed.communicate()
    assert whole.wait(timeout=300) == 0, whole.communicate()
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


@pytest.mark.slow
def test_twenty_kills_a_third_of_them_inside_a_save(tmp_path, monkeypatch):
    fields = words({**SMALL, "iterations": 3000, "save_every": 10, "sample_every": 1000})
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert spawn("train", "wgan-gp", *fields, "--out", whole).wait(timeout=600) == 0
    draw, kills, inside = random.Random(0), 0, 0
    process = spawn("train", "wgan-gp", *fields, "--out", cut)
    while kills < 20:
        wait_for_line(cut / "metrics.jsonl", process)
        if kills % 3 == 0:  # the temporary folder of a checkpoint exists only while it is being saved
            inside += wait_for_save(cut / "checkpoints", process)
        else:
            time.sleep(draw.random() * 0.3)
        alive = process.poll() is None
        process.kill()
        process.wait()
        if not alive:  # it was done before the signal came: take it back to an older checkpoint
            set_back(cut)
        else:
            kills += 1
        process = spawn("train", "--resume", cut)
    assert process.wait(timeout=600) == 0, process.communicate()
    assert inside >= 6
    assert content(cut) == content(whole)


def wait_for_line(path: Path, process) -> None:
    began, size = time.monotonic(), path.stat().st_size if path.exists() else 0
    while time.monotonic() - began < 120 and process.poll() is None:
        if path.exists() and path.stat().st_size > size:
            return
        time.sleep(0.002)


def wait_for_save(folder: Path, process) -> bool:
    while process.poll() is None:
        if any(folder.glob(".tmp-*")):
            return True
    return False
