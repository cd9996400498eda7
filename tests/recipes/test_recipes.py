"""Recipes: every shipped one is complete, comes back from its own text, and says what is wrong with a changed one."""

import pytest

from wgan.errors import InputError
from wgan.lipschitz import GP, R1, Clipping, SpectralNorm
from wgan.losses import Hinge, PathLength
from wgan.recipes import Recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipe_is_documented_and_round_trips(name, tmp_path):
    recipe = Recipe.named(name)
    assert recipe.name == name
    assert recipe.summary
    assert recipe.paper
    assert recipe.url.startswith("https://")
    path = tmp_path / "copy.toml"
    path.write_text(recipe.to_toml())
    assert Recipe.named(path) == recipe


def test_settings_of_the_papers():
    wgan, gp = Recipe.named("wgan"), Recipe.named("wgan-gp")
    assert (wgan.batch, wgan.critic_optimizer.lr, wgan.lipschitz) == (64, 5e-5, (Clipping(c=0.01),))
    assert [wgan.schedule.critic_steps(i) for i in (0, 24, 25, 499, 500)] == [100, 100, 5, 5, 100]
    assert (gp.schedule.critic_steps(0), gp.critic_optimizer.betas) == (5, (0.0, 0.9))


def test_overrides_by_dotted_name():
    recipe = Recipe.named(
        "wgan-gp", {"critic.widths": "8,9", "lipschitz.GP.weight": "3", "critic_optimizer.lr": "1e-3"}
    )
    assert recipe.critic.widths == (8, 9)
    assert recipe.lipschitz == (GP(weight=3.0),)
    assert recipe.critic_optimizer.lr == 1e-3


def test_components_are_replaced_by_name():
    recipe = Recipe.named("wgan-gp", {"loss": "Hinge", "lipschitz": "R1,Clipping"})
    assert recipe.loss == Hinge()
    assert recipe.lipschitz == (R1(), Clipping())
    assert Recipe.named("wgan-gp", {"lipschitz": "none"}).lipschitz == ()


def test_classes_may_be_numbers():
    assert Recipe.named("wgan", {"data.classes": [0, 1]}).data.classes == ("0", "1")


def test_incomplete_recipe_says_what_is_missing(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('loss = "Wasserstein"')
    with pytest.raises(InputError, match="the recipe lacks generator, critic, generator_optimizer, critic_optimizer"):
        Recipe.named(path)


def test_broken_toml_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("loss = ")
    with pytest.raises(InputError, match=r"recipe .*mine.toml is not valid TOML"):
        Recipe.named(path)


def test_unknown_class_names_the_nearest():
    with pytest.raises(InputError, match="unknown Lipschitz method in lipschitz 'GPP'; nearest: GP"):
        Recipe.named("wgan-gp", {"lipschitz": "GPP"})


def test_a_field_of_what_was_none():
    recipe = Recipe.named("stylegan2", {"path_length": "none", "path_length.every": "4"})
    assert recipe.path_length == PathLength(every=4)


def test_methods_named_in_one_word_can_be_refined_by_the_next():
    recipe = Recipe.named("gan", {"lipschitz": "R1,SpectralNorm", "lipschitz.R1.gamma": 0.1})
    assert recipe.lipschitz == (R1(gamma=0.1), SpectralNorm())
    assert Recipe.named("gan", {"lipschitz": "R1", "lipschitz.R1.gamma": "3"}).lipschitz == (R1(gamma=3.0),)
