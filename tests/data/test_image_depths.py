"""Pictures of more than 8 bits a channel keep every level, whatever the format; what cannot be kept is said."""

import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from encoders import grey, png, ppm, tiff
from wgan.data import Pixels, StreamSource, open_source
from wgan.data.images import encoded
from wgan.errors import InputError
from wgan.randomness import stream

pytestmark = pytest.mark.filterwarnings("ignore:.*become black to white:UserWarning")


def folder(path, contents, suffix="tif"):
    path.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(contents):
        (path / f"{number}.{suffix}").write_bytes(content)
    return str(path)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def said(caught):
    return [str(warning.message).partition(": ")[2] for warning in caught]


GREYS = {
    "signed 8-bit TIFF": (np.int8, -128, 128, tiff, "tif"),
    "16-bit TIFF": (np.uint16, 0, 65536, tiff, "tif"),
    "12 bits in a 16-bit TIFF": (np.uint16, 0, 4096, tiff, "tif"),
    "signed 16-bit TIFF": (np.int16, -1024, 3072, tiff, "tif"),
    "signed 32-bit TIFF": (np.int32, -(2**30), 2**30, tiff, "tif"),
    "unsigned 32-bit TIFF": (np.uint32, 0, 2**31, tiff, "tif"),
    "real TIFF": (np.float32, -1e-3, 1e6, tiff, "tif"),
    "big-endian 16-bit TIFF": (np.uint16, 0, 65536, lambda values: tiff(values, ">"), "tif"),
    "big-endian real TIFF": (np.float32, 0, 1, lambda values: tiff(values, ">"), "tif"),
    "packed 16-bit TIFF": (
        np.uint16,
        0,
        65536,
        lambda values: saved(Image.fromarray(values), "TIFF", compression="tiff_lzw"),
        "tif",
    ),
    "packed real TIFF": (
        np.float32,
        -1,
        1,
        lambda values: saved(Image.fromarray(values), "TIFF", compression="tiff_adobe_deflate"),
        "tif",
    ),
    "16-bit PNG": (np.uint16, 0, 65536, lambda values: png(values[..., None]), "png"),
    "16-bit PGM": (np.uint16, 0, 65536, ppm, "pgm"),
    "12-bit PGM": (np.uint16, 0, 4096, lambda values: ppm(values, 4095), "pgm"),
    "16-bit JPEG 2000": (np.uint16, 0, 65536, lambda values: saved(Image.fromarray(values), "JPEG2000"), "jp2"),
    "PFM": (np.float32, -1, 1, lambda values: saved(Image.fromarray(values), "PPM"), "pfm"),
}


