"""What studies of training look at while a generator learns: its distance from unseen data, and its samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import spearmanr
from torch import Tensor

from wgan.data import Source
from wgan.data.source import FiniteSource
from wgan.distances.exact import wasserstein
from wgan.randomness import stream
from wgan.studies.trained import generated
from wgan.training import State

__all__ = ["SMALL", "Watch", "drawn_from", "packed", "rank_correlation", "unpacked"]

SMALL: Mapping[str, Any] = {
    "generator.widths": [100, 100],
    "critic.widths": [100, 100],
    "generator.output": "sigmoid",
    "data.pixel_range": [0.0, 1.0],
    "latent": 16,
    "batch": 64,
}
"""Two layers of 100 on either side, for grey digits."""

DIGITS = 5
"""Decimals of a distance, so that samples that do not move do not seem to by rounding."""
GREYS = "0123456789abcdef"


@dataclass
class Watch:
    """Exact W₁ between samples of the generator and as many unseen ones, in the user's units, at each look.

    Args:
        held_out: what the generator never sees.
        latent: numbers that a sample is made of.
        count: samples of each side, at most all that are held out.
        seed: of the draw from both.
        averaged: whether to look at the moving average of the generator, whose memory hides the first steps.

    Attributes:
        iterations: of each look.
        steps: of critic and generator together, until each look.
        w1: at each look.
        samples: of the last look, `(count, *shape)`.
    """

    held_out: FiniteSource
    latent: int
    count: int
    seed: int
    averaged: bool = False
    iterations: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    w1: list[float] = field(default_factory=list)
    samples: Tensor = field(default_factory=lambda: torch.zeros(0))

    def __post_init__(self) -> None:
        """Draws the unseen samples."""
        self.real = drawn_from(self.held_out, self.count, self.seed)

    @torch.no_grad()
    def __call__(self, state: State) -> None:
        """Looks."""
        generator = state.ema.module if self.averaged else state.generator
        made = generated(generator, self.latent, len(self.real), self.seed)
        self.samples = self.held_out.scaling.decode(made)
        self.iterations.append(state.iteration)
        self.steps.append(state.iteration + state.critic_steps)
        self.w1.append(self.distance(self.samples))

    def distance(self, samples: Tensor) -> float:
        """From as many samples to the unseen ones; infinite where a number is not finite."""
        if not samples.isfinite().all():
            return inf
        return round(wasserstein(samples.flatten(1), self.real.flatten(1)), DIGITS)


def drawn_from(source: Source, count: int, seed: int) -> Tensor:
    """Samples in the user's units, each at most once where they are finite."""
    return source.observed(source.at_most(count), stream(seed, "watched")).float()


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's, and 0 where one side does not vary.

    Example:
        >>> rank_correlation([1, 2, 3], [10, 20, 40]), rank_correlation([1, 2, 3], [5, 5, 5])
        (1.0, 0.0)
    """
    if len(set(x)) < 2 or len(set(y)) < 2:
        return 0.0
    return round(float(spearmanr(x, y).statistic), 12)


def packed(images: Tensor) -> str:
    """Grey images in [0, 1] as text, a letter of sixteen greys for each pixel.

    Args:
        images: `(B, 1, H, W)`.

    Example:
        >>> packed(torch.tensor([[[[0.0, 0.5], [1.0, 0.2]]]]))
        '08f3'
    """
    return "".join(GREYS[round(15 * value)] for value in images.clamp(0, 1).flatten().tolist())


def unpacked(text: str, side: int) -> npt.NDArray[np.float64]:
    """The images one beside the other, `(side, count * side)`.

    Example:
        >>> unpacked("0f0f" "0000", 2)
        array([[0., 1., 0., 0.],
               [0., 1., 0., 0.]])
    """
    greys = np.array([int(letter, 16) / 15 for letter in text]).reshape(-1, side, side)
    return np.concatenate(list(greys), axis=1)
