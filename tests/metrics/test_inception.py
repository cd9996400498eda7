"""The network of the FID: its file is checked, and its arithmetic is the reference's."""

import pytest
import torch

from wgan.errors import InputError
from wgan.metrics.features import Inception, features_named
from wgan.metrics.features.inception import InceptionNetwork, Unit, loaded, resized_as_tensorflow


@pytest.fixture(scope="module")
def network():
    """Random weights whose activations neither vanish nor grow."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = InceptionNetwork()
        for module in made.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
    return made


def test_another_file_is_refused_by_its_hash(tmp_path):
    torch.save({}, tmp_path / "weights.pth")
    with pytest.raises(InputError, match="its SHA-256 begins with .{8}, that of the FID's weights with 6726825d"):
        features_named(str(tmp_path / "weights.pth"))


def test_other_weights_and_what_would_execute_are_refused(tmp_path):
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="holds other weights than the Inception network's: .* differ, as Conv2d_1a"):
        loaded(tmp_path / "other.pth")
    torch.save(Unit(3), tmp_path / "code.pth")
    with pytest.raises(InputError, match="holds no weights of the Inception network"):
        loaded(tmp_path / "code.pth")
    (tmp_path / "noise.pth").write_bytes(b"noise")
    with pytest.raises(InputError, match="holds no weights of the Inception network"):
        loaded(tmp_path / "noise.pth")


def test_images_are_resized_from_their_corner():
    image = torch.arange(6.0).view(1, 1, 2, 3)
    across, down = [0, 0.5, 1, 1.5, 2, 2], [0, 1, 2, 3, 3, 3]
    expected = torch.tensor(across) + torch.tensor(down)[:, None]
    assert torch.allclose(resized_as_tensorflow(image, 6)[0, 0], expected)
    assert torch.equal(resized_as_tensorflow(torch.eye(5)[None, None], 5)[0, 0], torch.eye(5))


def test_the_last_block_pools_by_maximum_and_means_do_not_count_the_border(network):
    assert isinstance(network.Mixed_7c.pooling, torch.nn.MaxPool2d)
    assert torch.equal(network.Mixed_7b.pooling(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 4, 4))
    assert network.Mixed_7c.branch3x3dbl_3b.conv.kernel_size == (3, 1)


def test_images_of_other_channels_are_refused(network):
    with pytest.raises(
        InputError, match=r"features inception of samples of shape \(2, 8, 8\): expected images of 1 or 3"
    ):
        Inception(network).extract(torch.zeros(1, 2, 8, 8))


@pytest.mark.slow
def test_features_and_probabilities_are_those_of_torch_fidelity(network, tmp_path):
    reference = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    layers = ["2048", "logits_unbiased"]
    theirs = reference.FeatureExtractorInceptionV3(
        "reference", layers, feature_extractor_weights_path=tmp_path / "weights.pth"
    )
    images = torch.randint(256, (2, 3, 32, 40), dtype=torch.uint8)
    features, logits = theirs(images)
    ours = Inception(loaded(tmp_path / "weights.pth"))
    assert torch.allclose(ours(images / 255), features.double(), rtol=1e-4, atol=1e-4)
    assert torch.allclose(ours.probabilities(images / 255), logits.double().softmax(1), atol=1e-5)
