"""Micro-batches, bfloat16 and path lengths: what changes a step, and what must not."""

import pytest
import torch

from running import PAPERS, plain
from wgan.critic import CriticStep
from wgan.data import open_source
from wgan.errors import InputError
from wgan.lipschitz import GP
from wgan.losses import Wasserstein
from wgan.networks import MLP
from wgan.passes import Shares
from wgan.processes import Processes
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.runs.checkpoint import load_state, newest_intact, save_state
from wgan.training import State, train
from wgan.training.precision import Bfloat16, full_scores

SMALL = {"generator.widths": [8], "critic.widths": [8], "latent": 2, "batch": 16, "generator_batch": 24}
PLAIN = {"iterations": 2, "generator_optimizer": "SGD", "critic_optimizer": "SGD", "schedule.n_critic": 2}


def trained(name: str = "wgan-gp", **fields: object) -> tuple[State, list]:
    recipe, data = Recipe.named(name, {**SMALL, **PLAIN, **fields}), open_source("gaussians8")
    state = State.start(recipe, data.shape)
    return state, list(train(state, recipe, data))


def weights(state: State) -> list[torch.Tensor]:
    return [*state.generator.parameters(), *state.critic.parameters()]


@pytest.mark.parametrize("passes", [2, 4])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"loss": "RelativisticPaired", "lipschitz": "R1,R2"},
        {"loss": "Hinge", "lipschitz": "InstanceNoise,DRAGAN,Drift"},
        {"loss": "NonSaturatingGAN", "lipschitz": [{"type": "R1", "at": "both", "every": 2}]},
        {"loss": "KLGAN", "lipschitz": "Orthogonal"},
    ],
    ids=str,
)
def test_micro_batches_follow_the_gradient_of_the_whole(fields, passes):
    (whole, records), (parts, again) = trained(**fields), trained(**fields, accumulate=passes)
    for one, other in zip(weights(whole), weights(parts), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-6)  # a few roundings of float32
    torch.testing.assert_close(list(again[-1]), list(records[-1]), rtol=1e-4, atol=1e-5)


def test_a_c_transform_sees_micro_batches():
    (whole, _), (parts, _) = (
        trained(loss="CTransform", lipschitz="none", generator_batch=16, accumulate=passes) for passes in (1, 4)
    )
    assert not all(torch.allclose(a, b, rtol=1e-3) for a, b in zip(weights(whole), weights(parts), strict=True))


@pytest.mark.parametrize("passes", [1, 2])
def test_the_differentiated_step_keeps_gradients_tangent_and_adds_them_up(monkeypatch, passes):
    """As compiled, with its functional gradients, but without waiting for a compiler."""
    fields = {"lipschitz": "Orthogonal,GP", "accumulate": passes}
    eager, _ = trained(**fields)
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    recipe, data = Recipe.named("wgan-gp", {**SMALL, **PLAIN, **fields}), open_source("gaussians8")
    state = State.start(recipe, data.shape)
    list(train(state, recipe, data, compiled=True))
    for one, other in zip(weights(eager), weights(state), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-6)


def test_shares_put_back_together_are_the_batch():
    batch = torch.arange(24).view(12, 2)
    pieces = [Shares(2, rank, 3).of(batch) for rank in range(2)]
    assert torch.equal(torch.cat([part for rank in pieces for part in rank]), batch)
    twice = Shares(2, 1, 3).of(torch.cat([batch, 100 + batch]), 12)[2]
    assert twice[:, 0].tolist() == [20, 22, 120, 122]
    whole = sum(Shares(2, r, 3).whole(pieces[r][i], i) for r in range(2) for i in range(3))
    assert torch.equal(whole, batch)


@pytest.mark.parametrize(("batch", "count", "passes"), [(10, 3, 1), (10, 1, 4), (4, 2, 2)])
def test_batch_that_cannot_be_shared(batch, count, passes):
    with pytest.raises(InputError, match=rf"a batch of {batch} cannot be shared by {count} processes in {passes} pass"):
        Processes(count).shares(batch, passes)


def test_counts_and_precisions_that_do_not_exist():
    with pytest.raises(InputError, match="accumulate is 0; expected 1 or more"):
        Recipe.named("wgan-gp", {"accumulate": 0})
    with pytest.raises(InputError, match="unknown precision 'bf16'; nearest: bfloat16"):
        Recipe.named("wgan-gp", {"precision": "bf16"})


def test_bfloat16_is_for_the_passes_and_float32_for_penalty_and_loss():
    torch.manual_seed(0)
    critic, seen = MLP(widths=(64,)).build_critic((2,)), []
    full_scores(critic)
    critic[1].register_forward_hook(lambda *passed: seen.append(passed[-1].dtype))
    step = CriticStep(critic, Bfloat16(Wasserstein()), (GP(),), torch.optim.SGD(critic.parameters(), lr=0.1))
    real, fake = torch.randn(2, 64, 2, generator=stream(0, "samples"))
    record = step(real, fake + 1, step=0, progress=0.0, rng=stream(0, "noise"))
    assert seen == [torch.bfloat16, torch.float32]  # one pass over both batches, one for the penalty
    assert {part.dtype for part in record} == {torch.float32}
    assert {weight.dtype for weight in critic.parameters()} == {weight.grad.dtype for weight in critic.parameters()}


def test_bfloat16_trains_almost_alike():
    (full, _), (half, _) = trained(), trained(precision="bfloat16")
    start = State.start(Recipe.named("wgan-gp", SMALL), (2,))
    one, other, begun = (torch.cat([w.detach().flatten() for w in weights(state)]) for state in (full, half, start))
    assert other.dtype == torch.float32
    # bfloat16 rounds by 2⁻⁹ at most; the gradient is a difference of two means, which enlarges it a few times.
    assert 0 < (other - one).norm() < 0.05 * (one - begun).norm()


STYLES = {
    "generator": {"type": "StyleGAN2", "widest": 4, "style": 8, "mapping_layers": 1},
    "critic": {"type": "StyleGAN2", "widest": 4, "group": 1},
    "path_length": {"every": 2},
    "latent": 4,
    "batch": 8,
    "generator_batch": 8,
    "data.source": "digits",
    "iterations": 5,
}


def styled(**fields: object) -> tuple[Recipe, State]:
    recipe = Recipe.named("stylegan2", {**STYLES, **fields})
    return recipe, State.start(recipe, (1, 8, 8))


def test_path_lengths_act_lazily_and_their_mean_is_saved(tmp_path):
    data = open_source("digits")
    recipe, whole = styled()
    means = []
    for record in train(whole, recipe, data):  # noqa: B007 - the last is compared
        means.append(float(whole.path_length))
        if whole.iteration == 3:
            save_state(whole, tmp_path, PAPERS)
    assert means[0] > 0
    assert means[0] == means[1] < means[2] == means[3] < means[4]  # at iterations 0, 2 and 4

    _, resumed = styled(seed=1)
    load_state(resumed, newest_intact(tmp_path))
    (*_, last) = train(resumed, recipe, data)
    assert plain(list(last)) == plain(list(record))
    assert plain(dict(resumed.generator.state_dict())) == plain(dict(whole.generator.state_dict()))
    assert torch.equal(resumed.path_length, whole.path_length)


def test_path_lengths_change_what_the_generator_learns():
    data = open_source("digits")
    states = []
    for fields in ({"iterations": 1}, {"iterations": 1, "path_length": "none"}):
        recipe, state = styled(**fields)
        list(train(state, recipe, data))
        states.append(state)
    assert not torch.equal(*(state.generator.synthesise.constant for state in states))
    assert float(states[1].path_length) == 0
