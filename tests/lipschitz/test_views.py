"""Instance noise and blur: their widths, their schedules, what they leave alone."""

import pytest
import torch

from wgan.errors import InputError
from wgan.lipschitz import Blur, InstanceNoise
from wgan.randomness import stream


def noise():
    return stream(0, "noise")


@pytest.mark.parametrize("method", [InstanceNoise(sigma=2.0, until=0.5), Blur(sigma=2.0, until=0.5)], ids=str)
def test_strength_falls_linearly_to_zero_and_stays(method):
    assert [method.strength(t) for t in (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)] == pytest.approx([2, 1.5, 1, 0, 0, 0])
    samples = torch.randn(3, 2, 5, 7, generator=stream(0, "x"))
    torch.testing.assert_close(method.view(samples, 0.5, noise()), samples)
    assert (method.view(samples, 0.1, noise()) - samples).abs().max() > 0.1


def test_noise_has_the_deviation_of_the_schedule():
    samples = torch.zeros(20_000, 2)
    for progress, sigma in ((0.0, 0.7), (0.5, 0.35)):
        seen = InstanceNoise(sigma=0.7).view(samples, progress, noise())
        assert seen.std().item() == pytest.approx(sigma, rel=0.02)  # four standard errors of 40,000 draws
    assert torch.equal(seen, InstanceNoise(sigma=0.7).view(samples, 0.5, noise()))


def test_blur_of_a_point_is_the_kernel():
    image = torch.zeros(1, 1, 41, 41)
    image[0, 0, 20, 20] = 1
    seen = Blur(sigma=4.0).view(image, 0.0, noise())[0, 0]
    x = torch.arange(-5.0, 6.0)
    # 2^{−(x/σ)²} along the rows, up to its sum, and the same along the columns.
    torch.testing.assert_close(seen[20, 15:26] / seen[20, 20], torch.exp2(-((x / 4) ** 2)), atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(seen, seen.T)


def test_blur_keeps_constants_shapes_and_gradients_and_removes_detail():
    constant = torch.full((2, 3, 8, 5), 0.7)
    torch.testing.assert_close(Blur().view(constant, 0.0, noise()), constant)
    images = torch.randn(2, 3, 8, 5, generator=stream(0, "x"), requires_grad=True)
    seen = Blur(sigma=2.0).view(images, 0.0, noise())
    assert seen.shape == images.shape
    assert seen.std() < 0.5 * images.std()
    (gradient,) = torch.autograd.grad(seen.sum(), images)
    assert gradient.isfinite().all()
    assert gradient.sum().item() == pytest.approx(seen.numel(), rel=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Blur().view(torch.zeros(4, 2), 0.0, noise()), r"Blur: samples have shape \(2,\); expected images"),
        (lambda: InstanceNoise(sigma=-1.0), r"InstanceNoise: sigma is -1\.0; expected zero or a positive number"),
        (lambda: Blur(until=0.0), r"Blur: until is 0\.0; expected a positive number"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InputError, match=message):
        make()
