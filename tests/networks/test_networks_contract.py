"""What every family of `wgan.networks` promises, for every name in its `__all__`."""

from copy import deepcopy
from dataclasses import replace
from inspect import isabstract

import pytest
import torch

import wgan.networks
from wgan.errors import InputError
from wgan.lipschitz import GP
from wgan.lipschitz.constant import batch_norm_layers, certified_constant, measured_constant
from wgan.networks import (
    DCGAN,
    MLP,
    R3GAN,
    CriticNetwork,
    Funnel,
    Grows,
    Network,
    ResNet,
    StyleGAN2,
    beside,
    given,
    judged_shape,
    packed,
)

# Small enough for seconds; a family without an entry is tested with its defaults.
SMALL = {
    "MLP": {"widths": (8, 8)},
    "ConcatMLP": {"widths": (8, 8)},
    "DCGAN": {"width": 4},
    "ResNet": {"width": 4},
    "Progressive": {"widest": 4},
    "StyleGAN2": {"widest": 4, "style": 8, "mapping_layers": 2},
    "R3GAN": {"widest": 4, "blocks": 1},
    "Funnel": {"centers": 5},
}
SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32), (1, 32, 64), (3, 48, 40)]
LATENT, WIDTH = 6, 3


def families(base):
    exported = {name: getattr(wgan.networks, name) for name in wgan.networks.__all__}
    classes = {n: c for n, c in exported.items() if isinstance(c, type) and issubclass(c, base) and not isabstract(c)}
    return [pytest.param(cls(**SMALL.get(name, {})), id=name) for name, cls in classes.items()]


def modules(shape=(1, 8, 8)):
    """Every generator and critic, with an input for each."""
    sides = [
        (f"{p.id}-generator", lambda f=p.values[0]: f.build_generator(LATENT, shape), (4, LATENT))
        for p in families(Network)
    ]
    sides += [
        (f"{p.id}-critic", lambda f=p.values[0]: f.build_critic(shape), (4, *shape)) for p in families(CriticNetwork)
    ]
    return [pytest.param(build, size, id=name) for name, build, size in sides]


def built(build, seed=0):
    torch.manual_seed(seed)
    return build()


