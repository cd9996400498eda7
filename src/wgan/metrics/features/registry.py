"""Features by name."""

from importlib import import_module

from wgan.metrics.features.contract import Features

__all__ = ["features_for"]


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
