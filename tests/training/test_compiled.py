"""Compiled steps are the eager ones: the same gradients, the same trajectory, the same resumed run."""

import json
import warnings
from dataclasses import replace

import pytest
import torch
from torch import nn

from running import SMALL as SMALL_RUN
from running import content
from wgan.critic import CriticStep
from wgan.data import open_source
from wgan.errors import InputError
from wgan.lipschitz import GP, Orthogonal, SpectralNorm
from wgan.networks import DCGAN, MLP
from wgan.randomness import stream
from wgan.recipes import Recipe, recipe_names
from wgan.runs import resume, start
from wgan.training import State, train
from wgan.training.compiled import CompiledCriticStep, like
from wgan.training.compute import operations

SHAPE = (1, 16, 16)
SGD = {"type": "SGD", "lr": 1e-2}
PENALISED = [name for name in recipe_names() if any(method.penalises for method in Recipe.named(name).lipschitz)]
"""Whose steps can be compiled."""
APART = {"progressive", "ctgan"}
"""One grows, the other leaves units out at random, by other numbers when compiled."""


@pytest.fixture(autouse=True)
def fresh_compiler():
    """Each test compiles its own graphs: dynamo counts recompilations of a function across all of them."""
    torch._dynamo.reset()


def tiny(name: str) -> Recipe:
    """A recipe with networks small enough to compile in seconds, and the optimizers it names."""
    fields = {"batch": 4, "latent": 4}
    for side in ("generator", "critic"):
        family = Recipe.named(name).to_table()[side]["type"]
        fields |= {f"{side}.width": 4} if family == "DCGAN" else {f"{side}.widths": [8, 8]} if family == "MLP" else {}
    try:
        return Recipe.named(name, fields, small=True)
    except InputError:  # a recipe without a small form is small
        return Recipe.named(name, fields)


def trajectory(recipe: Recipe, kind: type[CriticStep], steps: int) -> list[list[float]]:
    """What a critic in double precision sees in its first steps."""
    state = State.start(recipe, SHAPE)
    critic = state.critic.double()
    step = kind(critic, recipe.loss, recipe.lipschitz, recipe.critic_optimizer.build(critic.parameters()))
    seen = []
    for index in range(steps):
        draw = stream(0, "batch", index)
        real, fake = (torch.randn(recipe.batch, *SHAPE, generator=draw, dtype=torch.float64).tanh() for _ in range(2))
        seen.append([float(term) for term in step(real, fake, step=index, progress=0.0, rng=draw)])
    return seen