def shaken(module):
    """Weights away from initialisations at zero, which block others."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module.eval()


def test_every_family_of_the_issue_is_exported():
    names = {p.id for p in families(CriticNetwork)}
    assert names >= {"MLP", "DCGAN", "ResNet", "Progressive", "StyleGAN2", "R3GAN", "Funnel"}
    assert "Funnel" not in {p.id for p in families(Network)}  # it has no generator, and says so in its type


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("family", families(Network))
def test_generator_makes_samples_of_the_shape(family, shape):
    assert family.build_generator(LATENT, shape)(torch.randn(2, LATENT)).shape == (2, *shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("family", families(CriticNetwork))
def test_critic_scores_each_sample(family, shape):
    assert family.build_critic(shape)(torch.randn(3, *shape)).shape == (3,)


@pytest.mark.parametrize(("build", "size"), modules())
def test_gradient_reaches_every_parameter(build, size):
    module = shaken(built(build))  # in evaluation, since batch statistics would cancel the biases before them
    for progress in torch.linspace(0, 1, 17).tolist() if isinstance(module, Grows) else [1.0]:
        if isinstance(module, Grows):
            module.grow(progress)
        module(torch.randn(size)).square().sum().backward()
    missed = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert missed == []


@pytest.mark.parametrize(("build", "size"), modules())
def test_the_seed_decides_every_bit(build, size):
    x = torch.randn(size)
    first, again, other = built(build, 0)(x), built(build, 0)(x), built(build, 1)(x)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(("build", "size"), modules())
def test_forward_draws_no_random_numbers(build, size):
    module, x = built(build), torch.randn(size)
    before = torch.get_rng_state()
    module(x)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("build", "size"), modules())
def test_state_and_copies_are_complete(build, size):
    module, other, x = built(build, 0), built(build, 1), torch.randn(size)
    module(x)  # so that running statistics are not at their start
    other.load_state_dict(deepcopy(module.state_dict()))
    expected = module.eval()(x)
    assert torch.equal(other.eval()(x), expected)
    assert torch.equal(deepcopy(module)(x), expected)


@pytest.mark.parametrize("family", families(CriticNetwork))
def test_critic_takes_a_gradient_penalty(family):
    if isinstance(family, DCGAN):
        family = DCGAN(width=4, norm="layer")  # batch statistics change in place, which torch.func.grad refuses
    torch.manual_seed(0)
    critic = family.build_critic((1, 8, 8))
    penalty = GP().penalty(critic, torch.randn(4, 1, 8, 8))
    penalty.backward()
    gradients = [p.grad for p in critic.parameters() if p.grad is not None]
    assert penalty.isfinite()
    assert all(g.isfinite().all() for g in gradients)
    # A funnel's slope is 1 whatever its parameters are: nothing to penalise, nothing to learn from it.
    assert any(g.abs().sum() > 0 for g in gradients) or penalty < 1e-10


@pytest.mark.parametrize("family", families(Network))
def test_every_generator_takes_a_condition(family):
    generator = shaken(built(lambda: family.build_generator(LATENT + WIDTH, (1, 8, 8))))
    latent = torch.randn(3, LATENT)
    made = [generator(beside(latent, asked)) for asked in (torch.eye(WIDTH), torch.eye(WIDTH).roll(1, 0))]
    assert made[0].shape == (3, 1, 8, 8)
    assert not torch.allclose(*made)


@pytest.mark.parametrize("pac", [1, 2])
@pytest.mark.parametrize("family", families(CriticNetwork))
def test_every_critic_judges_the_pair_of_sample_and_condition(family, pac):
    critic = shaken(built(lambda: family.build_critic(judged_shape((1, 8, 8), pac, WIDTH))))
    samples = packed(torch.randn(6, 1, 8, 8), pac)
    conditions = [packed(torch.eye(WIDTH).roll(turn, 0).repeat(2, 1), pac) for turn in (0, 1)]
    scores = [given(critic, asked)(samples) for asked in conditions]
    assert scores[0].shape == (6 // pac,)
    assert not torch.allclose(*scores)


@pytest.mark.parametrize(
    "family",
    [
        MLP(widths=(8, 8)),
        DCGAN(width=4, norm="none"),
        ResNet(width=4),
        ResNet(width=4, pool="sum"),
        R3GAN(widest=8),
        StyleGAN2(widest=8, group=1),  # the deviation of a batch has no bound
        Funnel(centers=5),
        Funnel(centers=5, widths=(8,)),
    ],
    ids=repr,
)
def test_critic_is_no_steeper_than_certified(family):
    torch.manual_seed(0)
    critic, shape = family.build_critic((1, 16, 16)), (1, 16, 16)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.3 * parameter.std(correction=0) * torch.randn_like(parameter))
    certified = certified_constant(critic, shape)
    assert certified is not None
    assert 0 < measured_constant(critic, torch.randn(16, *shape), steps=5) <= certified * (1 + 1e-4)


@pytest.mark.parametrize("family", [p for p in families(CriticNetwork) if p.id not in ("MLP", "ConcatMLP", "Funnel")])
def test_what_is_no_image_is_sent_to_the_mlp(family):
    with pytest.raises(InputError, match=r"samples have shape \(2,\); it builds images .* use MLP"):
        family.build_critic((2,))
    with pytest.raises(InputError, match=r"cannot build images of 30×30; .* nearest: 28×28 or 32×32"):
        family.build_critic((1, 30, 30))


@pytest.mark.parametrize("family", families(CriticNetwork))
def test_the_field_of_the_critics_normalisation_is_declared(family):
    if family.critic_norm_field is None:
        assert batch_norm_layers(family.build_critic((1, 16, 16))) == []
        return
    for norm in ("batch", "layer", "none"):
        critic = replace(family, **{family.critic_norm_field: norm}).build_critic((1, 16, 16))
        assert bool(batch_norm_layers(critic)) == (norm == "batch")


@pytest.mark.parametrize("family", families(Network))
def test_output_bounds_the_generator(family):
    fields = {"output": "sigmoid", **SMALL.get(type(family).__name__, {})}
    samples = type(family)(**fields).build_generator(LATENT, (1, 8, 8))(10 * torch.randn(8, LATENT))
    assert samples.min() >= 0
    assert samples.max() <= 1
    with pytest.raises(InputError, match="unknown output of a generator 'tahn'; nearest: tanh"):
        type(family)(output="tahn")
