"""What imitation says without its games, and what its parts compute."""

import sys

import pytest
import torch

from wgan.errors import InputError
from wgan.studies.beyond.imitation import DISCOUNT, Imitation, expert_policy, played, to_go


def test_a_missing_module_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    settings = {"judge": "JS", "rounds": 0, "seed": 0}
    with pytest.raises(InputError, match=r'pip install "wgan\[studies\]"'):
        Imitation().measure(settings)


def test_the_expert_balances_to_the_end():
    assert played(expert_policy, 4, 0, "test").returns == [500.0] * 4


def test_rewards_to_go_are_their_discounted_sums():
    rewards = torch.tensor([1.0, 2.0, 3.0])
    weights = DISCOUNT ** torch.arange(3)
    expected = [(1 - DISCOUNT) * float((rewards[at:] * weights[: 3 - at]).sum()) for at in range(3)]
    torch.testing.assert_close(to_go(rewards), torch.tensor(expected))