@pytest.mark.parametrize("name", GREYS)
@pytest.mark.parametrize("streamed", [False, True])
def test_grey_of_every_depth_keeps_its_values_and_its_unit(tmp_path, monkeypatch, name, streamed):
    kind, low, high, encode, suffix = GREYS[name]
    values = np.stack([grey(kind, low, high, seed) for seed in range(4)])
    if streamed:
        monkeypatch.setattr(encoded, "available_memory", lambda: 100)
    source = open_source(folder(tmp_path / "a", map(encode, values), suffix))
    assert isinstance(source, StreamSource) == streamed
    assert source.shape == (1, 6, 5)
    assert source.scaling.unit == "values of the pictures"
    assert source.scaling.bounds == (values.min(), values.max())
    everything = source.subset(4, stream(0))
    assert everything.dtype == torch.float32
    assert (everything.min().item(), everything.max().item()) == (-1, 1)
    given_back = source.scaling.decode(everything.double()).sort(0).values[:, 0]
    expected = torch.from_numpy(values.astype(np.float64)).sort(0).values
    assert torch.allclose(given_back, expected, rtol=1e-6, atol=1e-6 * (high - low))
    assert torch.equal(source.observed(4, stream(0))[:, 0].sort(0).values, expected)
    if not streamed:
        assert np.array_equal(source.data[:, 0].numpy(), values.astype(np.float64))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["png", "tiff<", "tiff>", "ppm"]),
    channels=st.sampled_from([1, 2, 3, 4]),
    seed=st.integers(0, 99),
    gray=st.booleans(),
)
def test_sixteen_bits_a_channel_are_kept_in_colour_and_transparency(tmp_path, name, channels, seed, gray):
    shape = (6, 5, channels)
    if (name.startswith("tiff") and channels == 2) or (name == "ppm" and channels in (2, 4)):
        channels, shape = 3, (6, 5, 3)
    values = [grey(np.uint16, 0, 65536, seed + number, shape) for number in range(2)]
    flat = [one[..., 0] if channels == 1 and name != "png" else one for one in values]
    encode = {
        "png": png,
        "ppm": ppm,
        "tiff<": lambda one: tiff(one, "<", extra=2 if channels == 4 else None),
        "tiff>": lambda one: tiff(one, ">", extra=2 if channels == 4 else None),
    }[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        place = folder(tmp_path / f"{name}{channels}", map(encode, flat), name.rstrip("<>").replace("tiff", "tif"))
        source = open_source(place, gray=gray)
    expected = np.stack([opaque(one) for one in values]).transpose(0, 3, 1, 2)
    if gray and channels > 2:
        luma = (expected.astype(np.int64) * np.array([19595, 38470, 7471])[:, None, None]).sum(1, keepdims=True)
        expected = (luma + 32768) >> 16
    assert np.array_equal(source.data.numpy(), expected)


def opaque(values):
    if values.shape[2] in (1, 3):
        return values.astype(np.int64)
    alpha = values[..., -1:].astype(np.float64) / 65535
    return np.floor(values[..., :-1] * alpha + 65535 * (1 - alpha) + 0.5).astype(np.int64)


def test_the_one_transparent_value_of_a_deep_png_is_white(tmp_path):
    for transparent, channels in ((7,), 1), ((7, 8, 9), 3):
        values = np.full((6, 5, channels), 100, np.uint16)
        values[0, 0] = transparent
        with pytest.warns(
            UserWarning, match="2 pictures have an alpha channel or a transparent colour and are laid on"
        ):
            source = open_source(folder(tmp_path / f"{channels}", [png(values, transparent)] * 2, "png"))
        assert (source.data[0, :, 0, 0] == 65535).all()
        assert (source.data[0].flatten(1)[:, 1:] == 100).all()


def test_the_range_is_said_once_and_is_that_of_what_is_learned_from(tmp_path):
    for part, low, high in ("train", 100, 3000), ("test", 0, 4000):
        contents = [tiff(grey(np.uint16, low, high, seed).clip(low, high - 1)) for seed in range(3)]
        folder(tmp_path / "ct" / part, contents)
    with pytest.warns(UserWarning, match="black to white") as caught:
        source = open_source(str(tmp_path / "ct"))
    low, high = source.data.min().item(), source.data.max().item()
    assert f"pictures of more than 8 bits a channel; their values, {low} to {high}, become black to white" in said(
        caught
    )
    assert sum("black to white" in line for line in said(caught)) == 1
    train, held_out = source.split()
    assert train.scaling == held_out.scaling
    assert held_out.subset(3, stream(0)).max() > 1


def test_levels_survive_cropping_and_resizing(tmp_path):
    ramp = np.linspace(0, 4095, 64).astype(np.uint16)[None].repeat(64, 0)
    with pytest.warns(UserWarning, match="2 pictures of 64x64 are resized to 16x16"):
        source = open_source(folder(tmp_path / "a", [tiff(ramp)] * 2), resolution=16)
    assert len(source.data.unique()) == 16
    resized = np.asarray(Image.fromarray(ramp.astype(np.float32)).resize((16, 16), Image.Resampling.LANCZOS))
    assert np.abs(source.data[0, 0].numpy() - resized.clip(0, 4095)).max() <= 1
    assert (source.data >= 0).all()
    assert (source.data <= 4095).all()


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_deep_pictures_are_turned_upright_too(tmp_path, orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    deep = grey(np.uint16, 0, 65536)
    content = saved(Image.fromarray(deep), kind, exif=exif)
    with pytest.warns(UserWarning, match="2 pictures are turned upright"):
        source = open_source(folder(tmp_path / "a", [content] * 2, kind.lower()))
    mirrored = deep[:, ::-1] if orientation in (2, 4, 5, 7) else deep
    turns = {2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[orientation]
    assert np.array_equal(source.data[0, 0].numpy(), np.rot90(mirrored, turns))


def test_bytes_among_deep_pictures_keep_their_values_and_that_is_said(tmp_path):
    low, deep = grey(np.uint8, 0, 256), grey(np.uint16, 0, 4096)
    for first, second in (low, deep), (deep, low):
        with pytest.warns(UserWarning, match="1 pictures of 8 bits keep their values 0 to 255 among deeper ones"):
            source = open_source(folder(tmp_path / "a", [tiff(first), tiff(second)]))
        assert np.array_equal(source.data[:, 0].numpy(), [first, second])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(tmp_path, value):
    good = grey(np.float32, 0, 1)
    bad = good.copy()
    bad[2, 3] = value
    place = folder(tmp_path / "a", map(tiff, (good, bad, good)))
    with pytest.warns(
        UserWarning, match=r"1 of 3 files cannot be used .*1\.tif \(holds NaN or infinite pixels\); skipp"
    ):
        assert len(open_source(place)) == 2
    with pytest.raises(InputError, match=r"1\.tif \(holds NaN or infinite pixels\); remove them"):
        open_source(place, strict=True)


def test_what_cannot_be_read_in_full_is_said_or_skipped(tmp_path):
    good, colour = grey(np.uint8, 0, 256, shape=(6, 5, 3)), grey(np.uint16, 0, 65536, shape=(6, 5, 3))
    four = grey(np.uint8, 0, 256, shape=(6, 5, 4))
    with pytest.warns(
        UserWarning, match=r"2 pictures have a channel besides colour and transparency, which is left out"
    ):
        source = open_source(folder(tmp_path / "four", [tiff(four, extra=0)] * 2))
    assert np.array_equal(source.data[0].numpy(), four[..., :3].transpose(2, 0, 1))
    for name, content, problem in (
        ("planes", tiff(colour, planes=2), r"holds colours of 16 bits in separate planes"),
        ("half", tiff(colour.astype(np.float16)), r"cannot identify image file"),
        ("large", tiff(np.full((6, 5), 2**31, np.uint32)), r"holds values of 2\^31 and more"),
    ):
        place = folder(tmp_path / name, [tiff(good), content, tiff(good)])
        with pytest.warns(UserWarning, match=rf"1 of 3 files .*1\.tif \({problem}.*\); skipped"):
            assert len(open_source(place)) == 2
    plain = b"P3\n5 6\n1000\n" + b" ".join(b"%d" % value for value in (colour % 1001).flatten())
    with pytest.warns(UserWarning, match=r"2 pictures have more than 8 bits a colour in a form of which the upper 8"):
        open_source(folder(tmp_path / "plain", [plain, plain], "ppm"))
    values = grey(np.uint16, 0, 1001)
    plain = b"P2\n5 6\n1000\n" + b" ".join(b"%d" % value for value in values.flatten())
    assert np.array_equal(open_source(folder(tmp_path / "pgm", [plain] * 2, "pgm")).data[0, 0].numpy(), values)


def test_held_out_bytes_follow_deep_pictures_but_not_the_other_way_round(tmp_path):
    deep, low = tiff(grey(np.uint16, 0, 4096)), tiff(grey(np.uint8, 0, 256))
    for name, train, test in ("a", deep, low), ("b", low, deep):
        folder(tmp_path / name / "train", [train] * 2)
        folder(tmp_path / name / "test", [test] * 2)
    with pytest.warns(UserWarning, match="held out"):
        train, held_out = open_source(str(tmp_path / "a")).split()
    assert held_out.scaling == train.scaling
    with (
        pytest.warns(UserWarning, match="held out"),
        pytest.raises(InputError, match=r"b/test: holds pictures of more than 8 bits a channel, but those to learn"),
    ):
        open_source(str(tmp_path / "b"))


def test_deep_pixels_have_their_own_noise_and_flips():
    pixels = Pixels(dequantize=1.0, mirror=True, levels=(-1000.0, 2000.0))
    values = torch.randint(-1000, 2001, (50, 1, 4, 4), dtype=torch.int32)
    user = pixels.scaling.decode(pixels(values, stream(0)).double())
    matches = (user - values).abs().flatten(1).amax(1) < 1.01
    mirrored = (user - values.flip(-1)).abs().flatten(1).amax(1) < 1.01
    assert (matches | mirrored).all()
    assert 5 < mirrored.sum() < 45
    low = Pixels(levels=(5.0, 6.0), low=0.0, high=1.0)
    assert low(torch.tensor([[[[5, 6]]]], dtype=torch.int32), stream(0)).tolist() == [[[[0, 1]]]]
    far = Pixels(levels=(2.0**30, 2.0**30 + 100))
    assert far(torch.tensor([[[[2**30 + 1]]]], dtype=torch.int32), stream(0)).item() == pytest.approx(-0.98)


def test_pictures_of_one_value_are_no_division_by_zero(tmp_path):
    source = open_source(folder(tmp_path / "a", [tiff(np.full((6, 5), 7, np.uint16))] * 2))
    assert (source.subset(2, stream(0)) == -1).all()


@pytest.mark.parametrize("kind", [np.uint16, np.int16, np.float32, np.float64, bool, ">u2", np.int64])
@pytest.mark.parametrize("shape", [(5, 6, 4), (5, 6, 4, 3), (5, 1, 6, 4)])
def test_arrays_of_deep_pictures_are_read_like_files(tmp_path, kind, shape):
    values = (np.random.default_rng(0).integers(0, 1000, shape) % (2 if kind is bool else 1000)).astype(kind)
    np.save(tmp_path / "a.npy", values)
    source = open_source(str(tmp_path / "a.npy"))
    laid = {3: lambda: values[:, None], 4: lambda: values.transpose(0, 3, 1, 2) if shape[3] == 3 else values}
    expected = torch.from_numpy(laid[len(shape)]().astype(np.float64))
    assert source.shape == tuple(expected.shape[1:])
    assert torch.equal(source.observed(5, stream(0)).sort(0).values, expected.sort(0).values)
    assert source.scaling.bounds == (expected.min(), expected.max())


def test_arrays_of_pictures_with_nan_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.full((4, 5, 5), np.nan))
    with pytest.raises(InputError, match="100 of 100 numbers are NaN or infinite"):
        open_source(str(tmp_path / "a.npy"))
