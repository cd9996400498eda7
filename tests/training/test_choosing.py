"""`--precision auto`: a measurement decides, one line says so, and the run keeps to it."""

import warnings

import pytest
import torch

import wgan.training.choosing
from running import SMALL as SMALL_RUN
from running import content
from wgan.data import open_source
from wgan.errors import InputError
from wgan.networks import DCGAN, MLP
from wgan.processes import Processes
from wgan.recipes import Recipe
from wgan.runs import resume, start
from wgan.training import State, train
from wgan.training.choosing import faster, with_precision

AUTO = {**SMALL_RUN, "precision": "auto"}


def pretend(monkeypatch, full: float, half: float) -> None:
    """Has a step take so many seconds in float32 and in bfloat16."""
    monkeypatch.setattr(wgan.training.choosing, "least_seconds", lambda steps: [full, half])  # noqa: ARG005


@pytest.mark.parametrize(("half", "chosen"), [(0.001, "bfloat16"), (0.0019, "float32"), (0.008, "float32")])
def test_a_run_trains_in_what_was_faster_and_is_that_run(half, chosen, tmp_path, monkeypatch):
    pretend(monkeypatch, 0.002, half)
    line = (
        f"a critic's step takes 2 ms in float32 and {1e3 * half:g} ms in bfloat16 here, so this run trains in {chosen}"
    )
    with pytest.warns(UserWarning, match=line):
        start(Recipe.named("wgan-gp", AUTO), tmp_path / "auto", quiet=True)
    assert Recipe.named(tmp_path / "auto" / "recipe.toml").precision == chosen
    start(Recipe.named("wgan-gp", {**AUTO, "precision": chosen}), tmp_path / "named", quiet=True)
    assert content(tmp_path / "auto") == content(tmp_path / "named")


def test_a_resumed_run_keeps_the_decision_of_its_start(tmp_path, monkeypatch):
    pretend(monkeypatch, 2.0, 1.0)
    with pytest.warns(UserWarning, match="trains in bfloat16"):
        start(Recipe.named("wgan-gp", AUTO), tmp_path / "whole", quiet=True)
    with pytest.warns(UserWarning, match="trains in bfloat16"):
        start(Recipe.named("wgan-gp", {**AUTO, "iterations": 7}), tmp_path / "run", quiet=True)
    pretend(monkeypatch, 1.0, 2.0)  # the machine has changed its mind
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        resume(tmp_path / "run", {"iterations": AUTO["iterations"]}, quiet=True)
    (tmp_path / "run" / "samples" / "000007.png").unlink()  # the figure of the first end
    assert content(tmp_path / "run") == content(tmp_path / "whole")


@pytest.mark.parametrize(
    ("family", "fields"),
    [
        (MLP(widths=(8,)), {}),
        (MLP(widths=(8,)), {"accumulate": 2, "lipschitz": "Orthogonal"}),
        (DCGAN(width=4), {"lipschitz": "SpectralNorm,R1"}),
    ],
    ids=str,
)
def test_measuring_changes_neither_the_critic_nor_the_random_numbers(family, fields):
    recipe = Recipe.named("wgan-gp", {"batch": 8, "precision": "auto", **fields})
    torch.manual_seed(0)
    critic = family.build_critic((1, 8, 8))
    for method in recipe.lipschitz:
        method.parametrize(critic)
    before, drawn = {name: value.clone() for name, value in critic.state_dict().items()}, torch.get_rng_state()
    with pytest.warns(UserWarning, match="precision auto: a critic's step takes"):
        assert faster(recipe, critic, torch.zeros(8, 1, 8, 8)) in ("float32", "bfloat16")
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
    assert all(weight.grad is None for weight in critic.parameters())


def test_what_is_named_is_not_measured(monkeypatch):
    monkeypatch.setattr(wgan.training.choosing, "faster", None)
    recipe = Recipe.named("wgan-gp")
    assert with_precision(recipe, torch.nn.Identity(), torch.zeros(2, 1), Processes()) is recipe


def test_a_loop_of_its_own_needs_a_decision():
    recipe, data = Recipe.named("wgan-gp", AUTO), open_source("gaussians8")
    with pytest.raises(InputError, match="precision is auto, which only a run decides at its start; expected float32"):
        next(train(State.start(recipe, data.shape), recipe, data))
