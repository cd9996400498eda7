"""The toys have the geometry of their papers."""

import math

import pytest
import torch

from wgan.data import open_source


def drawn(spec, n=20_000):
    source = open_source(spec)
    return source, source.observed(n, torch.Generator().manual_seed(0)).float()


@pytest.mark.parametrize(
    ("name", "scale", "std", "modes"), [("gaussians8", 1.414, 0.02, 8), ("gaussians25", 2.828, 0.05, 25)]
)
def test_mixtures_visit_their_modes_equally_with_the_published_deviation(name, scale, std, modes):
    source, points = drawn(name)
    assert source.mode_std * scale == pytest.approx(std)
    nearest = torch.cdist(points, source.modes * scale).argmin(dim=1)
    counts = torch.bincount(nearest, minlength=modes).double()
    # Five standard deviations of a binomial count.
    assert (counts - 20_000 / modes).abs().max() < 5 * math.sqrt(20_000 / modes)
    deviation = (points - source.modes[nearest] * scale).std().item()
    # The sample deviation of 40,000 numbers is within 1/sqrt(80,000) of the true one; five of these.
    assert deviation == pytest.approx(std, rel=5 / math.sqrt(80_000))


def test_the_ring_has_radius_two_and_the_grid_the_steps_of_two():
    ring, grid = open_source("gaussians8"), open_source("gaussians25")
    torch.testing.assert_close(ring.scaling.decode(ring.modes).norm(dim=1), torch.full((8,), 2.0).double())
    assert grid.scaling.decode(grid.modes).round().unique().tolist() == [-4, -2, 0, 2, 4]


def test_the_swiss_roll_without_noise_has_its_angle_as_radius():
    source, points = drawn("swissroll:0")
    assert source.scaling.scale == 7.5
    radius = points.norm(dim=1)
    assert 1.5 * math.pi <= radius.min() < radius.max() <= 4.5 * math.pi
    # The radius, up to 14, is known to 24 bits, about 1e-6; its cosine times itself to about 14 times that.
    torch.testing.assert_close(
        radius[:, None] * torch.stack([radius.cos(), radius.sin()], dim=1), points, atol=1e-4, rtol=0
    )


def test_noise_of_the_swiss_roll_is_a_quarter():
    plain, noisy = drawn("swissroll:0")[1], drawn("swissroll")[1]
    # The same generator draws the angles first, so the difference is the noise alone.
    assert (noisy - plain).std().item() == pytest.approx(0.25, rel=5 / math.sqrt(80_000))


def test_lines_stand_at_theta_with_heights_uniform():
    points = drawn("lines:0.25")[1]
    assert (points[:, 0] == 0.25).all()
    assert 0 <= points[:, 1].min() < 0.001 < 0.999 < points[:, 1].max() <= 1
    assert (drawn("lines")[1][:, 0] == 0).all()


def test_circles_have_their_radii_equally_often():
    radius = drawn("circles:0.4")[1].norm(dim=1)
    outer = radius > 0.7
    # Noise of 0.05 moves the mean radius by 0.05^2 / 2r at most.
    assert radius[outer].mean().item() == pytest.approx(1.0, abs=0.005)
    assert radius[~outer].mean().item() == pytest.approx(0.4, abs=0.008)
    assert outer.float().mean().item() == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(20_000))


def test_a_parameter_belongs_to_the_name():
    assert open_source("lines").name == "lines"
    assert open_source("lines:0.5").name == "lines:0.5"
    assert open_source("gaussians8:0.1").mode_std == pytest.approx(0.1 / 1.414)
