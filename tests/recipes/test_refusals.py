"""Known mistakes, each beside its nearest neighbour that is no mistake."""

import warnings

import pytest
import torch
from torch import Tensor, nn

from wgan.errors import InputError
from wgan.networks import Funnel
from wgan.recipes import Recipe
from wgan.recipes.refusals import refuse_mistakes
from wgan.runs.lengthening import refuse_course
from wgan.training import State

IMAGE = (1, 16, 16)


def judge(name: str, shape: tuple[int, ...] = (2,), own: nn.Module | None = None, **changes: object) -> list[str]:
    """The warnings about a recipe with some fields changed, or with a critic of one's own."""
    recipe = Recipe.named(name, changes)
    state = State.start(recipe, shape, generator=nn.Linear(1, 1), critic=own)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        refuse_mistakes(recipe, state.generator, state.critic, shape)
    return [str(warning.message) for warning in caught]


def dcgan(norm: str) -> dict[str, object]:
    return {"critic": {"type": "DCGAN", "width": 4, "norm": norm}}


@pytest.mark.parametrize("penalty", ["GP", "R1", "DRAGAN"])
def test_batch_norm_under_a_gradient_penalty(penalty):
    message = rf"batch normalisation \(layers 3\).*for {penalty} to act on.*\(--critic.norm layer\)"
    with pytest.raises(InputError, match=message):
        judge("wgan-gp", IMAGE, **dcgan("batch"), lipschitz=penalty)
    assert judge("wgan-gp", IMAGE, **dcgan("layer"), lipschitz=penalty) == []
    assert judge("wgan-gp", IMAGE, **dcgan("batch"), lipschitz="Clipping") == []


def test_batch_norm_in_a_residual_critic_names_its_own_field():
    critic = {"type": "ResNet", "width": 4, "widest": 4, "critic_norm": "batch"}
    with pytest.raises(InputError, match=r"--critic.critic_norm layer"):
        judge("wgan-gp", IMAGE, critic=critic)


def test_batch_norm_of_a_critic_of_ones_own_names_no_field():
    own = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Flatten(0))
    with pytest.raises(InputError, match="normalise layers instead, or nothing"):
        judge("wgan-gp", own=own)


class Probability(nn.Module):
    """A critic whose sigmoid is no layer."""

    def __init__(self, squash: bool) -> None:
        super().__init__()
        self.layer, self.squash = nn.Linear(2, 1), squash

    def forward(self, x: Tensor) -> Tensor:
        scores = self.layer(x)
        return (torch.sigmoid(scores) if self.squash else scores).squeeze(1)


@pytest.mark.parametrize("name", ["gan", "wgan-gp", "lsgan"])
def test_sigmoid_at_the_end(name):
    squashed = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid(), nn.Flatten(0))
    for critic in (squashed, Probability(squash=True)):
        with pytest.raises(InputError, match="the critic ends in a sigmoid; expected raw scores"):
            judge(name, own=critic)
    inside = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Flatten(0))
    for critic in (inside, Probability(squash=False)):
        assert judge(name, own=critic) == []


def test_wasserstein_loss_without_a_constraint():
    expected = ["nothing keeps the critic Lipschitz, so its W₁ estimate grows without bound"]
    for views in ("none", "InstanceNoise", "Drift"):
        assert [line.split(";")[0] for line in judge("wgan-gp", lipschitz=views)] == expected
    assert judge("wgan-gp", lipschitz="none", loss="Hinge") == []
    assert judge("wgan-gp", lipschitz="none", loss="CoWGAN") == []
    assert judge("wgan-gp", lipschitz="R1") == []


def test_critic_that_is_lipschitz_by_construction_needs_no_constraint():
    assert judge("wgan-gp", own=Funnel(centers=4).build_critic((2,)), lipschitz="none") == []
    normalised = nn.utils.parametrizations.spectral_norm(nn.Linear(2, 1))
    assert judge("wgan-gp", own=nn.Sequential(normalised, nn.Flatten(0)), lipschitz="none") == []
    over_free_features = Funnel(centers=4, widths=(4,)).build_critic((2,))
    assert len(judge("wgan-gp", own=over_free_features, lipschitz="none")) == 1


def test_spectral_norm_that_certifies_something_else():
    assert judge("sngan") == []
    (line,) = judge("sngan", IMAGE, **dcgan("none"))
    assert "does not make this critic 1-Lipschitz: its κ is certified only to be at most" in line
    (line,) = judge("wgan-orthogonal", IMAGE, critic={"type": "ResNet", "width": 4, "widest": 4})
    assert line.startswith("Orthogonal does not make this critic 1-Lipschitz")
    assert judge("wgan-orthogonal", IMAGE) == []
    (line,) = judge("sngan", IMAGE, critic={"type": "StyleGAN2", "widest": 8, "style": 8})
    assert "no bound of its κ is known" in line


def test_path_length_without_styles():
    with pytest.raises(InputError, match=r"path_length acts on .*, and Linear has none; leave it out \(--path_length"):
        judge("wgan-gp", path_length={})
    recipe = Recipe.named("stylegan2", {"path_length": {}, "generator.widest": 4, "critic.widest": 4, "latent": 4})
    state = State.start(recipe, IMAGE)
    refuse_mistakes(recipe, state.generator, state.critic, IMAGE)


@pytest.mark.parametrize("loss", ["CTransform", "EntropicCTransform"])
def test_c_transform_on_unequal_batches(loss):
    with pytest.raises(InputError, match=f"{loss}: .* batches of 32, but generator_batch is 64; leave it out"):
        judge("ctransform", loss=loss, batch=32, generator_batch=64)
    assert judge("ctransform", loss=loss, batch=32, generator_batch=32) == []
    assert judge("cowgan", batch=32, generator_batch=64) == []


@pytest.mark.parametrize(
    ("name", "changes", "course"),
    [
        ("wgan-gp-resnet", {}, "lowers its learning rate"),
        ("progressive", {"final_lr": 1}, "grows its networks"),
        ("wgan-gp", {"critic": "Progressive"}, "grows its networks"),
        ("wgan-gp", {"lipschitz": "GP,Blur"}, "sharpens what the critic sees"),
    ],
)
def test_course_over_all_iterations_cannot_be_lengthened(name, changes, course, tmp_path):
    recipe = Recipe.named(name, {**changes, "iterations": 10})
    with pytest.raises(InputError, match=f"{course} over 10 iterations, so it cannot be lengthened"):
        refuse_course(recipe, State.start(recipe, IMAGE), tmp_path)
    plain = Recipe.named("wgan-gp", {"iterations": 10})
    refuse_course(plain, State.start(plain, IMAGE), tmp_path)
