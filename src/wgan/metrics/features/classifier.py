"""Features of small classifiers that come with the package: of digits and of clothes."""

import hashlib
from functools import cache
from importlib.resources import files

import torch
from safetensors.torch import load
from torch import Tensor, nn

from wgan.errors import InputError
from wgan.metrics.features.contract import Features
from wgan.metrics.features.images import resized

__all__ = ["ClassifierNetwork", "Digits", "Fashion", "StackedDigits"]

SIZE = 28, 28
"""Height and width of the images that the classifiers were trained on."""
LUMA = torch.tensor([0.299, 0.587, 0.114])


class ClassifierNetwork(nn.Module):
    """Five convolutions, 98,000 weights, from grey 28 x 28 images to 64 features and 10 classes.

    Args:
        width: features, the channels of the last convolution.
        classes: the logits that a linear layer makes of them.

    Example:
        >>> ClassifierNetwork().features(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 64])
    """

    def __init__(self, width: int = 64, classes: int = 10) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *block(1, 16),
            nn.MaxPool2d(2),
            *block(16, 32),
            *block(32, 64),
            nn.MaxPool2d(2),
            *block(64, 64),
            *block(64, width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(width, classes)

    def features(self, images: Tensor) -> Tensor:
        """Means of the last channels, `(N, 1, 28, 28)` in [0, 1] to `(N, width)`."""
        features: Tensor = self.body(images - 0.5)
        return features

    def forward(self, images: Tensor) -> Tensor:
        """Logits, `(N, classes)`."""
        logits: Tensor = self.head(self.features(images))
        return logits


def block(channels: int, out: int) -> tuple[nn.Module, ...]:
    """A convolution of 3 x 3 pixels, normalised over the batch, and its rectifier."""
    return nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU()


def weights_file(name: str) -> bytes:
    """The content of the file of weights that comes with the package."""
    return (files("wgan.metrics.features") / "weights" / f"{name}.safetensors").read_bytes()


@cache
def classifier(name: str) -> ClassifierNetwork:
    """The classifier of that name, ready to use; it keeps its weights in float16."""
    network = ClassifierNetwork()
    network.load_state_dict({**network.state_dict(), **load(weights_file(name))})
    return network.requires_grad_(False).eval()


class Classifier(Features):
    """What a shipped classifier sees in an image: 64 means over its last channels, and 10 probabilities.

    Images are made grey (ITU-R 601 luma) where they have three channels, and of 28 x 28 pixels, by linear
    interpolation over as many pixels as one covers. So images of another size can be compared, with less meaning the
    farther they are from what the classifier was trained on.
    """

    width = 64
    classes = 10

    def extract(self, samples: Tensor) -> Tensor:
        """Means over the last channels."""
        return classifier(self.name).features(self.prepared(samples))

    def classify(self, samples: Tensor) -> Tensor:
        """The softmax of the logits, in float64."""
        logits: Tensor = classifier(self.name)(self.prepared(samples))
        return logits.double().softmax(1)

    def prepared(self, samples: Tensor) -> Tensor:
        """Grey images of 28 x 28 pixels."""
        if samples.ndim != 4 or samples.shape[1] not in (1, 3):
            raise InputError(
                f"features {self.name} of samples of shape {tuple(samples.shape[1:])}: expected images of 1 or 3 "
                "channels; take pixels for others"
            )
        grey = samples if samples.shape[1] == 1 else torch.einsum("c,nchw->nhw", LUMA.to(samples), samples)[:, None]
        return resized(grey.float(), SIZE)

    def fingerprint(self) -> str:
        """Of the weights."""
        return hashlib.sha256(weights_file(self.name)).hexdigest()[:16]


class Digits(Classifier):
    """A classifier of handwritten digits, trained on MNIST by `examples/train_classifier.py`: 99.7 % of test images.

    MNIST's digits lie in the middle of a black frame. Of the 8 x 8 `digits`, which fill theirs, it knows 76 %, so that
    it is not their default.

    Example:
        >>> Digits()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 64])
    """

    name = "digits"
    serves = ("mnist",)


class Fashion(Classifier):
    """A classifier of clothes, trained on Fashion-MNIST by `examples/train_classifier.py`: 91.6 % of test images.

    Example:
        >>> Fashion().probabilities(torch.zeros(2, 3, 32, 32)).sum(1)
        tensor([1., 1.], dtype=torch.float64)
    """

    name = "fashion"
    serves = ("fashion-mnist",)


class StackedDigits(Features):
    """What the classifier of digits sees in each channel of stacked MNIST: 3 x 64 features, 1,000 classes.

    An image of three digits, one in each channel, belongs to class $100 a + 10 b + c$, whose probability is the product
    of the digits' own. Metz et al. 2017, Unrolled GANs, https://arxiv.org/abs/1611.02163.

    Example:
        >>> StackedDigits().probabilities(torch.zeros(2, 3, 28, 28)).shape
        torch.Size([2, 1000])
    """

    name = "stacked-digits"
    width = 192
    classes = 1000
    serves = ("stacked-mnist",)

    def extract(self, samples: Tensor) -> Tensor:
        """The features of the three digits, one behind the other."""
        return Digits().extract(channels(samples)).view(len(samples), -1)

    def classify(self, samples: Tensor) -> Tensor:
        """Products of the three digits' probabilities."""
        first, second, third = Digits().classify(channels(samples)).view(-1, 3, 10).unbind(1)
        return torch.einsum("na,nb,nc->nabc", first, second, third).flatten(1)

    def fingerprint(self) -> str:
        """Of the weights."""
        return Digits().fingerprint()


def channels(samples: Tensor) -> Tensor:
    """Each channel as an image, `(B, 3, H, W)` to `(3 B, 1, H, W)`."""
    if samples.ndim != 4 or samples.shape[1] != 3:
        raise InputError(
            f"features stacked-digits of samples of shape {tuple(samples.shape[1:])}: expected images of 3 channels, a "
            "digit in each"
        )
    return samples.flatten(0, 1)[:, None]
