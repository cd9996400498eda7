"""What each loss declares that it needs, against what its values do."""

import pytest
import torch

from wgan.losses import Loss
from wgan.networks import MLP
from wgan.randomness import stream
from wgan.recipes.fields import members

LOSSES = [pytest.param(cls(), id=name) for name, cls in members(Loss).items()]
# Two distributions on the same two points: every divergence between them is finite.
REAL, FAKE = torch.tensor([[0.0], [0.0], [0.0], [1.0]]).double(), torch.tensor([[0.0], [1.0], [1.0], [1.0]]).double()


def best(loss: Loss, steepest: float) -> float:
    """The greatest value of the critics a + b x with |b| up to `steepest`."""
    slopes = torch.logspace(-2, float(torch.tensor(steepest).log10()), 15).tolist()
    levels = torch.cat([torch.linspace(-3, 3, 25), -torch.tensor(slopes), torch.tensor(slopes)]).tolist()
    values = [
        loss.critic_value(lambda x, a=a, b=b: a + b * x[:, 0], REAL, FAKE).estimate
        for a in levels
        for slope in slopes
        for b in (slope, -slope)
    ]
    return float(torch.stack(values).nan_to_num(nan=-torch.inf).max())


@pytest.mark.parametrize("loss", LOSSES)
def test_needs_constraint(loss):
    gentle, steep = best(loss, 10.0), best(loss, 1000.0)
    assert (steep > 10 * gentle) == loss.needs_constraint, (gentle, steep)


@pytest.mark.parametrize("loss", LOSSES)
def test_transports_batches(loss):
    """The loss of a whole batch is the mean of its halves' if it is one over samples or pairs."""
    torch.manual_seed(0)
    critic = MLP(widths=(8,)).build_critic((2,)).double()
    real, fake = torch.randn(2, 16, 2, generator=stream(0, "samples"), dtype=torch.float64)
    whole = loss.generator_loss(critic, real, fake)
    halves = [loss.generator_loss(critic, real[part], fake[part]) for part in (slice(8), slice(8, None))]
    assert (not torch.allclose(sum(halves) / 2, whole, rtol=1e-9)) == loss.transports_batches
