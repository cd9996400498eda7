"""The estimate's interval covers the known distance as often as it says."""

import pytest

from wgan.critic import StopRule, estimate
from wgan.data.pairs.closed_forms import parallel_lines, shell, translated_gaussians
from wgan.randomness import stream

RULE = StopRule(batch=128, every=25, most_steps=50)
DRAWS, LEAST = 40, 33  # a 95 % interval covers fewer in one of a thousand such tests
PAIRS = [translated_gaussians(2), translated_gaussians(16), parallel_lines(0.5), shell(16)]


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_intervals_cover_known_distances(pair):
    covered = 0
    for draw in range(DRAWS):
        real, fake = (side.sample(1000, stream(draw, side.name)) for side in (pair.real, pair.fake))
        low, high = estimate(real, fake, rule=RULE, seed=draw).interval
        covered += low - 1e-6 <= pair.w1 <= high + 1e-6
    assert covered >= LEAST
