"""Samples between latents, and truncated ones."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from running import SMALL, command
from wgan.data import TensorSource
from wgan.errors import InputError
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.report.figures import GAP
from wgan.runs import Run, start
from wgan.runs.exploring import Exploration
from wgan.runs.latents import Styled, slerp, threshold, truncated
from wgan.runs.sampling import Inputs

PSI = st.floats(0.01, 1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of images without and with styles, and of points."""
    folder = tmp_path_factory.mktemp("runs")
    start(Recipe.named("wgan-gp", SMALL), folder / "digits", quiet=True)
    start(Recipe.named("wgan-gp", {**SMALL, "data.source": "gaussians25"}), folder / "points", quiet=True)
    noise = torch.randint(256, (40, 1, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    fields = {"batch": 4, "generator_batch": 4, "latent": 4, "iterations": 2, "save_every": 2, "sample_every": 2}
    styles = Recipe.named("stylegan2", fields, small=True)
    start(styles, folder / "styles", source=TensorSource(noise, "noise"), quiet=True)
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A run of a table with words."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "a.csv").write_text("age,port\n" + "".join(f"{k % 70},{'ab'[k % 2]}\n" for k in range(200)))
    fields = {"iterations": 4, "batch": 32, "generator.widths": (16,), "critic.widths": (16,), "latent": 4}
    start(Recipe.named("table", {"data.source": str(folder / "a.csv"), **fields}), folder / "run", quiet=True)
    return folder / "run"


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 64))
def test_a_way_goes_along_its_sphere_in_equal_angles_from_end_to_end(seed, steps, latent):
    first, second = torch.randn(2, 3, latent, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    first, second = first / first.norm(dim=1, keepdim=True), second / second.norm(dim=1, keepdim=True)
    path = slerp(first, second, steps)
    assert path.shape == (3, steps, latent)
    assert torch.equal(path[:, 0], first) and torch.equal(path[:, -1], second)
    turns = (path[:, 1:] * path[:, :-1]).sum(2)
    whole = (first * second).sum(1).clamp(-1, 1)
    if whole.abs().max() < 0.999:
        assert torch.allclose(path.norm(dim=2), torch.ones(3, steps, dtype=torch.float64), atol=1e-9)
        assert torch.allclose(turns, (whole.acos() / (steps - 1)).cos().unsqueeze(1).expand_as(turns), atol=1e-9)


@pytest.mark.parametrize("end", [[2.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
def test_a_way_without_an_arc_is_straight(end):
    path = slerp(torch.tensor([[1.0, 0.0]]), torch.tensor([end]), 3)
    assert torch.allclose(path[0, 1], torch.tensor([(1 + end[0]) / 2, 0.0]))


@given(PSI, st.lists(st.floats(-9, 9), min_size=1, max_size=9))
def test_truncated_latents_stay_within_their_threshold_and_in_their_order(psi, numbers):
    latents = torch.tensor(numbers, dtype=torch.float64).sort().values
    found = truncated(latents, psi)
    assert (found.abs() <= threshold(psi) * (1 + 1e-9)).all()
    assert (found.diff() >= 0).all()
    assert (found.abs() <= latents.abs() * (1 + 1e-9)).all()


def test_truncated_latents_are_distributed_as_those_drawn_again():
    latents = torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    kept = latents[latents.abs() <= threshold(0.6)]
    assert len(kept) / len(latents) == pytest.approx(0.6, abs=0.01)
    shares = torch.linspace(0.05, 0.95, 10, dtype=torch.float64)
    assert torch.allclose(truncated(latents, 0.6).quantile(shares), kept.quantile(shares), atol=0.02)


@pytest.mark.parametrize("name", ["digits", "points", "styles"])
def test_what_is_not_truncated_is_what_is_drawn(runs, name):
    run = Run.open(runs / name)
    drawn = run.sample(20)
    ways = Exploration(steps=5).samples(run, 10).unflatten(0, (10, 5))
    assert torch.allclose(Exploration().samples(run, 20), drawn, atol=1e-6)
    assert torch.allclose(ways[:, 0], drawn[::2], atol=1e-5)
    assert name == "styles" or torch.allclose(ways[:, -1], drawn[1::2], atol=1e-5)


@pytest.mark.parametrize("name", ["digits", "points", "styles"])
def test_truncated_samples_vary_less(runs, name):
    run = Run.open(runs / name)
    spread = [Exploration(psi=psi).samples(run, 400).std(0).mean() for psi in (1.0, 0.5, 0.1)]
    assert spread[0] > spread[1] > spread[2]


def test_styles_move_towards_the_mean_one(runs):
    generator = Run.open(runs / "styles").generator
    rng = torch.Generator().manual_seed(0)
    latents, noise = torch.randn(2, 3, 4, generator=rng)
    style, mean = generator.mapping(latents), generator.mapping(torch.randn(100_000, 4, generator=rng)).mean(0)
    styled = Styled.of(generator, Inputs(4), 0.3, torch.device("cpu"))
    assert (styled.mean - mean).norm() < 0.1 * (style - mean).norm(dim=1).min()
    expected = generator.synthesis(styled.mean + 0.3 * (style - styled.mean), noise)
    assert torch.allclose(styled(latents, noise), expected, atol=1e-5)
    assert not torch.allclose(generator(latents), expected, atol=1e-5)


def test_the_noise_of_a_way_does_not_flicker(runs):
    run = Run.open(runs / "styles")
    for layer in run.generator.synthesise.layers:
        layer.strength.fill_(1.0)
    latents = torch.randn(2, 4, generator=stream(0, "samples"))
    last = run.generator.synthesis(run.generator.mapping(latents[1:]), latents[:1])
    expected = run.card.units.bounded(run.card.units.decode(last))
    assert torch.allclose(Exploration(steps=3).samples(run, 1)[2:], expected, atol=1e-5)


def test_grids_have_a_row_for_each_pair_and_numbers_pair_by_pair(runs, tmp_path, capsys):
    said = command(capsys, "sample", runs / "digits", "-n", 3, "--interpolate", 5, "--out", tmp_path / "a.png")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        f"15 samples of iteration 12 in {tmp_path / 'a.png'}, 5 steps from one latent to another in each row\n"
    )
    with Image.open(tmp_path / "a.png") as grid:
        assert grid.size == (5 * (56 + GAP) + GAP, 3 * (56 + GAP) + GAP)
    command(capsys, "sample", runs / "digits", "-n", 3, "--interpolate", 5, "--out", tmp_path / "a.npy")
    expected = Exploration(steps=5).samples(Run.open(runs / "digits"), 3)
    assert np.array_equal(np.load(tmp_path / "a.npy"), expected.float().numpy())
    command(capsys, "sample", runs / "points", "--interpolate", 3, "--out", tmp_path / "b.npy")
    assert np.load(tmp_path / "b.npy").shape == (8 * 3, 2)
    assert command(capsys, "sample", runs / "points", "--interpolate", 3, "--out", tmp_path / "b.png").code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("digits", "latents within ±0.674, where a share 0.5 of normal numbers lies"),
        ("styles", "styles at 0.5 of their distance from the mean"),
    ],
)
def test_what_a_truncation_means_is_said(runs, tmp_path, capsys, name, told):
    said = command(capsys, "sample", runs / name, "-n", 4, "--truncate", 0.5, "--out", tmp_path / "a.npy")
    assert said.code == 0 and said.out.endswith(f"a.npy, {told}\n")
    command(capsys, "sample", runs / name, "-n", 4, "--out", tmp_path / "b.npy")
    assert not np.array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))
    command(capsys, "sample", runs / name, "-n", 4, "--truncate", 1, "--out", tmp_path / "c.npy")
    assert np.array_equal(np.load(tmp_path / "c.npy"), np.load(tmp_path / "b.npy"))


