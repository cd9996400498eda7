"""Evaluation while a run trains: it changes no bit of it, finds the best checkpoint, and ends what gets no better."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import wgan
from running import SMALL, checkpoints, command, flip_bit, set_back, training
from wgan.data import TensorSource
from wgan.errors import InputError, NoIntactCheckpoint
from wgan.metrics import Evaluation, Judge, Score
from wgan.recipes import Recipe
from wgan.runs import History, Judged, Run, resume, start
from wgan.runs.session import Session

EVERY = {"evaluate_every": 2}


def small(**fields) -> Recipe:
    return Recipe.named("wgan-gp", {**SMALL, **fields})


def scored(value: float, better: str = "less", metric: str = "w1") -> Evaluation:
    return Evaluation((Score(f"{metric}_9", metric, "", value, None, 1.0, 9, "", better, 0.5),))


def history(*values: float, better: str = "less") -> History:
    return History("w1", tuple(Judged.of(2 * n, scored(value, better)) for n, value in enumerate(values, 1)))


class Fate:
    """A judge that finds the values of a list, by the iteration at which the generator is judged."""

    def __init__(self, monkeypatch, *values: float) -> None:
        self.values, self.iteration = values, 0
        evaluate = wgan.runs.judging.Judging.evaluate

        def noted(judging, state, data):
            self.iteration = state.iteration
            return evaluate(judging, state, data)

        monkeypatch.setattr(wgan.runs.judging.Judging, "evaluate", noted)
        monkeypatch.setattr(Judge, "__call__", lambda *_: self.found())
        monkeypatch.setattr(Run, "evaluate", lambda *_: scored(1.0))

    def found(self) -> Evaluation:
        return scored(self.values[self.iteration // 2 - 1])


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "plain"
    start(small(), path, quiet=True)
    return path


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "judged"
    start(small(**EVERY), path, quiet=True)
    return path


@pytest.fixture
def copy(judged, tmp_path) -> Path:
    return Path(shutil.copytree(judged, tmp_path / "copy"))


def kept(run: Path) -> list[int]:
    return [int(path.name) for path in checkpoints(run)]


def trained(run: Path) -> dict[str, object]:
    """Everything that training made, of the newest checkpoint."""
    newest = checkpoints(run)[-1]
    parts = {path.name: load_file(path) for path in newest.glob("*.safetensors")}
    parts["state.safetensors"].pop("evaluations", None)
    tensors = {f"{name}.{key}": value.tolist() for name, part in parts.items() for key, value in part.items()}
    return {**tensors, "metrics": (run / "metrics.jsonl").read_bytes()}


# Bits


def test_evaluation_changes_no_bit_of_the_training(plain, judged):
    assert trained(judged) == trained(plain)
    assert not (plain / "evaluations.jsonl").exists()
    assert "evaluations" not in load_file(checkpoints(plain)[-1] / "state.safetensors")


@pytest.mark.parametrize("name", ["dcgan", "stylegan2", "progressive"])
def test_evaluation_changes_no_bit_of_networks_with_states_of_their_own(name, tmp_path):
    noise = torch.randint(256, (40, 1, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    fields = {"batch": 4, "generator_batch": 4, "latent": 4, "iterations": 3, "save_every": 3, "sample_every": 3}
    for out, more in (("plain", {}), ("judged", {"evaluate_every": 1, "metrics": "w1,fd,precision"})):
        recipe = Recipe.named(name, {**fields, **more}, small=True)
        start(recipe, tmp_path / out, source=TensorSource(noise, "noise"), quiet=True)
    assert trained(tmp_path / "judged") == trained(tmp_path / "plain")


def test_estimate_of_the_end_is_the_same_however_records_were_grouped(tmp_path):
    fields = {"iterations": 60, "save_every": 100, "sample_every": 100, "critic.widths": [4], "generator.widths": [4]}
    found = [start(small(**fields, **more), tmp_path / str(n), quiet=True) for n, more in enumerate(({}, {**EVERY}))]
    assert found[0].estimate == found[1].estimate
    records = found[0].run.metrics[-50:]
    assert found[0].estimate == pytest.approx(np.mean([record["estimate"] for record in records]), rel=1e-12)


# What is written and shown


def test_evaluations_are_written_with_value_floor_and_unit(judged):
    lines = [json.loads(line) for line in (judged / "evaluations.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [2, 4, 6, 8, 10, 12]
    score = lines[-1]["scores"]["w1"]
    assert score["name"] == "w1_359" and score["unit"] == "pixel values in [0, 1]" and score["better"] == "less"
    assert score["interval"] is None and "seconds" not in score
    run = Run.open(judged)
    whole = run.evaluate()["w1"]
    assert (score["value"], score["floor"]) == (whole.value, whole.floor)
    assert [record.iteration for record in run.history.records] == [2, 4, 6, 8, 10, 12]


def test_the_command_shows_the_best_and_the_live_line(tmp_path, capsys):
    out = tmp_path / "run"
    said = command(capsys, *training(), "--evaluate-every", "4", "--metrics", "w1,kid", "--out", out, "--json")
    found = json.loads(said.out)
    assert [sorted(entry) for entry in found["evaluations"]] == 3 * [["iteration", "kid", "w1"]]
    best = min(found["evaluations"], key=lambda entry: entry["w1"])
    assert found["best"] == {
        k: {**best, "metric": "w1", "value": best["w1"]}.get(k, found["best"][k]) for k in found["best"]
    }
    assert found["stopped"] is None
    assert "iteration 12/12" in said.err and " · w1 " in said.err
    text = command(capsys, "train", "--resume", out).out
    line = f"best of 3 evaluations while it trained: w1 {best['w1']:.4g} at iteration {best['iteration']}, kept: wgan"
    assert line in text


# The best


@pytest.mark.parametrize(
    ("values", "better", "best", "waited"),
    [
        ((3.0, 2.0, 4.0), "less", 4, 1),
        ((3.0, 2.0, 4.0), "more", 6, 0),
        ((2.0, 2.0, 2.0), "less", 2, 2),  # of equal ones the first
        ((math.nan, 5.0, math.nan), "less", 4, 1),
        ((5.0, math.inf, -math.inf), "more", 2, 2),
        ((math.nan, math.nan), "less", None, 2),
        ((), "less", None, 0),
    ],
)
def test_best_of_a_history(values, better, best, waited):
    found = history(*values, better=better)
    assert (found.best and found.best.iteration, found.waited) == (best, waited)
    again = History.from_lines("w1", found.to_lines())
    assert again == found and again.to_lines() == found.to_lines()


def test_numbers_that_are_none_are_left_out_of_a_record():
    record = Judged.of(2, scored(math.nan))
    assert record.evaluation == Evaluation((), {"w1": "its value is nan"})


def test_the_best_checkpoint_outlives_pruning(tmp_path, monkeypatch):
    Fate(monkeypatch, 3, 1, 4, 4, 4, 4)
    outcome = start(small(save_every=2, **EVERY), tmp_path / "run", quiet=True)
    assert kept(tmp_path / "run") == [4, 10, 12]
    best = Run.open(tmp_path / "run", best=True)
    assert best.checkpoint.iteration == 4
    assert outcome.to_json()["best"] == {"metric": "w1", "iteration": 4, "value": 1.0, "unit": ""}


def test_there_is_a_best_checkpoint_whichever_is_damaged(tmp_path, monkeypatch):
    Fate(monkeypatch, 3, 1, 4, 4, 4, 0)
    start(small(save_every=2, **EVERY), tmp_path / "run", quiet=True)
    assert kept(tmp_path / "run") == [4, 10, 12]
    flip_bit(checkpoints(tmp_path / "run")[-1] / "ema.safetensors", 1000)
    with pytest.warns(UserWarning, match="checkpoint 000000012 is damaged"):
        assert Run.open(tmp_path / "run", best=True).checkpoint.iteration == 4


def test_best_by_a_metric_of_which_more_is_better(tmp_path):
    points = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    run = wgan.train(
        "wgan-gp",
        points,
        tmp_path / "run",
        quiet=True,
        metrics="w1,coverage",
        best="coverage",
        overrides=SMALL,
        **EVERY,
    )
    values = [record.score("coverage").value for record in run.history.records]
    assert run.history.best.score("coverage").value == max(values)


@pytest.mark.parametrize("moment", ["evaluated", "saved"])
def test_a_kill_changes_neither_the_best_nor_the_evaluations(moment, tmp_path, monkeypatch):
    fate = Fate(monkeypatch, 3, 1, 4, 2, 4, 5)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    start(small(**EVERY), whole, quiet=True)

    def killed(act):
        def strike(session, *rest):
            found = act(session, *rest)
            if session.state.iteration == 4:
                raise KeyboardInterrupt
            return found

        return strike

    name = {"evaluated": "evaluate", "saved": "save"}[moment]
    with monkeypatch.context() as patch, pytest.raises(wgan.runs.Interrupted, match="stopped at once"):
        patch.setattr(Session, name, killed(getattr(Session, name)))
        start(small(**EVERY), cut, quiet=True)
    assert len((cut / "evaluations.jsonl").read_text().splitlines()) == 2
    assert Run.open(cut, best=True).checkpoint.iteration == (2 if moment == "evaluated" else 4)
    resume(cut, quiet=True)
    assert fate.iteration == 12
    assert (cut / "evaluations.jsonl").read_bytes() == (whole / "evaluations.jsonl").read_bytes()
    assert trained(cut) == trained(whole) and kept(cut) == kept(whole) == [4, 8, 12]


def test_resume_goes_on_with_the_evaluations_of_its_checkpoint(copy, judged):
    while kept(copy)[-1] > 10:
        set_back(copy)
    resume(copy, quiet=True)
    assert (copy / "evaluations.jsonl").read_bytes() == (judged / "evaluations.jsonl").read_bytes()
    assert trained(copy) == trained(judged)


@pytest.mark.parametrize("text", ["", '{"iteration": 1}\n'])
def test_changed_evaluations_are_restored_with_a_line(text, copy, judged):
    (copy / "evaluations.jsonl").write_text(text)
    with pytest.warns(
        UserWarning, match="evaluations.jsonl lacks lines up to iteration 12, or they were changed; it is"
    ):
        resume(copy, quiet=True)
    assert (copy / "evaluations.jsonl").read_bytes() == (judged / "evaluations.jsonl").read_bytes()


@pytest.mark.parametrize("damage", ["lost", "damaged"])
def test_a_best_checkpoint_that_is_gone_is_said(damage, tmp_path, monkeypatch):
    Fate(monkeypatch, 3, 1, 4, 4, 4, 4)
    run = start(small(save_every=2, **EVERY), tmp_path / "run", quiet=True).run.path
    if damage == "lost":
        shutil.rmtree(checkpoints(run)[0])
    else:
        flip_bit(checkpoints(run)[0] / "ema.safetensors", 1000)
    errors = {
        "lost": (InputError, "no checkpoint of iteration 4 in .*; kept: 12, 10"),
        "damaged": (NoIntactCheckpoint, "checkpoint 000000004 is damaged .*; take the newest, or another iteration"),
    }
    with pytest.raises(errors[damage][0], match=errors[damage][1]):
        Run.open(run, best=True)
    with pytest.warns(
        UserWarning, match="the best checkpoint of .*, of iteration 4, is missing or damaged; --best opens"
    ):
        resume(run, quiet=True)


def test_sample_and_evaluate_take_the_best(tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        Fate(patch, 3, 1, 4, 4, 4, 4)
        start(small(**EVERY), tmp_path / "run", quiet=True)
    out = tmp_path / "x.npy"
    said = command(capsys, "sample", tmp_path / "run", "-n", "3", "--out", out, "--best", "--json")
    assert json.loads(said.out)["iteration"] == 4
    assert np.array_equal(np.load(out), Run.open(tmp_path / "run", iteration=4).sample(3).float().numpy())
    assert json.loads(command(capsys, "evaluate", tmp_path / "run", "--best", "--json").out)["iteration"] == 4
    said = command(capsys, "sample", tmp_path / "run", "--best", "--iteration", "12")
    assert said.code == 2 and "asked for iteration 12 and for the best one; leave one of them out" in said.err


def test_a_run_without_evaluations_has_no_best(plain, tmp_path, monkeypatch):
    line = "has no best checkpoint, for it was not evaluated while it was trained; leave out --best, or resume it with"
    with pytest.raises(InputError, match=line):
        Run.open(plain, best=True)
    Fate(monkeypatch, *6 * [math.nan])
    start(small(**EVERY), tmp_path / "run", quiet=True)
    with pytest.raises(InputError, match="no best checkpoint, for no evaluation of it had a value; leave out"):
        Run.open(tmp_path / "run", best=True)


# Patience


def test_patience_stops_with_a_line_saves_and_draws(tmp_path, monkeypatch, capsys):
    Fate(monkeypatch, 3, 2, 2, 5, 0, 0)
    outcome = start(small(patience=2, **EVERY), tmp_path / "run")
    line = "stopped at iteration 8 of 12: 2 evaluations brought no better w1 (best 2 at 4)"
    assert capsys.readouterr().err.count(line) == 1
    assert outcome.stopped == line and line in outcome.to_text() and outcome.to_json()["stopped"] == line
    assert outcome.run.checkpoint.iteration == 8 and kept(tmp_path / "run") == [4, 8]
    assert outcome.figure == tmp_path / "run" / "samples" / "000008.png" and outcome.figure.exists()


def test_a_run_out_of_patience_needs_more_of_it(tmp_path, monkeypatch):
    Fate(monkeypatch, 3, 2, 2, 5, 0, 0)
    path = tmp_path / "run"
    start(small(patience=2, **EVERY), path, quiet=True)
    line = r"stopped at iteration 8 of 12, as 2 .* no better w1 \(best 2 at 4\); to go on, give --patience 3 or more"
    with pytest.raises(InputError, match=line):
        resume(path, quiet=True)
    with pytest.raises(InputError, match="stopped at iteration 8 of 20, as 2"):
        resume(path, {"iterations": 20}, quiet=True)
    run = resume(path, {"patience": 3}, quiet=True)
    assert run.checkpoint.iteration == 12 and run.recipe.patience == 3
    assert run.history.best.iteration == 10
    assert "patience = 3" in (path / "recipe.toml").read_text()


def test_patience_at_the_last_iteration_is_the_end_of_a_run(tmp_path, monkeypatch):
    Fate(monkeypatch, 1, 1, 1, 1, 1, 1)
    outcome = start(small(patience=5, **EVERY), tmp_path / "run", quiet=True)
    assert outcome.stopped is None
    resume(tmp_path / "run", quiet=True)


def test_evaluation_can_begin_and_end_at_a_resume(plain, tmp_path):
    copy = Path(shutil.copytree(plain, tmp_path / "copy"))
    set_back(copy)
    resume(copy, {"evaluate_every": 2, "metrics": "kid"}, quiet=True)
    assert [record.iteration for record in Run.open(copy).history.records] == [10, 12]
    assert trained(copy) == trained(plain)
    with pytest.raises(
        InputError, match="was chosen by kid, and w1 cannot take over; add --best kid, or start a new run"
    ):
        resume(copy, {"metrics": "w1"}, quiet=True)
    resume(copy, {"metrics": "w1", "best": "kid", "iterations": 14}, quiet=True)
    last = Run.open(copy).history.records[-1]
    assert (last.iteration, sorted(score.metric for score in last.evaluation.scores)) == (14, ["kid", "w1"])
    resume(copy, {"evaluate_every": 0, "iterations": 16}, quiet=True)
    assert Run.open(copy).history.records[-1] == last and kept(copy)[-1] == 16


# Bad input


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"patience": 3}, "patience without evaluations; add --evaluate_every N, such as 500, or leave it out"),
        ({"best": "fd", "metrics": "fd"}, "metrics and best without evaluations; add .* or leave them out"),
        ({"metrics": "w1,frechet", **EVERY}, "unknown metric 'frechet'; valid: all, class-kl, classes"),
        ({"metrics": "recal", **EVERY}, "unknown metric 'recal'; nearest: recall"),
        ({"best": "w2", **EVERY}, "unknown metric 'w2'; nearest: w1"),
        ({"metrics": "none", **EVERY}, "metrics is empty, so that nothing would be evaluated; name some"),
        ({"metrics": "w1,modes", **EVERY}, "modes: digits has no known modes"),
        ({"metrics": "all", "best": "modes", **EVERY}, "modes: digits has no known modes"),
        ({"evaluate_every": 13}, "evaluate_every is 13 and the run has 12 iterations, so that nothing would be"),
        ({"evaluate_every": -1}, "Recipe: evaluate_every is -1; expected 0 or more"),
        ({"patience": 1.5, **EVERY}, "patience is 1.5; expected `int`"),
        ({"tracker": "mlflow"}, "unknown tracker 'mlflow'; valid: trackio, wandb"),
    ],
)
def test_bad_fields_are_one_line_before_the_first_step(fields, line, tmp_path):
    with pytest.raises(InputError, match=line):
        wgan.train("wgan-gp", out=tmp_path / "run", quiet=True, overrides={**SMALL, **fields})
    assert not (tmp_path / "run").exists()


def test_too_few_samples_are_one_line_before_the_first_step(tmp_path):
    line = "samples has 1 sample to compare the generated ones with; expected 2 or more: give it more data"
    with pytest.raises(InputError, match=line):
        wgan.train("wgan-gp", torch.randn(8, 2), tmp_path / "run", overrides={**SMALL, "batch": 4, **EVERY})
    assert not (tmp_path / "run").exists()


def test_what_the_data_allow_of_all(tmp_path):
    points = torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
    run = wgan.train("wgan-gp", points, tmp_path / "run", quiet=True, overrides={**SMALL, **EVERY, "metrics": "all"})
    record = run.history.records[0]
    assert run.history.metric == "w1" and record.score("fd") and "no known modes" in record.evaluation.left_out["modes"]


def test_an_evaluation_that_cannot_be_made_ends_no_run(tmp_path, monkeypatch, plain):
    def fail(*_):
        raise ValueError("no such\nthing")

    monkeypatch.setattr(Judge, "__call__", fail)
    monkeypatch.setattr(Run, "evaluate", lambda *_: scored(1.0))
    outcome = start(small(**EVERY), tmp_path / "run", quiet=True)
    assert outcome.warnings[0] == "iteration 2 could not be evaluated (ValueError: no such thing)"
    line = json.loads((tmp_path / "run" / "evaluations.jsonl").read_text().splitlines()[0])
    assert line == {"iteration": 2, "scores": {}, "left_out": {"w1": "ValueError: no such thing"}}
    assert trained(tmp_path / "run") == trained(plain)
