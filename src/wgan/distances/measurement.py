"""The front door: a distance by its name, measured, with what has to be known about it."""

import time
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

import torch

from wgan.arrays import ArrayLike
from wgan.distances.method import DistanceMethod
from wgan.distances.samples import as_weights, paired
from wgan.distances.uncertainty import Interval, confidence_interval
from wgan.errors import InputError, unknown_name

__all__ = ["Distance", "distance", "methods"]


@dataclass(frozen=True)
class Distance:
    """A measured distance.

    Attributes:
        value: the distance.
        method: its short name.
        p: the power of the ground cost; None for methods without one.
        n: samples of x.
        m: samples of y.
        dim: features of a sample.
        interval: a confidence interval, if one was asked for, with what it covers.
        seconds: that the measurement took, without the interval.
        unit: of the value: "of the data", "nats" or none.
        note: how the value was come by, in one line.
    """

    value: float
    method: str
    p: float | None
    n: int
    m: int
    dim: int
    interval: Interval | None
    seconds: float
    unit: str
    note: str


def methods() -> dict[str, type[DistanceMethod]]:
    """All methods that the package exports, by their short names.

    Example:
        >>> list(methods())[:3]
        ['energy', 'exact', 'gaussian']
    """
    package = import_module("wgan.distances")
    exported = (getattr(package, name) for name in package.__all__)
    kinds = (kind for kind in exported if isinstance(kind, type) and issubclass(kind, DistanceMethod))
    return dict(sorted((kind.name, kind) for kind in kinds if hasattr(kind, "name")))


def distance(
    x: ArrayLike,
    y: ArrayLike,
    method: str | DistanceMethod = "exact",
    p: float = 1,
    *,
    confidence: float | None = None,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    **options: Any,  # noqa: ANN401 - the fields of any method
) -> Distance:
    """Measures how far apart two sets of samples are.

    Args:
        x: samples `(n, ...)`, flattened to points.
        y: samples `(m, ...)`.
        method: a short name of `methods()`, or a method with its fields set.
        p: the power of the ground cost, for methods that have one.
        confidence: the level of an interval that is measured too, such as 0.95; it takes many more measurements.
        x_weights: of the samples of x, `(n,)`, summing to one, for methods that take weights; equal ones if None.
        y_weights: of those of y, `(m,)`.
        options: further fields of the method, such as `directions=1000` for "sliced".

    Raises:
        InputError: if the method or a field does not exist, if the samples or weights are refused, or if the method
            takes no weights.

    Example:
        >>> found = distance([[0.0, 0.0], [1.0, 0.0]], [[0.0, 2.0], [1.0, 2.0]], p=2)
        >>> found.value, found.method, found.n, found.dim, found.unit
        (2.0, 'exact', 2, 2, 'of the data')
    """
    chosen = resolve(method, p, options)
    a, b = paired(x, y)
    start = time.perf_counter()
    with torch.no_grad():
        if x_weights is None and y_weights is None:
            value, note = chosen.measure(a, b)
        else:
            refuse_interval(confidence)
            weights = as_weights(x_weights, len(a), "x_weights"), as_weights(y_weights, len(b), "y_weights")
            value, note = chosen.measure_weighted(a, b, *(side.to(a.device) for side in weights))
        seconds = time.perf_counter() - start
    interval = None if confidence is None else confidence_interval(chosen, a, b, level=confidence)
    return Distance(
        value=value.item(),
        method=chosen.name,
        p=getattr(chosen, "p", None),
        n=len(a),
        m=len(b),
        dim=a.shape[1],
        interval=interval,
        seconds=seconds,
        unit=chosen.unit,
        note=note,
    )


def refuse_interval(confidence: float | None) -> None:
    """Refuses an interval of weighted samples.

    Raises:
        InputError: if one is asked for.
    """
    if confidence is not None:
        raise InputError("an interval comes from halves of equally weighted samples; leave out confidence or weights")


def resolve(method: str | DistanceMethod, p: float, options: dict[str, Any]) -> DistanceMethod:
    """A method from its name and fields."""
    if isinstance(method, DistanceMethod):
        if options:
            raise InputError(f"{', '.join(options)}: set the fields of the method itself, {type(method).__name__}(...)")
        return method
    known = methods()
    if method not in known:
        raise unknown_name("distance", method, known)
    kind = known[method]
    names = [field.name for field in fields(kind)]
    for name in options:
        if name not in names:
            raise unknown_name(f"option of {method}", name, names)
    if "p" in names:
        options = {"p": p, **options}
    elif p not in (1, getattr(kind, "p", 1)):
        raise InputError(f"p is {p:g}, but {method} has no power to choose; leave p out")
    return kind(**options)
