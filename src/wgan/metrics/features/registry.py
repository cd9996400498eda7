"""Features by name."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from wgan.errors import InputError, unknown_name
from wgan.metrics.features.contract import Features
from wgan.metrics.features.inception import from_inception
from wgan.metrics.features.network import from_onnx, from_torchscript

__all__ = ["features_for", "features_named"]

FILES: dict[str, Callable[[Path], Features]] = {
    ".pt": from_torchscript,
    ".ts": from_torchscript,
    ".torchscript": from_torchscript,
    ".onnx": from_onnx,
    ".pth": from_inception,
}
"""How each kind of file is opened."""


def feature_kinds() -> dict[str, type[Features]]:
    """Features that come with the package, by their names."""
    package = import_module("wgan.metrics.features")
    exported = (getattr(package, name) for name in package.__all__)
    kinds = (kind for kind in exported if isinstance(kind, type) and issubclass(kind, Features))
    return {kind.name: kind for kind in kinds if hasattr(kind, "name")}


def features_for(data: str) -> Features:
    """The default features of a data set: those of the classifier that knows it, else the samples themselves.

    Example:
        >>> features_for("gaussians8").name
        'pixels'
    """
    kinds = feature_kinds()
    return next((kind for kind in kinds.values() if data in kind.serves), kinds["pixels"])()


def features_named(text: str) -> Features:
    """Features by their name, or of a network in a file.

    Args:
        text: a name such as `digits` or `pixels`, the path of a TorchScript (.pt, .ts) or ONNX file (.onnx), or that
            of the weights of the FID's network (.pth).

    Raises:
        InputError: for an unknown name, or a file that is missing or cannot be read.

    Example:
        >>> features_named("pixels").name
        'pixels'
    """
    kinds = feature_kinds()
    if text in kinds:
        return kinds[text]()
    path = Path(text).expanduser()
    if path.suffix not in FILES:
        raise unknown_name("features", text, [*kinds, *(f"FILE{suffix}" for suffix in FILES)])
    if not path.is_file():
        raise InputError(f"features {text}: there is no such file")
    return FILES[path.suffix](path)