def check_agreement(recipe: Recipe, steps: int) -> None:
    eager, compiled = (trajectory(recipe, kind, steps) for kind in (CriticStep, CompiledCriticStep))
    # Double precision leaves rounding alone, which the optimizers' divisions by small moments magnify.
    torch.testing.assert_close(torch.tensor(compiled), torch.tensor(eager), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", ["wgan-gp", "r1", "wgan-gp-dcgan"])
def test_compiled_critic_follows_the_eager_one(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # the line that says that the compiler gave up
        check_agreement(tiny(name), 20)


@pytest.mark.parametrize("method", [SpectralNorm(), Orthogonal()], ids=["SpectralNorm", "Orthogonal"])
@pytest.mark.parametrize("activation", ["LeakyReLU", "GroupSort"])
def test_critics_that_are_normalised_or_sort_compile_too(method, activation):
    recipe = tiny("wgan-gp")
    critic = replace(recipe.critic, activation=activation)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        check_agreement(replace(recipe, critic=critic, lipschitz=(method, GP())), 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PENALISED if name not in APART])
def test_every_recipe_compiles(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        check_agreement(tiny(name), 20)


def test_compiled_training_follows_the_eager_one_in_single_precision():
    # Adam without momentum turns a gradient that is rounding alone into a full step, so the paths are compared under
    # plain descent.
    fields = {"generator.widths": [16], "critic.widths": [16], "batch": 16, "generator_optimizer": SGD}
    recipe, data = Recipe.named("wgan-gp", {**fields, "critic_optimizer": SGD, "iterations": 20}), open_source("digits")
    paths = []
    for compiled in (False, True):
        records = train(State.start(recipe, data.shape), recipe, data, compiled=compiled)
        paths.append(torch.tensor([[record.critic_loss, record.generator_loss, record.penalty] for record in records]))
    torch.testing.assert_close(*paths, rtol=1e-4, atol=1e-6)


class Undecided(nn.Module):
    """A critic whose path hangs on a value, which no graph holds."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(256, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        score = self.linear(x.flatten(1)).flatten(0)
        return score if float(score.detach().sum()) > 0 else 2 * score


def test_what_the_compiler_refuses_stays_eager_with_a_line_that_says_so():
    methods = Recipe.named("wgan-gp").lipschitz
    loss, records = Recipe.named("wgan-gp").loss, []
    real, fake = torch.randn(2, 4, *SHAPE, generator=stream(0, "batch"))
    for kind in (CriticStep, CompiledCriticStep):
        torch.manual_seed(0)
        critic = Undecided()
        step = kind(critic, loss, methods, torch.optim.SGD(critic.parameters(), lr=0.1))
        if kind is CompiledCriticStep:
            with pytest.warns(UserWarning, match="goes on without the compiler, which refused a step"):
                step(real, fake, step=0, progress=0.0, rng=stream(0, "noise", 0))
        else:
            step(real, fake, step=0, progress=0.0, rng=stream(0, "noise", 0))
        records.append(torch.stack(step(real, fake, step=1, progress=0.0, rng=stream(0, "noise", 1))))
    assert torch.equal(*records)


def test_an_error_of_the_step_is_raised_as_it_is():
    recipe = Recipe.named("wgan-gp")
    critic = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    step = CompiledCriticStep(critic, recipe.loss, recipe.lipschitz, torch.optim.SGD(critic.parameters(), lr=0.1))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        step(torch.zeros(2, 4), torch.zeros(2, 4), step=0, progress=0.0, rng=stream(0, "noise", 0))


def test_steps_without_a_penalty_are_the_eager_ones_and_a_run_without_any_says_so(tmp_path):
    recipe = Recipe.named("wgan", {**SMALL_RUN, "compile": "on"})
    with pytest.warns(UserWarning, match="nothing to compile: only steps with a penalty are"):
        start(recipe, tmp_path / "on", quiet=True)
    start(recipe.replace({"compile": "off"}), tmp_path / "off", quiet=True)
    assert content(tmp_path / "on")["weights"] == content(tmp_path / "off")["weights"]


def test_gradients_take_the_memory_layout_of_their_weights():
    weight = torch.zeros(2, 3, 4, 4)
    gradient = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    assert like(gradient, weight).stride() == weight.stride()
    assert torch.equal(like(gradient, weight), gradient)


def test_compiled_run_resumes_to_the_same_bits(tmp_path):
    recipe = Recipe.named("wgan-gp", {**SMALL_RUN, "compile": "on"})
    start(recipe, tmp_path / "whole", quiet=True)
    start(recipe.replace({"iterations": 7}), tmp_path / "run", quiet=True)
    torch._dynamo.reset()  # as in a new process
    resume(tmp_path / "run", {"iterations": recipe.iterations}, quiet=True)
    (tmp_path / "run" / "samples" / "000007.png").unlink()  # the figure of the first end
    assert content(tmp_path / "run") == content(tmp_path / "whole")
    assert json.loads((tmp_path / "run" / "env.json").read_text())["compiled"] is True


def test_unknown_way_to_compile_is_refused():
    with pytest.raises(InputError, match="unknown way to compile 'yes'; valid: off, on"):
        Recipe.named("wgan-gp", {"compile": "yes"})


def test_operations_are_those_of_the_layers():
    critic = MLP(widths=(16,)).build_critic((8,))
    assert operations(critic, torch.zeros(4, 8)) == 2 * 4 * (8 * 16 + 16)
    assert operations(DCGAN(width=4).build_critic(SHAPE), torch.zeros(2, *SHAPE)) > 0
