"""One set of samples, seen in each way that metrics need."""

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from wgan.data import Source
from wgan.errors import InputError
from wgan.memory import require_memory
from wgan.metrics.features.cache import cached
from wgan.metrics.features.contract import Features
from wgan.metrics.metric import Metric, Need

__all__ = ["Sizes", "View", "few", "reason_against", "sample_size", "sizes_of"]

SAMPLES = 1000
NUMBERS = 50_000_000
"""At most this many numbers in a set of samples, so that large images do not fill the memory."""
COPIES = 4
"""Generated, held-out and training samples, and one on the way."""


class View:
    """Samples in the user's units, and what is made of them for metrics, each kept once it was made.

    Args:
        draw: gives the samples, `(n, *shape)`; it is asked where what it takes is not on disk.
        source: data of their kind, with its units and modes.
        features: what makes features and class probabilities.
        key: what tells these samples from others, for the cache of features; None for samples that come once.
    """

    def __init__(self, draw: Callable[[], Tensor], source: Source, features: Features, key: str | None = None) -> None:
        self.draw, self.source, self.features, self.key = draw, source, features, key
        self.made: dict[Need, Tensor] = {}

    def __getitem__(self, need: Need) -> Tensor:
        """The rows that a metric needs, `(n, d)` float64."""
        if need not in self.made:
            self.made[need] = self._make(need)
        return self.made[need]

    def _make(self, need: Need) -> Tensor:
        features = self.features
        match need:
            case Need.SAMPLES:
                return self.source.scaling.comparable(self.draw().double()).flatten(1)
            case Need.FEATURES:
                return self._kept(need, features.width, lambda: features(self._seen()))
            case Need.CLASSES:
                return self._kept(need, features.classes, lambda: features.probabilities(self._seen()))
            case Need.MODES:
                modes, std = self.source.modes, self.source.mode_std
                assert modes is not None
                assert std is not None
                return torch.cdist(self.source.scaling.encode(self.draw().double()), modes.double()) / std
            case Need.TABLE:
                return self.draw().double()

    def _seen(self) -> Tensor:
        """What features are made of: the samples, or rows of mixed columns as points that can be compared."""
        samples = self.draw()
        return samples if self.source.codes is None else self.source.scaling.comparable(samples.double())

    def _kept(self, need: Need, width: int | None, make: Callable[[], Tensor]) -> Tensor:
        if self.key is None or not self.features.keeps:
            return make()
        return cached(f"{self.source.fingerprint()}-{self.key}-{need.name.lower()}", self.features, width, make)


def reason_against(metric: Metric, source: Source, features: Features) -> str | None:
    """Why a metric cannot be measured of such data; None if it can."""
    if metric.needs is Need.MODES and (source.modes is None or source.mode_std is None):
        return f"{source.name} has no known modes"
    if metric.needs is Need.CLASSES and features.classes is None:
        return f"features {features.name} tell no classes apart; take those of a classifier, such as digits"
    if metric.needs is Need.TABLE and len(source.observed_shape) > 1:
        return f"{source.name} holds images, which are no rows of a table"
    return metric.reason_against(source)


class Sizes(NamedTuple):
    """How many samples a metric is given.

    Attributes:
        real: held-out ones.
        fake: generated ones.
    """

    real: int
    fake: int


def sizes_of(metric: Metric, data: Source, held_out: Source, samples: int | None = None) -> Sizes:
    """How many samples a metric is given: as many as were asked for of each side, else as many as suit it.

    Args:
        metric: with what it takes at the most.
        data: what the generator learned from, of which the floor takes as many as there are generated samples.
        held_out: data that it never saw.
        samples: of each side.

    Raises:
        InputError: as `sample_size`.
    """
    if samples is not None or metric.most_generated is None:
        count = sample_size(data, held_out, most=samples, usual=metric.most)
        return Sizes(count, count)
    return Sizes(sample_size(held_out, usual=metric.most), sample_size(data, usual=metric.most_generated))


def few(metric: Metric, sizes: Sizes) -> str | None:
    """Why so few samples are not enough for a metric; None if they are."""
    least = min(sizes)
    return f"{least:,} samples on a side; it takes {metric.least:,} or more" if least < metric.least else None


def sample_size(*sources: Source, most: int | None = None, usual: int = SAMPLES) -> int:
    """How many samples of each side are compared: 1,000, fewer of a small data set or of large images.

    Args:
        sources: training and held-out data.
        most: another number, that was asked for.
        usual: what stands in place of 1,000.

    Raises:
        InputError: if fewer than two are asked for or can be had, or if the memory does not take so many.
    """
    numbers = prod(sources[0].shape)
    if most is not None and most < 2:
        raise InputError(f"samples is {most}; expected 2 or more of each side")
    wanted = most or max(2, min(usual, NUMBERS // numbers))
    require_memory(COPIES * 8 * wanted * numbers, f"comparing {wanted:,} samples", "ask for fewer")
    least = min(sources, key=lambda source: source.at_most(wanted))
    if (count := least.at_most(wanted)) < 2:
        raise InputError(
            f"{least.name} has {count} sample to compare the generated ones with; expected 2 or more: "
            "give it more data, of which a fifth is held out"
        )
    return count
