"""What every source promises, and how images become model units."""

import numpy as np
import pytest
import torch
from PIL import Image

from wgan.data import FiniteSource, Pixels, Scaling, TensorSource, open_source, source_names
from wgan.data.pairs.funnels import funnel_pair
from wgan.errors import InputError

TOYS = ["gaussians8", "gaussians25", "swissroll", "lines:0.5", "circles", "funnels:3:5:fake"]
FINITE = ["digits", "table.npy", "table.csv", "images.npz", "folder", "gaussians8 limit"]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def opened(request, tmp_path):
    chance = np.random.default_rng(0)
    match request.param:
        case "table.npy":
            np.save(tmp_path / "table.npy", chance.normal(3, 2, (40, 3)))
        case "table.csv":
            np.savetxt(tmp_path / "table.csv", chance.normal(3, 2, (40, 3)), delimiter=",", header="a,b,c", comments="")
        case "images.npz":
            pixels = chance.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
            np.savez(tmp_path / "images.npz", images=pixels, labels=np.arange(40) % 4)
        case "folder":
            for index in range(40):
                (tmp_path / "folder" / "ab"[index % 2]).mkdir(parents=True, exist_ok=True)
                pixels = chance.integers(0, 256, (6, 5, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "folder" / "ab"[index % 2] / f"{index}.png")
        case "gaussians8 limit":
            return open_source("gaussians8", limit=40)
        case name:
            return open_source(name)
    return open_source(str(tmp_path / request.param))


def rows(batch):
    return {tuple(row) for row in batch.flatten(1).tolist()}


@pytest.mark.parametrize("opened", TOYS + FINITE, indirect=True)
def test_samples_are_float32_of_the_declared_shape_and_a_function_of_the_generator(opened):
    batch = opened.sample(7, seeded())
    assert batch.shape == (7, *opened.shape)
    assert batch.dtype == torch.float32
    assert torch.equal(batch, opened.sample(7, seeded()))
    assert not torch.equal(batch, opened.sample(7, seeded(1)))
    assert torch.equal(opened.to("cpu").sample(7, seeded()), batch)


@pytest.mark.parametrize("opened", TOYS + FINITE, indirect=True)
def test_decoding_and_encoding_are_inverse(opened):
    batch = opened.sample(7, seeded())
    torch.testing.assert_close(
        opened.scaling.encode(opened.scaling.decode(batch)), batch.double(), atol=1e-9, rtol=1e-9
    )
    assert opened.scaling.unit


@pytest.mark.parametrize("opened", FINITE, indirect=True)
def test_a_finite_source_draws_all_its_samples_once_without_replacement(opened):
    everything = rows(opened.subset(len(opened), seeded()))
    assert everything == rows(opened.subset(len(opened), seeded(1)))
    assert opened.at_most(len(opened) + 1) == len(opened)
    assert rows(opened.sample(300, seeded())) <= everything
    more = len(opened) + 1
    with pytest.raises(InputError, match=rf"{more} distinct samples wanted, but it holds {more - 1}; ask for fewer"):
        opened.subset(more, seeded())


@pytest.mark.parametrize("opened", FINITE, indirect=True)
def test_a_split_sets_a_fifth_aside_that_shares_no_sample(opened):
    train, held_out = opened.split()
    assert len(held_out) == len(opened) // 5
    assert len(train) + len(held_out) == len(opened)
    parts = [part.subset(len(part), seeded()) for part in (train, held_out)]
    assert rows(parts[0]) | rows(parts[1]) == rows(opened.subset(len(opened), seeded()))
    assert not rows(parts[0]) & rows(parts[1])
    assert torch.equal(parts[1], opened.split()[1].subset(len(held_out), seeded()))


@pytest.mark.parametrize("opened", TOYS, indirect=True)
def test_a_toy_never_repeats_itself(opened):
    train, held_out = opened.split()
    assert len(rows(torch.cat([train.sample(500, seeded(1)), held_out.subset(500, seeded(2))]))) == 1000
    assert not isinstance(opened, FiniteSource)


@pytest.mark.parametrize("opened", TOYS + FINITE, indirect=True)
def test_a_fingerprint_is_stable(opened):
    assert opened.fingerprint() == opened.fingerprint()
    assert len(opened.fingerprint()) == 16


def test_fingerprints_tell_contents_and_conversions_apart():
    sources = [open_source("digits"), open_source("digits", mirror=True), open_source("digits", limit=100)]
    sources += [open_source("digits", limit=100, seed=1), open_source("lines"), open_source("lines:0.1")]
    sources += [*open_source("digits").split()]
    assert len({source.fingerprint() for source in sources}) == len(sources)


def test_a_batch_is_drawn_uniformly():
    source = TensorSource(torch.arange(4.0)[:, None])
    counts = torch.bincount(source.sample(40_000, seeded())[:, 0].long(), minlength=4)
    # Five binomial standard deviations, sqrt(40000 * 1/4 * 3/4) = 87.
    assert (counts - 10_000).abs().max() < 5 * 87


def test_digits_are_the_256_level_copies_of_sixteen_grey_levels():
    digits = open_source("digits")
    assert len(digits) == 1797
    assert digits.classes == tuple("0123456789")
    levels = digits.scaling.decode(digits.subset(1797, seeded())) * 255 / 15.9375
    assert levels.min() == 0
    # Rounding to bytes moves a level by at most half a byte, 0.5 / 15.9375.
    torch.testing.assert_close(levels, levels.round(), atol=0.5 / 15.9375 + 1e-5, rtol=0)
    assert levels.round().max() == 16


def test_pixels_follow_the_range_and_can_be_the_identity():
    pixels = torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8)
    torch.testing.assert_close(Pixels()(pixels, seeded()), torch.tensor([[[[-1.0, -0.6, 1.0]]]]))
    torch.testing.assert_close(Pixels(0.0, 1.0)(pixels, seeded()), torch.tensor([[[[0.0, 0.2, 1.0]]]]))
    assert Pixels(0.0, 1.0).scaling == Scaling(0.0, 1.0, "pixel values in [0, 1]")
    digits = open_source("digits", pixel_range=(0, 1))
    assert digits.sample(50, seeded()).aminmax() == (0, 1)


