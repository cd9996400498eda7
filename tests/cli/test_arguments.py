"""Arguments that cannot be meant: one line each, exit code 2, nothing on stdout, nothing written."""

import os

import pytest

from running import command, training

LONG = "x" * 300
HUGE = 10**12


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("arguments") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        from wgan.__main__ import main

        with pytest.raises(SystemExit) as stopped:
            main([*training(iterations=1), "--out", str(path)])
    assert not stopped.value.code
    return path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "RUN", "-n", -5], "expected 1 or more"),
        (["sample", "RUN", "-n", 0], "expected 1 or more"),
        (["sample", "RUN", "-n", HUGE], "are free; ask for fewer"),
        (["sample", "RUN", "-n", 10**22], "are free; ask for fewer"),
        (["sample", "RUN", "--out", ""], "an empty text is no path; expected one, or . for the current folder"),
        (["sample", "RUN", "--out", "x.xlsx"], "cannot write samples to x.xlsx; expected .png, .npy, .csv or a folder"),
        (["sample", "RUN", "--out", f"{LONG}.csv"], "File name too long"),
        (["sample", "RUN", "--out", LONG], "File name too long"),
        (["sample", "RUN", "--device", "meta"], "device 'meta' cannot be used here"),
        (["sample", "RUN", "--iteration", -1], "no checkpoint of iteration -1"),
        (["sample", ""], "an empty text is no path"),
        (["sample", LONG], "xxx"),
        (["evaluate", "RUN", "--iteration", -1], "no checkpoint of iteration -1"),
        (["evaluate"], "RUN requires an argument"),
        (["evaluate", LONG], "xxx"),
        (["distance", "digits"], "B requires an argument"),
        (["distance", "digits", "digits", "-n", 0], "n is 0; expected 2 samples or more of each side"),
        (["distance", "digits", "digits", "-n", -5], "n is -5; expected 2 samples or more of each side"),
        (["distance", "lines", "lines", "-n", HUGE], "are free; lower -n"),
        (["distance", "digits", "digits", "--p", "nan"], "p is nan; expected 1 or more, where W_p is a distance"),
        (["distance", "digits", "digits", "--p", 0], "p is 0; expected 1 or more"),
        (["distance", "digits", "digits", "--p"], "--p requires an argument"),
        (["distance", "digits", "digits", "--p", 2, "--method", "critic"], "p is 2, but critic has no power to choose"),
        (["distance", "digits", "digits", "--confidence", 2], "confidence is 2; expected a level below 1, or 0 for"),
        (["distance", "digits", "digits", "--confidence", -1], "confidence is -1; expected a level below 1"),
        (["distance", "digits", "digits", "--confidence", "nan"], "confidence is nan; expected a level below 1"),
        (["distance", "digits", "digits", "--methd", "exact"], "Unknown option: --methd. Did you mean --method?"),
        (["distance", "digits", "digits", "--p", 1, "--p", 2], "Parameter --p specified multiple times"),
        (["distance", "digits", ""], "is empty"),
        (["distance", LONG, "digits"], "xxx"),
        (["distance", "digits", "digits", "--header", "maybe"], "header is 'maybe'"),
        (["train", ""], "unknown recipe ''"),
        (["train", LONG], "unknown recipe 'xxx"),
        (["train", "--device", "meta"], "device 'meta' cannot be used here"),
        (["train", "--data", ""], "is empty"),
        (["train", "--data", LONG], "xxx"),
        (["train", "--out", ""], "an empty text is no path"),
        (["train", "--out", LONG], "File name too long"),
        (["train", "--resume", ""], "an empty text is no path"),
        (["train", "--resume", LONG], "xxx"),
        (["train", "--iterations", -1], "iterations is -1; expected 1 or more"),
        (["train", "--limit", 1], "limit is 1; expected 2 samples or more"),
        (["train", "--batch=16", "--batch", 16], "--batch is given twice; expected one value"),
        (["train", "--columns", "a"], "--columns is for tables"),
        (["train", "--header", "maybe"], "header is 'maybe'"),
        (["train", "--json=maybe"], 'unable to convert "maybe" into bool'),
    ],
    ids=lambda value: " ".join(map(str, value))[:50] if isinstance(value, list) else "",
)
def test_what_cannot_be_meant_is_one_line(arguments, message, run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    json = [] if "--json=maybe" in arguments else ["--json"]
    said = command(capsys, *(run if word == "RUN" else word for word in arguments), *json)
    assert said.code == 2 and message in said.err
    assert said.err.count("\n") == 1 and said.err.startswith("wgan: ") and not said.out
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("seed", [-1, 10**30])
def test_any_whole_number_is_a_seed(seed, run, tmp_path, capsys):
    assert command(capsys, "sample", run, "-n", 2, "--seed", seed, "--out", tmp_path / "a.npy").code == 0
    compared = ["distance", "lines", "lines", "-n", 5, "--method", "exact", "--confidence", 0, "--seed", seed]
    assert command(capsys, *compared).code == 0
