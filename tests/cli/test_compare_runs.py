"""Runs side by side: the fields that differ, metrics of the same samples, and verdicts that noise does not make."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from scipy.stats import ttest_ind
from torch import nn

from running import SMALL, command, words
from wgan.__main__ import main
from wgan.comparison import compare_runs
from wgan.comparison.verdict import Verdict, between_samples, between_seeds
from wgan.data import Scaling, TensorSource
from wgan.distances import Interval
from wgan.metrics import Judge, Score, metrics_named
from wgan.runs import Run, train

METRICS = ["--metrics", "w1,kid", "--features", "pixels", "-n", 60]
RUNS = {
    "gp0": ["wgan-gp"],
    "gp1": ["wgan-gp", "--seed", "1", "--evaluate_every", "4"],
    "sharp": ["wgan-gp", "--ema", "0.5"],
    "clipped": ["wgan"],
    "toy": ["wgan-gp", "--data", "gaussians8"],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("compare")
    for name, arguments in RUNS.items():
        with pytest.raises(SystemExit):
            main(["train", arguments[0], *words(SMALL), *arguments[1:], "--out", str(folder / name)])
    return {name: folder / name for name in RUNS}


def compared(capsys, *arguments: object) -> dict:
    said = command(capsys, "compare", *arguments, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_a_run_does_not_differ_from_itself(runs, capsys):
    found = compared(capsys, runs["gp0"], runs["gp0"], *METRICS)
    assert found["schema"] == 1 and not found["fields"] and not found["between_seeds"]
    assert [one["metric"] for one in found["between_samples"]] == ["w1", "kid"]
    for one in found["between_samples"]:
        assert one["difference"] == one["interval"]["low"] == one["interval"]["high"] == 0
        assert one["winner"] is None and one["verdict"] == "no difference measured"
    text = command(capsys, "compare", runs["gp0"], runs["gp0"], *METRICS).out
    assert "the recipes are equal" in text and "Noise between seeds: not told" in text


def test_seeds_and_recipes_are_told_apart(runs, capsys):
    chosen = [runs[name] for name in ("gp0", "sharp", "gp1", "gp0")]
    found = compared(capsys, *chosen, *METRICS)
    assert found["fields"].pop("evaluate_every") == [0, 0, 4, 0]  # which makes no other recipe
    assert found["fields"] == {"seed": [0, 0, 1, 0], "ema": [0.999, 0.5, 0.999, 0.999]}
    assert [(one["first"], one["second"]) for one in found["between_samples"][::2]] == [(*"AB",), (*"AC",), (*"AD",)]
    pairs = {(one["first"], one["second"]) for one in found["between_seeds"]}
    assert pairs == {("A+C", "B")}  # the run that is given twice is no second seed
    assert all("1 degree of freedom" in one["interval"]["covers"] for one in found["between_seeds"])
    text = command(capsys, "compare", *chosen, *METRICS).out
    assert "ema                0.999  0.5  0.999  0.999" in text and "B against A+C" in text
    assert "w1_60 (digits, less is better)" in text and f"B  {runs['sharp']}: wgan-gp on digits, seed 0" in text


def test_units_of_the_model_make_no_other_data(runs, capsys):
    found = compared(capsys, runs["gp0"], runs["clipped"], *METRICS)
    assert found["fields"]["data.pixel_range"] == [[-1.0, 1.0], [0.0, 1.0]]
    assert not found["notes"] and len(found["between_samples"]) == 2
    assert found["fields"]["lipschitz"] == [["GP"], ["Clipping"]] and found["fields"]["lipschitz.Clipping.c"][0] is None


def test_other_data_is_said_and_not_compared(runs, capsys):
    found = compared(capsys, runs["gp0"], runs["toy"], runs["gp1"], *METRICS)
    assert [one["run"] for one in found["runs"]] == [str(runs[name]) for name in ("gp0", "gp1", "toy")]
    assert {one["second"] for one in found["between_samples"]} == {"B"}
    (note,) = found["notes"]
    assert note.startswith("C learned other data (gaussians8) than A (digits): against different real samples no")
    assert note[1:] in command(capsys, "compare", runs["gp0"], runs["toy"], *METRICS).out


def test_another_resolution_is_other_data(runs, capsys, tmp_path):
    command(capsys, "train", "wgan-gp", *words(SMALL), "--resolution", "12", "--out", tmp_path / "large")
    (note,) = compared(capsys, runs["gp0"], tmp_path / "large", *METRICS)["notes"]
    assert note.startswith("B learned other data (digits, 1 x 12 x 12) than A (digits, 1 x 8 x 8): against different")


def test_data_that_changed_since_one_of_the_runs_are_refused(runs, capsys, tmp_path):
    table, fields = tmp_path / "rows.csv", {**SMALL, "batch": 8, "iterations": 2}
    for seed in range(2):
        table.write_text("\n".join(f"{k % 7 + seed},{k % 5}" for k in range(40)))
        command(capsys, "train", "wgan-gp", *words(fields), "--data", table, "--out", tmp_path / f"run{seed}")
    for order in ((0, 1), (1, 0)):
        said = command(capsys, "compare", *(tmp_path / f"run{seed}" for seed in order))
        assert said.code == 2 and f"the data of {tmp_path / 'run0'} changed" in said.err
        assert said.err.count("\n") == 1


def test_real_data_is_looked_at_once(runs, monkeypatch):
    opened, judges, of = [Run.open(runs[name]) for name in ("gp0", "gp1", "sharp")], [], Judge.of
    monkeypatch.setattr(Judge, "of", lambda *args, **options: judges.append(of(*args, **options)) or judges[-1])
    found = compare_runs(opened, samples=20)
    assert len(judges) == 1
    floors = {one.evaluation["w1"].floor for one in found.runs}
    assert len(floors) == 1 and {one.evaluation["w1"].samples for one in found.runs} == {20}


MISTAKES = [
    (["compare"], "0 runs given; expected 2 or more to compare"),
    (["compare", "RUN"], "1 run given; expected 2 or more to compare"),
    (["compare", "RUN", "nowhere"], "nowhere is no run directory (it has no checkpoints)"),
    (["compare", "RUN", "EMPTY"], "no intact checkpoint in"),
    (["evaluate", "EMPTY"], "no intact checkpoint in"),
    (["compare", "RUN", "RUN", "--metrics", "w1,fdd"], "unknown metric 'fdd'; nearest: fd"),
    (["compare", "RUN", "RUN", "--iteration", "3"], "no checkpoint of iteration 3 in"),
    (["compare", "RUN", "RUN", "--best"], "has no best checkpoint, for it was not evaluated while it was trained"),
    (["evaluate", "RUN", "--metrics", "precison"], "unknown metric 'precison'; nearest: precision"),
    (["evaluate", "RUN", "--metrics", ""], "unknown metric ''"),
    (["evaluate", "RUN", "--features", "pixel"], "unknown features 'pixel'; nearest: pixels"),
    (["evaluate", "RUN", "--features", "lost.onnx"], "features lost.onnx: there is no such file"),
    (["evaluate", "RUN", "-n", "1"], "samples is 1; expected 2 or more of each side"),
    (["evaluate", "RUN", "-n", "0"], "samples is 0; expected 2 or more of each side"),
    (["evaluate", "RUN", "--metrics", "modes"], "modes: digits has no known modes"),
    (["evaluate", "RUN", "--metrics", "is", "--features", "pixels"], "is: features pixels tell no classes apart"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_mistake_gives_one_line(arguments, message, runs, capsys, tmp_path):
    places = {"RUN": runs["gp0"], "EMPTY": shutil.copytree(runs["gp0"], tmp_path / "empty")}
    shutil.rmtree(tmp_path / "empty/checkpoints")
    (tmp_path / "empty/checkpoints").mkdir()
    said = command(capsys, *(places.get(word, word) for word in arguments))
    assert said.code in (2, 4) and message in said.err
    assert said.err.count("\n") == 1 and not said.out


def test_an_own_generator_is_opened_in_python(runs, tmp_path, capsys):
    generator = nn.Sequential(nn.Linear(4, 64), nn.Unflatten(1, (1, 8, 8)))
    own = train("wgan-gp", out=tmp_path / "own", generator=generator, **{**SMALL, "iterations": 1}).path
    capsys.readouterr()
    said = command(capsys, "compare", runs["gp0"], own)
    assert said.code == 2 and "trained a generator of your own; open it in Python" in said.err
    assert said.err.count("\n") == 1
    opened = [Run.open(runs["gp0"]), Run.open(own, generator=generator)]
    assert compare_runs(opened, samples=20).between_samples[0].metric == "w1"


def test_evaluate_measures_what_is_asked_for(runs, capsys):
    found = json.loads(command(capsys, "evaluate", runs["gp0"], *METRICS, "--json").out)["evaluation"]
    assert list(found["scores"]) == ["w1", "kid"] and found["scores"]["kid"]["name"] == "kid_pixels_60"
    everything = command(capsys, "evaluate", runs["gp0"], "--metrics", "all", "--features", "pixels", "-n", 60)
    assert everything.code == 0 and "precision_pixels_60" in everything.out
    assert "left out: modes (digits has no known modes)" in everything.out


def test_metrics_that_take_no_so_few_samples_are_left_out(runs, capsys):
    arguments = ["--metrics", "w1,is,coverage", "--features", "digits", "-n", 8]
    found = compared(capsys, runs["gp0"], runs["gp1"], *arguments)
    assert {one["metric"]: one["untold"] for one in found["between_samples"]} == {
        "w1": "",
        "coverage": "too few samples for halves",
    }
    said = command(capsys, "evaluate", runs["gp0"], *arguments)
    assert "left out: is (Inception score of 8 samples in 10 splits" in said.out
    assert "a generated neighbour; no halves of 8 samples" in said.out
    least = command(capsys, "evaluate", runs["gp0"], "--metrics", "fd,coverage", "-n", 2)
    assert least.code == 0 and "no halves of 2 samples" in least.out and "left out: coverage" in least.out
    none = command(capsys, "evaluate", runs["gp0"], "--metrics", "coverage", "-n", 2)
    assert (
        none.code == 2 and none.err == "wgan: 2 samples have no 5 nearest neighbours each; expected 6 samples or more\n"
    )


def scores(values: list[float], metric: str = "w1") -> list[Score]:
    return [Score(metric, metric, "", value, None, None, 10, "", "less", 0.0) for value in values]


def test_noise_between_seeds_is_that_of_student():
    first, second = [3.0, 3.2, 2.9], [2.1, 2.0]
    (found,) = between_seeds([scores(first), scores(second)], ["A", "B"])
    expected = ttest_ind(second, first).confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high))
    assert found.winner == "B" and found.text == "B better"


def test_seeds_that_do_not_vary_tell_nothing():
    (found,) = between_seeds([scores([8.0, 8.0]), scores([7.0])], ["A+B", "C"])
    assert found.interval is None and found.winner is None
    assert found.text == "cannot be told: these seeds do not vary at all"


def test_the_better_one_hangs_on_which_values_are_better():
    interval = Interval(0.1, 0.3, 0.95)
    assert Verdict("recall", "A", "B", 0.2, interval, "more").winner == "B"
    assert Verdict("w1", "A", "B", 0.2, interval, "less").winner == "A"


def verdicts(shift: float, between: float, draws: int, n: int = 96) -> list[Verdict]:
    """Of two normal generators of the plane, `shift` from the real data and `between` from each other."""
    found = []
    for draw in range(draws):
        rng = torch.Generator().manual_seed(draw)
        real, a, b = (torch.randn(n, 2, generator=rng, dtype=torch.float64) for _ in range(3))
        source = TensorSource(real, f"normal {draw}", Scaling())
        judge = Judge.of(source, source, metrics=metrics_named(["fd"]), samples=n, seed=draw, paired=True)
        first, second = judge(a + shift)["fd"], judge(b + shift + between)["fd"]
        found.append(between_samples(first, second, ("A", "B")))
    return found


def alarms(shift: float, draws: int) -> int:
    """How often two equal generators are told apart."""
    return sum(one.winner is not None for one in verdicts(shift, 0.0, draws))


def test_equal_generators_are_told_apart_once_in_twenty_and_others_are():
    assert alarms(0.0, 60) <= 8  # of 60; more than 8 has a probability of 0.2 % at a rate of 5 %
    assert all(one.winner == "A" for one in verdicts(0.0, 1.0, 10))


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "least"), [(0.0, 0), (1.0, 2), (3.0, 2)])
def test_equal_generators_are_told_apart_at_the_stated_rate_wherever_they_are(shift, least):
    """Of 200: at a rate of 5 %, fewer than 2 or more than 22 have a probability of 0.04 % and 0.02 %."""
    assert least <= alarms(shift, 200) <= 22
