"""Run directories from someone else: links, pipes, and checkpoints that were sealed again around nonsense."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from running import SMALL, checkpoints, command, flip_bit, reseal
from wgan.errors import InputError, NoIntactCheckpoint, WganError
from wgan.recipes import Recipe
from wgan.runs import Run, files, resume, start
from wgan.runs.manifest import FILES, MANIFEST, Manifest
from wgan.runs.session import Session


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole"
    start(Recipe.named("wgan-gp", {**SMALL, "iterations": 4, "save_every": 2}), path, quiet=True)
    return path


@pytest.fixture
def copy(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# Links


PLACES = (
    "recipe.toml",
    "env.json",
    "latest.json",
    "metrics.jsonl",
    "evaluations.jsonl",
    "status.json",
    "report.html",
    "lock",
    "samples",
    "samples/000004.png",
    "checkpoints",
    "checkpoints/000000002",
    "checkpoints/000000004/ema.safetensors",
    "checkpoints/000000009",
    ".tmp-recipe.toml",
)


@pytest.mark.parametrize("place", PLACES)
def test_link_in_a_run_is_refused_and_nothing_is_written_through_it(place, copy, tmp_path):
    elsewhere, path = tmp_path / "elsewhere", copy / place
    if path.is_dir():
        shutil.move(path, elsewhere)
    else:
        elsewhere.mkdir()
        (elsewhere / "mine").write_text("precious")
        path.unlink(missing_ok=True)
    path.symlink_to(elsewhere / "mine" if (elsewhere / "mine").exists() else elsewhere)
    before = listing(elsewhere)
    for act in (lambda: resume(copy, {"iterations": 6}, quiet=True), lambda: Run.open(copy)):
        with pytest.raises(InputError, match=f"{place} is a link, and a run directory holds none"):
            act()
    assert listing(elsewhere) == before


def test_a_run_may_be_reached_through_a_link(copy, tmp_path):
    (tmp_path / "newest").symlink_to(copy)
    assert resume(tmp_path / "newest", {"iterations": 6}, quiet=True).checkpoint.iteration == 6


def test_a_link_that_is_planted_while_writing_is_not_followed(tmp_path, monkeypatch):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.toml").symlink_to(victim)
    files.write(run, "recipe.toml", "mine")
    assert victim.read_text() == "precious" and (run / "recipe.toml").read_text() == "mine"
    (run / "samples").symlink_to(tmp_path)
    with pytest.raises(OSError):
        files.write(run, "samples/victim", "mine")
    monkeypatch.setattr(files, "temporary_name", lambda: ".tmp-guessed")
    (run / ".tmp-guessed").symlink_to(victim)
    with pytest.raises(FileExistsError):
        files.write(run, "env.json", "mine")
    assert victim.read_text() == "precious"


# Sealed again


def changed(run: Path, **values: object) -> None:
    """Puts tensors into the state of the newest checkpoint, or takes them out of it."""
    path = checkpoints(run)[-1] / "state.safetensors"
    tensors = load(path.read_bytes())
    for name, value in values.items():
        if value is None:
            tensors = {key: tensor for key, tensor in tensors.items() if not key.endswith(name)}
        else:
            tensors |= {key: value.clone() for key in tensors if key.endswith(name)} or {name: value}
    path.write_bytes(save(tensors))


def weights(run: Path, name: str, value: float) -> None:
    """Fills the weights of the newest checkpoint's file with one value."""
    path = checkpoints(run)[-1] / f"{name}.safetensors"
    path.write_bytes(save({key: torch.full_like(tensor, value) for key, tensor in load(path.read_bytes()).items()}))


def environment(run: Path, **values: object) -> str:
    """The text of `env.json` with other entries."""
    return json.dumps(json.loads((run / "env.json").read_text()) | values)


def card(run: Path, **values: object) -> str:
    """The text of `env.json` with another card of the data."""
    return environment(run, data=json.loads((run / "env.json").read_text())["data"] | values)


def lines(*texts: str) -> torch.Tensor:
    """Lines of text as a checkpoint holds them."""
    return torch.tensor(list("\n".join(texts).encode()), dtype=torch.uint8)


