"""Features: the contract, networks, files, and the cache."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
import torch
from safetensors import safe_open
from torch import nn

from wgan.data import TensorSource, open_source
from wgan.errors import InputError
from wgan.metrics import Judge, metrics_named
from wgan.metrics.features import (
    Digits,
    Fashion,
    NetworkFeatures,
    Pixels,
    StackedDigits,
    features_for,
    features_named,
)
from wgan.metrics.features.cache import cached, features_folder

WEIGHTS = files("wgan.metrics.features") / "weights"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "wgan" / "features"


def network(width=4, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(36, width)).eval()


def images(n=20, side=6):
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(0))


def part(name: str, held_out: bool = True) -> TensorSource:
    try:
        return open_source(name).split()[held_out]
    except InputError as error:
        pytest.skip(f"no {name} here: {error}")


@pytest.mark.parametrize(
    ("features", "data", "least"), [(Digits(), "mnist", 0.992), (Fashion(), "fashion-mnist", 0.91)]
)
def test_a_shipped_classifier_is_as_good_as_its_file_says(features, data, least):
    path = WEIGHTS / f"{features.name}.safetensors"
    with safe_open(path, "pt") as file:
        said = file.metadata()
    assert path.stat().st_size < 500_000
    assert said["data"] == data and float(said["test_accuracy"]) >= least
    source = part(data)
    found = features.probabilities(source.data / 255).argmax(1)
    # A test image whose two best classes are equally probable may fall to either side on another processor.
    assert (found == source.labels).double().mean().item() == pytest.approx(float(said["test_accuracy"]), abs=3e-4)


def test_classifiers_take_other_sizes_and_colours():
    for shape in ((1, 28, 28), (1, 8, 8), (3, 32, 48)):
        assert Digits()(torch.rand(3, *shape)).shape == (3, 64)
    assert torch.equal(Digits()(torch.ones(1, 3, 28, 28)), Digits()(torch.ones(1, 1, 28, 28)))
    with pytest.raises(InputError, match=r"features digits of samples of shape \(2, 8, 8\): expected images of 1 or 3"):
        Digits()(torch.zeros(3, 2, 8, 8))


def test_stacked_digits_have_a_thousand_classes():
    digits = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    single = Digits().probabilities(digits).argmax(1)
    stacked = StackedDigits().probabilities(digits[:, 0].unflatten(0, (2, 3)))
    assert stacked.shape == (2, 1000) and torch.allclose(stacked.sum(1), torch.ones(2).double())
    assert stacked.argmax(1).tolist() == [int("".join(map(str, row))) for row in single.view(2, 3).tolist()]
    with pytest.raises(
        InputError, match="stacked-digits of samples .*: expected images of 3 channels, a digit in each"
    ):
        StackedDigits()(digits)


def test_a_data_set_has_the_features_of_the_classifier_that_knows_it():
    names = {name: features_for(name).name for name in ("mnist", "digits", "fashion-mnist", "stacked-mnist", "circle")}
    assert list(names.values()) == ["digits", "pixels", "fashion", "stacked-digits", "pixels"]


def test_pixels_keep_every_digit_of_a_table():
    rows = torch.tensor([[1 + 2**-40, 3.0]], dtype=torch.float64)
    assert torch.equal(Pixels()(rows), rows)


def test_a_network_is_used_batch_by_batch_and_after_resizing():
    module = network()
    features = NetworkFeatures(module, "mine", size=(6, 6))
    with torch.no_grad():
        assert torch.allclose(features(images(600)), module(images(600)).double(), atol=1e-6)
    assert features(images(3, side=12)).shape == (3, 4)
    with pytest.raises(InputError, match=r"samples of shape \(36,\) cannot be resized to \(6, 6\); expected images"):
        features(torch.zeros(3, 36))


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (NetworkFeatures(lambda x: x * torch.nan, "bad", fingerprint="1"), "bad hold NaN or infinity for 20 of 20"),
        (
            NetworkFeatures(lambda x: x[:1], "few", fingerprint="1"),
            r"few: the network gave \(1, 1, 6, 6\) for 20 samples",
        ),
        (NetworkFeatures(lambda x: (x, x), "two", fingerprint="1"), "two: the network gave tuple for 20 samples"),
    ],
)
def test_what_is_no_features_is_refused(features, message):
    with pytest.raises(InputError, match=message):
        features(images())


def test_no_samples_have_no_features():
    with pytest.raises(InputError, match="features pixels: no samples; expected 1 or more"):
        Pixels()(images(0))


def test_probabilities_of_another_number_of_classes_are_refused():
    with pytest.raises(InputError, match=r"features mine have shape \(20, 4\) for 20 samples; expected \(20, 10\)"):
        NetworkFeatures(network(), "mine", classes=10).probabilities(images())


def test_names_and_fingerprints_are_asked_for():
    with pytest.raises(InputError, match="features 'a/b': expected a name of letters"):
        NetworkFeatures(network(), "a/b")
    with pytest.raises(InputError, match="features mine: no module whose weights could be hashed; give a fingerprint"):
        NetworkFeatures(lambda x: x, "mine")
    assert NetworkFeatures(network(), "a").fingerprint() != NetworkFeatures(network(seed=1), "a").fingerprint()


def test_features_are_found_by_name():
    assert features_named("digits").name == "digits"
    with pytest.raises(InputError, match="unknown features 'pixel'; nearest: pixels"):
        features_named("pixel")
    with pytest.raises(InputError, match="features nowhere.onnx: there is no such file"):
        features_named("nowhere.onnx")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_torchscript_file_gives_its_modules_features(tmp_path):
    module = network()
    torch.jit.save(torch.jit.trace(module, images()), str(tmp_path / "mine.pt"))
    features = features_named(str(tmp_path / "mine.pt"))
    with torch.no_grad():
        assert features.name == "mine" and torch.allclose(features(images()), module(images()).double())
    (tmp_path / "bad.pt").write_bytes(b"no archive")
    with pytest.raises(InputError, match="bad.pt cannot be read as TorchScript .*; save the module by torch.jit.save"):
        features_named(str(tmp_path / "bad.pt"))


def field(number: int, *content: int | bytes | str) -> bytes:
    """A field of a protocol buffer: integers as they are, texts and messages with their length."""

    def encoded(value: int | bytes | str) -> Iterator[bytes]:
        if isinstance(value, int):
            yield bytes([number << 3, value])
        else:
            raw = value.encode() if isinstance(value, str) else value
            yield bytes([number << 3 | 2, len(raw)]) + raw

    return b"".join(piece for value in content for piece in encoded(value))


def flattening_onnx() -> bytes:
    """An ONNX model of one Flatten from (n, 1, 6, 6) to (n, 36)."""

    def tensor(name: str, *sizes: int) -> bytes:
        dims = b"".join(field(1, field(2, "n") if size == 0 else field(1, size)) for size in sizes)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))

    node = field(1, "x") + field(2, "y") + field(4, "Flatten")
    graph = field(1, node) + field(2, "g") + field(11, tensor("x", 0, 1, 6, 6)) + field(12, tensor("y", 0, 36))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


def test_an_onnx_file_gives_its_first_output(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "flat.onnx").write_bytes(flattening_onnx())
    features = features_named(str(tmp_path / "flat.onnx"))
    assert features.name == "flat" and torch.equal(features(images()), images().double().flatten(1))
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(InputError, match="bad.onnx cannot be read as ONNX"):
        features_named(str(tmp_path / "bad.onnx"))


def test_an_onnx_file_without_its_runtime_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    (tmp_path / "flat.onnx").write_bytes(b"")
    with pytest.raises(InputError, match=r"needs onnxruntime; install it by: pip install 'wgan\[onnx\]'"):
        features_named(str(tmp_path / "flat.onnx"))


def test_features_of_real_data_are_kept_and_found_again(cache):
    source = TensorSource((images(100) * 255).byte(), "noise")
    judge = [
        Judge.of(*source.split(), metrics=metrics_named(["fd"]), features=NetworkFeatures(network(), "mine"))
        for _ in range(2)
    ]
    first = judge[0](images())
    kept = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert len(kept) == 2 and all(name.endswith("-mine.safetensors") for name in kept)
    assert judge[1](images()) == first
    assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == kept


def rows(width=4):
    return torch.rand(10, width, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_kept_rows_are_those_that_were_made():
    features = NetworkFeatures(network(), "mine")
    assert torch.equal(cached("key", features, None, rows), rows())
    assert torch.equal(cached("key", features, None, lambda: pytest.fail("made again")), rows())


def test_kept_rows_of_other_weights_or_width_are_refused():
    cached("key", NetworkFeatures(network(), "mine"), None, rows)
    with pytest.raises(
        InputError, match=r"features mine of these data are cached with 4 numbers .* or delete .*key-mine"
    ):
        cached("key", NetworkFeatures(network(seed=1), "mine"), None, rows)
    with pytest.raises(InputError, match="from other weights or of another width; name the new ones otherwise"):
        cached("key", NetworkFeatures(network(), "mine"), 5, rows)


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_damaged_file_is_said_and_made_anew(place):
    features = NetworkFeatures(network(), "mine")
    cached("key", features, None, rows)
    path = features_folder() / "key-mine.safetensors"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.warns(
        UserWarning, match=r"key-mine.safetensors (is damaged|cannot be read .*); its features are computed"
    ):
        assert torch.equal(cached("key", features, None, rows), rows())
    assert torch.equal(cached("key", features, None, lambda: pytest.fail("made again")), rows())


def test_a_folder_that_cannot_be_written_costs_time_only(cache):
    cache.parent.mkdir(parents=True)
    cache.write_text("a file")
    with pytest.warns(UserWarning, match="features cannot be kept in .*; they are computed each time"):
        assert torch.equal(cached("key", NetworkFeatures(network(), "mine"), None, rows), rows())
