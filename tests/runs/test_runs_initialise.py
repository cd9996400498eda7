"""A critic that starts from the data: once, before the first step of a fresh run, and never again."""

import warnings

import pytest
import torch

import wgan
from running import SMALL, command, content, words
from wgan.data import open_source
from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.runs import resume, start
from wgan.runs.preparation import initialise
from wgan.training import State

FIELDS = {name: value for name, value in SMALL.items() if not name.startswith("critic")}
FUNNEL = {**FIELDS, "critic": "Funnel", "critic.centers": 8, "lipschitz": "none", "data.source": "gaussians8"}


def funnel(**fields: object) -> Recipe:
    return Recipe.named("wgan-gp", {**FUNNEL, **fields})


def test_it_starts_at_the_centroids_of_the_data():
    recipe, data = funnel(), open_source("gaussians8")
    state = State.start(recipe, data.shape)
    initialise(state, recipe, data)
    modes = torch.cdist(data.sample(1000, torch.Generator().manual_seed(0)), state.critic.centers)
    # The deviation around a mode is .014, and the modes are 1.08 apart.
    assert modes.min(1).values.max() < 0.1
    assert modes.argmin(1).unique().numel() == 8


def test_valleys_start_at_the_generators_first_samples():
    recipe, data = funnel(**{"critic.sign": 1}), open_source("gaussians8")
    state = State.start(recipe, data.shape)
    with torch.no_grad():
        for weights in state.generator.parameters():
            weights.zero_()
        state.ema.module.load_state_dict(state.generator.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that all samples are the same point is nothing to warn of
        initialise(state, recipe, data)
    assert torch.equal(state.critic.centers, torch.zeros(8, 2))


def test_run_with_a_funnel_critic_resumes_bit_for_bit(tmp_path):
    start(funnel(), tmp_path / "whole", quiet=True)
    start(funnel(iterations=5), tmp_path / "parts", quiet=True)
    resume(tmp_path / "parts", {"iterations": 12}, quiet=True)
    (tmp_path / "parts" / "samples" / "000005.png").unlink()
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


def test_command_takes_a_critic_without_generator(tmp_path, capsys):
    out = str(tmp_path / "run")
    said = command(capsys, "train", "wgan-gp", *words({**FUNNEL, "iterations": 2}), "--out", out, "--json")
    assert said.code == 0, said.err
    assert 'type = "Funnel"' in (tmp_path / "run" / "recipe.toml").read_text()


def test_fewer_samples_than_centers(tmp_path):
    recipe, samples = funnel(), torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    message = "Funnel: 32 samples for 60 centers; give more samples, or fewer centers"
    with pytest.raises(InputError, match=message):
        wgan.train(recipe, samples, tmp_path / "run", quiet=True, overrides={"critic.centers": 60})
    assert not (tmp_path / "run").exists()


def test_funnel_is_no_generator():
    with pytest.raises(InputError, match="unknown network in generator 'Funnel'"):
        funnel(generator="Funnel")


def test_small_form_from_python(tmp_path):
    fields = {**SMALL, "iterations": 1}
    run = wgan.train("hinge", torch.randn(60, 2), tmp_path / "run", quiet=True, small=True, overrides=fields)
    expected = Recipe.named("hinge", fields, small=True)
    assert run.recipe.replace({"data.source": expected.data.source}) == expected
    with pytest.raises(InputError, match=r"small is for a recipe's name.*Recipe.named\('hinge', small=True\)"):
        wgan.train(Recipe.named("hinge"), small=True)
