"""The Inception network of the FID literature, from a file of weights that the user has."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from wgan.errors import InputError
from wgan.metrics.features.contract import Features
from wgan.metrics.features.network import file_hash

__all__ = ["Inception", "InceptionNetwork", "from_inception"]

SIDE = 299
SHA256 = "6726825d"
"""How the hash of the converted weights of 2015-12-05 begins, as their file's name says."""


class Unit(NamedTuple):
    """A convolution: its channels, its kernel, its stride; padded to keep the size where it takes every pixel."""

    out: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    padded: bool = True


Branches = Mapping[str, tuple[Unit | tuple[Unit, Unit], ...]]
"""Convolutions one behind the other; a pair of them side by side."""


class Convolution(nn.Module):
    """A convolution, normalised over the batch, and its rectifier."""

    def __init__(self, channels: int, unit: Unit) -> None:
        super().__init__()
        rows, columns = unit.kernel
        padding = (rows // 2, columns // 2) if unit.stride == 1 and unit.padded else (0, 0)
        self.conv = nn.Conv2d(channels, unit.out, unit.kernel, unit.stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(unit.out, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, H, W)` to `(B, out, H', W')`."""
        return functional.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Branches of convolutions side by side, the last one behind a pooling; their channels are put together.

    Args:
        channels: of the input.
        branches: by the names that the file of weights has for them.
        pooling: what the last branch begins with.
    """

    def __init__(self, channels: int, branches: Branches, pooling: nn.Module) -> None:
        super().__init__()
        self.pooling = pooling
        self.paths: list[list[list[str]]] = []
        for name, stages in branches.items():
            self.paths.append([])
            width = channels
            for place, stage in enumerate(stages, 1):
                number = f"_{place}" if len(stages) > 1 else ""
                units = {number: stage} if isinstance(stage, Unit) else {f"{number}a": stage[0], f"{number}b": stage[1]}
                for suffix, unit in units.items():
                    self.add_module(name + suffix, Convolution(width, unit))
                self.paths[-1].append([name + suffix for suffix in units])
                width = sum(unit.out for unit in units.values())

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, H, W)` to `(B, channels', H', W')`."""
        outputs = []
        for path in self.paths:
            y = self.pooling(x) if path is self.paths[-1] else x
            for names in path:
                y = torch.cat([self.get_submodule(name)(y) for name in names], 1)
            outputs.append(y)
        return torch.cat(outputs, 1)


ROW, COLUMN, THREE, FIVE = (1, 7), (7, 1), (3, 3), (5, 5)


def average() -> nn.Module:
    """Means of 3 x 3 pixels; the reference does not count what lies beyond the border."""
    return nn.AvgPool2d(3, 1, 1, count_include_pad=False)


def block_a(channels: int, pooled: int) -> Mixed:
    """35 x 35 pixels."""
    double = (Unit(64), Unit(96, THREE), Unit(96, THREE))
    branches = {"branch5x5": (Unit(48), Unit(64, FIVE)), "branch3x3dbl": double, "branch_pool": (Unit(pooled),)}
    return Mixed(channels, {"branch1x1": (Unit(64),), **branches}, average())


def block_b(channels: int) -> Mixed:
    """35 to 17 pixels."""
    double = (Unit(64), Unit(96, THREE), Unit(96, THREE, 2))
    branches: Branches = {"branch3x3": (Unit(384, THREE, 2),), "branch3x3dbl": double, "branch_pool": ()}
    return Mixed(channels, branches, nn.MaxPool2d(3, 2))


def block_c(channels: int, c: int) -> Mixed:
    """17 x 17 pixels."""
    double = (Unit(c), Unit(c, COLUMN), Unit(c, ROW), Unit(c, COLUMN), Unit(192, ROW))
    branches: Branches = {
        "branch1x1": (Unit(192),),
        "branch7x7": (Unit(c), Unit(c, ROW), Unit(192, COLUMN)),
        "branch7x7dbl": double,
        "branch_pool": (Unit(192),),
    }
    return Mixed(channels, branches, average())


def block_d(channels: int) -> Mixed:
    """17 to 8 pixels."""
    long = (Unit(192), Unit(192, ROW), Unit(192, COLUMN), Unit(192, THREE, 2))
    branches: Branches = {"branch3x3": (Unit(192), Unit(320, THREE, 2)), "branch7x7x3": long, "branch_pool": ()}
    return Mixed(channels, branches, nn.MaxPool2d(3, 2))


def block_e(channels: int, pooling: nn.Module) -> Mixed:
    """8 x 8 pixels."""
    both = (Unit(384, (1, 3)), Unit(384, (3, 1)))
    branches: Branches = {
        "branch1x1": (Unit(320),),
        "branch3x3": (Unit(384), both),
        "branch3x3dbl": (Unit(448), Unit(384, THREE), both),
        "branch_pool": (Unit(192),),
    }
    return Mixed(channels, branches, pooling)


class InceptionNetwork(nn.Module):
    """Inception v3 as TensorFlow's graph of 2015 has it, with the names of its converted weights.

    Its last block pools by maximum where the paper says average: the FID is defined with it.

    Szegedy et al. 2016, Rethinking the Inception Architecture, https://arxiv.org/abs/1512.00567.
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Convolution(3, Unit(32, THREE, 2))
        self.Conv2d_2a_3x3 = Convolution(32, Unit(32, THREE, padded=False))
        self.Conv2d_2b_3x3 = Convolution(32, Unit(64, THREE))
        self.MaxPool_1 = nn.MaxPool2d(3, 2)
        self.Conv2d_3b_1x1 = Convolution(64, Unit(80))
        self.Conv2d_4a_3x3 = Convolution(80, Unit(192, THREE, padded=False))
        self.MaxPool_2 = nn.MaxPool2d(3, 2)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = block_a(192, 32), block_a(256, 64), block_a(288, 64)
        self.Mixed_6a = block_b(288)
        self.Mixed_6b, self.Mixed_6c = block_c(768, 128), block_c(768, 160)
        self.Mixed_6d, self.Mixed_6e = block_c(768, 160), block_c(768, 192)
        self.Mixed_7a = block_d(768)
        self.Mixed_7b, self.Mixed_7c = block_e(1280, average()), block_e(2048, nn.MaxPool2d(3, 1, 1))
        self.fc = nn.Linear(2048, 1008)

    def forward(self, images: Tensor) -> Tensor:
        """`(B, 3, 299, 299)` in [-1, 1] to the means over the last channels, `(B, 2048)`."""
        for layer in list(self.children())[:-1]:
            images = layer(images)
        return images.mean((2, 3))


def resized_as_tensorflow(images: Tensor, side: int) -> Tensor:
    """Square images by the bilinear interpolation of TensorFlow 1: pixel `i` is at `i · H / side`, not centred.

    Example:
        >>> resized_as_tensorflow(torch.tensor([[[[0.0, 1.0]]]]), 4)[0, 0, 0]
        tensor([0.0000, 0.5000, 1.0000, 1.0000])
    """
    for dim in (2, 3):
        size = images.shape[dim]
        at = torch.arange(side, dtype=torch.float32) * torch.tensor(size / side, dtype=torch.float32)
        low = at.long()
        high, part = (low + 1).clamp_max(size - 1), (at - low).view(-1, *[1] * (3 - dim))
        first, second = images.index_select(dim, low), images.index_select(dim, high)
        images = first + (second - first) * part
    return images


class Inception(Features):
    """The 2,048 features of the FID, and the 1,008 probabilities of the Inception score.

    As the reference does, images become bytes, are resized to 299 x 299 pixels as TensorFlow 1 did, and are brought to
    [-1, 1]; the score leaves the last layer's bias out. Grey images are repeated in three channels.

    Heusel et al. 2017, https://arxiv.org/abs/1706.08500; the conversion: Obukhov et al. 2020, torch-fidelity,
    https://doi.org/10.5281/zenodo.4957738.

    Args:
        network: with the weights in place.
    """

    name = "inception"
    width = 2048
    classes = 1008

    def __init__(self, network: InceptionNetwork) -> None:
        self.network = network.requires_grad_(False).eval()

    def extract(self, samples: Tensor) -> Tensor:
        """Means over the last channels."""
        if samples.ndim != 4 or samples.shape[1] not in (1, 3):
            shape = tuple(samples.shape[1:])
            raise InputError(f"features inception of samples of shape {shape}: expected images of 1 or 3 channels")
        levels = (samples.float() * 255).round().expand(-1, 3, -1, -1)
        features: Tensor = self.network((resized_as_tensorflow(levels, SIDE) - 128) / 128)
        return features

    def classify(self, samples: Tensor) -> Tensor:
        """The softmax of the last layer without its bias, in float64."""
        return (self.extract(samples) @ self.network.fc.weight.T).double().softmax(1)

    def fingerprint(self) -> str:
        """The beginning of the hash that was checked."""
        return SHA256


def from_inception(path: Path) -> Inception:
    """The features of the FID, from `pt_inception-2015-12-05-6726825d.pth` or torch-fidelity's file of that hash.

    Args:
        path: the file; it is read as weights alone, so that nothing in it can execute.

    Raises:
        InputError: if the file's hash is another one, or if it does not hold these weights.
    """
    if not (found := file_hash(path)).startswith(SHA256):
        raise InputError(
            f"{path}: its SHA-256 begins with {found[:8]}, that of the FID's weights with {SHA256}; download "
            "pt_inception-2015-12-05-6726825d.pth anew"
        )
    return Inception(loaded(path))


def loaded(path: Path) -> InceptionNetwork:
    """The network with the weights of a file."""
    network = InceptionNetwork()
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
        missing, unknown = network.load_state_dict(weights, strict=False)
    except (RuntimeError, ValueError, TypeError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"{path} holds no weights of the Inception network ({reason})") from None
    if wrong := [name for name in (*missing, *unknown) if not name.endswith("num_batches_tracked")]:
        raise InputError(f"{path} holds other weights than the Inception network's: {len(wrong)} differ, as {wrong[0]}")
    return network
