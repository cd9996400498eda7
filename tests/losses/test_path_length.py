"""The path-length penalty against its closed form on a linear synthesis."""

import pytest
import torch
from torch import Tensor, nn

from wgan.errors import InputError
from wgan.losses import PathLength
from wgan.losses.path_length import path_lengths
from wgan.networks import StyleBased, StyleGAN2
from wgan.randomness import stream

STYLE, IMAGE = 5, (2, 3, 4)


class Linear(nn.Module):
    """g(w) = k·B·w, hence J_w = k·B everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.shape = IMAGE
        self.map = nn.Linear(3, STYLE, bias=False, dtype=torch.float64)
        self.scale = nn.Parameter(torch.tensor(1.5, dtype=torch.float64))
        self.basis = torch.randn(24, STYLE, generator=stream(0, "basis"), dtype=torch.float64)

    def mapping(self, latent: Tensor) -> Tensor:
        return self.map(latent)

    def synthesis(self, style: Tensor, latent: Tensor) -> Tensor:  # noqa: ARG002
        return (self.scale * style @ self.basis.T).unflatten(1, self.shape)


def latents(batch: int) -> Tensor:
    return torch.randn(batch, 3, generator=stream(0, "latent"), dtype=torch.float64)


def directions(batch: int, *shape: int, step: int = 0) -> Tensor:
    return torch.randn(batch, *shape, generator=stream(0, "directions", step), dtype=torch.float64)


def lengths_of(generator: StyleBased, latent: Tensor, along: Tensor) -> Tensor:
    style = generator.mapping(latent)
    return path_lengths(generator.synthesis(style, latent), style, along)


def lengths_by_hand(module: Linear) -> Tensor:
    """‖k Bᵀ y‖ with y of variance 1 / 12 pixels."""
    return (module.scale * (directions(8, *IMAGE) / 12**0.5).flatten(1) @ module.basis).norm(dim=1)


def test_lengths_of_a_linear_synthesis():
    module = Linear()
    assert isinstance(module, StyleBased)
    torch.testing.assert_close(lengths_of(module, latents(8), directions(8, *IMAGE)), lengths_by_hand(module))


def test_penalty_mean_and_gradient_of_a_linear_synthesis():
    module, mean = Linear(), torch.tensor(0.7, dtype=torch.float64)
    method = PathLength(weight=3.0, decay=0.25)
    lengths = lengths_of(module, latents(8), directions(8, *IMAGE))
    moved = method.follow(mean, lengths)
    penalty = method.penalty(lengths, moved)
    lengths = lengths_by_hand(module).detach()
    torch.testing.assert_close(moved, 0.75 * mean + 0.25 * lengths.mean())
    torch.testing.assert_close(penalty.detach(), 3 * (lengths - moved).square().mean())
    penalty.backward()
    # d/dk of λ mean (kℓ − a)², with a held.
    torch.testing.assert_close(module.scale.grad, 6 * ((lengths - moved) * lengths / 1.5).mean())
    assert mean == 0.7


def test_the_mean_reaches_the_expected_length():
    """One style and one pixel: the length is k·‖b‖·|y|, with mean k·‖b‖·√(2/π)."""
    module = Linear()
    module.basis = torch.full((1, STYLE), 2.0, dtype=torch.float64)
    module.shape = (1, 1, 1)
    mean, method = torch.zeros((), dtype=torch.float64), PathLength(decay=0.02)
    for step in range(400):
        mean = method.follow(mean, lengths_of(module, latents(64), directions(64, 1, 1, 1, step=step)))
    expected = 1.5 * 2 * 5**0.5 * (2 / torch.pi) ** 0.5
    # .98^400 = 3e-4 of the start is left; the mean of about 100 batches of 64 has a relative error of .76/√6400 = 1 %.
    assert mean.item() == pytest.approx(expected, rel=0.04)


def test_both_parts_of_a_style_based_generator_are_reached():
    torch.manual_seed(0)
    generator = StyleGAN2(widest=8, style=12, mapping_layers=2).build_generator(6, (3, 16, 16))
    lengths = lengths_of(generator, torch.randn(4, 6), torch.randn(4, 3, 16, 16))
    PathLength().penalty(lengths, torch.zeros(())).backward()
    reached = {name for name, p in generator.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    assert any(name.startswith("map.") for name in reached)
    assert {"synthesise.constant", "synthesise.layers.0.convolution.weight"} <= reached


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"weight": -1.0}, r"PathLength: weight is -1.0; expected zero or a positive number"),
        ({"decay": 0.0}, r"PathLength: decay is 0.0; expected a share above 0, to 1"),
        ({"every": 0}, r"PathLength: every is 0; expected 1 or more"),
        ({"shrink": 0}, r"PathLength: shrink is 0; expected 1 or more"),
    ],
)
def test_fields_out_of_range(fields, message):
    with pytest.raises(InputError, match=message):
        PathLength(**fields)
