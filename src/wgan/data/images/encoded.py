"""Encoded pictures, opened one by one: decoded into memory where they fit, else batch by batch."""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data.images.levels import Extremes, conversion
from wgan.data.images.pages import Album, BrokenStack, places_of
from wgan.data.images.picture import Header, decode, header_of, quiet_decoders
from wgan.data.images.report import changes, say
from wgan.data.images.store import Place, Store
from wgan.data.images.streaming import StreamSource
from wgan.data.progress import progress_bar
from wgan.data.reading import reason
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource
from wgan.data.stored import StoredData, StoredImages
from wgan.errors import InputError
from wgan.memory import available_memory, require_memory

__all__ = ["EncodedImages", "encoded_images"]

_BLOCK = 64
T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What all pictures are brought to.

    Args:
        size: `(height, width)`.
        channels: 1 or 3.
        depth: the type of number that holds their levels.
        free: whether another picture may ask for more channels.
        rigid: whether all pictures must have that size.
    """

    size: tuple[int, int]
    channels: int
    depth: str
    free: bool
    rigid: bool

    def covers(self, header: Header) -> bool:
        """Whether a picture keeps its colours and its levels."""
        return self == self.wider(header)

    def wider(self, header: Header) -> "Plan":
        """A plan that covers one more picture."""
        channels = max(self.channels, header.channels) if self.free else self.channels
        return replace(self, channels=channels, depth=str(np.result_type(self.depth, header.depth)))


@dataclass(frozen=True)
class Look:
    """What was seen of a picture.

    Args:
        header: what it says of itself.
        extremes: the range of its values, if it is deep and was decoded.
    """

    header: Header
    extremes: Extremes | None = None


class EncodedImages(StoredData):
    """Encoded pictures, perhaps of different sizes.

    Args:
        name: how the user named them.
        store: where they lie.
        places: the pictures in the store.
        labels: `(N,)` integers, or None.
        classes: the name of each class.
        skipped: why what lies beside them is left out.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        places: Sequence[Place],
        labels: Tensor | None = None,
        classes: tuple[str, ...] = (),
        skipped: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.album, self.places = name, Album(store), list(places)
        self.labels, self.classes = labels, classes
        self.skipped = dict(skipped or {})

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.places)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self.places = [self.places[row] for row in rows]

    def source(self, settings: DataSettings, like: FiniteSource | None = None) -> FiniteSource:
        """The pictures that can be used, all of one size, in memory if half of what is free holds them."""
        settings.refuse_others(self.name, "images")
        with quiet_decoders():
            first = self._first()
            channels, rigid = 1 if settings.gray else first.channels, settings.size is None
            plan = Plan(settings.size or first.size, channels, first.depth, free=not settings.gray, rigid=rigid)
            if like is not None:
                plan = replace(plan, size=(like.shape[1], like.shape[2]), channels=like.shape[0], free=False)
            return self._source(plan, settings, like)

    def _source(self, plan: Plan, settings: DataSettings, like: FiniteSource | None) -> FiniteSource:
        shape = (len(self), plan.channels, *plan.size)
        one = math.prod(shape[1:]) * np.dtype(plan.depth).itemsize
        require_memory(8 * one, f"two pictures of {plan.size[1]}x{plan.size[0]} for {self.name}", "lower --resolution")
        pixels = np.empty(shape, plan.depth) if len(self) * one <= available_memory() // 2 else None
        looks = self._look_at_all(plan, pixels)
        seen = {row: look for row, look in enumerate(looks) if not isinstance(look, str)}
        wider = reduce(Plan.wider, (look.header for look in seen.values()), plan)
        if wider != plan:
            return self._source(wider, settings, like)
        broken = {str(place): look for place, look in zip(self.places, looks, strict=True) if isinstance(look, str)}
        self._report(broken, settings.strict)
        self._say_changes([look.header for look in seen.values()], plan, settings)
        usable = self if len(seen) == len(self) else self.take(torch.tensor(list(seen)))
        if pixels is not None:
            pixels = pixels if usable is self else pixels[list(seen)]
            return StoredImages(self.name, pixels, usable.labels, usable.classes).source(settings, like)
        extremes = _together([look.extremes for look in seen.values() if look.extremes])
        return StreamSource(
            self.name,
            usable.album,
            usable.places,
            shape[1:],
            depth=plan.depth,
            pixels=conversion(self.name, settings.pixels, extremes, None if like is None else like.pixels),
            strict=settings.strict,
            labels=usable.labels,
            classes=usable.classes,
            seed=settings.seed,
        )

    def _say_changes(self, headers: list[Header], plan: Plan, settings: DataSettings) -> None:
        if not self.familiar:
            for line in changes(Counter(headers), plan.size, plan.channels, gray=settings.gray):
                say(f"{self.name}: {line}")

    def _first(self) -> Header:
        broken = {}
        for place in self.places:
            look = self._look(place)
            if not isinstance(look, str):
                return look.header
            broken[str(place)] = look
        raise InputError(f"{self._complaint(broken)}; expected at least 2 that can")

    def _look_at_all(self, plan: Plan, pixels: NDArray[np.generic] | None) -> list[Look | str]:
        """What is seen, or what is wrong, of all pictures; decodes them into `pixels`."""

        def look_at(row: int) -> Look | str:
            return self._look(self.places[row], plan, None if pixels is None else pixels[row])

        looks: list[Look | str] = []
        for block in in_blocks(look_at, len(self), f"reading {self.name}"):
            looks += block
            if plan.rigid:
                self._refuse_other_size(plan.size, block, len(looks) - len(block))
        self.album.close()
        return looks

    def _look(self, place: Place, plan: Plan | None = None, pixels: NDArray[np.generic] | None = None) -> Look | str:
        """The picture's header, and with a plan its values: into `pixels`, or of a deep one the extremes alone."""
        try:
            with self.album.open(place) as image:
                header = header_of(image)
                if plan is None or not plan.covers(header) or (pixels is None and plan.depth == "uint8"):
                    return Look(header)
                if plan.rigid and header.size != plan.size:
                    image.load()  # a broken picture is no reason to refuse the others
                    return Look(header)
                values = decode(image, partial(self.album.fresh, place), plan.channels, plan.size)
                if pixels is None:
                    return Look(header, (float(values.min()), float(values.max())))
                pixels[...] = values
                return Look(header)
        except Exception as error:  # a decoder may raise anything over a damaged file
            return reason(error)

    def _refuse_other_size(self, size: tuple[int, int], looks: list[Look | str], start: int) -> None:
        for row, look in enumerate(looks, start):
            if not isinstance(look, str) and look.header.size != size:
                other = look.header.size
                raise InputError(
                    f"{self.name}: images of different sizes, {size[1]}x{size[0]} and {other[1]}x{other[0]} "
                    f"({self.places[row]}); pass --resolution to crop and resize them"
                )

    def _report(self, broken: dict[str, str], strict: bool) -> None:
        if strict and (broken or self.skipped):
            raise InputError(f"{self._complaint(broken)}; remove them, or leave out --strict to skip them")
        if len(broken) > len(self) - 2:
            raise InputError(f"{self._complaint(broken)}; expected at least 2 that can")
        if broken or self.skipped:
            say(f"{self._complaint(broken)}; skipped")

    def _complaint(self, broken: dict[str, str]) -> str:
        problems = broken | self.skipped
        title, problem = next(iter(problems.items()))
        total = len(self) + len(self.skipped)
        return f"{self.name}: {len(problems)} of {total} files cannot be used as images, first {title} ({problem})"


