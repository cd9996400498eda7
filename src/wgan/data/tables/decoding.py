"""Text files as text: their encoding, and their first lines."""

import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path

from wgan.data.reading import read_bytes
from wgan.errors import InputError

__all__ = ["decoded", "head", "lines_of"]

_HEAD_LINES, _HEAD_SIZE = 200, 1 << 18
MANY, TWO_BYTES = 5, 0.3
"""Letters from which on an encoding shows, and how many of them are of ASCII where each has two bytes."""
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32"}
_MARKS |= {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decoded(path: Path, concerns: str) -> str:
    """The text of a file: in UTF-8, in UTF-16 or UTF-32 with a byte order mark, else in Latin-1, which is said.

    Args:
        path: of the file.
        concerns: where letters beyond ASCII matter.

    Raises:
        InputError: it is no text.
    """
    content = read_bytes(path)
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), unmarked(content))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or b"\0" in content:
            raise InputError(f"{path}: cannot be read as text ({error}); expected numbers between commas") from error
        warnings.warn(f"{path}: is not UTF-8; read as Latin-1, which concerns {concerns}", stacklevel=2)
        text = content.decode("latin-1")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}: line {line} holds a NUL, which no text does; copy or export it anew")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def unmarked(content: bytes) -> str:
    """The encoding of a text without a byte order mark: where every other byte tends to be zero, each letter has two.

    Example:
        >>> unmarked(b"1,2"), unmarked("1,2 €;3,4 €".encode("utf-16-le"))
        ('utf-8', 'utf-16-le')
    """
    even, odd = content[:2000:2], content[1:2000:2]
    zeros = even.count(0), odd.count(0)
    if len(odd) < MANY or max(zeros) < TWO_BYTES * len(odd) or min(zeros) > 1:  # of a letter that is cut through
        return "utf-8"
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def head(text: str) -> list[str]:
    """The first lines, enough to tell how the rest is written."""
    lines, size = [], 0
    for line in itertools.islice(lines_of(text), _HEAD_LINES):
        lines.append(line)
        size += len(line)
        if size > _HEAD_SIZE and len(lines) > 3:
            break
    return lines


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text, each with its end, made one by one."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