NESTED = "[" * 100_000
STATES = {
    "no iteration": {"iteration": None},
    "another iteration": {"iteration": torch.tensor(3)},
    "an iteration of text": {"iteration": torch.zeros(2)},
    "negative steps": {"critic_steps": torch.tensor(-1)},
    "no records": {"metrics": None},
    "other records": {"metrics": torch.zeros(4, 4).double()},
    "evaluations that are no text": {"evaluations": torch.full((3,), 255, dtype=torch.uint8)},
    "evaluations that are no JSON": {"evaluations": torch.tensor(list(b"{"), dtype=torch.uint8)},
    "deep evaluations": {"evaluations": torch.full((100_000,), ord("["), dtype=torch.uint8)},
    "evaluations of the future": {"evaluations": lines('{"iteration": 9, "scores": {}, "left_out": {}}')},
    "evaluations that go back": {"evaluations": lines(*2 * ['{"iteration": 2, "scores": {}, "left_out": {}}'])},
    "an evaluation without a value": {"evaluations": lines('{"iteration": 2, "scores": {"w1": {}}, "left_out": {}}')},
    "no moments": {"exp_avg": None},
    "moments of another shape": {"exp_avg": torch.zeros(3)},
    "moments of a parameter that is none": {"critic_optimizer.99.exp_avg": torch.zeros(3)},
    "moments without a number": {"critic_optimizer.x": torch.zeros(3)},
    "a path length of another shape": {"path_length": torch.zeros(2, 2)},
}
ENVIRONMENTS = {
    "no JSON": lambda _: "{",
    "deep JSON": lambda _: NESTED,
    "another type": lambda _: "[]",
    "no data": lambda run: environment(run, data=None),
    "a card that is a list": lambda run: environment(run, data=[]),
    "threads of text": lambda run: environment(run, threads="two"),
    "no threads": lambda run: environment(run, threads=0),
    "a huge number": lambda run: environment(run).replace('"threads": 1', '"threads": 1' + "0" * 5000),
    "no shape": lambda run: card(run, shape=[]),
    "a negative shape": lambda run: card(run, shape=[1, -8, 8]),
    "a huge shape": lambda run: card(run, shape=[10**9]),
    "a scale of NaN": lambda run: card(run, scaling={"shift": 0.0, "scale": float("nan"), "unit": ""}),
    "a scale of zero": lambda run: card(run, scaling={"shift": 0.0, "scale": 0.0, "unit": ""}),
    "scales of other features": lambda run: card(run, scaling={"shift": 0.0, "scale": [1.0, 2.0, 3.0], "unit": ""}),
}
RECIPES = {
    "no TOML": lambda _: "x",
    "deep TOML": lambda _: "a = " + NESTED,
    "a schedule of five": lambda text: text.replace("[schedule]", "schedule = 5\n[x]"),
    "no name": lambda text: text.replace("name = ", "nam = "),
    "fewer iterations than taken": lambda text: text.replace("iterations = 4", "iterations = 3"),
    "huge iterations": lambda text: text.replace("iterations = 4", "iterations = 4" + "0" * 5000),
    "a huge network": lambda text: text.replace("latent = 4", "latent = 1000000000000"),
    "another network": lambda text: text.replace("latent = 4", "latent = 5"),
}


SAID = pytest.mark.filterwarnings("ignore:.*is not what the run was trained with")


def refused(copy: Path, capsys, *, read: bool = True) -> None:
    """Both doors refuse a run with one line, and without a word on stdout."""
    asked: list[list[object]] = [["train", "--resume", copy]]
    if read:
        asked.append(["sample", copy, "-n", "2", "--out", copy.parent / "s.png"])
    for arguments in asked:
        said = command(capsys, *arguments)
        assert said.code in (2, 4) and not said.out, (arguments, said)
        assert len([line for line in said.err.splitlines() if line]) == 1 and "this is a bug" not in said.err, said.err
    assert not (copy.parent / "s.png").exists()


@SAID
@pytest.mark.parametrize("name", STATES)
def test_state_that_does_not_fit(name, copy, capsys):
    changed(copy, **STATES[name])
    reseal(copy)
    refused(copy, capsys, read=False)


@SAID
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environment_that_is_none(name, copy, capsys):
    reseal(copy, environment=ENVIRONMENTS[name](copy))
    refused(copy, capsys)


@SAID
@pytest.mark.parametrize("name", RECIPES)
def test_recipe_that_is_none(name, copy, capsys):
    text = (copy / "recipe.toml").read_text()
    assert RECIPES[name](text) != text
    reseal(copy, recipe=RECIPES[name](text))
    refused(copy, capsys)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(value, copy, capsys):
    for name in ("ema", "generator"):
        weights(copy, name, value)
    reseal(copy)
    refused(copy, capsys)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x02\x00\x00\x00\x00\x00\x00\x00{}", b"\x80\x04cos\nsystem\n"])
def test_weights_that_are_no_safetensors(content, copy, capsys):
    for name in ("ema", "generator"):
        (checkpoints(copy)[-1] / f"{name}.safetensors").write_bytes(content)
    reseal(copy)
    refused(copy, capsys)


@pytest.mark.parametrize(
    "sums",
    [{}, {"/dev/zero": "0" * 64}, {"../../../x": "0" * 64}, dict.fromkeys((*FILES, "/dev/zero"), "0" * 64)],
)
def test_no_manifest_decides_what_a_checkpoint_consists_of(sums, copy):
    for folder in checkpoints(copy):
        (folder / MANIFEST).write_bytes(Manifest("", "", sums).to_bytes())
    with pytest.raises(NoIntactCheckpoint, match="manifest.json is not about critic.safetensors, ema"):
        Run.open(copy)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", NESTED.encode(), b'{"files": 3}', b"1" * 6000, b"\xff"])
def test_manifest_that_is_none(content, copy):
    for folder in checkpoints(copy):
        (folder / MANIFEST).write_bytes(content)
    with pytest.raises(NoIntactCheckpoint, match="manifest.json is unreadable"):
        Run.open(copy)


