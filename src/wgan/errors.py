"""The errors that `wgan` raises for its users, each with the exit code of the command.

Every message is one line that says what arrived, what was expected and what to do.
"""

from collections.abc import Iterable

__all__ = [
    "SAID",
    "Diverged",
    "FigureFailed",
    "InputError",
    "NoIntactCheckpoint",
    "OtherEnded",
    "WganError",
    "exit_code",
    "said",
    "shown",
    "unknown_name",
]

SAID = "another process says so"
"""A note on an error that another process has told of already."""


class WganError(Exception):
    """Something that the user can mend; the command prints it as one line and exits with `exit_code`."""

    exit_code = 1


class InputError(WganError, ValueError):
    """Bad input or configuration: a name, a file, a field or a value that cannot be used."""

    exit_code = 2


class Diverged(WganError, ArithmeticError):
    """Training produced NaN or infinity."""

    exit_code = 3


class FigureFailed(WganError):
    """A picture that could not be drawn or written; nothing else is wrong."""

    exit_code = 2


class NoIntactCheckpoint(WganError, OSError):
    """A run holds no checkpoint whose content matches its checksums."""

    exit_code = 4


class OtherEnded(WganError):
    """Another of the processes that work together has ended; the exit code is that one's, where it is known."""


def exit_code(error: BaseException) -> int:
    """With which the command ends.

    Example:
        >>> exit_code(InputError("no such file")), exit_code(KeyboardInterrupt()), exit_code(ZeroDivisionError())
        (2, 130, 1)
    """
    if isinstance(error, WganError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return 130
    return 2 if isinstance(error, (OSError, MemoryError)) else 1


def said(error: BaseException) -> bool:
    """Whether another of the processes that work together says the same already."""
    return SAID in getattr(error, "__notes__", ())


def shown(value: object, most: int = 80) -> str:
    r"""A value as a message shows it: on one line, printable and not too long.

    Example:
        >>> print(shown("a\nb"), shown(0.5), shown(10**6000), shown("x" * 300, most=5))
        'a\nb' 0.5 an integer too long to print 'xxxx…
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # of an integer with more digits than Python prints
        return "an integer too long to print"
    return text if len(text) <= most else f"{text[:most]}…"


def unknown_name(kind: str, name: str, valid: Iterable[str]) -> InputError:
    """An `InputError` for a name that does not exist, with the nearest valid ones.

    Example:
        >>> print(unknown_name("recipe", "wgan-pg", ["gan", "wgan", "wgan-gp"]))
        unknown recipe 'wgan-pg'; nearest: wgan-gp, wgan, gan
        >>> print(unknown_name("recipe", "xyz", ["gan", "wgan"]))
        unknown recipe 'xyz'; valid: gan, wgan
    """
    from difflib import get_close_matches

    names = sorted(valid)
    lowered = {candidate.lower(): candidate for candidate in names}
    near = [lowered[match] for match in get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
    return InputError(f"unknown {kind} {shown(name)}; {'nearest' if near else 'valid'}: {', '.join(near or names)}")