def test_tables_with_words_are_truncated_and_not_interpolated(mixed, tmp_path, capsys):
    assert command(capsys, "sample", mixed, "-n", 9, "--truncate", 0.5, "--out", tmp_path / "a.csv").code == 0
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 10
    said = command(capsys, "sample", mixed, "--interpolate", 4, "--out", tmp_path / "b.csv")
    assert said.code == 2 and not (tmp_path / "b.csv").exists()
    assert said.err == (
        f"wgan: {mixed} learned a table of mixed columns, whose words are drawn anew at every step; leave out "
        "--interpolate, or take a run of images or numbers\n"
    )


@pytest.mark.parametrize("option", [("--truncate", 0.5), ("--interpolate", 4)])
def test_conditions_go_with_neither(mixed, tmp_path, capsys, option):
    said = command(capsys, "sample", mixed, "--where", "age>=30", *option, "--out", tmp_path / "a.csv")
    assert said.code == 2
    assert said.err == (
        "wgan: --where goes with neither --interpolate nor --truncate, for it chooses among rows as they are drawn; "
        "leave one of them out\n"
    )


@pytest.mark.parametrize("psi", [0.0, -1.0, 1.5, float("nan")])
def test_a_truncation_out_of_range_is_one_line(psi):
    with pytest.raises(
        InputError, match=rf"^asked for a truncation of {psi}; expected above 0 and at most 1, for none$"
    ):
        Exploration(psi=psi)


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_a_way_has_two_ends(steps):
    with pytest.raises(InputError, match=f"^asked for {steps} steps between two latents; expected 2 or more$"):
        Exploration(steps=steps)


def test_too_few_and_too_many_are_one_line(runs):
    run = Run.open(runs / "digits")
    with pytest.raises(InputError, match="asked for 0 samples; expected 1 or more"):
        Exploration(psi=0.5).samples(run, 0)
    with pytest.raises(InputError, match="ask for fewer"):
        Exploration(steps=10**9).samples(run, 10**4)
