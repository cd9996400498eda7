"""The modulated convolution, noise and the two halves of the StyleGAN2 generator."""

import pytest
import torch
from torch.nn.functional import conv2d, interpolate

from wgan.networks import StyleBased, StyleGAN2
from wgan.networks.noise import PRIME, LatentKeys, pixel_noise, scramble
from wgan.networks.stylegan2 import ModulatedConv


def per_sample(module, x, style):
    """The paper's formula, one sample and one kernel at a time."""
    outputs = []
    for features, scale in zip(x, module.affine(style), strict=True):
        weight = module.rate * module.weight * scale[None, :, None, None]
        if module.demodulate:
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        outputs.append(conv2d(features[None], weight, padding=weight.shape[-1] // 2)[0])
    return torch.stack(outputs)


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("size", [1, 3])
def test_modulated_convolution_equals_the_loop(size, demodulate):
    torch.manual_seed(0)
    module = ModulatedConv(5, 7, size, style=4, demodulate=demodulate).double()
    x, style = torch.randn(3, 5, 6, 6, dtype=torch.float64), torch.randn(3, 4, dtype=torch.float64)
    torch.testing.assert_close(module(x, style), per_sample(module, x, style))


def test_doubling_equals_bilinear_upsampling_and_the_mirrored_kernel():
    torch.manual_seed(0)
    module = ModulatedConv(3, 4, 3, style=4, up=True, demodulate=False).double()
    x, style = torch.randn(2, 3, 6, 6, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)
    modulated = interpolate(x * module.affine(style)[:, :, None, None], scale_factor=2, mode="bilinear")
    expected = conv2d(modulated, module.rate * module.weight.flip((2, 3)), padding=1)
    actual = module(x, style)
    assert actual.shape == (2, 4, 12, 12)
    torch.testing.assert_close(actual[..., 3:-3, 3:-3], expected[..., 3:-3, 3:-3])  # borders are padded otherwise


def test_demodulation_restores_unit_variance():
    torch.manual_seed(0)
    x, style = torch.randn(4, 64, 34, 34), 3 * torch.randn(4, 16)
    with_it, without = (ModulatedConv(64, 64, 3, 16, demodulate=on)(x, style)[..., 1:-1, 1:-1] for on in (True, False))
    variances = with_it.var((1, 2, 3))
    # 65,536 values a sample, nine of which overlap: relative error about √(2·9/65536) = 1.7 %.
    torch.testing.assert_close(variances, torch.ones(4), rtol=0, atol=0.06)
    assert without.var((1, 2, 3)).min() > 2


def noise(batch=32, side=64, first=0):
    torch.manual_seed(0)
    return pixel_noise(LatentKeys(16)(torch.randn(batch, 16)), first, (side, side)).squeeze(1)


def test_noise_is_standard_normal():
    values = noise()
    error = values.numel() ** -0.5  # of the mean; √2, √15, √96 times that for the next moments
    assert abs(values.mean()) < 4 * error
    assert abs(values.square().mean() - 1) < 4 * 2**0.5 * error
    assert abs(values.pow(3).mean()) < 4 * 15**0.5 * error
    assert abs(values.pow(4).mean() - 3) < 4 * 96**0.5 * error


def test_noise_is_independent():
    values = noise()
    error = values.numel() ** -0.5
    for lag in (1, 2, 64):  # neighbours, and the pixel below
        assert abs((values.flatten(1)[:, lag:] * values.flatten(1)[:, :-lag]).mean()) < 4 * error
    assert abs((values * noise(first=64 * 64)).mean()) < 4 * error  # of another layer
    samples = values.flatten(1)
    correlation = samples @ samples.T / samples.shape[1] - torch.eye(32)
    assert correlation.abs().max() < 5.5 * samples.shape[1] ** -0.5  # the largest of 1,024 values


def test_noise_is_a_function_of_the_latent():
    latent = torch.randn(4, 16)
    keys = LatentKeys(16)
    full = pixel_noise(keys(latent), 100, (8, 8))
    assert torch.equal(pixel_noise(keys(latent[2:3]), 100, (8, 8))[0], full[2])
    assert torch.equal(pixel_noise(keys(latent), 100 + 64 - 8, (8, 8))[:, 0, 0], full[:, 0, 7])  # pixels are numbered


def test_scramble_is_a_permutation():
    consecutive = torch.arange(PRIME - 100_000, PRIME)
    assert len(scramble(consecutive).unique()) == 100_000
    inverse = pow(5, -1, PRIME - 1)
    assert [pow(int(y), inverse, PRIME) for y in scramble(consecutive[:20])] == consecutive[:20].tolist()


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return StyleGAN2(widest=8, style=12, mapping_layers=2).build_generator(6, (3, 16, 16))


def test_an_image_does_not_depend_on_its_batch(generator):
    with torch.no_grad():
        for layer in generator.synthesise.layers:
            layer.strength.fill_(1.0)
    latent = torch.randn(5, 6)
    # Alone or in a batch, convolutions sum in another order.
    torch.testing.assert_close(generator(latent)[3:4], generator(latent[3:4]), rtol=1e-4, atol=1e-5)


def test_noise_has_a_strength_that_starts_at_zero(generator):
    latent, other = torch.randn(2, 6), torch.randn(2, 6)
    style = generator.mapping(latent)
    assert torch.equal(generator.synthesis(style, latent), generator.synthesis(style, other))
    generator.synthesise.layers[1].strength.data.fill_(1.0)
    assert not torch.allclose(generator.synthesis(style, latent), generator.synthesis(style, other))
    silent = StyleGAN2(widest=8, style=12, noise=False).build_generator(6, (3, 16, 16))
    assert not any("strength" in name for name in silent.state_dict())


def test_styles_can_be_mixed(generator):
    latent = torch.randn(2, 6)
    style, other = generator.mapping(latent), generator.mapping(torch.randn(2, 6))
    styles = style[:, None].repeat(1, generator.synthesise.styles, 1)
    assert torch.equal(generator.synthesis(styles, latent), generator(latent))
    for layer in range(generator.synthesise.styles):
        mixed = styles.clone()
        mixed[:, layer] = other
        assert not torch.allclose(generator.synthesis(mixed, latent), generator(latent))


def test_path_lengths_can_be_penalised(generator):
    assert isinstance(generator, StyleBased)
    latent = torch.randn(2, 6)
    style = generator.mapping(latent)
    images = generator.synthesis(style, latent)
    (slopes,) = torch.autograd.grad((images * torch.randn_like(images)).sum(), style, create_graph=True)
    slopes.norm(dim=1).square().mean().backward()
    reached = [name for name, p in generator.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert any(name.startswith("map.") for name in reached)
    assert "synthesise.layers.0.convolution.weight" in reached


def test_the_mapping_ignores_the_length_of_the_latent(generator):
    latent = torch.randn(2, 6)
    torch.testing.assert_close(generator.mapping(latent), generator.mapping(3 * latent))
