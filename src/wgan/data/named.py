"""The data sets that have a name: digits, MNIST, Fashion-MNIST, CIFAR-10."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from wgan.data.download import fetch
from wgan.data.idx import read_idx
from wgan.data.images.cifar import read_cifar10
from wgan.data.stored import StoredData, StoredImages
from wgan.randomness import stream

__all__ = ["NAMED", "Parts", "home"]

Parts = tuple[StoredData, StoredData | None]
"""The training data, and the data set's own test part if it has one."""

_DIGITS = tuple("0123456789")
_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


@dataclass(frozen=True)
class IdxDataSet:
    """Four gzipped IDX files: images and labels, for training and testing.

    Args:
        name: its name and the name of its folder.
        classes: the name of each label.
        mirrors: where the files can be downloaded.
        sha256: of each file's uncompressed content.
        elsewhere: folders of the system that may hold the files.
    """

    name: str
    classes: tuple[str, ...]
    mirrors: tuple[str, ...]
    sha256: dict[str, str]
    elsewhere: tuple[str, ...] = ()

    def read(self) -> Parts:
        """Both parts; missing files are downloaded."""
        return self.part("train"), self.part("t10k")

    def part(self, part: str) -> StoredImages:
        """The images of one part, `train` or `t10k`, with their labels."""
        images = self._file(f"{part}-images-idx3-ubyte").astype(np.uint8, copy=False)
        labels = self._file(f"{part}-labels-idx1-ubyte").astype(np.int64)
        return StoredImages(self.name, images[:, None], torch.from_numpy(labels), self.classes)

    def _file(self, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        folder = home() / self.name
        places = [folder, *map(Path, self.elsewhere)]
        for candidate in (place / f"{name}{suffix}" for place in places for suffix in ("", ".gz")):
            if candidate.is_file():
                return read_idx(candidate, self.sha256[name])
        path = folder / f"{name}.gz"
        fetch(path, self.mirrors, lambda temporary: read_idx(temporary, self.sha256[name]))
        return read_idx(path)


def home() -> Path:
    """The folder that holds named data: `$WGAN_HOME`, by default `wgan` in the user's cache folder."""
    if place := os.environ.get("WGAN_HOME"):
        return Path(place).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "wgan"


def read_digits() -> Parts:
    """Scikit-learn's 1,797 handwritten 8 x 8 digits; grey level g of 0..16 becomes the byte nearest to 255 g / 16."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = np.rint(images * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    return StoredImages("digits", pixels, torch.from_numpy(labels.astype(np.int64)), _DIGITS), None


MNIST = IdxDataSet(
    name="mnist",
    classes=_DIGITS,
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    sha256={
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)

FASHION_MNIST = IdxDataSet(
    name="fashion-mnist",
    classes=_CLOTHES,
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    sha256={
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    elsewhere=("/usr/share/datasets/fashion-mnist",),
)


def read_stacked_mnist() -> Parts:
    """Three random MNIST digits in the three channels of an image: 1,000 classes, `000` to `999`.

    Metz et al. 2017, Unrolled GANs, https://arxiv.org/abs/1611.02163. 60,000 images of the training digits, and 26,000
    of the test digits, as many as the usual count of modes takes.
    """
    return stacked(MNIST.part("train"), 60_000), stacked(MNIST.part("t10k"), 26_000)


def stacked(digits: StoredImages, count: int) -> StoredImages:
    """`count` images of three digits each, the same ones every time."""
    rows = torch.randint(len(digits), (count, 3), generator=stream(0, "stacked-mnist"))
    assert digits.labels is not None
    labels = (digits.labels[rows] * torch.tensor([100, 10, 1])).sum(1)
    names = tuple(f"{number:03d}" for number in range(1000))
    return StoredImages("stacked-mnist", digits.pixels[rows.numpy(), 0], labels, names)


NAMED: dict[str, Callable[[], Parts]] = {
    "digits": read_digits,
    MNIST.name: MNIST.read,
    FASHION_MNIST.name: FASHION_MNIST.read,
    "stacked-mnist": read_stacked_mnist,
    "cifar10": lambda: read_cifar10(home()),
}
"""How each named data set is read."""