@pytest.mark.parametrize("name", [MANIFEST, "ema.safetensors"])
def test_pipes_and_endless_files_are_not_waited_for(name, copy):
    for folder in checkpoints(copy):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    with pytest.raises(NoIntactCheckpoint, match=f"{name} is no plain file"):
        Run.open(copy)
    for folder in checkpoints(copy):
        (folder / name).unlink()
        (folder / name).touch()
        os.truncate(folder / name, 1 << 42)  # sparse
    with pytest.raises(NoIntactCheckpoint, match=f"{name} has 4,398,046,511,104 bytes, more than"):
        Run.open(copy)


# Bits


@pytest.mark.filterwarnings("ignore")
def test_any_flipped_bit_is_harmless_or_noticed(finished, tmp_path):
    check_bits(finished, tmp_path, every=97)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_many_flipped_bits_are_harmless_or_noticed(finished, tmp_path):
    check_bits(finished, tmp_path, every=3)


def check_bits(finished: Path, tmp_path: Path, every: int) -> None:
    """A run opens at the same weights, at an older checkpoint, or not at all; what lies on top decides nothing."""
    right = Run.open(finished)
    expected = {2: Run.open(finished, iteration=2).sample(3), 4: right.sample(3)}
    copy = Path(shutil.copytree(finished, tmp_path / "copy"))
    for path in sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size):
        before, size = path.read_bytes(), path.stat().st_size * 8
        for bit in range(0, size, every * max(1, size // 10_000)):
            flip_bit(path, bit)
            try:
                run = Run.open(copy)
            except WganError as error:
                pytest.fail(f"bit {bit} of {path}: {error}")  # the other checkpoint is intact
            inside = path.parent == checkpoints(copy)[-1]
            assert run.checkpoint.iteration == (2 if inside else 4), f"bit {bit} of {path}"
            assert (run.recipe, run.card) == (right.recipe, right.card)
            assert run.metrics == right.metrics[: run.checkpoint.iteration]
            assert torch.equal(run.sample(3), expected[run.checkpoint.iteration])
            path.write_bytes(before)


TOP = {
    "recipe.toml": r"recipe.toml is not what the run was trained with \(.*; to train with other fields",
    "env.json": "env.json is not what the run was trained with; it is restored from checkpoint 000000004",
    "metrics.jsonl": "metrics.jsonl lacks lines up to iteration 4, or they were changed; it is restored",
    "latest.json": "latest.json names no checkpoint, or another than 000000004, the newest that there is",
}


@pytest.mark.parametrize("name", TOP)
@pytest.mark.parametrize("bit", [3, 77, 200])
def test_what_lies_on_top_is_restored_with_a_line(name, bit, copy, finished):
    flip_bit(copy / name, bit)
    with pytest.warns(UserWarning, match=TOP[name]):
        resume(copy, quiet=True)
    assert (copy / name).read_bytes() == (finished / name).read_bytes()


@pytest.mark.parametrize("name", TOP)
def test_what_lies_on_top_is_restored_when_it_is_gone(name, copy, finished):
    (copy / name).unlink()
    with pytest.warns(UserWarning, match=name):
        resume(copy, quiet=True)
    assert (copy / name).read_bytes() == (finished / name).read_bytes()


def test_cut_journal_leaves_no_gap(copy, finished):
    lines = (copy / "metrics.jsonl").read_text().splitlines(keepends=True)
    (copy / "metrics.jsonl").write_text("".join([lines[0], *lines[2:]]))
    with pytest.warns(UserWarning, match=TOP["metrics.jsonl"]):
        resume(copy, quiet=True)
    assert (copy / "metrics.jsonl").read_bytes() == (finished / "metrics.jsonl").read_bytes()


def test_an_edited_recipe_is_named_by_field(copy):
    text = (copy / "recipe.toml").read_text()
    (copy / "recipe.toml").write_text(text.replace("batch = 16", "batch = 8").replace("seed = 0", "seed = 5", 1))
    line = r"\(batch, seed.*; to train with other fields, start a new run\); it is overruled by checkpoint 000000004"
    with pytest.warns(UserWarning, match=line):
        assert Run.open(copy).recipe.batch == 16


def test_a_lengthened_run_is_sealed_at_once(copy, monkeypatch):
    def killed(session: Session) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Session, "train", killed)
        resume(copy, {"iterations": 9}, quiet=True)
    assert Run.open(copy).recipe.iterations == Run.open(copy, iteration=2).recipe.iterations == 9
    assert resume(copy, quiet=True).checkpoint.iteration == 9


def test_a_recipe_of_another_version_is_refused_with_the_run_it_belongs_to(copy):
    text = (copy / "recipe.toml").read_text()
    reseal(copy, recipe=text.replace('compile = "off"', 'compile = "auto"'))
    message = rf"the recipe of {copy} is not one of this version \(unknown way to compile 'auto'.*\); open the run with"
    with pytest.raises(InputError, match=message):
        Run.open(copy)
