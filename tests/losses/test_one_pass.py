"""Both batches go through the critic in one pass where that is the same as two."""

import pytest
import torch
from torch import nn

from wgan.lipschitz import Orthogonal, SpectralNorm
from wgan.losses import Wasserstein
from wgan.losses.one_pass import is_separable, scores_of_both
from wgan.networks import DCGAN, MLP, R3GAN, Progressive, ResNet, StyleGAN2

SHAPE = (1, 16, 16)
REAL, FAKE = torch.randn(2, 4, *SHAPE, generator=torch.Generator().manual_seed(0))
ALONE = {
    "MLP": MLP(widths=(8,)),
    "leaky": MLP(widths=(8,), activation="LeakyReLU"),
    "MaxMin": MLP(widths=(8,), activation="MaxMin"),
    "DCGAN": DCGAN(width=4, norm="layer"),
    "ResNet": ResNet(width=4),
    "R3GAN": R3GAN(capacity=256, widest=16),
}
TOGETHER = {
    "batch norm": DCGAN(width=4, norm="batch"),
    "minibatch deviation": StyleGAN2(capacity=128, widest=8, style=8),
    "growing": Progressive(capacity=128, widest=8),
}


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("methods", [(), (SpectralNorm(),), (Orthogonal(),)], ids=["free", "spectral", "orthogonal"])
def test_one_pass_gives_the_scores_of_two(name, methods):
    torch.manual_seed(0)
    critic = ALONE[name].build_critic(SHAPE)
    for method in methods:
        method.parametrize(critic)
    passes = []
    critic.register_forward_hook(lambda *_: passes.append(1))
    found = scores_of_both(critic, REAL, FAKE)
    assert len(passes) == 1
    torch.testing.assert_close(found, (critic(REAL), critic(FAKE)))


@pytest.mark.parametrize("name", TOGETHER)
def test_critics_that_mix_a_batch_see_the_two_apart(name):
    critic = TOGETHER[name].build_critic(SHAPE)
    assert not is_separable(critic)
    found = scores_of_both(critic, REAL, FAKE)
    torch.testing.assert_close(found, (critic(REAL), critic(FAKE)))


def test_unknown_layers_are_not_trusted():
    class Own(nn.Module):
        def forward(self, x):
            return (x - x.mean(0)).flatten(1).sum(1)

    assert not is_separable(nn.Sequential(Own()))
    assert not is_separable(nn.Sequential(nn.Dropout()))
    loss = Wasserstein().critic_value(Own(), REAL, FAKE).loss
    assert loss.abs() < 1e-5  # one pass over both would find a gap
