"""Published networks, down to their number of parameters; built without memory."""

import pytest
import torch
from torch import nn

from wgan.errors import InputError
from wgan.networks import DCGAN, MLP, R3GAN, Progressive, ResNet, StyleGAN2


def size(build):
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in build().parameters())


RGB64, RGB32, RGB1024 = (3, 64, 64), (3, 32, 32), (3, 1024, 1024)


@pytest.mark.parametrize(
    ("build", "published"),
    [
        # 784·100 + 100, 100·100 + 100, 100 + 1
        pytest.param(lambda: MLP(widths=(100, 100)).build_critic((1, 28, 28)), 88_701, id="MLP 2×100"),
        # 2·512 + 512, twice 512·512 + 512, 512 + 1
        pytest.param(lambda: MLP().build_critic((2,)), 527_361, id="MLP of the toys"),
        # The counts that the reference code prints.
        pytest.param(lambda: DCGAN().build_generator(100, RGB64), 3_576_704, id="DCGAN generator"),
        pytest.param(lambda: DCGAN().build_critic(RGB64), 2_765_568, id="DCGAN critic"),
        pytest.param(lambda: Progressive().build_generator(512, RGB1024), 23_079_115, id="ProGAN generator"),
        pytest.param(lambda: Progressive().build_critic(RGB1024), 23_087_249, id="ProGAN critic"),
        pytest.param(lambda: StyleGAN2().build_generator(512, RGB1024), 30_370_060, id="StyleGAN2 generator"),
        pytest.param(lambda: StyleGAN2().build_critic(RGB1024), 29_012_513, id="StyleGAN2 critic"),
        # Linear 128·2048 + 2048; three times: two convolutions, skip, two norms; norm; convolution to 3 channels.
        pytest.param(
            lambda: ResNet().build_generator(128, RGB32),
            264_192 + 3 * (2 * 147_584 + 16_512 + 512) + 256 + 3_459,
            id="WGAN-GP generator",
        ),
        # First block, down-block, two plain blocks, linear.
        pytest.param(
            lambda: ResNet().build_critic(RGB32),
            (3_584 + 147_584 + 512) + (2 * 147_584 + 16_512) + 4 * 147_584 + 129,
            id="WGAN-GP critic",
        ),
        # Stages of 768 channels: 768·1536 + 1536, 1536·16·9 + 1536, 1536·768 per block; ends without biases.
        pytest.param(
            lambda: R3GAN().build_critic(RGB32),
            8 * (2 * 768 * 1536 + 1536 * 146) + 768 * (3 + 16 + 1),
            id="R3GAN critic",
        ),
    ],
)
def test_parameter_count(build, published):
    assert size(build) == published


def test_a_constant_width_stays_constant():
    widths = {
        m.out_channels for m in DCGAN(norm="none", widest=64).build_generator(100, RGB64) if hasattr(m, "out_channels")
    }
    assert widths == {64, 3}


@pytest.mark.parametrize("family", [DCGAN(norm="none", width=4), ResNet(norm="none", width=4)])
def test_no_normalisation_when_off(family):
    layers = [*family.build_generator(8, RGB32).modules(), *family.build_critic(RGB32).modules()]
    assert not any(isinstance(m, (nn.modules.batchnorm._NormBase, nn.GroupNorm)) for m in layers)


def test_batch_normalisation_is_where_the_papers_have_it():
    def count(module):
        return sum(isinstance(m, nn.BatchNorm2d) for m in module.modules())

    assert count(DCGAN(width=4).build_generator(8, RGB64)) == 4
    assert count(DCGAN(width=4).build_critic(RGB64)) == 3  # none after the first convolution
    assert count(ResNet(width=4).build_generator(8, RGB32)) == 7  # two in each of three blocks, one at the end
    assert count(ResNet(width=4).build_critic(RGB32)) == 0


def test_dcgan_initialisation():
    torch.manual_seed(0)
    critic = DCGAN().build_critic(RGB64)
    weights = torch.cat([m.weight.flatten() for m in critic if isinstance(m, nn.Conv2d)])
    scales = torch.cat([m.weight for m in critic if isinstance(m, nn.BatchNorm2d)])
    # 2.8 million and 896 draws: standard errors 1e-5 and 7e-4.
    assert weights.std().item() == pytest.approx(0.02, abs=1e-4)
    assert scales.mean().item() == pytest.approx(1, abs=3e-3)
    assert scales.std().item() == pytest.approx(0.02, abs=3e-3)


def test_sum_pool_is_the_mean_pool_times_the_pixels():
    images = torch.randn(2, 3, 32, 32)
    mean, total = ResNet(width=4).build_critic(RGB32), ResNet(width=4, pool="sum").build_critic(RGB32)
    total.load_state_dict(mean.state_dict())
    torch.testing.assert_close(total(images), 64 * mean(images))  # 8×8 pixels are left; biases start at zero


@pytest.mark.parametrize("family", [R3GAN(widest=8), ResNet(width=4), StyleGAN2(widest=8), Progressive(widest=8)])
def test_scores_neither_vanish_nor_explode_at_256_pixels(family):
    torch.manual_seed(0)
    critic = family.build_critic((1, 256, 256))
    assert 1e-3 < critic(torch.randn(4, 1, 256, 256)).abs().mean() < 10


def test_r3gan_starts_as_if_it_had_no_branches():
    torch.manual_seed(0)
    critic = R3GAN(widest=8).build_critic(RGB32)
    without = nn.Sequential(*(m for m in critic if not hasattr(m, "branch")))
    images = torch.randn(2, *RGB32)
    assert torch.equal(critic(images), without(images))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: DCGAN(width=0), "DCGAN: width is 0; expected 1 or more"),
        (lambda: DCGAN(norm="bach"), "unknown normalisation 'bach'; nearest: batch"),
        (lambda: ResNet(pool="max"), "unknown pool 'max'"),
        (lambda: ResNet(critic_norm="spectral"), "unknown normalisation 'spectral'"),
        (lambda: R3GAN(blocks=0), "R3GAN: blocks is 0; expected 1 or more"),
        (lambda: StyleGAN2(style=0), "StyleGAN2: style is 0; expected 1 or more"),
        (lambda: Progressive(grown=1.5), "Progressive: grown is 1.5; expected a share from 0 to 1"),
        (lambda: MLP(widths=()), r"MLP: widths is \(\); expected at least one hidden layer"),
        (lambda: MLP(activation="Relu"), "unknown activation 'Relu'; nearest: ReLU"),
    ],
)
def test_bad_fields_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()
