"""One contract for all: every loss under every Lipschitz method on every network family makes a critic that learns."""

from copy import deepcopy
from inspect import isabstract

import pytest
import torch
from torch import nn

import wgan.lipschitz
import wgan.losses
import wgan.networks
from running import plain
from wgan.critic import CriticStep
from wgan.errors import InputError
from wgan.lipschitz import Clipping, GradientPenalty, LipschitzMethod, Orthogonal
from wgan.losses import Loss
from wgan.networks import DCGAN, CriticNetwork, FunnelCritic, Grows
from wgan.randomness import stream

SHAPE = (1, 8, 8)
# Small enough for milliseconds; a family without an entry is tested with its defaults.
SMALL = {
    "MLP": {"widths": (8, 8), "activation": "LeakyReLU"},
    "ConcatMLP": {"widths": (8, 8)},
    "DCGAN": {"width": 4},
    "ResNet": {"width": 4},
    "Progressive": {"widest": 4},
    "StyleGAN2": {"widest": 4, "style": 8, "mapping_layers": 2},
    "R3GAN": {"widest": 4, "blocks": 1},
    "Funnel": {"centers": 5},
}
FIELDS = {Clipping: {"c": 0.1}}  # deep networks of weights below 0.01 have values below the rounding
RATE = 1e-5  # short enough for every slope here to be the one at its start; double precision sees it


def members(module, base):
    exported = {name: getattr(module, name) for name in module.__all__}
    return {n: c for n, c in exported.items() if isinstance(c, type) and issubclass(c, base) and not isabstract(c)}


def instances(module, base):
    return [cls(**FIELDS.get(cls, {})) for cls in members(module, base).values()]


def families():
    found = members(wgan.networks, CriticNetwork)
    return [pytest.param(cls(**SMALL.get(name, {})), id=name) for name, cls in found.items()]


def name(member):
    return type(member).__name__


LOSSES = instances(wgan.losses, Loss)
METHODS = instances(wgan.lipschitz, LipschitzMethod)


class Setting:
    """A critic within its method's constraint, and the way back to its start."""

    def __init__(self, family: CriticNetwork, method: LipschitzMethod, seed: int = 0) -> None:
        torch.manual_seed(seed)
        if isinstance(family, DCGAN) and isinstance(method, GradientPenalty):
            family = DCGAN(width=4, norm="layer")  # with batch norm it is refused, see test_refusals.py
        self.critic, self.method = family.build_critic(SHAPE).double(), method
        with torch.no_grad():  # away from initialisations at zero, which block what is before them
            for parameter in self.critic.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
            if isinstance(self.critic, FunnelCritic):
                self.critic.offsets.sub_(10.0)  # the distances to its centers, whose scores would saturate the losses
        for part in self.critic.modules():
            if isinstance(part, Grows):
                part.grow(0.6)  # while a resolution fades in, all layers act
        method.parametrize(self.critic)
        for _ in range(20):
            method.project(self.critic)
        self.begin(deepcopy(self.critic.state_dict()))

    def begin(self, weights: dict, optimizer: dict | None = None) -> None:
        self.critic.load_state_dict(deepcopy(weights))
        self.optimizer = torch.optim.SGD(self.critic.parameters(), lr=RATE, momentum=0.9)
        self.optimizer.load_state_dict(deepcopy(optimizer or self.optimizer.state_dict()))

    def state(self) -> tuple[dict, dict]:
        return deepcopy(self.critic.state_dict()), deepcopy(self.optimizer.state_dict())

    def step(self, loss: Loss, index: int):
        real, fake = torch.randn(2, 8, *SHAPE, generator=stream(0, "samples"), dtype=torch.float64)
        step = CriticStep(self.critic, loss, (self.method,), self.optimizer)
        return step(real, 0.7 * fake + 0.5, step=index, progress=0.0, rng=stream(0, "noise"))


@pytest.mark.parametrize("method", METHODS, ids=name)
@pytest.mark.parametrize("family", families())
def test_every_loss_trains(family, method):
    if isinstance(method, Orthogonal) and name(family) in ("Progressive", "StyleGAN2"):
        with pytest.raises(InputError, match=r"is parametrized; expected a plain weight"):
            Setting(family, method)
        return
    setting, other = Setting(family, method), Setting(family, method, seed=1)
    start, _ = setting.state()
    missed, worse = [], []
    for loss in LOSSES:
        setting.begin(start)
        first = setting.step(loss, 0)
        missed += [f"{name(loss)}: {at}" for at in without_gradient(setting.critic)]
        once = setting.state()
        second = setting.step(loss, 1)
        totals = [record.loss + record.penalty for record in (first, second)]
        assert all(part.shape == () and part.isfinite() for record in (first, second) for part in record)
        worse += [f"{name(loss)}: {totals[0]} → {totals[1]}"] if not totals[1] < totals[0] else []

        other.begin(*once)  # what was saved goes on in another process's networks
        assert plain(list(other.step(loss, 1))) == plain(list(second))
        assert plain(other.state()) == plain(setting.state())

        setting.begin(start)  # and the same start gives the same bits
        assert plain(list(setting.step(loss, 0))) == plain(list(first))
        assert plain(setting.state()) == plain(once)
    assert missed == []
    assert worse == []


def without_gradient(critic: nn.Module) -> list[str]:
    """Weights that the step did not move; a bias may be one that no difference of scores can feel."""
    return [at for at, p in critic.named_parameters() if p.dim() > 1 and (p.grad is None or not p.grad.abs().sum() > 0)]
