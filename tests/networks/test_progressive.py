"""Growth: what a half-grown network computes."""

from itertools import pairwise

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from wgan.networks import Grows, Progressive
from wgan.networks.progressive import growth

SHAPE = (3, 16, 16)
# Two doublings in half of the training: eighths of it are stand 4, fade 8, stand 8, fade 16.
STAND_4, FADE_8, STAND_8, FADE_16 = 1 / 16, 3 / 16, 5 / 16, 7 / 16


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Progressive(widest=6, grown=0.5).build_generator(8, SHAPE)


@pytest.fixture
def critic():
    torch.manual_seed(0)
    return Progressive(widest=6, grown=0.5).build_critic(SHAPE)


def at(module, progress, x, alpha=None):
    """The module's output at a share of the training, with another α if given."""
    module.grow(progress)
    if alpha is not None:
        module.depth.fill_(module.level - 1 + alpha)
    return module(x)


def test_growth_is_monotone_and_complete():
    depths = [growth(step / 1000, doublings=4, grown=0.8) for step in range(1001)]
    assert depths[0] == 0
    assert depths == sorted(depths)
    # A fade-in takes a tenth of the training, a hundred steps.
    assert max(after - before for before, after in pairwise(depths)) == pytest.approx(0.01)
    assert {depth for step, depth in enumerate(depths) if step >= 800} == {4.0}
    for stage in range(4):  # each resolution stands for a tenth
        assert sum(depth == stage for depth in depths) == pytest.approx(100, abs=2)


def test_no_growth():
    assert growth(0.0, doublings=4, grown=0.0) == 4


@pytest.mark.parametrize(("fade", "before"), [(FADE_8, STAND_4), (FADE_16, STAND_8)])
def test_generator_fades_from_the_upsampled_old_to_the_new(generator, fade, before):
    latent = torch.randn(2, 8)
    old, start = at(generator, before, latent), at(generator, fade, latent, alpha=0.0)
    assert torch.equal(start, old)
    after = STAND_8 if before == STAND_4 else 1.0
    end, new = at(generator, fade, latent, alpha=1.0), at(generator, after, latent)
    assert torch.equal(end, new)
    assert not torch.allclose(old, new)
    torch.testing.assert_close(at(generator, fade, latent, alpha=0.25), 0.75 * old + 0.25 * new)


@pytest.mark.parametrize(("fade", "before"), [(FADE_8, STAND_4), (FADE_16, STAND_8)])
def test_critic_fades_from_the_old_to_the_new(critic, fade, before):
    images = torch.randn(4, *SHAPE)
    old, start = at(critic, before, images), at(critic, fade, images, alpha=0.0)
    torch.testing.assert_close(start, old)  # up to the order in which pixels are averaged
    end, new = at(critic, fade, images, alpha=1.0), at(critic, STAND_8 if before == STAND_4 else 1.0, images)
    assert torch.equal(end, new)
    assert not torch.allclose(old, new)


def test_a_low_resolution_is_whole_pixels_repeated(generator):
    image = at(generator, STAND_4, torch.randn(2, 8))
    assert torch.equal(image, interpolate(image[..., ::4, ::4], scale_factor=4.0))
    image = at(generator, 1.0, torch.randn(2, 8))
    assert not torch.equal(image, interpolate(image[..., ::2, ::2], scale_factor=2.0))


def test_a_low_critic_sees_the_mean_of_pixels_alone(critic):
    images = torch.randn(4, *SHAPE)
    coarse = interpolate(avg_pool2d(images, 4), scale_factor=4.0)
    torch.testing.assert_close(at(critic, STAND_4, images), at(critic, STAND_4, coarse))
    assert not torch.allclose(at(critic, 1.0, images), at(critic, 1.0, coarse))


def test_a_new_module_is_fully_grown(generator):
    latent = torch.randn(2, 8)
    assert torch.equal(generator(latent), at(generator, 1.0, latent))
    assert isinstance(generator, Grows)


def test_growth_is_part_of_the_state(generator):
    latent = torch.randn(2, 8)
    expected = at(generator, FADE_8 + 0.01, latent)
    fresh = Progressive(widest=6, grown=0.5).build_generator(8, SHAPE)
    fresh.load_state_dict(generator.state_dict())
    assert torch.equal(fresh(latent), expected)
    assert (fresh.level, fresh.fading) == (1, True)


def test_parameters_of_all_levels_exist_from_the_start(generator):
    names = list(generator.state_dict())
    generator.grow(0.0)
    assert list(generator.state_dict()) == names
    weights = list(generator.parameters())
    generator(torch.randn(2, 8)).sum().backward(inputs=weights)  # as the loop calls it
    reached = {name for name, parameter in generator.named_parameters() if parameter.grad is not None}
    assert reached
    assert all(name.startswith(("stem", "to_image.0")) for name in reached)
