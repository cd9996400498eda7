"""What a critic is fitted on: two sides of samples, checked, split and brought to one location and scale."""

from collections.abc import Callable
from math import frexp
from typing import NamedTuple, TypeGuard

import torch
from torch import Tensor

from wgan.arrays import ArrayLike, Samples, as_samples, check_finite, check_least, matched_columns
from wgan.data import FiniteSource, Source
from wgan.distances.units import own_frame
from wgan.errors import InputError
from wgan.processes import present
from wgan.randomness import stream

__all__ = ["Sides", "Split", "gather"]

LEAST = 8  # samples of a side, of which two are left to check and two to report on, with a deviation
FEW_NUMBERS = 4  # in a sample that is taken in double precision
ASIDE = 1 << 12  # samples to check, and to report on, at most: of more the fit has more use
MOST_NUMBERS = 1 << 25  # of one side's samples to fit


class Sides(NamedTuple):
    """Samples of both distributions.

    Attributes:
        real: `(n, *shape)`.
        fake: `(m, *shape)`.
    """

    real: Tensor
    fake: Tensor


class Split(NamedTuple):
    r"""Samples that share none, in the critic's units.

    $$z = (x - \text{origin} - \text{shift}) / \text{scale}$$


    Attributes:
        fit: what the critic learns from.
        check: what says when to stop and which critic is best.
        report: what the value is measured on, seen by nobody before.
        origin: `(*shape)`, a point amid samples that are far from zero, taken off first.
        shift: `(*shape)`, the mean of the samples to fit, seen from there.
        scale: a positive scalar, their deviation per coordinate.
        renew: the samples to fit at a later turn, drawn anew where a source is infinite.
        endless: whether both sides are, so that no sample is seen for long.
    """

    fit: Sides
    check: Sides
    report: Sides
    origin: Tensor
    shift: Tensor
    scale: Tensor
    renew: Callable[[int], Sides]
    endless: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return tuple(self.shift.shape)


def gather(real: ArrayLike | Source, fake: ArrayLike | Source, samples: int, seed: int) -> Split:
    """Checks both sides and splits them.

    Of finite samples a quarter is to check and a quarter to report on, 4,096 each at most; infinite sources are drawn
    from anew. They are centred and scaled in double precision, and only then rounded. Samples of few numbers stay in
    double precision, since they can almost meet the point that a critic's slope points away from.

    Args:
        real: `(n, *shape)`, `(n,)` for numbers, or a source.
        fake: `(m, *shape)`, or a source.
        samples: how many to draw from a source for the fit, fewer if they are large.
        seed: of the permutations and the draws.

    Raises:
        InputError: if a side is refused by `as_samples`, has too few samples, does not vary while the other does not
            either, or has another shape or other columns than the other side.
    """
    if samples < LEAST:
        raise InputError(f"samples is {samples}; expected at least {LEAST}, of which a quarter is to report on")
    sides = read(real, "real"), read(fake, "fake")
    orders = None, matched_columns(sides[0].columns, sides[1].columns, *Sides._fields)
    parts = [
        [ordered(part, order) for part in parts_of(side, name, samples, seed)]
        for side, name, order in zip(sides, Sides._fields, orders, strict=True)
    ]
    shapes = [tuple(side[0].shape[1:]) for side in parts]
    if shapes[0] != shapes[1]:
        raise InputError(f"real samples have shape {shapes[0]}, fake {shapes[1]}; expected one shape on both sides")
    fits = [side[0].double() for side in parts]
    origin, _ = own_frame(*fits)
    fits = [side - origin for side in fits]
    shift = (fits[0].mean(0) + fits[1].mean(0)) / 2
    scale = deviation([side - shift for side in fits])
    dtype = torch.float64 if torch.Size(shapes[0]).numel() <= FEW_NUMBERS else torch.float32

    def normalised(side: Tensor) -> Tensor:
        return (side - origin).sub_(shift).div_(scale).to(dtype)

    fit, check, report = (Sides(normalised(r), normalised(f)) for r, f in zip(*parts, strict=True))
    present().require_equal("samples", *fit, *check, *report)

    def again(side: Samples | Source, name: str, order: list[int] | None, old: Tensor, turn: int) -> Tensor:
        return normalised(ordered(drawn(side, len(old), name, seed, "again", turn), order)) if endless(side) else old

    def renew(turn: int) -> Sides:
        return Sides(*(again(*of_side, turn) for of_side in zip(sides, Sides._fields, orders, fit, strict=True)))

    return Split(fit, check, report, origin, shift, scale, renew, all(endless(side) for side in sides))


def ordered(side: Tensor, order: list[int] | None) -> Tensor:
    """Samples with their columns in that order."""
    return side if order is None else side[:, order]


def read(side: ArrayLike | Source, name: str) -> Samples | Source:
    """A source as it is, and enough checked samples of anything else."""
    return side if isinstance(side, Source) else points(as_samples(side, name), name)


def points(samples: Samples, name: str) -> Samples:
    """Enough samples, without gradient; numbers as points of one feature."""
    values = samples.values.detach()
    check_least(len(values), LEAST, name)
    return Samples(values[:, None] if values.dim() == 1 else values, samples.columns)


def deviation(centred: list[Tensor]) -> Tensor:
    """Root of the mean square over both sides, which weigh the same, of numbers of any size."""
    largest = float(max(side.abs().max() for side in centred))
    if not largest > 0:
        raise InputError("all samples, real and fake, are one point; expected data that varies")
    unit = 2.0 ** frexp(largest)[1]  # a power of two rounds nothing, and no square overflows or vanishes
    return torch.stack([(side / unit).square().mean() for side in centred]).mean().sqrt() * unit


def parts_of(side: Samples | Source, name: str, samples: int, seed: int) -> list[Tensor]:
    """What of a side is to fit, to check and to report on."""
    if isinstance(side, Source):
        samples = max(LEAST, min(samples, MOST_NUMBERS // torch.Size(side.shape).numel()))
    if endless(side):
        sizes = (samples, max(2, min(samples // 4, 1 << 13)), samples // 4)
        return [drawn(side, n, name, seed, part) for part, n in enumerate(sizes)]
    if isinstance(side, Samples):
        given = side.values
    else:
        given = side.subset(side.at_most(2 * samples), stream(seed, name, "subset"))
        check_least(len(given), LEAST, name)
        check_finite(given, name)
    order = torch.randperm(len(given), generator=stream(seed, name)).to(given.device)
    aside = min(len(order) // 4, ASIDE)
    return list(given[order].tensor_split([len(order) - 2 * aside, len(order) - aside]))


def endless(side: Samples | Source) -> TypeGuard[Source]:
    """Whether it can be drawn from anew."""
    return isinstance(side, Source) and not isinstance(side, FiniteSource)


def drawn(side: Source, count: int, name: str, seed: int, *labels: str | int) -> Tensor:
    """Fresh samples of an endless source."""
    found = side.sample(count, stream(seed, name, *labels))
    check_finite(found, name)
    return found
