"""Idle funnels find work, those in use stay where they are, and endless sources never repeat themselves."""

import pytest
import torch

from wgan.critic.relocation import added_value, relocate_idle
from wgan.critic.samples import Sides, gather
from wgan.data import TensorSource
from wgan.data.pairs.closed_forms import translated_gaussians
from wgan.networks import FunnelCritic
from wgan.randomness import stream


def critic_with_idle_funnels(sign: int) -> FunnelCritic:
    """One funnel amid the samples and nine so deep that no sample is under them."""
    critic = FunnelCritic(torch.nn.Flatten(), size=2, centers=10, sign=sign)
    with torch.no_grad():
        critic.centers.zero_()
        critic.offsets[1:] = 50
    return critic


def test_idle_funnels_move_to_a_fair_share_of_the_samples_they_peak_at():
    for sign, home in ((-1, 3.0), (1, -3.0)):
        critic, rng = critic_with_idle_funnels(sign), stream(0, "rng")
        sides = Sides(torch.randn(4000, 2, generator=rng) + 3, torch.randn(4000, 2, generator=rng) - 3)
        optimizer = torch.optim.Adam(critic.parameters(), lr=0.1)
        (critic(sides.real).mean() - critic(sides.fake).mean()).backward()
        optimizer.step()
        before = critic.centers.detach().clone()
        assert relocate_idle(critic, optimizer, sides, rng) == 9
        assert torch.equal(critic.centers[0], before[0])
        assert (critic.centers[1:].mean(0) - home).abs().max() < 1
        side = sides.real if sign < 0 else sides.fake
        shares = critic.nearest(side).bincount(minlength=10)[1:] / len(side)
        assert (shares > 0).sum() >= 8
        assert shares.max() < 0.2
        memory = optimizer.state[critic.centers]
        assert (memory["exp_avg"][1:] == 0).all()
        torch.testing.assert_close(memory["exp_avg_sq"][3], memory["exp_avg_sq"][0])
        assert relocate_idle(critic, optimizer, sides, rng) < 9


def test_a_funnel_added_values_most_where_the_real_samples_are_and_the_fake_ones_are_not():
    rng = stream(0, "rng")
    for sign, home in ((-1, 3.0), (1, -3.0)):
        critic = critic_with_idle_funnels(sign)
        sides = Sides(torch.randn(4000, 2, generator=rng) + 3, torch.randn(4000, 2, generator=rng) - 3)
        places = torch.tensor([[-home, -home], [home, home], [home, -home]])
        offsets, scores = added_value(critic, sides, places)
        assert scores.argmax() == 1
        assert scores[1] > 10
        assert scores[0] < 0
        critic.centers.data[1], critic.offsets.data[1] = places[1], offsets[1]
        own = sides.real if sign < 0 else sides.fake
        assert (critic.nearest(own) == 1).double().mean().item() == pytest.approx(0.05, abs=0.001)


def test_a_place_that_no_sample_is_near_to_is_the_last_choice():
    critic = critic_with_idle_funnels(-1)
    sides = Sides(torch.zeros(40, 2), torch.zeros(40, 2))
    _, scores = added_value(critic, sides, torch.tensor([[9.0, 9.0]]))
    assert scores.tolist() == [0]


def test_only_endless_sources_give_other_samples_at_another_turn():
    pair = translated_gaussians(3)
    finite = TensorSource(pair.fake.sample(400, stream(0, "finite")))
    samples = gather(pair.real, finite, 100, seed=0)
    first, again = samples.renew(1), samples.renew(1)
    assert torch.equal(first.real, again.real)
    assert first.fake is samples.fit.fake
    assert not torch.isin(first.real, samples.fit.real).any()
    assert not torch.isin(first.real, samples.renew(2).real).any()
