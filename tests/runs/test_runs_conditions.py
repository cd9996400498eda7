"""Runs whose generator is asked for what a sample holds: rows of a table, and classes of images."""

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
from wgan.runs.exploring import Exploration
from wgan.runs.session import Session
from wgan.sharing.export import export

SHORT = {"batch": 64, "generator.widths": (32,), "critic.widths": (32,), "latent": 4, "final_lr": 1.0}
TABLE = {**SHORT, "iterations": 150, "condition.cross_entropy": 1.0, "generator_optimizer.lr": 5e-3, "ema": 0.0}
IMAGES = {**SHORT, "iterations": 6, "condition.frequency": "data", "data.source": "digits"}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A file of 400 rows, of which 12 hold the rarest word."""
    rng = np.random.default_rng(0)
    sort = np.array(["many"] * 300 + ["some"] * 88 + ["rare"] * 12)
    frame = {"sort": sort, "letter": [word[0] for word in sort], "grade": rng.integers(1, 6, 400)}
    frame |= {"amount": rng.normal(size=400).round(3)}
    path = tmp_path_factory.mktemp("table") / "people.csv"
    pd.DataFrame(frame).sample(frac=1, random_state=0).to_csv(path, index=False)
    return path


def recipe(people, **fields):
    return Recipe.named("table", {"data.source": str(people), **TABLE, **fields})


@pytest.fixture(scope="module")
def rows(people, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "rows"
    start(recipe(people), path, quiet=True)
    return path


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "digits"
    start(Recipe.named("wgan-gp", IMAGES), path, quiet=True)
    return path


def test_a_generator_is_asked_and_gives_more_of_what_is_rare_than_it_makes_unasked(rows):
    run = Run.open(rows)
    held = run.sample_where(50, ["sort=rare"], seed=1)
    assert held.asked == "sort"
    unasked = (run.frame(4096, seed=1)["sort"] == "rare").mean()
    assert held.kept / held.made > 0.5 > 0.2 > unasked  # 3 % of the rows hold it
    assert set(run.frame(50, seed=1, where=["sort=rare"])["sort"]) == {"rare"}
    assert torch.equal(held.samples, run.sample(50, seed=1, where=["sort=rare"]))


@pytest.mark.parametrize(
    ("where", "asked"),
    [(["letter=r"], "sort"), (["sort!=many", "amount>0"], "sort"), (["grade>=4"], "grade"), (["amount>0"], None)],
    ids=str,
)
def test_rows_hold_every_condition_whichever_was_asked_for(rows, where, asked):
    run = Run.open(rows)
    held = run.sample_where(40, where)
    assert held.asked == asked
    made = run.card.encoding.frame(held.samples)
    assert len(made) == 40
    holds = {"letter=r": made["letter"] == "r", "sort!=many": made["sort"] != "many", "amount>0": made["amount"] > 0}
    holds["grade>=4"] = made["grade"] >= 4
    assert all(holds[one].all() for one in where)


def test_the_line_says_which_way_was_taken(rows, people, tmp_path, capsys):
    out = tmp_path / "t.csv"
    said = command(capsys, "sample", rows, "-n", "20", "--out", out, "--where", "sort=rare", "--where", "amount>0")
    assert said.code == 0, said.err
    assert "(the generator was asked for sort: " in said.out
    assert said.out.rstrip().endswith(" hold sort=rare and amount>0)")
    assert set(pd.read_csv(out)["sort"]) == {"rare"}
    said = command(capsys, "sample", rows, "-n", "20", "--out", out, "--where", "sort=rare", "--json")
    found = json.loads(said.out)
    assert found["where"]["asked"] == "sort"
    assert found["where"]["kept"] <= found["where"]["made"]
    start(recipe(people, condition="none", iterations=2), tmp_path / "plain", quiet=True)
    said = command(capsys, "sample", tmp_path / "plain", "-n", "5", "--out", out, "--where", "amount>0")
    assert "(chosen from all it makes: " in said.out
    said = command(capsys, "sample", rows, "--out", out, "--where", "sort=rate")
    assert (said.code, said.err) == (2, "wgan: unknown value of column 'sort' 'rate'; nearest: rare\n")


def test_images_are_asked_for_by_their_class(digits, tmp_path, capsys):
    out = tmp_path / "seven.png"
    said = command(capsys, "sample", digits, "-n", "4", "--out", out, "--where", "class=7")
    assert said.code == 0, said.err
    assert "the generator was asked for class; nothing checks that they hold class=7" in said.out
    run = Run.open(digits)
    assert not torch.equal(run.sample(4, where=["class=7"]), run.sample(4, where=["class=1"]))
    for where, message in (("class=17", "unknown value of class '17'; nearest: 7"), ("x=1", "unknown column 'x'")):
        with pytest.raises(InputError, match=message):
            run.sample(4, where=[where])


def test_unasked_samples_have_the_shares_of_the_data(rows):
    made = Run.open(rows).frame(4000)["sort"].value_counts(normalize=True)
    for word, share in (("many", 0.75), ("some", 0.22), ("rare", 0.03)):  # not those of the logarithm, 0.42, 0.33, 0.25
        assert abs(made[word] - share) < 0.15


@pytest.mark.parametrize("kind", ["rows", "ctgan", "images"])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(kind, people, tmp_path, monkeypatch):
    fields = {"iterations": 8, "save_every": 4, "sample_every": 4, "evaluate_every": 4}
    system = {
        "rows": lambda: recipe(people, **fields),
        "ctgan": lambda: Recipe.named("ctgan", {**SHORT, **fields, "batch": 60, "data.source": str(people)}),
        "images": lambda: Recipe.named("wgan-gp", {**IMAGES, **fields}),
    }[kind]()
    start(system, tmp_path / "whole", quiet=True)
    draws, iterations = Session._draws, []

    def struck(session):
        iterations.append(session.state.iteration)
        if iterations.count(3) == 1 and iterations[-1] == 3:
            signal.raise_signal(signal.SIGINT)
        return draws(session)

    with monkeypatch.context() as patch, pytest.raises(Interrupted, match="saved at iteration"):
        patch.setattr(Session, "_draws", struck)
        start(system, tmp_path / "short", quiet=True)
    resume(tmp_path / "short", quiet=True)
    assert content(tmp_path / "short") == content(tmp_path / "whole")
    samples = [Run.open(tmp_path / name).sample(30) for name in ("short", "whole")]
    assert torch.equal(*samples)


def test_a_resumed_run_keeps_its_conditions(rows):
    with pytest.raises(InputError, match="condition"):
        resume(rows, {"condition": "none", "iterations": 200}, quiet=True)


def test_a_conditional_run_can_be_evaluated_and_explored(rows, digits):
    found = Run.open(rows).evaluate()
    assert {score.metric for score in found.scores} >= {"shapes", "pairs", "w1"}
    assert Exploration(steps=5).samples(Run.open(digits), 3).shape == (15, 1, 8, 8)
    assert Exploration(psi=0.5).samples(Run.open(digits), 3).shape == (3, 1, 8, 8)
    ends = Exploration(steps=2).samples(Run.open(digits), 3)
    assert ends.isfinite().all()


def test_an_exported_folder_is_asked_too(rows, tmp_path):
    export(Run.open(rows), tmp_path / "shared", critic=True)
    shared, run = Run.open(tmp_path / "shared"), Run.open(rows)
    assert torch.equal(shared.sample(20, where=["sort=rare"]), run.sample(20, where=["sort=rare"]))
    assert shared.sample_where(5, ["sort=rare"]).asked == "sort"
    assert "of a condition, one-hot over what it can be asked for" in (tmp_path / "shared" / "README.md").read_text()
    judged = torch.zeros(3, run.card.shape[0] + run.card.conditions.width)
    assert torch.equal(shared.critic()(judged), run.critic()(judged))


@pytest.mark.parametrize("which", ["rows", "digits"])
def test_a_file_takes_the_condition_beside_the_latent(which, tmp_path, request):
    run = Run.open(request.getfixturevalue(which))
    onnxruntime = pytest.importorskip("onnxruntime")
    found = export(run, tmp_path / "generator.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "generator.onnx")
    assert session.get_inputs()[0].shape[1] == run.inputs.width == 4 + run.card.conditions.width
    assert "4 standard normal numbers, then zeros but for a 1" in found.meaning["latent"]
    with pytest.raises(InputError, match="the critic of .* judges samples in packs or with a condition beside them"):
        export(run, tmp_path / "critic.onnx", critic=True)


def test_data_that_cannot_be_asked_for_anything_are_refused_before_the_first_step(tmp_path):
    with pytest.raises(InputError, match="gaussians8 has neither classes nor columns of categories"):
        start(Recipe.named("wgan-gp", {**IMAGES, "data.source": "gaussians8"}), tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()


@pytest.mark.filterwarnings("ignore:.*is not what the run was trained with")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("names",), ["sort"]),
        (("names", 0), "amount"),
        (("counts", 0), [1]),
        (("counts", 0, 0), -4),
        (("counts",), []),
        (("places", 0), 1),
        (("places",), []),
        (("counts", 0, 0), "x"),
    ],
    ids=str,
)
def test_a_card_whose_conditions_fit_nothing_is_refused_in_one_line(rows, tmp_path, path, value, capsys):
    run = shutil.copytree(rows, tmp_path / "run")
    papers = json.loads((run / "env.json").read_text())
    place = papers["data"]["conditions"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    reseal(run, environment=json.dumps(papers))
    said = command(capsys, "sample", run, "--out", tmp_path / "t.csv")
    assert said.code in (2, 4)
    assert "this is a bug" not in said.err
    assert not (tmp_path / "t.csv").exists()
