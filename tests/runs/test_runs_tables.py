"""Runs that learn tables of mixed columns."""

import json
import shutil
import signal

import numpy as np
import pandas as pd
import pytest
import torch

from running import command, content, reseal
from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.runs import Interrupted, Run, resume, start
from wgan.runs.session import Session

SHORT = {"iterations": 8, "batch": 64, "generator.widths": (16,), "critic.widths": (16,), "latent": 4}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A file of 400 rows whose columns are of several kinds, of which one follows from another."""
    rng = np.random.default_rng(0)
    port = rng.choice(["Southampton", "Cherbourg", "=Cork"], 400, p=[0.7, 0.2, 0.1])
    frame = pd.DataFrame(
        {
            "age": np.where(rng.random(400) < 0.2, np.nan, rng.integers(1, 80, 400).astype(float)),
            "fare": rng.lognormal(3, 1, 400).round(2),
            "port": port,
            "code": [name[0] for name in port],
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 400), unit="D"),
        }
    )
    path = tmp_path_factory.mktemp("table") / "ships.csv"
    frame.to_csv(path, index=False)
    return path


def recipe(table, **fields):
    return Recipe.named("table", {"data.source": str(table), **SHORT, **fields})


@pytest.fixture(scope="module")
def finished(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "whole"
    start(recipe(table), path, quiet=True)
    return path


def test_rows_come_back_with_the_cells_that_the_data_had(finished, table):
    run, real = Run.open(finished), pd.read_csv(table, dtype=str, keep_default_na=False, na_values=[""])
    made = run.card.encoding.written(run.sample(300))
    assert list(made) == list(real)
    assert not made.drop(columns="age").isna().any(axis=None)
    assert set(made["port"]) <= set(real["port"])
    assert (made["code"] == made["port"].str[0]).all()
    assert made["day"].str.fullmatch(r"2024-\d\d-\d\d").all()
    assert made["fare"].str.fullmatch(r"\d+\.\d{1,2}").all()


def test_twice_gives_the_same_bits_and_a_resumed_run_equals_one_sitting(finished, table, tmp_path, monkeypatch):
    start(recipe(table), tmp_path / "again", quiet=True)
    assert content(tmp_path / "again") == content(finished)
    draws, iterations = Session._draws, []

    def struck(session):
        iterations.append(session.state.iteration)
        if iterations.count(3) == 1 and iterations[-1] == 3:
            signal.raise_signal(signal.SIGINT)
        return draws(session)

    with monkeypatch.context() as patch, pytest.raises(Interrupted, match="saved at iteration"):
        patch.setattr(Session, "_draws", struck)
        start(recipe(table), tmp_path / "short", quiet=True)
    resume(tmp_path / "short", quiet=True)
    assert content(tmp_path / "short") == content(finished)
    assert Run.open(tmp_path / "short").frame(50).equals(Run.open(finished).frame(50))


def test_a_run_needs_no_data_to_give_rows_and_refuses_those_that_changed(table, tmp_path):
    copy = shutil.copy(table, tmp_path / "t.csv")
    start(recipe(copy), tmp_path / "run", quiet=True)
    text = copy.read_text()
    copy.write_text(text.replace("Cherbourg", "Dieppe", 1))
    with pytest.raises(InputError, match=r"the data of .* changed"):
        Run.open(tmp_path / "run").evaluate()
    copy.unlink()
    assert len(Run.open(tmp_path / "run").frame(10)) == 10


@pytest.mark.parametrize("name", ["wgan-gp", "wgan", "hinge", "sngan"])
def test_any_system_learns_a_table(name, table, tmp_path):
    fields = {"data.source": str(table), "data.mixed": True, "iterations": 2, "batch": 32}
    run = start(Recipe.named(name, fields), tmp_path / "run", quiet=True).run
    assert run.frame(5).shape == (5, 5)


def test_rows_that_hold_conditions(finished):
    run = Run.open(finished)
    kept = run.frame(40, where=["port=Southampton", "fare>=10", "age!=empty"])
    assert len(kept) == 40
    assert set(kept["port"]) == {"Southampton"}
    assert kept["fare"].astype(float).min() >= 10
    assert not kept["age"].isna().any()
    assert kept.equals(run.frame(40, where=["port=Southampton", "fare>=10", "age!=empty"]))
    assert run.frame(20, where=["age=empty"])["age"].isna().all()
    later = run.frame(20, where=["day > '2024-03-01'"])["day"]
    assert (pd.to_datetime(later) > "2024-03-01").all()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("prot=Cork", "unknown column 'prot'; nearest: port"),
        ("port=Cherburg", "unknown value of column 'port' 'Cherburg'; nearest: Cherbourg"),
        ("port<Cherbourg", "'port' holds no amounts, so that none is less; expected = or !="),
        ("fare=cheap", "column 'fare' holds numbers, and 'cheap' is none"),
        ("day>soon", "column 'day': 'soon' is no date; expected one such as 2024-01-31"),
        ("port", "--where port: expected a column, = or another comparison, and a value"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_one_line(finished, where, said):
    with pytest.raises(InputError, match=said):
        Run.open(finished).frame(5, where=[where])


def test_a_condition_that_no_row_holds_is_given_up(finished, monkeypatch):
    monkeypatch.setattr("wgan.runs.sampling.MOST", 5000)
    with pytest.raises(InputError, match=r"of \d+,\d+ rows that were made, 0 hold fare<0; ask for what is less rare"):
        Run.open(finished).frame(5, where=["fare<0"])


def test_conditions_and_cells_are_of_tables(tmp_path):
    run = start(Recipe.named("wgan-gp", {"data.source": "gaussians8", **SHORT}), tmp_path / "run", quiet=True).run
    with pytest.raises(InputError, match="learned no table of mixed columns"):
        run.frame(5)
    with pytest.raises(InputError, match="learned no table of mixed columns"):
        run.sample(5, where=["x=1"])


def changed(card, *path, value):
    """A card with something else at a place in it."""
    place = card
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return card


@pytest.mark.filterwarnings("ignore:.*is not what the run was trained with")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("encoding", "kinds"), []),
        (("encoding", "kinds", 0, "kind"), "poem"),
        (("encoding", "coded"), []),
        (("encoding", "coded", 0, "column"), 99),
        (("encoding", "coded", 0, "column"), 1),
        (("encoding", "coded", 0, "coding", "atoms"), [2, 1]),
        (("encoding", "coded", 0, "coding", "atoms"), ["x"]),
        (("encoding", "coded", 0, "coding", "bins"), -3),
        (("encoding", "coded", 0, "coding", "levels"), [0.5]),
        (("encoding", "coded", -1, "coding", "levels"), [0.5]),
        (("encoding", "dependent", 0, "of"), 77),
        (("encoding", "dependent", 0, "given"), []),
        (("encoding", "dependent", 0, "numbers"), [0, 1, 9]),
        (("encoding", "spreads"), [0, 1, 1, 1, 1]),
        (("shape",), [7]),
    ],
    ids=str,
)
def test_a_card_that_fits_no_table_is_refused_in_one_line(finished, tmp_path, path, value, capsys):
    run = shutil.copytree(finished, tmp_path / "run")
    papers = json.loads((run / "env.json").read_text())
    changed(papers["data"], *path, value=value)
    reseal(run, environment=json.dumps(papers))
    said = command(capsys, "sample", run, "--out", tmp_path / "t.csv")
    assert said.code in (2, 4)
    assert "this is a bug" not in said.err
    assert not (tmp_path / "t.csv").exists()


def test_the_states_of_generated_rows_are_soft_while_it_trains_and_decoded_hard(finished):
    run = Run.open(finished)
    torch.manual_seed(0)
    rows = run.generator(torch.randn(20, 4))
    assert rows.shape == (20, *run.card.shape)
    assert run.card.units.decode(rows).shape == (20, 5)
