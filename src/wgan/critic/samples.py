"""What a critic is fitted on: two sides of samples, checked, split and brought to one location and scale."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.data import FiniteSource, Source
from wgan.errors import InputError
from wgan.randomness import stream

__all__ = ["Samples", "Sides", "Split", "gather"]

Samples = Tensor | NDArray[Any] | Source

FEW_NUMBERS = 4  # in a sample that is taken in double precision
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
    r"""Samples that share none, in the critic's units $(x - \text{shift}) / \text{scale}$.

    Attributes:
        fit: what the critic learns from.
        check: what says when to stop and which critic is best.
        report: what the value is measured on, seen by nobody before.
        shift: `(*shape)`, the mean of the samples to fit.
        scale: a positive scalar, their deviation per coordinate.
        renew: the samples to fit at a later turn, drawn anew where a source is infinite.
    """

    fit: Sides
    check: Sides
    report: Sides
    shift: Tensor
    scale: Tensor
    renew: Callable[[int], Sides]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return tuple(self.shift.shape)


def gather(real: Samples, fake: Samples, samples: int, seed: int) -> Split:
    """Checks both sides and splits them: finite samples by halves and quarters, infinite sources by drawing anew.

    Samples of few numbers are taken in double precision, since they can almost meet the point that a critic's slope
    points away from.

    Args:
        real: `(n, *shape)`, or a source.
        fake: `(m, *shape)`, or a source.
        samples: how many to draw from a source for the fit, fewer if they are large.
        seed: of the permutations and the draws.

    Raises:
        InputError: if a side is empty, has too few samples, holds NaN or infinity, does not vary while the other does
            not either, or has another shape than the other side.
    """
    parts = [_parts(side, name, samples, seed) for side, name in ((real, "real"), (fake, "fake"))]
    shapes = [tuple(side[0].shape[1:]) for side in parts]
    if shapes[0] != shapes[1]:
        raise InputError(f"real samples have shape {shapes[0]}, fake {shapes[1]}; expected one shape on both sides")
    dtype = torch.float64 if torch.Size(shapes[0]).numel() <= FEW_NUMBERS else torch.float32
    fit, check, report = (Sides(r.to(dtype), f.to(dtype)) for r, f in zip(*parts, strict=True))
    shift = (fit.real.mean(0) + fit.fake.mean(0)) / 2
    scale = torch.cat([(side - shift).square().mean().reshape(1) for side in fit]).mean().sqrt()
    if not scale > 0:
        raise InputError("all samples, real and fake, are one point; expected data that varies")
    fit, check, report = (Sides(*((side - shift) / scale for side in part)) for part in (fit, check, report))

    def renew(turn: int) -> Sides:
        sides = zip((real, fake), ("real", "fake"), fit, strict=True)
        return Sides(
            *(
                (_checked(side.sample(len(old), stream(seed, name, "again", turn)), name).to(dtype) - shift).div_(scale)
                if _endless(side)
                else old
                for side, name, old in sides
            )
        )

    return Split(fit, check, report, shift, scale, renew)


def _parts(side: Samples, name: str, samples: int, seed: int) -> list[Tensor]:
    if isinstance(side, Source):
        samples = min(samples, MOST_NUMBERS // torch.Size(side.shape).numel())
    if isinstance(side, FiniteSource):
        side = side.subset(min(len(side), 2 * samples), stream(seed, name, "subset"))
    if isinstance(side, Source):
        sizes = (samples, min(samples // 4, 1 << 13), samples // 4)
        drawn = [side.sample(n, stream(seed, name, part)) for part, n in enumerate(sizes)]
        return [_checked(part, name) for part in drawn]
    given = _checked(_tensor(side, name), name)
    order = torch.randperm(len(given), generator=stream(seed, name)).to(given.device)
    return list(given[order].tensor_split([len(order) // 2, len(order) * 3 // 4]))


def _endless(side: Samples) -> TypeGuard[Source]:
    return isinstance(side, Source) and not isinstance(side, FiniteSource)


def _tensor(side: Tensor | NDArray[Any], name: str) -> Tensor:
    if not isinstance(side, Tensor | np.ndarray):
        raise InputError(f"{name} samples are a {type(side).__name__}; expected a tensor, an array or a Source")
    samples = torch.as_tensor(side).detach()
    if samples.dim() < 2:
        raise InputError(f"{name} samples have shape {tuple(samples.shape)}; expected (n, features), a row each")
    if len(samples) < 4:
        raise InputError(f"{name} samples: {len(samples)} arrived; expected 4 or more, to fit, check and report on")
    return samples if samples.is_floating_point() else samples.to(torch.float32)


def _checked(samples: Tensor, name: str) -> Tensor:
    bad = ~samples.isfinite()
    if bad.any():
        place = tuple(int(i) for i in bad.nonzero()[0])
        raise InputError(
            f"{name} samples hold {int(bad.sum())} NaN or infinite values, the first at {place}; remove or fill them"
        )
    return samples
