"""Numbers as JSON keeps them and as a sentence shows them."""

from collections.abc import Mapping
from math import isfinite, isnan
from typing import Any

__all__ = ["plain", "shown"]


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a study measured
    """Values of JSON: numbers that are not finite become text, which `float` reads back.

    Raises:
        TypeError: for what JSON does not know.

    Example:
        >>> plain({"kl": float("inf"), "shares": (0.5, 1)})
        {'kl': 'inf', 'shares': [0.5, 1]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return "nan" if isnan(value) else f"{value:+}".replace("+", "")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a measure of type {type(value).__name__}; expected numbers, texts, and lists of them")


def shown(value: float) -> str:
    """Four significant digits, without an exponent where it is easily read.

    Example:
        >>> shown(0.00989), shown(1234567.0), shown(3e-20), shown(64)
        ('0.00989', '1,234,567', '3e-20', '64')
    """
    if not isfinite(value):
        return {"inf": "infinity", "-inf": "minus infinity"}.get(str(value), "not a number")
    if value == 0 or 1e-4 <= abs(value) < 1e4:
        return f"{value:.4g}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e8 else f"{value:.3g}"