def encoded_images(
    name: str,
    store: Store,
    titles: Sequence[str],
    labels: Tensor | None = None,
    classes: tuple[str, ...] = (),
    skipped: Mapping[str, str] | None = None,
) -> EncodedImages:
    """The pictures in the files of a store, all pages of each.

    Args:
        name: how the user named them.
        store: where they lie.
        titles: of the files.
        labels: `(N,)` integers, one a file, or None.
        classes: the name of each class.
        skipped: why what lies beside them is left out.
    """

    def look_at(row: int) -> list[Place] | str:
        try:
            return places_of(store, titles[row])
        except BrokenStack as error:
            return str(error)

    with quiet_decoders():
        found = [places for block in in_blocks(look_at, len(titles), f"looking into {name}") for places in block]
    places = [place for one in found if not isinstance(one, str) for place in one]
    rows = torch.tensor([0 if isinstance(one, str) else len(one) for one in found])
    broken = {title: one for title, one in zip(titles, found, strict=True) if isinstance(one, str)}
    if several := int((rows > 1).sum()):
        say(
            f"{name}: {several:,} of {len(titles):,} files hold several pages; each of the {len(places):,} is a picture"
        )
    chosen = None if labels is None else labels.repeat_interleave(rows)
    return EncodedImages(name, store, places, chosen, classes, {**broken, **(skipped or {})})


def in_blocks(task: Callable[[int], T], count: int, description: str) -> Iterator[list[T]]:
    """What a task gives for each number below `count`, done by several threads, block after block in order.

    Ended early, by an error or by Ctrl-C, it waits for nothing but what is being done at that moment.
    """
    ended = threading.Event()

    def work(rows: range) -> list[T]:
        return [task(row) for row in rows if not ended.is_set()]

    blocks = [range(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    pool = ThreadPoolExecutor()
    try:
        with progress_bar() as progress:
            yield from progress.track(pool.map(work, blocks), len(blocks), description=description)
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


def _together(ranges: list[Extremes]) -> Extremes | None:
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None