def test_dequantisation_of_one_level_fills_the_gaps_as_uniform_noise_of_a_128th():
    pixels = torch.full((1, 1, 100, 100), 128, dtype=torch.uint8)
    noisy = Pixels(dequantize=1.0)(pixels, seeded())
    offset = noisy - (2 * 128 / 256 - 1)
    assert offset.min() >= 0
    # The largest of 10,000 uniform draws falls short of the end by 1/10,000 of the width on average.
    assert 0.999 / 128 < offset.max() <= 1 / 128
    assert offset.mean().item() == pytest.approx(1 / 256, abs=4 / 128 / 12**0.5 / 100)
    ends = Pixels(dequantize=1.0)(torch.tensor([0, 255], dtype=torch.uint8).expand(5000, 1, 1, 2), seeded())
    assert ends.min() >= -1
    assert ends.max() <= 1


def test_a_mirrored_source_flips_half_of_the_images_whole():
    image = torch.arange(6, dtype=torch.uint8).reshape(1, 1, 2, 3)
    batch = Pixels(mirror=True)(image.expand(4000, 1, 2, 3), seeded())
    straight = Pixels()(image, seeded())
    flipped = (batch == straight.flip(-1)).flatten(1).all(dim=1)
    assert ((batch == straight).flatten(1).all(dim=1) ^ flipped).all()
    # Five standard deviations of a fair coin thrown 4,000 times.
    assert abs(flipped.float().mean().item() - 0.5) < 5 * 0.5 / 4000**0.5


def test_scaling_takes_one_number_per_column():
    scaling = Scaling((1.0, 2.0), (10.0, 20.0), "metres")
    x = torch.tensor([[11.0, 42.0]])
    torch.testing.assert_close(scaling.encode(x), torch.tensor([[1.0, 2.0]]).double())
    torch.testing.assert_close(scaling.decode(scaling.encode(x)), x.double())
    same = Scaling([1, 2], torch.tensor([10, 20]), "metres")
    assert same == scaling
    assert hash(same) == hash(scaling)


def test_classes_are_chosen_by_name_or_index_and_numbered_anew(opened_letters):
    both = open_source(opened_letters, classes=["CAT", "0"])
    assert both.classes == ("cat", "ant")
    assert both.labels.tolist().count(0) == 3
    assert both.labels.tolist().count(1) == 4
    assert len(both) == 7
    one = open_source(opened_letters, classes=["bee"])
    assert one.labels.unique().tolist() == [0]


@pytest.fixture
def opened_letters(tmp_path):
    names = ["ant"] * 4 + ["bee"] * 5 + ["cat"] * 3
    np.savez(tmp_path / "letters.npz", x=np.arange(12.0), y=np.array(names))
    return str(tmp_path / "letters.npz")


