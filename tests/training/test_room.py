"""Systems that do not fit into memory are refused before anything is made, with what to lower."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from wgan.errors import InputError
from wgan.networks import CriticNetwork, Network
from wgan.optimizers import SGD, Optimizer
from wgan.recipes import Recipe
from wgan.recipes.fields import members
from wgan.training import State
from wgan.training.room import pass_bytes, require_room, require_room_for_batch, weight_bytes

SHAPE = (1, 16, 16)
BUILDS = {
    **{f"{name}-critic": lambda f=cls: f().build_critic(SHAPE) for name, cls in members(CriticNetwork).items()},
    **{f"{name}-generator": lambda f=cls: f().build_generator(8, SHAPE) for name, cls in members(Network).items()},
}


@pytest.mark.parametrize("build", BUILDS.values(), ids=list(BUILDS))
def test_what_is_counted_is_what_is_made(build):
    before = torch.get_rng_state()
    counted = weight_bytes(build, "network")
    assert torch.equal(torch.get_rng_state(), before)
    module = build()
    assert counted == sum(tensor.nbytes for tensor in (*module.parameters(), *module.buffers()))


@pytest.mark.parametrize("name", members(CriticNetwork))
def test_the_field_to_lower_makes_it_smaller(name):
    family = members(CriticNetwork)[name]()
    sizes = []
    for size in (2, 8):
        value = (size,) if "MLP" in name else size
        sizes.append(
            weight_bytes(lambda v=value: replace(family, **{family.size_field: v}).build_critic(SHAPE), "critic")
        )
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("optimizer", [*[cls() for cls in members(Optimizer).values()], SGD(momentum=0.5)], ids=repr)
def test_moments(optimizer):
    layer = nn.Linear(3, 4, bias=False)
    built = optimizer.build(layer.parameters())
    layer(torch.ones(1, 3)).sum().backward()
    built.step()
    kept = [value for value in built.state[layer.weight].values() if isinstance(value, torch.Tensor)]
    assert sum(value.numel() == 12 for value in kept) == optimizer.moments


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        (
            "wgan-gp",
            {"critic.widths": [10**6, 10**7]},
            r"critic needs 145.5 TiB and .* free; lower --critic.widths$",
        ),
        ("wgan-gp", {"critic.widths": [2**31 - 1] * 3}, r"the critic has more weights than can be counted"),
        (
            "wgan-gp",
            {"latent": 2**31 - 1, "generator.widths": [512]},
            "the generator .* lower --generator.widths or --latent",
        ),
        (
            "stylegan2",
            {"latent": 2**31 - 1},
            "generator .* lower --generator.widest or --latent or --data.resolution",
        ),
        ("dcgan", {"critic.width": 10**9, "critic.widest": 10**9}, "the critic .*"),
        ("r3gan", {"generator.widest": 2**30, "generator.capacity": 2**31 - 1}, "the generator .*"),
    ],
)
def test_networks_that_do_not_fit(name, changes, message):
    shape = (2,) if name == "wgan-gp" else SHAPE
    with pytest.raises(InputError, match=message):
        State.start(Recipe.named(name, changes), shape)


def test_ones_own_networks_are_not_counted():
    recipe = Recipe.named("wgan-gp", {"critic.widths": [10**6, 10**7], "generator.widths": [8]})
    require_room(recipe, (2,), own=("critic",))
    own = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    assert State.start(recipe, (2,), critic=own).critic is own


@pytest.mark.parametrize(("field", "other"), [("batch", "generator_batch"), ("generator_batch", "batch")])
def test_batches_that_do_not_fit(field, other):
    recipe = Recipe.named("wgan-gp", {field: 2**31 - 2, other: 64, "critic.widths": [8], "generator.widths": [512]})
    state = State.start(recipe, (2,))
    with pytest.raises(InputError, match=rf"a pass of 2,147,483,646 samples needs .* lower --{field} or raise"):
        require_room_for_batch(recipe, state.generator, state.critic, (2,), 1)
    require_room_for_batch(recipe.replace({field: 64}), state.generator, state.critic, (2,), 1)


@pytest.mark.parametrize("name", members(CriticNetwork))
def test_passes_are_counted_without_making_them(name):
    critic = members(CriticNetwork)[name]().build_critic(SHAPE)
    counted = pass_bytes(critic, SHAPE)
    assert counted >= 4
    assert all(weight.device.type == "cpu" for weight in critic.parameters())
    total = []
    for part in critic.modules():
        if not list(part.children()):
            part.register_forward_hook(lambda _, __, output: total.append(output.nbytes))
    critic(torch.zeros(4, *SHAPE))
    assert counted <= sum(total)  # what the layers give, once each, for four samples


@pytest.mark.parametrize("method", ["SpectralNorm", "Orthogonal"])
def test_parametrized_critics_are_counted_alike(method):
    recipe = Recipe.named("wgan-gp", {"lipschitz": method})
    plain = Recipe.named("wgan-gp")
    assert pass_bytes(State.start(recipe, (2,)).critic, (2,)) == pass_bytes(State.start(plain, (2,)).critic, (2,))
