"""Every shipped system, with tiny networks: it builds, trains, and goes on from a checkpoint bit for bit."""

from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest
import torch

from running import PAPERS, SMALL, command, plain
from wgan.data import Source, open_source
from wgan.data.tables.recognition import from_frame
from wgan.errors import InputError
from wgan.networks import Progressive
from wgan.recipes import Recipe, recipe_names
from wgan.runs.checkpoint import load_state, newest_intact, save_state
from wgan.runs.launch import as_source
from wgan.runs.preparation import check, conditions_of
from wgan.training import State, train

TINY = {"widths": [8], "width": 4, "widest": 8, "capacity": 64, "style": 8}
WITHOUT_SMALL = {"gan", "gan-saturating", "wgan", "wgan-gp"}  # small as they are


def tiny(name: str) -> Recipe:
    """The recipe with the narrowest networks, for two iterations."""
    recipe = Recipe.named(name)
    widths = {
        f"{side}.{field.name}": TINY[field.name]
        for side in ("generator", "critic")
        for field in fields(getattr(recipe, side))
        if field.name in TINY
    }
    size = max(8, 2 * recipe.pac)
    batches = {"batch": size, "generator_batch": size, "latent": 4, "iterations": 2}
    return recipe.replace({**widths, **batches, "schedule.n_critic": 2, "schedule.warmup": 0, "schedule.refresh": 0})


def data_like(recipe: Recipe) -> Source:
    """The recipe's own data, or images of its kind where that would be a download."""
    if recipe.data.source == "digits":
        return open_source("digits", pixel_range=recipe.data.pixel_range)
    if recipe.data.mixed:
        words = pd.DataFrame({"word": list("abcd") * 20, "number": range(80)})
        return from_frame(words, recipe.data).source(recipe.data)
    assert recipe.data.source == "mnist"
    assert recipe.data.resolution is not None
    side = recipe.data.resolution[0]
    return as_source(np.random.default_rng(0).integers(0, 256, (40, side, side), np.uint8), recipe.data)


def started(recipe: Recipe, data: Source) -> State:
    """A state for that data."""
    return State.start(recipe, data.shape, blocks=data.scaling.blocks, conditions=conditions_of(recipe, data))


def content(state: State) -> object:
    """Everything that training changes, in comparable form."""
    parts = (state.generator, state.critic, state.ema.module, state.generator_optimizer, state.critic_optimizer)
    return plain([dict(part.state_dict()) for part in parts])


@pytest.mark.filterwarnings("ignore:SpectralNorm does not make")  # see test_refusals.py
@pytest.mark.parametrize("name", recipe_names())
def test_system_trains_and_resumes_bit_for_bit(name, tmp_path):
    recipe = tiny(name)
    data = data_like(recipe)
    whole = started(recipe, data)
    check(recipe, whole, data)
    records = []
    for record in train(whole, recipe, data):
        records.append(record)
        save_state(whole, tmp_path, PAPERS)
    assert [bool(torch.stack(record).isfinite().all()) for record in records] == [True, True]

    halfway = started(recipe.replace({"seed": 1}), data)
    load_state(halfway, newest_intact(tmp_path, 1))
    (last,) = train(halfway, recipe, data)
    assert plain(list(last)) == plain(list(records[-1]))
    assert content(halfway) == content(whole)


@pytest.mark.parametrize("name", sorted(set(recipe_names()) - WITHOUT_SMALL))
def test_small_form_changes_the_size_alone(name):
    recipe, small = Recipe.named(name), Recipe.named(name, small=True)
    assert small.iterations < recipe.iterations
    for kept in ("paper", "loss", "data", "final_lr"):
        assert getattr(small, kept) == getattr(recipe, kept)
    assert [type(method) for method in small.lipschitz] == [type(method) for method in recipe.lipschitz]
    assert type(small.generator) is type(recipe.generator)
    assert sizes(small) <= sizes(recipe)


def sizes(recipe: Recipe) -> int:
    """All counts of both networks, added up."""
    families = (recipe.generator, recipe.critic)
    assert all(is_dataclass(family) for family in families)
    values = [getattr(family, field.name) for family in families for field in fields(family)]
    return sum(value for value in values if isinstance(value, int))


def test_overrides_come_after_the_small_form():
    small = Recipe.named("dcgan", small=True)
    recipe = Recipe.named("dcgan", {"critic.width": 7, "iterations": 3}, small=True)
    assert (recipe.iterations, recipe.critic.width, recipe.generator) == (3, 7, small.generator)
    assert small.generator != Recipe.named("dcgan").generator


def test_recipe_without_small_form_says_so(tmp_path):
    with pytest.raises(InputError, match=r"recipe wgan has no table \[small\]; leave out --small"):
        Recipe.named("wgan", small=True)
    path = tmp_path / "mine.toml"
    path.write_text(Recipe.named("dcgan", small=True).to_toml())
    assert Recipe.named(path) == Recipe.named("dcgan", {"name": "mine"}, small=True).replace({"name": "dcgan"})


def test_command_takes_the_small_form(tmp_path, capsys):
    tiny_fields = {**SMALL, "iterations": 2}
    arguments = [word for name, value in tiny_fields.items() for word in (f"--{name}", str(value).strip("[]"))]
    said = command(capsys, "train", "hinge", "--small", *arguments, "--out", str(tmp_path / "run"), "--json")
    assert said.code == 0, said.err
    saved = Recipe.named(tmp_path / "run" / "recipe.toml")
    assert saved.iterations == 2
    said = command(capsys, "train", "--resume", str(tmp_path / "run"), "--small")
    assert said.code == 2
    assert "brings its own recipe and directory; leave out --small" in said.err


def test_progress_reaches_the_networks_that_grow():
    recipe = tiny("progressive").replace({"iterations": 8, "generator.grown": 0.5, "critic.grown": 0.5})
    data = data_like(recipe)
    state = State.start(recipe, data.shape)
    depths = [
        [float(network.depth) for network in (state.generator, state.critic, state.ema.module)]
        for _ in train(state, recipe, data)
    ]
    # Three doublings in half of the training, each a stand and a fade: 12 steps per training.
    expected = [0.0, 0.5, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0]
    assert depths == [[depth] * 3 for depth in expected]


def test_growing_part_of_a_network_of_ones_own_grows_too():
    recipe = tiny("progressive")
    data = data_like(recipe)
    inner = Progressive(widest=8, capacity=64).build_generator(4, tuple(data.shape))
    state = State.start(recipe, data.shape, generator=torch.nn.Sequential(torch.nn.Identity(), inner))
    next(train(state, recipe, data))
    assert float(inner.depth) == 0.0