def test_a_limit_is_the_beginning_of_one_permutation(opened_letters):
    five, eight = (open_source(opened_letters, limit=n, standardize=False) for n in (5, 8))
    assert torch.equal(five.data, eight.data[:5])
    assert not torch.equal(five.data, open_source(opened_letters, limit=5, standardize=False, seed=1).data)
    assert not torch.equal(eight.data[:, 0], torch.arange(8.0))


def test_labels_follow_their_samples(opened_letters):
    source = open_source(opened_letters, standardize=False, limit=10)
    for part in (source, *source.split()):
        expected = [0 if value < 4 else 1 if value < 9 else 2 for value in part.data[:, 0]]
        assert part.labels.tolist() == expected


def test_a_limited_toy_is_a_finite_source_that_keeps_its_modes():
    source = open_source("gaussians25", limit=2500)
    assert len(source) == 2500
    assert source.modes.shape == (25, 2)
    assert source.split()[0].mode_std == open_source("gaussians25").mode_std


def test_an_unknown_class_names_the_nearest(opened_letters):
    with pytest.raises(InputError, match=r"unknown class 'cta'; nearest: cat"):
        open_source(opened_letters, classes=["cta"])
    with pytest.raises(InputError, match=r"unknown class '7'; valid: ant, bee, cat"):
        open_source(opened_letters, classes=["7"])


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(InputError, match=r"unknown data 'mnits'; nearest: mnist"):
        open_source("mnits")
    assert {"digits", "mnist", "fashion-mnist", "cifar10", "lines"} <= set(source_names())


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("lines:x", {}, r"lines:x: 'x' is no number; expected such as lines:0.5, or lines alone"),
        ("lines:nan", {}, r"lines:nan: expected a finite number, such as lines:0.0"),
        ("gaussians8:-1", {}, r"standard deviation -1.0: expected 0 or more"),
        ("lines", {"classes": ["1"]}, r"lines has no classes; leave out --classes"),
        ("lines", {"gray": True}, r"--gray is for images, not for points such as lines; leave it out"),
        ("lines", {"resolution": 8}, r"--resolution is for images, not for points such as lines"),
        ("funnels:16", {}, r"funnels:16: expected funnels:DIMENSIONS:FUNNELS, perhaps with :DRAW and :real or :fake"),
        ("funnels:16:x", {}, r"funnels:16:x: expected funnels:DIMENSIONS:FUNNELS"),
        ("funnels:0:4", {}, r"dimension 0: expected 1 or more"),
        ("funnels", {"gray": True}, r"--gray is for images, not for points such as funnels:2:4:0:real; leave it out"),
        ("digits", {"limit": 1}, r"DataSettings: limit is 1; expected 2 samples or more"),
        (
            "digits",
            {"resolution": 0},
            r"resolution 0: expected a side or height,width of 1 pixel or more",
        ),
        ("digits", {"pixel_range": (1, -1)}, r"pixel range \(1, -1\): expected low < high, such as \(-1, 1\)"),
        ("digits", {"dequantize": -1}, r"DataSettings: dequantize is -1; expected zero or a positive number"),
        ("nowhere/x.npy", {}, r"nowhere/x.npy: no such file or folder; check the path, or use one of digits, mnist"),
        ("x.npy", {}, r"x.npy: no such file or folder"),
        ("hf:some/name", {}, r"hf:some/name: (needs the package datasets; run pip install datasets|cannot be loaded)"),
    ],
)
def test_a_wrong_specification_is_refused_in_one_line(spec, options, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        open_source(spec, **options)
    assert "\n" not in str(caught.value)


def test_sides_of_the_benchmark_are_data_sets():
    pair, chance = funnel_pair(5, 3, 2), torch.Generator().manual_seed(0)
    for spec, side in (
        ("funnels:5:3:2", pair.real),
        ("funnels:5:3:2:real", pair.real),
        ("funnels:5:3:2:fake", pair.fake),
    ):
        opened = open_source(spec)
        assert opened.sample(4, chance.manual_seed(1)).dtype == torch.float32
        torch.testing.assert_close(
            opened.sample(4, chance.manual_seed(1)), side.sample(4, chance.manual_seed(1)).float()
        )
    assert len(open_source("funnels:5:3", limit=10)) == 10
    assert open_source("funnels:5:3").fingerprint() != open_source("funnels:5:3:fake").fingerprint()
