"""What makes the numbers of a generator a row of a table."""

import pytest
import torch
from torch import nn

from wgan.networks import OneHots, answered, answers, with_one_hots


def test_blocks_are_shares_of_one_whole_and_the_rest_lies_between_the_ends():
    rows = OneHots((2, 3, 3))(10 * torch.randn(50, 10))
    for part in torch.split(rows[:, :8], [2, 3, 3], 1):
        torch.testing.assert_close(part.sum(1), torch.ones(50))
        assert (part >= 0).all()
    assert (rows[:, 8:].abs() <= 1).all()


def test_equal_blocks_are_taken_together_and_give_what_each_gives():
    torch.manual_seed(0)
    together = OneHots((3, 3, 4), temperature=0.5)
    assert together.groups == [(3, 2), (4, 1)]
    x = torch.randn(5, 10)
    torch.manual_seed(1)
    found = together(x)
    torch.manual_seed(1)
    noisy = (x - torch.rand(5, 10).log().neg().log()) / 0.5
    expected = torch.cat([part.softmax(1) for part in torch.split(noisy, [3, 3, 4], 1)], 1)
    torch.testing.assert_close(found, expected)


def test_the_largest_share_is_a_draw_from_the_softmax():
    torch.manual_seed(0)
    logits = torch.tensor([0.0, 1.0, 2.0])
    drawn = OneHots((3,))(logits.expand(20_000, 3)).argmax(1).bincount(minlength=3) / 20_000
    torch.testing.assert_close(drawn, logits.softmax(0), atol=0.02, rtol=0)


def test_a_gradient_passes_and_the_noise_is_of_the_global_generator():
    x = torch.randn(4, 6, requires_grad=True)
    head = OneHots((2, 3))
    torch.manual_seed(3)
    first = head(x)
    first[:, 0].sum().backward()
    assert x.grad is not None
    assert x.grad[:, :2].abs().sum() > 0
    torch.manual_seed(3)
    assert torch.equal(head(x), first)


@pytest.mark.parametrize("blocks", [(), (2, 3)])
def test_a_generator_is_given_its_last_layer_once(blocks):
    plain = nn.Linear(4, 6)
    made = with_one_hots(plain, blocks)
    assert (made is plain) == (not blocks)
    assert with_one_hots(made, blocks) is made


def test_misses_are_of_the_probability_that_a_row_has_what_it_was_asked_for():
    torch.manual_seed(0)
    ends, free = OneHots((2, 2, 3), asked=(2, 3, 4, 5, 6)), torch.randn(50, 8)
    place = torch.randint(5, (50,))
    misses = ends.misses(free, torch.eye(5)[place])
    second, third = free[:, 2:4].log_softmax(1), free[:, 4:7].log_softmax(1)
    torch.testing.assert_close(misses, -torch.cat([second, third], 1).gather(1, place[:, None])[:, 0])
    rows = ends(free.repeat(2000, 1))
    states = torch.cat([rows[:, 2:4] == rows[:, 2:4].amax(1, True), rows[:, 4:7] == rows[:, 4:7].amax(1, True)], 1)
    held = states.view(2000, 50, 5).double().mean(0).gather(1, place[:, None])[:, 0]
    expected = (-misses).exp().double()
    assert ((held - expected).abs() < 5 * (expected * (1 - expected) / 2000).sqrt() + 1e-9).all()


def test_a_generator_answers_if_it_ends_in_states_that_it_was_asked_for():
    body = nn.Linear(4, 5)
    assert answers(with_one_hots(body, (2, 2), asked=(0, 1)))
    assert not answers(with_one_hots(body, (2, 2)))
    assert not answers(with_one_hots(body, ()))
    generator = with_one_hots(body, (2, 2), asked=(0, 1))
    torch.manual_seed(0)
    rows, misses = answered(generator, torch.ones(3, 4), torch.eye(2)[[0, 1, 0]])
    torch.manual_seed(0)
    assert torch.equal(rows, generator(torch.ones(3, 4)))
    assert misses.shape == (3,)
    assert list(generator.state_dict()) == ["0.weight", "0.bias"]  # what is asked for is no weight
