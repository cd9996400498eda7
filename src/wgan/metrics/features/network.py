"""Features of anyone's network: a module, a TorchScript file, an ONNX file."""

import hashlib
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wgan.errors import InputError
from wgan.metrics.features.contract import Features
from wgan.metrics.features.images import resized

__all__ = ["NetworkFeatures", "from_onnx", "from_torchscript"]


class NetworkFeatures(Features):
    """What a network of yours makes of images in [0, 1], or of rows in the user's units.

    Args:
        network: `(B, *shape)` float32 to `(B, ...)`, which is flattened; a module is used as it is, so put it into
            evaluation mode. It brings its own normalisation.
        name: as it shall stand in a metric's name, `fd_NAME_1k`.
        size: height and width that images are resized to before, by linear interpolation over as many pixels as one
            covers; None leaves them as they are.
        classes: if the outputs are logits, how many; then the metrics that need class probabilities can be measured.
        fingerprint: what tells these weights from others; by default a hash of a module's state.

    Raises:
        InputError: if the name could not be part of a metric's, or the network is no module and has no fingerprint.

    Example:
        >>> features = NetworkFeatures(nn.Sequential(nn.AvgPool2d(14), nn.Flatten()), "quarters", size=(28, 28))
        >>> features(torch.ones(3, 1, 8, 8)).shape
        torch.Size([3, 4])
    """

    def __init__(
        self,
        network: Callable[[Tensor], Tensor],
        name: str,
        *,
        size: tuple[int, int] | None = None,
        classes: int | None = None,
        fingerprint: str | None = None,
    ) -> None:
        if not re.fullmatch(r"[\w.-]+", name):
            raise InputError(f"features {name!r}: expected a name of letters, digits, '-', '_' and '.'")
        if fingerprint is None and not isinstance(network, nn.Module):
            raise InputError(f"features {name}: no module whose weights could be hashed; give a fingerprint")
        self.network, self.name, self.size, self.classes = network, name, size, classes
        self._fingerprint = fingerprint

    def extract(self, samples: Tensor) -> Tensor:
        """The network's outputs, flattened."""
        images = samples.float()
        rows = self.network(images if self.size is None else resized(images, self.size))
        if not isinstance(rows, Tensor) or not rows.dim() or len(rows) != len(samples):
            found = tuple(rows.shape) if isinstance(rows, Tensor) else type(rows).__name__
            raise InputError(
                f"features {self.name}: the network gave {found} for {len(samples)} samples; expected rows"
            )
        return rows.flatten(1)

    def classify(self, samples: Tensor) -> Tensor:
        """The softmax of the outputs, in float64."""
        return self.extract(samples).double().softmax(1) if self.classes else super().classify(samples)

    def fingerprint(self) -> str:
        """The one that was given, or a hash of the module's parameters and buffers."""
        return self._fingerprint or state_hash(self.network)


def state_hash(network: Any) -> str:  # noqa: ANN401 - checked when the features are made
    """Sixteen hexadecimal digits of a hash of a module's state."""
    digest = hashlib.sha256()
    for name, value in network.state_dict().items():
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]


def from_torchscript(path: Path, size: tuple[int, int] | None = None) -> NetworkFeatures:
    """Features of a TorchScript file, named after it. Such a file holds code: open only those that you trust.

    Args:
        path: a file that `torch.jit.save` wrote.
        size: as `NetworkFeatures` takes it.

    Raises:
        InputError: if the file cannot be read as TorchScript.
    """
    try:
        network = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"{path} cannot be read as TorchScript ({reason}); save the module by torch.jit.save"
        ) from None
    return NetworkFeatures(network.eval(), path.stem, size=size, fingerprint=file_hash(path)[:16])


def from_onnx(path: Path, size: tuple[int, int] | None = None) -> NetworkFeatures:
    """Features of an ONNX file, its first output for its first input, named after it.

    Args:
        path: the file.
        size: as `NetworkFeatures` takes it.

    Raises:
        InputError: if `onnxruntime` is not installed, or if the file cannot be read.
    """
    try:
        runtime = import_module("onnxruntime")
    except ImportError:
        raise InputError(f"{path} needs onnxruntime; install it by: pip install 'wgan[onnx]'") from None
    try:
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InputError(f"{path} cannot be read as ONNX ({str(error).splitlines()[0]})") from None
    first = session.get_inputs()[0].name

    def network(samples: Tensor) -> Tensor:
        return torch.as_tensor(session.run(None, {first: samples.numpy()})[0])

    return NetworkFeatures(network, path.stem, size=size, fingerprint=file_hash(path)[:16])


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
