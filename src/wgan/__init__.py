"""A critic kept Lipschitz measures how far apart two distributions are, and a generator learns from it.

The names below are imported when they are first used, so that `import wgan` is light.
"""

TYPE_CHECKING = False  # that of `typing`, which takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from wgan.critic import estimate
    from wgan.distances import distance
    from wgan.errors import WganError
    from wgan.processes import together
    from wgan.recipes import Recipe
    from wgan.runs import Run, resume, train

__all__ = ["Recipe", "Run", "WganError", "distance", "estimate", "resume", "together", "train"]

_HOMES = {
    "distance": "wgan.distances",
    "estimate": "wgan.critic",
    "Recipe": "wgan.recipes",
    "Run": "wgan.runs",
    "WganError": "wgan.errors",
    "resume": "wgan.runs",
    "together": "wgan.processes",
    "train": "wgan.runs",
}


def __getattr__(name: str) -> "Any":  # noqa: ANN401 - any public name
    if name not in _HOMES:
        raise AttributeError(f"module 'wgan' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
