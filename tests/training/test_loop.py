"""The loop against what Algorithm 1 says."""

import pytest
import torch
from torch import nn

from wgan.data import open_source
from wgan.recipes import Recipe
from wgan.training import EMA, State, train

SMALL = {"generator.widths": [8], "critic.widths": [8], "latent": 2, "batch": 8, "iterations": 4}


def state_of(name: str, **fields):
    recipe, data = Recipe.named(name, {**SMALL, **fields}), open_source("gaussians8")
    return State.start(recipe, data.shape), recipe, data


def test_critic_steps_follow_the_schedule():
    state, recipe, data = state_of("wgan", **{"schedule.warmup": 2, "schedule.long": 7, "schedule.refresh": 0})
    counts = [state.critic_steps for _ in train(state, recipe, data)]
    assert counts == [7, 14, 19, 24]


def test_every_weight_is_clipped_when_the_generator_steps():
    state, recipe, data = state_of("wgan", **{"schedule.warmup": 0, "schedule.refresh": 0})
    for _ in train(state, recipe, data):
        assert max(weights.abs().max() for weights in state.critic.parameters()) <= 0.01


def test_generator_step_leaves_the_critic_alone():
    state, recipe, data = state_of("wgan-gp")
    gradients = []
    hook = state.critic[1].weight.register_hook(gradients.append)
    next(train(state, recipe, data))
    hook.remove()
    assert len(gradients) == recipe.schedule.n_critic


def test_state_that_was_copied_midway_goes_on_alike():
    state, recipe, data = state_of("wgan-gp", iterations=6)
    whole = [record.estimate.item() for record in train(state, recipe, data)]
    state, recipe, data = state_of("wgan-gp", iterations=6)
    loop = train(state, recipe, data)
    first = [next(loop).estimate.item() for _ in range(3)]
    torch.randn(100)  # what others draw in between does not matter
    rest = [record.estimate.item() for record in train(state, recipe, data)]
    assert first + rest == whole


def test_modules_that_draw_are_seeded_too():
    def run() -> list[float]:
        state, recipe, data = state_of("wgan-gp")
        state.critic.insert(1, nn.Dropout(0.5))
        return [record.estimate.item() for record in train(state, recipe, data)]

    assert run() == run()


def test_learning_rates_reach_their_share():
    state, recipe, data = state_of("wgan-gp", final_lr=0.0)
    rates = [state.critic_optimizer.param_groups[0]["lr"] for _ in train(state, recipe, data)]
    base = recipe.critic_optimizer.lr
    assert rates == pytest.approx([base, 0.75 * base, 0.5 * base, 0.25 * base])


def test_ema_of_a_constant_is_the_constant_and_of_a_step_trails():
    module = nn.Linear(1, 1)
    ema = EMA(module, 0.9)
    ema.update(module, 0)
    assert torch.equal(ema.module.weight, module.weight)
    before = module.weight.item()
    with torch.no_grad():
        module.weight += 1
    ema.update(module, 10**6)
    assert ema.module.weight.item() == pytest.approx(before + 0.1)


def test_initialisation_does_not_touch_the_global_stream():
    torch.manual_seed(3)
    expected = torch.randn(2)
    torch.manual_seed(3)
    state_of("wgan-gp")
    assert torch.equal(torch.randn(2), expected)
