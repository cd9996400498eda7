"""What the fields of a dataclass may be, said where they are declared and checked when an instance is made.

A field annotated `Positive` or `Count` is refused with one line if its value is not one; NaN is none of them.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, is_dataclass
from math import isfinite
from numbers import Integral
from sys import float_info
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from wgan.errors import InputError, shown, unknown_name

__all__ = [
    "AboveShare",
    "BelowShare",
    "Checked",
    "Count",
    "Few",
    "Finite",
    "InnerShare",
    "Line",
    "Name",
    "Natural",
    "NotNegative",
    "Positive",
    "Rule",
    "Share",
    "choice",
]


@dataclass(frozen=True)
class Rule:
    """What a value must be.

    Args:
        expected: in words, for the message.
        holds: whether a value is that; what it cannot be asked about is not.
        names: the words to choose from, if it is such a choice of an `expected`.
    """

    expected: str
    holds: Callable[[Any], bool]
    names: tuple[str, ...] = ()

    def allows(self, value: object) -> bool:
        """Whether the value is that."""
        try:
            return bool(self.holds(value))
        except (ArithmeticError, AttributeError, TypeError, ValueError):
            return False

    def refusal(self, place: str, value: object) -> InputError:
        """What to say of a value that is not."""
        if self.names:
            return unknown_name(self.expected, str(value), self.names)
        return InputError(f"{place} is {shown(value)}; expected {self.expected}")


def choice(kind: str, names: Collection[str]) -> Rule:
    """One of several names.

    Args:
        kind: what they are names of, for the message.
        names: to choose from.
    """
    return Rule(kind, frozenset(names).__contains__, tuple(names))


# A size or a number of steps beyond this is a slip, and torch counts many of them in 32 bits.
MOST = 2**31 - 1
LARGEST = float_info.max
WHOLE = Rule("a whole number", lambda value: isinstance(value, Integral) and not isinstance(value, bool))
MODERATE = Rule(f"{MOST:,} at most", lambda value: value <= MOST)

Finite = Annotated[float, Rule("a finite number", isfinite)]
Positive = Annotated[float, Rule("a positive number", lambda value: 0 < value <= LARGEST)]
NotNegative = Annotated[float, Rule("zero or a positive number", lambda value: 0 <= value <= LARGEST)]
Share = Annotated[float, Rule("a share from 0 to 1", lambda value: 0 <= value <= 1)]
InnerShare = Annotated[float, Rule("a share between 0 and 1", lambda value: 0 < value < 1)]
AboveShare = Annotated[float, Rule("a share above 0, to 1", lambda value: 0 < value <= 1)]
BelowShare = Annotated[float, Rule("a share from 0 to below 1", lambda value: 0 <= value < 1)]
Count = Annotated[int, WHOLE, Rule("1 or more", lambda value: value >= 1), MODERATE]
Natural = Annotated[int, WHOLE, Rule("0 or more", lambda value: value >= 0), MODERATE]
# Of what is done or made one by one, such as layers.
Few = Annotated[int, WHOLE, Rule("1 or more", lambda value: value >= 1), Rule("1,000 at most", lambda n: n <= 1000)]
Name = Annotated[str, Rule("a printable name of 1 to 100 characters", lambda v: v.isprintable() and 0 < len(v) <= 100)]
Line = Annotated[
    str, Rule("one printable line of 1,000 characters at most", lambda v: len(v) <= 1000 and v.isprintable())
]


@dataclass(frozen=True)
class Checked:
    """A dataclass whose fields are what their annotations say, in the class or in those it is derived from.

    Raises:
        InputError: naming class, field, value and what was expected.

    Example:
        >>> @dataclass(frozen=True)
        ... class Clip(Checked):
        ...     c: Positive = 0.01
        >>> Clip(c=-1)
        Traceback (most recent call last):
        wgan.errors.InputError: Clip: c is -1; expected a positive number
    """

    def __post_init__(self) -> None:
        hints = [get_type_hints(base, include_extras=True) for base in type(self).__mro__ if is_dataclass(base)]
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            for hint in (known[name] for known in hints if name in known):
                if (rule := broken(hint, value)) is not None:
                    raise rule.refusal(f"{type(self).__name__}: {name}", value)


def broken(hint: Any, value: Any) -> Rule | None:  # noqa: ANN401 - any annotation and any value
    """The first rule of an annotation that a value breaks, those of its parts included.

    Example:
        >>> broken(tuple[Count, ...], (3, 0)).expected
        '1 or more'
        >>> broken(tuple[Share, Share] | None, None) is None
        True
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        rules = (note for note in hint.__metadata__ if isinstance(note, Rule))
        return next((rule for rule in rules if not rule.allows(value)), broken(parts[0], value))
    if origin in (Union, UnionType):
        options = [part for part in parts if part is not NoneType]
        return None if value is None else broken(options[0], value)
    if origin is tuple:
        return broken_in_tuple(parts, value)
    return None


def broken_in_tuple(parts: tuple[Any, ...], value: Any) -> Rule | None:  # noqa: ANN401 - any value
    """That of the parts of a tuple."""
    if not isinstance(value, tuple | list):
        return Rule("several values", lambda _: False)
    if parts[-1:] == (...,):
        parts = parts[:1] * len(value)
    if len(parts) != len(value):
        return Rule(f"{len(parts)} values", lambda _: False)
    return next((rule for part, item in zip(parts, value, strict=True) if (rule := broken(part, item))), None)
