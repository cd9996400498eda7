"""What becomes of pictures, said once with counts before they are learned from."""

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator

from wgan.data.images.picture import Header, Note

__all__ = ["changes", "say"]

Size = tuple[int, int]


def say(line: str) -> None:
    """A warning of one line."""
    warnings.warn(line, stacklevel=3)


def changes(headers: Counter[Header], size: Size, channels: int, *, gray: bool) -> Iterator[str]:
    """What pictures go through, one line a kind: `24 pictures of 96x48 are cropped to …`.

    Args:
        headers: how many pictures there are of each.
        size: `(height, width)` that they are brought to.
        channels: likewise, 1 or 3.
        gray: whether one channel was asked for.

    Example:
        >>> for line in changes(Counter({Header((48, 96), 3): 24}), (32, 32), 1, gray=True):
        ...     print(line)
        24 pictures of 96x48 are cropped to their middle and resized to 32x32 (--resolution)
        24 pictures in colour become grey (--gray)
    """
    for note in Note:
        yield from _line(sum(count for header, count in headers.items() if note in header.notes), f"pictures {note}")
    yield from _fits(headers, size)
    coloured = sum(count for header, count in headers.items() if header.channels > channels)
    yield from _line(coloured, f"pictures in colour become grey {'(--gray)' if gray else 'like those learned from'}")
    plain = sum(count for header, count in headers.items() if header.channels < channels)
    yield from _line(plain, "grey pictures get three equal channels, as others have colours")
    if any(header.depth != "uint8" for header in headers):
        shallow = sum(count for header, count in headers.items() if header.depth == "uint8")
        yield from _line(shallow, "pictures of 8 bits keep their values 0 to 255 among deeper ones")


def _fits(headers: Counter[Header], size: Size) -> Iterator[str]:
    groups: dict[str, Counter[Size]] = defaultdict(Counter)
    for header, count in headers.items():
        if header.size != size:
            groups[_how(header.size, size)][header.size] += count
    for how, sizes in groups.items():
        which = f"of {_shown(next(iter(sizes)))}" if len(sizes) == 1 else f"of {len(sizes)} sizes"
        yield f"{sizes.total():,} pictures {which} are {how} {_shown(size)} (--resolution)"


def _how(given: Size, wanted: Size) -> str:
    if given[0] * wanted[1] == given[1] * wanted[0]:
        return "resized to"
    kept = any(mine == other for mine, other in zip(given, wanted, strict=True))
    only = kept and all(mine >= other for mine, other in zip(given, wanted, strict=True))
    return "cropped to their middle," if only else "cropped to their middle and resized to"


def _shown(size: Size) -> str:
    return f"{size[1]}x{size[0]}"


def _line(count: int, what: str) -> Iterator[str]:
    if count:
        yield f"{count:,} {what}"
