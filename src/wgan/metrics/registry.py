"""Metrics by their short names."""

from collections.abc import Iterable
from importlib import import_module

from wgan.errors import unknown_name
from wgan.metrics.metric import Metric

__all__ = ["metric_kinds", "metrics_named"]


def metric_kinds() -> dict[str, type[Metric]]:
    """All metrics that the package exports, by their short names.

    Example:
        >>> "fd" in metric_kinds()
        True
    """
    package = import_module("wgan.metrics")
    exported = (getattr(package, name) for name in package.__all__)
    kinds = (kind for kind in exported if isinstance(kind, type) and issubclass(kind, Metric) and kind is not Metric)
    return dict(sorted((kind.name, kind) for kind in kinds))


def metrics_named(names: Iterable[str]) -> tuple[Metric, ...]:
    """Metrics with their default fields, each once; `all` stands for every one.

    Raises:
        InputError: for an unknown name, with the nearest ones.

    Example:
        >>> [metric.name for metric in metrics_named(["w1", "fd", "w1"])]
        ['w1', 'fd']
    """
    known = metric_kinds()
    wanted = dict.fromkeys(part for name in names for part in (known if name == "all" else [name]))
    for name in wanted:
        if name not in known:
            raise unknown_name("metric", name, [*known, "all"])
    return tuple(known[name]() for name in wanted)
