"""Files that hold several pictures: TIFF stacks, animated GIF, WebP and PNG; every page is a picture."""

import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from PIL import ImageFile

from wgan.data.images.picture import open_image
from wgan.data.images.store import Place, Store
from wgan.data.reading import reason

__all__ = ["Album", "BrokenStack", "count_pages", "places_of"]

_SINGLE = (".jpg", ".jpeg", ".jfif", ".bmp", ".ppm", ".pgm", ".tga", ".jp2")
_STACKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"GIF8")
_PNG, _ANIMATION, _PIXELS = b"\x89PNG\r\n\x1a\n", b"acTL", (b"IDAT", b"IEND")
_OPEN = 8

Stacks = OrderedDict[str, tuple[ExitStack, ImageFile.ImageFile]]
"""Open files of several pictures, the last one used at the end."""


class BrokenStack(ValueError):
    """A file that holds several pictures, of which not even the number can be told."""


def count_pages(file: IO[bytes]) -> int:
    """How many pictures an encoded file holds; only the kinds that can hold several are looked into.

    Args:
        file: at its beginning.

    Raises:
        BrokenStack: the file breaks off between its pages.
    """
    if not _may_hold_several(file):
        return 1
    file.seek(0)
    with open_image(file) as image:
        try:
            return int(getattr(image, "n_frames", 1))
        except Exception as error:  # a decoder may raise anything over a damaged file
            raise BrokenStack(f"its pages cannot be counted, {reason(error)}") from error


def places_of(store: Store, title: str) -> list[Place]:
    """The pictures in one file of a store; a file that cannot be opened is one, of which this will be said later.

    Raises:
        BrokenStack: the file breaks off between its pages.
    """
    if title.lower().endswith(_SINGLE):
        return [Place(title)]
    try:
        with store.open(title) as file:
            count = count_pages(file)
    except BrokenStack:
        raise
    except Exception:  # a decoder may raise anything over a damaged file
        return [Place(title)]
    return [Place(title)] if count == 1 else [Place(title, page) for page in range(count)]


class Album:
    """Opens the pictures of a store.

    Each thread keeps the last few stacks open, for to find a page means to walk over those before it.

    Args:
        store: where the files lie.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stacks: dict[int, Stacks] = {}

    def __del__(self) -> None:
        """Closes what is open."""
        self.close()

    @contextmanager
    def open(self, place: Place) -> Iterator[ImageFile.ImageFile]:
        """The picture, not decoded yet."""
        if place.page is None:
            with self.fresh(place) as image:
                yield image
            return
        stacks = self.stacks.setdefault(threading.get_ident(), OrderedDict())
        try:
            yield self._page(stacks, place.title, place.page)
        except BaseException:
            # What is left of a broken stack would spoil its other pages.
            _close(stacks, place.title)
            raise

    @contextmanager
    def fresh(self, place: Place) -> Iterator[ImageFile.ImageFile]:
        """The picture, opened apart from all others."""
        with self.store.open(place.title) as file, open_image(file) as image:
            if place.page:
                image.seek(place.page)
            yield image

    def close(self) -> None:
        """Closes what threads that are done have left open."""
        while self.stacks:
            _, stacks = self.stacks.popitem()
            for title in list(stacks):
                _close(stacks, title)

    def _page(self, stacks: Stacks, title: str, page: int) -> ImageFile.ImageFile:
        if title in stacks and not _can_turn_to(stacks[title][1], page):
            _close(stacks, title)
        if title not in stacks:
            if len(stacks) >= _OPEN:
                _close(stacks, next(iter(stacks)))
            with ExitStack() as opened:
                image = opened.enter_context(open_image(opened.enter_context(self.store.open(title))))
                stacks[title] = opened.pop_all(), image
        stacks.move_to_end(title)
        image = stacks[title][1]
        image.seek(page)
        return image


def _can_turn_to(image: ImageFile.ImageFile, page: int) -> bool:
    """Whether an open stack gives a page as if it were opened anew.

    Of the page that was decoded last, Pillow has forgotten how it was stored; animations, which build each picture on
    the one before, do not go back.
    """
    return image.tell() < page or (image.tell() > page and image.format == "TIFF")


def _close(stacks: Stacks, title: str) -> None:
    if title in stacks:
        stacks.pop(title)[0].close()


def _may_hold_several(file: IO[bytes]) -> bool:
    head = file.read(16)
    if head.startswith(_PNG):
        return _announces_animation(file)
    return head.startswith(_STACKS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _announces_animation(file: IO[bytes]) -> bool:
    """Whether a PNG says, before its first pixels, that it is animated."""
    position = len(_PNG)
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or head[4:] in _PIXELS:
            return False
        if head[4:] == _ANIMATION:
            return True
        position += 12 + struct.unpack(">I", head[:4])[0]
