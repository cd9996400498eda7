"""The loop with conditions and packs: any system takes them, in parts as in one piece, and goes on bit for bit."""

import pandas as pd
import pytest
import torch

from running import PAPERS, plain
from wgan.critic import CriticStep
from wgan.data import FiniteSource, open_source
from wgan.data.tables.recognition import from_frame
from wgan.errors import InputError
from wgan.losses import Wasserstein
from wgan.networks import MLP
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.runs.checkpoint import load_state, newest_intact, save_state
from wgan.runs.preparation import check, conditions_of
from wgan.training import State, train

SMALL = {"generator.widths": [8], "critic.widths": [8], "latent": 2, "batch": 24, "iterations": 3}
ASKED = {"condition.frequency": "log"}
DESCENT = {"generator_optimizer": "SGD", "critic_optimizer": "SGD"}
TABLE = {"condition.frequency": "log", "condition.cross_entropy": 1.0, "data.source": "people"}


def table(recipe: Recipe) -> FiniteSource:
    rows = pd.DataFrame({"word": list("aaaabbc") * 20, "other": list("xyyyy") * 28, "number": range(140)})
    return from_frame(rows.assign(number=rows["number"] % 97 + 0.5), recipe.data).source(recipe.data)


def started(recipe: Recipe, data: FiniteSource) -> State:
    return State.start(recipe, data.shape, blocks=data.scaling.blocks, conditions=conditions_of(recipe, data))


def trained(name: str, **fields: object) -> tuple[State, list]:
    recipe = Recipe.named(name, {**SMALL, **fields})
    data = table(recipe) if recipe.data.mixed else open_source("digits")
    state = started(recipe, data)
    check(recipe, state, data)
    return state, list(train(state, recipe, data))


def weights(state: State) -> list[torch.Tensor]:
    return [*state.generator.parameters(), *state.critic.parameters()]


@pytest.mark.parametrize("pac", [1, 3])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"loss": "Hinge", "lipschitz": "SpectralNorm"},
        {"loss": "RelativisticPaired", "lipschitz": "R1,R2"},
        {"loss": "NonSaturatingGAN", "lipschitz": "InstanceNoise,DRAGAN,Drift"},
        {"loss": "CTransform", "lipschitz": "none"},
        {"loss": "Wasserstein", "lipschitz": "Clipping"},
        {"precision": "bfloat16"},
        {"critic": {"type": "Funnel", "centers": 3}, "lipschitz": "none"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:SpectralNorm does not make")
def test_any_system_learns_with_conditions(fields, pac):
    if "critic" in fields:
        fields = {**fields, "critic.widths": []}
    _, records = trained("wgan-gp", **{**ASKED, "pac": pac, **fields})
    assert len(records) == 3
    assert all(torch.stack(record).isfinite().all() for record in records)


@pytest.mark.parametrize("pac", [1, 3])
@pytest.mark.parametrize(("name", "fields"), [("wgan-gp", ASKED), ("table", TABLE)])
def test_micro_batches_with_conditions_follow_the_gradient_of_the_whole(name, fields, pac):
    if name == "table":  # batch norm sees micro-batches
        fields = {**fields, "generator": {"type": "MLP", "widths": [8]}}
    (whole, _), (parts, _) = (trained(name, **fields, **DESCENT, pac=pac, accumulate=passes) for passes in (1, 2))
    for one, other in zip(weights(whole), weights(parts), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-6)  # a few roundings of float32


def test_the_differentiated_step_with_a_condition_is_the_plain_one(monkeypatch):
    """As compiled, with its functional gradients, but without waiting for a compiler."""
    eager, _ = trained("wgan-gp", **ASKED, **DESCENT, pac=2)
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    recipe, data = Recipe.named("wgan-gp", {**SMALL, **ASKED, **DESCENT, "pac": 2}), open_source("digits")
    state = started(recipe, data)
    list(train(state, recipe, data, compiled=True))
    for one, other in zip(weights(eager), weights(state), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["ctgan", "table", "wgan-gp"])
def test_a_state_that_was_saved_goes_on_bit_for_bit(name, tmp_path):
    fields = {**SMALL, "pac": 2, **(TABLE if name != "wgan-gp" else ASKED)}
    recipe = Recipe.named(name, fields)
    data = table(recipe) if recipe.data.mixed else open_source("digits")
    whole = started(recipe, data)
    for _ in train(whole, recipe, data):
        save_state(whole, tmp_path, PAPERS)
    halfway = started(recipe.replace({"seed": 1}), data)
    load_state(halfway, newest_intact(tmp_path, 2))
    list(train(halfway, recipe, data))
    parts = [(s.generator, s.critic, s.ema.module, s.generator_optimizer, s.critic_optimizer) for s in (whole, halfway)]
    first, second = (plain([dict(part.state_dict()) for part in side]) for side in parts)
    assert first == second


def test_the_cross_entropy_teaches_a_generator_to_hold_what_it_is_asked_for():
    shares = []
    for weight in (0.0, 1.0):
        recipe = Recipe.named("table", {**SMALL, **TABLE, "condition.cross_entropy": weight, "iterations": 40})
        recipe = recipe.replace({"critic_optimizer.lr": 1e-9, "generator_optimizer.lr": 1e-2, "final_lr": 1.0})
        data = table(recipe)
        state = started(recipe, data)
        list(train(state, recipe, data))
        condition = data.conditions.draw(400, stream(0, "asked"))
        with torch.no_grad():
            rows = state.generator(torch.cat([torch.randn(400, 2, generator=stream(0, "latent")), condition], 1))
        asked = torch.tensor(data.conditions.states)[condition.argmax(1)]
        shares.append(float(rows.gather(1, asked[:, None]).gt(0.5).double().mean()))
    assert shares[0] < 0.7
    assert shares[1] > 0.9


def test_a_step_without_a_condition_is_that_of_a_critic_of_samples():
    real, fake = torch.randn(2, 6, 2)
    seen = []
    for condition in (None, torch.zeros(6, 0)):
        torch.manual_seed(0)
        critic = MLP(widths=(8,)).build_critic((2,))
        step = CriticStep(critic, Wasserstein(), (), torch.optim.SGD(critic.parameters(), lr=0.1))
        seen.append(torch.stack(step(real, fake, condition, step=0, progress=0.0, rng=stream(0, "noise"))))
    assert torch.equal(*seen)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("wgan-gp", {**ASKED, "pac": 5}, "batch is 24, which cannot be divided into packs of 5; make it a multiple of"),
        ("wgan-gp", {"generator_batch": 25, "pac": 3}, "generator_batch is 25, which cannot be divided into packs"),
        ("wgan-gp", {"pac": 24}, "batch: a batch of 1 cannot be shared by 1 processes"),
        ("wgan-gp", {**ASKED, "condition.cross_entropy": 1}, "condition.cross_entropy is of the states of rows"),
        ("wgan-gp", {"pac": 0}, "pac is 0; expected 1 or more"),
    ],
)
def test_what_cannot_be_meant_is_one_line(name, fields, message):
    with pytest.raises(InputError, match=message):
        trained(name, **fields)
