"""The command on real and embedded data: what it prints, what it leaves, and what it says of mistakes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from running import SMALL, command, content, spawn, training, words
from wgan.__main__ import main
from wgan.runs import files
from wgan.runs.checkpoint import newest_intact
from wgan.runs.signals import Interruption, interrupted_later

TRAIN = training()


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("command") / "digits"
    with pytest.raises(SystemExit) as stopped:
        main([*TRAIN, "--out", str(path)])
    assert not stopped.value.code
    return path


def test_train_leaves_a_complete_directory(run):
    expected = {"recipe.toml", "env.json", "metrics.jsonl", "samples", "checkpoints", "latest.json", "status.json"}
    assert expected | {"report.html"} <= set(os.listdir(run))
    assert sorted(os.listdir(run / "samples")) == ["000006.png", "000012.png"]
    assert sorted(os.listdir(run / "checkpoints")) == ["000000008", "000000012"]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == list(range(1, 13))
    assert set(lines[0]) == {"iteration", "critic_loss", "generator_loss", "estimate", "penalty", "gradient_norm"}
    assert json.loads((run / "latest.json").read_text())["checkpoint"] == "checkpoints/000000012"


def test_train_explains_the_estimate_and_what_is_next(run, capsys):
    said = command(capsys, "train", "--resume", run)
    assert said.code == 0
    assert "exact W₁" in said.out and "real data" in said.out
    assert "look at " in said.out and f"wgan sample {run} -n 64 --out more.png" in said.out
    assert f"open {run / 'report.html'} in a browser" in said.out
    assert "critic_loss" not in said.out + said.err


def test_train_shows_a_positive_estimate_with_its_unit(tmp_path, capsys):
    said = command(capsys, *TRAIN, "--out", tmp_path / "run")
    assert "W₁ (up to κ) " in said.err and "samples/s" in said.err and "left" in said.err
    assert "critic's estimate" in said.out


def test_json_is_one_object_and_nothing_else(tmp_path, capsys):
    said = command(capsys, *TRAIN, "--data", "gaussians25", "--out", tmp_path / "run", "--json")
    result = json.loads(said.out)
    assert result["schema"] == 1 and result["iterations"] == 12
    scores = result["evaluation"]["scores"]
    assert scores["modes"]["details"] == {"modes": 25} and scores["modes"]["floor"] == 25
    assert result["estimate"]["measures"] == "W₁"
    assert scores["w1"]["value"] > scores["w1"]["floor"] > 0


def test_default_directory_is_numbered_instead_of_overwritten(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        assert command(capsys, *training(iterations=1)).code == 0
    assert sorted(os.listdir("runs")) == ["digits", "digits-2", "digits-3"]


def test_sample_writes_pictures_and_numbers(run, tmp_path, capsys):
    for name in ("grid.png", "numbers.npy", "numbers.csv", "folder"):
        assert command(capsys, "sample", run, "-n", 5, "--out", tmp_path / name).code == 0
    images = np.load(tmp_path / "numbers.npy")
    assert images.shape == (5, 1, 8, 8) and images.min() >= 0 and images.max() <= 1
    assert np.allclose(np.loadtxt(tmp_path / "numbers.csv", delimiter=","), images.reshape(5, -1))
    assert len(os.listdir(tmp_path / "folder")) == 5


def test_same_seed_draws_the_same_samples(run, tmp_path, capsys):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        command(capsys, "sample", run, "-n", 5, "--seed", seed, "--out", tmp_path / f"{name}.npy")
    a, b, c = (np.load(tmp_path / f"{name}.npy") for name in "abc")
    assert (a == b).all() and not (a == c).all()


def test_evaluate_repeats_what_the_end_of_the_run_said(run, capsys):
    def evaluation(*args):
        found = json.loads(command(capsys, *args, run, "--json").out)["evaluation"]
        assert all(score.pop("seconds") >= 0 for score in found["scores"].values())
        return found

    end = evaluation("train", "--resume")
    assert evaluation("evaluate") == end
    assert f"{end['scores']['w1']['value']:.4g}" in command(capsys, "evaluate", run).out


def test_distance_compares_a_run_with_its_data(run, capsys):
    said = command(capsys, "distance", "digits", run, "-n", 100)
    assert said.code == 0
    assert "exact" in said.out
    assert "the difference is real: p = 0.005" in said.out
    found = json.loads(command(capsys, "distance", "digits", run, "-n", 100, "--json").out)
    assert {row["method"] for row in found["rows"]} >= {"exact", "sliced", "sinkhorn", "gaussian", "energy"}
    exact = next(row for row in found["rows"] if row["method"] == "exact")
    assert exact["interval"]["low"] < exact["value"] < exact["interval"]["high"]
    assert f"{exact['value']:>11.4g}  {exact['interval']['low']:.4g} to {exact['interval']['high']:.4g}" in said.out
    assert "left out: js, kl, reverse-kl, tv (x: 100 samples" in said.out
    bare = command(capsys, "distance", "digits", run, "-n", 100, "--method", "exact", "--confidence", 0)
    assert f"{exact['value']:>11.4g}   " in bare.out


def test_distance_of_a_table_with_itself_shows_no_drift(tmp_path, capsys):
    draw = torch.Generator().manual_seed(0)
    for name in ("old", "new"):
        np.savetxt(tmp_path / f"{name}.csv", torch.randn(80, 3, generator=draw).numpy(), delimiter=",")
    said = command(capsys, "distance", tmp_path / "old.csv", tmp_path / "new.csv", "--method", "exact")
    assert "no difference is shown" in said.out


def test_table_comes_back_in_its_own_units(tmp_path, capsys):
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(400, 2, generator=draw) * torch.tensor([1.0, 100.0]) + torch.tensor([0.0, 5000.0])
    (tmp_path / "table.csv").write_text("a,b\n" + "\n".join(f"{a},{b}" for a, b in rows.tolist()))
    assert command(capsys, *TRAIN, "--data", tmp_path / "table.csv", "--out", tmp_path / "run").code == 0
    command(capsys, "sample", tmp_path / "run", "-n", 50, "--out", tmp_path / "samples.csv")
    samples = np.loadtxt(tmp_path / "samples.csv", delimiter=",", skiprows=1)
    assert abs(samples[:, 1].mean() - 5000) < 300


def test_recipes_lists_and_prints(capsys, tmp_path):
    said = command(capsys, "recipes")
    assert "wgan-gp" in said.out and "https://arxiv.org/abs/1704.00028" in said.out
    printed = command(capsys, "recipes", "wgan-gp").out
    (tmp_path / "mine.toml").write_text(printed)
    fields = words({**SMALL, "iterations": 1})
    assert command(capsys, "train", tmp_path / "mine.toml", *fields, "--out", tmp_path / "run").code == 0
    assert {r["name"] for r in json.loads(command(capsys, "recipes", "--json").out)["recipes"]} >= {"gan", "wgan"}


MISTAKES = [
    (["train", "wgan-gpp"], "unknown recipe 'wgan-gpp'; nearest: wgan-gp"),
    (["train", "mine.toml"], "recipe mine.toml: No such file or directory"),
    (["train", "--data", "digit"], "unknown data 'digit'; nearest: digits"),
    (["train", "--data", "nowhere/images.npy"], "nowhere/images.npy: no such file or folder"),
    (["train", "--classes", "0,ten"], "'ten'"),
    (["train", "--bach", "3"], "unknown option '--bach'; nearest: --batch"),
    (["train", "--resum", "run"], "unknown option '--resum'; nearest: --resume"),
    (["train", "--data.mirrr", "true"], "unknown field in data 'mirrr'; nearest: mirror"),
    (["train", "--critic_optimizer.rl", "3"], "unknown field in critic_optimizer 'rl'; nearest: lr"),
    (["train", "--loss", "Wassertein"], "unknown loss in loss 'Wassertein'; nearest: Wasserstein"),
    (["train", "--lipschitz.PG.weight", "3"], "unknown entry of lipschitz 'PG'; nearest: GP"),
    (["train", "--batch", "many"], "batch is 'many'; expected `int`, got `str`"),
    (["train", "--batch", "5000"], "digits has 1438 samples to train on, fewer than a batch of 5000; lower --batch"),
    (["train", "--batch", "1"], "batch is 1; expected 2 or more"),
    (["train", "--iterations", "0"], "iterations is 0; expected 1 or more"),
    (["train", "--iterations", "x"], 'unable to convert "x" into int'),
    (["train", "--ema", "1"], "ema is 1.0; expected a share from 0 to below 1"),
    (["train", "--critic_optimizer.lr", "-1"], "Adam: lr is -1.0; expected a positive number"),
    (["train", "--critic.widths", "0"], "MLP: widths is (0,); expected 1 or more"),
    (["train", "--device", "tpu"], "device 'tpu' cannot be used here; expected cpu, cuda"),
    (["train", "--batch"], "--batch has no value; expected --batch VALUE"),
    (["train", "wgan-gp", "digits"], "unexpected argument 'digits'; expected one recipe"),
    (["train", "--resume", "nowhere"], "nowhere is no run directory"),
    (["train", "wgan", "--resume", "nowhere"], "--resume nowhere brings its own recipe and directory; leave out wgan"),
    (["sample", "nowhere"], "nowhere is no run directory"),
    (["recipes", "wgn"], "unknown recipe 'wgn'; nearest: wgan"),
    (["distance", "digits", "gaussians8"], "digits holds pictures of shape (1, 8, 8), gaussians8 rows of 2 columns"),
    (["distance", "digits", "digits", "--method", "exat"], "unknown distance 'exat'; nearest: exact"),
    (["trian"], 'Unknown command "trian". Did you mean "train"?'),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[" ".join(words)[:40] for words, _ in MISTAKES])
def test_mistake_gives_one_line_and_exit_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = command(capsys, *arguments)
    assert said.code == 2 and message in said.err
    assert said.err.count("\n") == 1 and "Traceback" not in said.err and not said.out
    assert not os.listdir(tmp_path)


def test_existing_directory_is_never_overwritten(run, capsys):
    before = content(run)
    said = command(capsys, *TRAIN, "--out", run)
    assert said.code == 2 and f"{run} exists; continue it with --resume {run}, or choose another --out" in said.err
    assert content(run) == before


def test_no_intact_checkpoint_is_exit_code_4(run, tmp_path, capsys):
    copy = shutil.copytree(run, tmp_path / "copy")
    for path in copy.glob("checkpoints/*/ema.safetensors"):
        path.write_bytes(path.read_bytes()[:-1])
    for arguments in (["sample", copy], ["train", "--resume", copy]):
        said = command(capsys, *arguments)
        assert said.code == 4 and "no intact checkpoint in" in said.err


def test_divergence_is_exit_code_3_and_names_the_way_back(tmp_path, capsys):
    fields = training(save_every=1, iterations=50)
    said = command(capsys, *fields, "--critic_optimizer.lr", "1e30", "--out", tmp_path / "run")
    assert said.code == 3 and "at iteration" in said.err
    assert "last good checkpoint:" in said.err and "learning rate" in said.err


def test_read_only_place_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    said = command(capsys, *TRAIN, "--out", tmp_path / "file" / "run")
    assert said.code == 2 and "cannot make the run directory" in said.err


def test_full_disk_is_one_line_and_keeps_what_was_saved(tmp_path, capsys, monkeypatch):
    whole, written = files.write, []

    def full(root: Path, name: str, content: str | bytes) -> None:
        written.append(Path(name).name)
        if written.count("critic.safetensors") == 3:  # those of iterations 0 and 4 have room
            raise OSError(28, "No space left on device")
        whole(root, name, content)

    monkeypatch.setattr(files, "write", full)
    said = command(capsys, *TRAIN, "--out", tmp_path / "run")
    assert said.code == 2 and "cannot write to" in said.err and "No space left on device" in said.err
    assert newest_intact(tmp_path / "run").iteration == 4


def test_help_and_the_list_of_recipes_import_nothing_heavy():
    heavy = "('torch', 'numpy', 'scipy', 'sklearn', 'PIL')"
    script = f"import sys, wgan.cli, wgan.catalogue; wgan.catalogue.entries(); print([*sys.modules.keys() & {heavy}])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_help_and_version(capsys):
    said = command(capsys, "--help")
    assert said.code == 0 and "train" in said.out and "sample" in said.out
    assert "RECIPE" in command(capsys, "train", "--help").out
    assert command(capsys, "--version").out.strip()


def test_shell_completion_is_offered(capsys):
    assert "--install-completion" in command(capsys, "--help").out


def test_interrupt_saves_and_says_how_to_go_on(tmp_path):
    process = spawn(*training(iterations=10**6, save_every=10**6, sample_every=10**6), "--out", tmp_path / "run")
    metrics = tmp_path / "run" / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.stat().st_size):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "stopped by SIGINT and saved at iteration" in err
    assert "Traceback" not in err


def test_second_interrupt_leaves_at_once():
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        assert interruption.signum == signal.SIGINT
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_that_has_to_wait_comes_at_the_end():
    went_on = False
    with pytest.raises(KeyboardInterrupt), interrupted_later():
        signal.raise_signal(signal.SIGINT)
        went_on = True
    assert went_on
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
