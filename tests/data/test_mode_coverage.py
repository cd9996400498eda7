import math

import pytest
import torch

from wgan.data import open_source
from wgan.errors import InputError
from wgan.metrics.modes import mode_coverage


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("name", "modes"), [("gaussians8", 8), ("gaussians25", 25)])
def test_a_mixture_covers_itself_with_the_share_of_a_gaussian_within_three_deviations(name, modes):
    source = open_source(name)
    found = mode_coverage(source.sample(20_000, seeded()), source.modes, source.mode_std)
    assert (found.modes_covered, found.modes_total) == (modes, modes)
    # Rayleigh: P(r <= 3 sigma) = 1 - exp(-9/2); four standard errors of a share of 20,000 draws.
    share = 1 - math.exp(-4.5)
    assert found.high_quality_share == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 20_000))
    assert sum(found.counts) == round(found.high_quality_share * 20_000)


def test_a_collapsed_generator_covers_one_mode():
    source = open_source("gaussians25")
    found = mode_coverage(source.modes[3].expand(100, 2), source.modes, source.mode_std)
    assert found.modes_covered == 1
    assert found.counts[3] == 100
    assert found.high_quality_share == 1.0


def test_the_border_belongs_to_the_mode_and_beyond_it_nothing_does():
    modes = torch.tensor([[0.0, 0.0]])
    inside = mode_coverage(torch.tensor([[3.0, 0.0]]), modes, std=1.0)
    outside = mode_coverage(torch.tensor([[3.0001, 0.0]]), modes, std=1.0)
    assert (inside.modes_covered, outside.modes_covered) == (1, 0)
    assert mode_coverage(torch.tensor([[3.0001, 0.0]]), modes, std=1.0, radius=4.0).modes_covered == 1


def test_minimum_share_asks_for_more_than_one_sample():
    modes = torch.tensor([[0.0], [10.0]])
    samples = torch.cat([torch.zeros(99, 1), torch.full((1, 1), 10.0)])
    assert mode_coverage(samples, modes, std=1.0).modes_covered == 2
    assert mode_coverage(samples, modes, std=1.0, minimum_share=0.02).modes_covered == 1


def test_rows_of_different_length_are_refused():
    with pytest.raises(InputError, match=r"samples \(4, 3\) for modes \(8, 2\): expected \(n, d\) and \(M, d\)"):
        mode_coverage(torch.zeros(4, 3), torch.zeros(8, 2), std=1.0)
