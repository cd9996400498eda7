"""Who hears of a run: in order, without a hand in it, and dropped with one line when it raises."""

import json
import sys
from pathlib import Path

import pytest
import torch

import wgan
from running import SMALL, command, content, training
from wgan.errors import Diverged, InputError
from wgan.recipes import Recipe
from wgan.runs import Event, events, resume, start, tracking

FIELDS = {**SMALL, "evaluate_every": 6}
TRACKER = """
calls = []
offline = False

def init(project, name, config, **more):
    if offline:
        raise ConnectionError("no route to\\nhost")
    print("hello from the tracker")
    calls.append(("init", project, name, config["iterations"], more))

def log(values, step):
    calls.append(("log", step, dict(values)))

def finish():
    calls.append(("finish",))
"""


def small(**fields) -> Recipe:
    return Recipe.named("wgan-gp", {**FIELDS, **fields})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole"
    start(small(), path, quiet=True)
    return path


@pytest.fixture(params=["trackio", "wandb"])
def tracker(request, tmp_path, monkeypatch):
    """A module with the interface of W&B, by the name of one."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / f"{request.param}.py").write_text(TRACKER)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.delitem(sys.modules, request.param, raising=False)
    yield __import__(request.param)
    sys.modules.pop(request.param, None)


def test_a_function_hears_each_record_and_each_evaluation(tmp_path, finished):
    heard: list[Event] = []
    start(small(), tmp_path / "run", quiet=True, listen=heard.append)
    assert content(tmp_path / "run") == content(finished)
    lines = [json.loads(line) for line in (finished / "metrics.jsonl").read_text().splitlines()]
    records = [event for event in heard if event.evaluation is None]
    assert [{"iteration": event.iteration, **event.values} for event in records] == lines
    found = [(event.iteration, event.values["w1"]) for event in heard if event.evaluation]
    scores = [json.loads(line) for line in (finished / "evaluations.jsonl").read_text().splitlines()]
    assert found == [(line["iteration"], line["scores"]["w1"]["value"]) for line in scores]
    assert [event.iteration for event in heard] == sorted(event.iteration for event in heard)
    assert {event.run for event in heard} == {tmp_path / "run"}
    with pytest.raises(TypeError):
        heard[0].values["estimate"] = 0


def test_what_a_listener_does_with_random_numbers_changes_no_bit(tmp_path, finished):
    start(small(), tmp_path / "run", quiet=True, listen=lambda event: torch.manual_seed(event.iteration))
    assert content(tmp_path / "run") == content(finished)


def test_a_listener_that_raises_is_dropped_with_one_line(tmp_path, finished, capsys):
    heard = []

    def fragile(event: Event) -> None:
        if event.iteration == 3:
            raise RuntimeError("out of\nink")

    outcome = start(small(), tmp_path / "run", listen=[fragile, lambda event: heard.append(event.iteration)])
    line = "fragile hears no more of this run (RuntimeError: out of ink), which goes on"
    assert capsys.readouterr().err.count(f"warning: {line}") == 1
    assert outcome.warnings == (line,) and max(heard) == 12
    assert content(tmp_path / "run") == content(finished)


def test_a_listener_is_closed_once_whatever_ends_the_run(tmp_path):
    class Closing:
        closed = 0

        def __call__(self, event: Event) -> None:
            pass

        def close(self) -> None:
            self.closed += 1
            raise OSError("late")

    listener = Closing()
    outcome = start(small(), tmp_path / "run", quiet=True, listen=listener)
    assert listener.closed == 1
    assert outcome.warnings == ("Closing hears no more of this run (OSError: late), which goes on",)
    with pytest.raises(Diverged):
        start(small(**{"critic_optimizer.lr": 1e30}), tmp_path / "other", quiet=True, listen=(other := Closing()))
    assert other.closed == 1


@pytest.mark.parametrize("listen", [3, [print, "x"]])
def test_what_cannot_be_called_is_refused(listen, tmp_path):
    with pytest.raises(InputError, match="listen is .*; expected a function of one event, or several of them"):
        wgan.train("wgan-gp", out=tmp_path / "run", listen=listen, quiet=True, overrides=SMALL)
    assert not (tmp_path / "run").exists()


# The iterator


def test_events_are_those_that_a_listener_hears(tmp_path, finished):
    heard: list[Event] = []
    found = list(events(small(), out=tmp_path / "run", listen=heard.append))
    assert found == heard and len(found) == 14
    assert content(tmp_path / "run") == content(finished)


def test_who_leaves_early_can_resume(tmp_path, finished):
    for event in events(small(), out=tmp_path / "run"):
        if event.iteration == 6:
            break
    run = resume(tmp_path / "run", quiet=True)
    assert run.checkpoint.iteration == 12
    assert content(tmp_path / "run") == content(finished)


def test_events_before_a_divergence_come_before_its_error(tmp_path):
    found: list[Event] = []
    with pytest.raises(Diverged, match="became (nan|inf|-inf) at iteration"):
        found.extend(events(small(**{"critic_optimizer.lr": 1e30}), out=tmp_path / "run"))
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [event.iteration for event in found] == [json.loads(line)["iteration"] for line in lines]


# Trackers


def test_a_tracker_gets_the_recipe_and_every_number(tracker, tmp_path, finished):
    listener = tracking(tracker.__name__, "digits", mode="offline")
    start(small(), tmp_path / "run", quiet=True, listen=listener)
    first, *logged, last = tracker.calls
    assert first == ("init", "digits", "run", 12, {"mode": "offline"}) and last == ("finish",)
    assert [step for _, step, _ in logged] == [1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 12]
    assert set(logged[-1][2]) == {"evaluation/w1"} and "estimate" in logged[0][2]
    assert content(tmp_path / "run") == content(finished)


def test_the_command_takes_a_tracker_and_keeps_stdout_clean(tracker, tmp_path, capsys):
    said = command(capsys, *training(), "--tracker", tracker.__name__, "--out", tmp_path / "run", "--json")
    assert said.code == 0 and json.loads(said.out)["warnings"] == []
    assert "hello from the tracker" in said.err
    assert [call[:2] for call in tracker.calls[:2]] == [("init", "wgan"), ("log", 1)]


def test_a_tracker_that_is_offline_is_one_line(tracker, tmp_path, finished, capsys):
    tracker.offline = True
    outcome = start(small(tracker=tracker.__name__), tmp_path / "run")
    line = f"{tracker.__name__} hears no more of this run (ConnectionError: no route to host), which goes on"
    assert capsys.readouterr().err.count(line) == 1
    assert outcome.warnings == (line,) and tracker.calls == []
    assert content(tmp_path / "run") == content(finished)


def test_trackers_that_are_none_or_missing(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="unknown tracker 'trakio'; nearest: trackio"):
        tracking("trakio")
    monkeypatch.setattr("wgan.runs.listeners.find_spec", lambda _: None)
    line = "trackio is not installed; install it with: pip install trackio, or leave out the tracker"
    with pytest.raises(InputError, match=line):
        tracking("trackio")
    with pytest.raises(InputError, match=line):
        wgan.train("wgan-gp", out=tmp_path / "run", quiet=True, overrides=SMALL, tracker="trackio")
    assert not (tmp_path / "run").exists()


# TensorBoard


def test_tensorboard_draws_records_and_evaluations(tmp_path, monkeypatch, finished):
    drawn: list[tuple[str, float, int]] = []

    class Writer:
        def __init__(self, folder: str, purge_step: int | None) -> None:
            drawn.append((folder, 0, purge_step))

        def add_scalar(self, name: str, value: float, step: int) -> None:
            drawn.append((name, value, step))

        def close(self) -> None:
            drawn.append(("close", 0, 0))

    class Board(wgan.runs.listeners.TensorBoard):
        def __init__(self) -> None:
            self.kind, self.writer = Writer, None

    monkeypatch.setattr("wgan.runs.session.TensorBoard", Board)
    start(small(iterations=6), tmp_path / "run", quiet=True)
    resume(tmp_path / "run", {"iterations": 12}, quiet=True)
    folder = str(tmp_path / "run" / "tb")
    assert [step for name, _, step in drawn if name == folder] == [None, 7]
    assert [step for name, _, step in drawn if name == "estimate"] == [*range(1, 13)]
    assert [step for name, _, step in drawn if name == "evaluation/w1"] == [6, 12]
    assert [name for name, *_ in drawn].count("close") == 2
