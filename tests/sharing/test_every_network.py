"""Every family of `wgan.networks` leaves its run, as ONNX and as a folder, and gives the same numbers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from sharing.outgoing import CRITICS, GENERATORS, family_fields, untrained
from wgan.errors import InputError
from wgan.lipschitz import Orthogonal, SpectralNorm
from wgan.networks import MLP
from wgan.networks.layers import MinibatchDeviation
from wgan.runs import Run
from wgan.sharing import export
from wgan.sharing.portable import folded
from wgan.sharing.tracing import traced

LATENTS = torch.randn(600, 6, generator=torch.Generator().manual_seed(3))  # more than any example that was traced


def by_onnx(path: Path, **inputs: torch.Tensor) -> torch.Tensor:
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == [*inputs]
    assert all(one.shape[0] == "batch" for one in (*session.get_inputs(), *session.get_outputs()))
    return torch.from_numpy(session.run(None, {name: value.numpy() for name, value in inputs.items()})[0])


def near(found: torch.Tensor, expected: torch.Tensor) -> bool:
    return bool((found - expected).abs().max() <= 1e-5 * expected.abs().max().clamp(min=1))


@pytest.mark.parametrize("family", GENERATORS)
def test_every_generator_leaves_as_onnx(family, tmp_path):
    run = untrained(tmp_path / "run", family_fields("generator", family))
    export(run, tmp_path / "generator.onnx")
    units = run.card.units
    expected = units.bounded(units.decode(run.generator(LATENTS)))
    assert near(by_onnx(tmp_path / "generator.onnx", latent=LATENTS), expected)


@pytest.mark.parametrize("family", CRITICS)
def test_every_critic_leaves_as_onnx_or_names_the_layer(family, tmp_path):
    run = untrained(tmp_path / "run", family_fields("critic", family))
    images, place = run.sample(600).float(), tmp_path / "critic.onnx"
    if any(isinstance(layer, MinibatchDeviation) for layer in run.critic().modules()):
        # What compares the samples of a batch divides it by its size; it is refused, not frozen at one size.
        with pytest.raises(InputError, match=r"cannot take layer .* \(MinibatchDeviation\): .*export to a folder"):
            export(run, place, critic=True)
        assert not place.exists()
        run = untrained(tmp_path / "alone", {**family_fields("critic", family), "critic.group": 1})
    export(run, place, critic=True)
    expected = run.critic()(run.card.scaling.encode(images).float())
    assert near(by_onnx(place, samples=images), expected)


@pytest.mark.parametrize("family", GENERATORS)
def test_every_generator_leaves_as_a_program(family, tmp_path):
    run = untrained(tmp_path / "run", family_fields("generator", family))
    export(run, tmp_path / "generator.pt2")
    program = torch.export.load(tmp_path / "generator.pt2").module()
    units = run.card.units
    assert near(program(LATENTS), units.bounded(units.decode(run.generator(LATENTS))))


@pytest.mark.parametrize(
    ("side", "family"), [*(("generator", n) for n in GENERATORS), *(("critic", n) for n in CRITICS)]
)
def test_every_family_comes_back_from_a_folder_to_the_bit(side, family, tmp_path):
    run = untrained(tmp_path / "run", family_fields(side, family))
    export(run, tmp_path / "folder", critic=side == "critic")
    opened = Run.open(tmp_path / "folder")
    assert torch.equal(opened.sample(5, seed=2), run.sample(5, seed=2))
    if side == "critic":
        images = run.card.scaling.encode(run.sample(6)).float()
        assert torch.equal(opened.critic()(images), run.critic()(images))


@pytest.mark.parametrize("activation", ["ReLU", "LeakyReLU", "Tanh", "SiLU", "Softplus", "MaxMin", "GroupSort"])
def test_batches_of_any_size_pass_every_activation(activation):
    critic = MLP(widths=(8, 8), activation=activation).build_critic((3,))
    program = traced(critic, {"samples": torch.randn(7, 3)}).module()
    assert torch.allclose(program(LATENTS[:, :3]), critic(LATENTS[:, :3]), atol=1e-6)


@pytest.mark.parametrize("method", [SpectralNorm(), SpectralNorm(convolution="operator"), Orthogonal()], ids=str)
def test_parametrisations_are_folded_into_plain_weights(method):
    critic = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.Linear(144, 1))
    method.parametrize(critic)
    plain, images = folded(critic), torch.randn(2, 1, 8, 8)
    assert torch.allclose(plain(images), critic(images), atol=1e-6)
    assert sorted(plain.state_dict()) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    assert next(iter(critic.parameters())).requires_grad  # the original is left as it was


def test_a_spectrally_normalised_critic_leaves_as_onnx(tmp_path):
    run = untrained(tmp_path / "run", {"critic.widths": [8], "lipschitz": "SpectralNorm"})
    export(run, tmp_path / "critic.onnx", critic=True)
    images = run.sample(9).float()
    expected = run.critic()(run.card.scaling.encode(images).float())
    assert near(by_onnx(tmp_path / "critic.onnx", samples=images), expected)


ALONE = """
import json, sys, torch
for name in ("onnx", "onnxruntime", "onnxscript", "pyarrow", "datasets", "tensorboard", "gymnasium", "trackio"):
    sys.modules[name] = None  # as if it were not installed
from wgan import Run
run = Run.open(sys.argv[1])
scores = run.critic()(run.generator(torch.ones(4, 6)))
print(json.dumps([run.sample(3, seed=1).tolist(), scores.tolist()]))
"""


@pytest.mark.parametrize("family", GENERATORS)
def test_a_folder_opens_in_a_fresh_process_without_the_extras(family, tmp_path):
    critic = "MLP" if family not in CRITICS else family
    run = untrained(tmp_path / "run", {**family_fields("generator", family), **family_fields("critic", critic)})
    export(run, tmp_path / "folder", critic=True)
    said = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path / "folder")], capture_output=True, text=True, check=True
    )
    samples, scores = map(torch.tensor, json.loads(said.stdout))
    assert torch.allclose(samples.double(), run.sample(3, seed=1), atol=1e-6)
    assert near(scores, run.critic()(run.generator(torch.ones(4, 6))))
