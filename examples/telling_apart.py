"""How many samples a metric needs to tell two neighbouring checkpoints of one run apart; a part of `evaluation.py`.

Of each draw the metric judges n samples of both checkpoints from the same latents, and n of both from other latents,
all against the same n held-out images. A difference between samples of one checkpoint is noise, and serves as control.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wgan.metrics import Metric, Need, metrics_named
from wgan.metrics.features import Digits
from wgan.randomness import stream
from wgan.runs import Run

__all__ = ["DEAR", "Row", "Setting", "measure", "needed", "summary"]

ENOUGH = 0.95
Z = 1.96
DEAR = {"w1": 500, **dict.fromkeys(("sw", "kid", "precision", "recall", "density", "coverage"), 1000)}
"""The greatest number of samples for metrics whose cost grows with its square, or is great from the start."""
Views = Mapping[Need, Tensor]


@dataclass(frozen=True)
class Setting:
    """What is measured.

    Args:
        metrics: their short names.
        sizes: the numbers of samples, ascending, of which `DEAR` metrics leave out the greatest.
        draws: of each size.
        pool: samples of each checkpoint that the draws are taken from; all held-out images are the third pool.
    """

    metrics: tuple[str, ...] = ("fd", "sw", "kid", "is", "class-kl", "precision", "recall", "density", "coverage", "w1")
    sizes: tuple[int, ...] = (50, 100, 200, 500, 1000, 2000)
    draws: int = 60
    pool: int = 8000

    def sizes_of(self, metric: str) -> tuple[int, ...]:
        """Those that a metric is measured at."""
        return tuple(n for n in self.sizes if n <= DEAR.get(metric, n))


@dataclass(frozen=True)
class Row:
    """What one metric said at one size.

    Attributes:
        metric: its short name.
        n: samples of each side.
        difference: the mean over draws, value of the later checkpoint less that of the earlier.
        noise: standard deviation of the difference between two samples of one checkpoint.
        right: share of draws with the sign of the mean difference at the greatest n, from the same latents.
        right_apart: the same from other latents.
        told: share with that sign and a difference of more than 1.96 deviations of the noise, from other latents.
        alarms: share of differences between samples of one checkpoint that are as great; the deviation is that of the
            other half of the draws.
    """

    metric: str
    n: int
    difference: float
    noise: float
    right: float
    right_apart: float
    told: float
    alarms: float


def measure(earlier: Run, later: Run, setting: Setting) -> list[Row]:
    """A row for each metric and size.

    Args:
        earlier: a run at one checkpoint.
        later: the same run at the next.
        setting: what is measured.
    """
    _, held_out = earlier.data()
    real = views(held_out.observed(len(held_out), stream(0, "telling apart")))
    before, after = (views(run.sample(setting.pool, seed=1)) for run in (earlier, later))
    rows = []
    for metric in metrics_named(setting.metrics):
        sides = tuple(pool[metric.needs] for pool in (real, before, after))
        draws = {
            n: np.array([drawn(metric, *sides, n, index) for index in range(setting.draws)])
            for n in setting.sizes_of(metric.name)
        }
        rows += rows_of(metric, draws)
    return rows


def views(images: Tensor) -> Views:
    """What the metrics of pixels and of the digits' classifier look at."""
    digits = Digits()
    return {
        Need.SAMPLES: images.double().flatten(1),
        Need.FEATURES: digits(images),
        Need.CLASSES: digits.probabilities(images),
    }


def drawn(metric: Metric, real: Tensor, before: Tensor, after: Tensor, n: int, index: int) -> list[float]:
    """Values of one draw: of the earlier and the later checkpoint, then of both from other latents."""
    rng = stream(0, "telling apart", n, index)
    reference = real[torch.randperm(len(real), generator=rng)[:n]]
    latents = torch.randperm(len(before), generator=rng)[: 2 * n].split(n)
    return [metric(reference, side[rows], seed=index).value for rows in latents for side in (before, after)]


def rows_of(metric: Metric, draws: Mapping[int, np.ndarray[Any, Any]]) -> list[Row]:
    """The shares of each size, of `(draws, 4)` values; the right sign is that of the mean at the greatest."""
    at_most = draws[max(draws)]
    sign = 1.0 if (at_most[:, [1, 3]] - at_most[:, [0, 2]]).mean() > 0 else -1.0
    rows = []
    for n, values in draws.items():
        same, apart, control = ((values[:, late] - values[:, early]) for early, late in ((0, 1), (0, 3), (0, 2)))
        odd = np.arange(len(control)) % 2 == 1
        noise, other = deviation(control), np.where(odd, deviation(control[~odd]), deviation(control[odd]))
        rows.append(
            Row(
                metric.name,
                n,
                difference=float((same.mean() + apart.mean()) / 2),
                noise=noise,
                right=share(same * sign > 0),
                right_apart=share(apart * sign > 0),
                told=share(apart * sign > Z * noise),
                alarms=share(abs(control) > Z * other),
            )
        )
    return rows


def deviation(control: np.ndarray[Any, Any]) -> float:
    """Of differences whose mean is known to be zero."""
    return float(np.sqrt(np.mean(control**2)))


def share(answers: Iterable[bool]) -> float:
    """Of those that are true."""
    return fmean(float(answer) for answer in answers)


def needed(rows: Sequence[Row], what: Callable[[Row], float]) -> int | None:
    """The least size from which on the share is 95 % or more; None if it is not so at the greatest."""
    enough = None
    for row in reversed(rows):
        if what(row) < ENOUGH:
            break
        enough = row.n
    return enough


def summary(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """For each metric its greatest size, the difference in deviations of the noise, the needs, and its false alarms."""
    found = {}
    for name in dict.fromkeys(row.metric for row in rows):
        own = [row for row in rows if row.metric == name]
        last = own[-1]
        found[name] = {
            **asdict(last),
            "signal": abs(last.difference) / last.noise * sqrt(1000 / last.n) if last.noise else 0.0,
            "orders_from": needed(own, lambda row: row.right),
            "orders_apart_from": needed(own, lambda row: row.right_apart),
            "tells_from": needed(own, lambda row: row.told),
            "false_alarms": fmean(row.alarms for row in own),
        }
    return found
